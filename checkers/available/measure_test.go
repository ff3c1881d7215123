package available

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
)

// TestMeasures counts by hand what is said of a small run.
func TestMeasures(t *testing.T) {
	h, err := history.Read(strings.NewReader(`{"time":0,"process":"nemesis","type":"info","f":"phase","value":"chaos"}
{"time":0,"process":"nemesis","type":"info","f":"partition","value":{"id":1,"state":"begun","sides":[["r1","c1"],["r2","c2"]]}}
{"time":1000,"process":1,"node":"c1","type":"invoke","f":"write","key":"x","value":1}
{"time":2000,"process":2,"node":"c2","type":"invoke","f":"read","key":"x"}
{"time":4000,"process":1,"node":"c1","type":"ok","f":"write","key":"x","value":1}
{"time":5000,"process":2,"node":"c2","type":"info","f":"read","key":"x"}
{"time":6000,"process":1,"node":"c1","type":"invoke","f":"write","key":"x","value":2}
{"time":7000,"process":1,"node":"c1","type":"ok","f":"write","key":"x","value":2}
{"time":8000,"process":"nemesis","type":"info","f":"partition","value":{"id":1,"state":"ended","sides":[["r1","c1"],["r2","c2"]]}}
{"time":9000,"process":3,"node":"c2","type":"invoke","f":"read","key":"x"}
{"time":9500,"process":3,"node":"c2","type":"ok","f":"read","key":"x","value":null}
{"time":10000,"process":"nemesis","type":"info","f":"phase","value":"final"}
{"time":11000,"process":3,"node":"c2","type":"invoke","f":"read","key":"x"}
{"time":12000,"process":3,"node":"c2","type":"ok","f":"read","key":"x","value":2}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"chaos: 3 of 4 answered, in 1µs (median), 3µs (99 %), 3µs (most)",
		"final: 1 of 1 answered, in 1µs (median), 1µs (99 %), 1µs (most)",
		"partition from 0s to 8µs, beside [r1 c1]: 2 of 2 answered, in 1µs (median), 3µs (99 %), 3µs (most)",
		"partition from 0s to 8µs, beside [r2 c2]: 0 of 1 answered",
		"stale reads: 1 of 2, at most 2 versions behind; for 5µs (median), 5µs (99 %), 5µs (most)",
	}
	if diff := cmp.Diff(want, measures(checkers.Input{History: h, Object: model.Register()})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStaleness counts versions of reads beside writes.
func TestStaleness(t *testing.T) {
	for history, want := range map[string]string{
		"w(x,1)@0-1 w(x,2)@2-3 | r(x)1@4-5":                   "stale reads: 1 of 1, at most 1 versions behind; for 1ns (median), 1ns (99 %), 1ns (most)",
		"w(x,1)@0-3 | w(x,2)@2-5 | r(x)1@6-7":                 "stale reads: none of 1",
		"w(x,1)@0-1 w(x,2)@2-3 | r(x)2@4-5":                   "stale reads: none of 1",
		"w(x,1)@0-1 w(x,2)@2-9 | r(x)1@4-5":                   "stale reads: none of 1",
		"w(x,1)@0-1 w(x,1)@2-3 | r(x)1@4-5":                   "",
		"w(x,1)@0-1 w(x,2)@2-3 w(x,3)@4-5 | r(x)0@6-7":        "stale reads: 1 of 1, at most 3 versions behind; for 5ns (median), 5ns (99 %), 5ns (most)",
		"w(x,1)?@0-1 | r(x)1@4-5":                             "",
		"w(x,1)@0-1 | w(y,2)@2-3 | r(x)1@4-5 | r(y)0@1-2":     "stale reads: none of 2",
		"w(x,1)@0-1 cas(x,1,2)@2-3 | r(x)1@4-5 | r(x)2@14-15": "stale reads: 1 of 2, at most 1 versions behind; for 1ns (median), 1ns (99 %), 1ns (most)",
	} {
		in := checkers.Input{History: oracle.Parse(history), Object: model.Register()}
		if got := staleness(in, checkers.ObjectOperations(in)); got != want {
			t.Errorf("%s: got  %s\nwant %s", history, got, want)
		}
	}
}
