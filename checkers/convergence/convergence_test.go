package convergence_test

import (
	"fmt"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/convergence"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
)

func check(object, text string) (checkers.Input, checkers.Verdict) {
	o, _ := model.Lookup(object)
	in := checkers.Input{History: oracle.ParseRun(text, 10), Object: o}
	return in, convergence.Checkers()[0].Run(in)
}

func TestConvergence(t *testing.T) {
	tests := []struct {
		name, object, history string
		want                  checkers.Validity
		reason                string
	}{
		{
			"two writes applied in opposite orders (GOS-A3)", "register", "w(x,1) r(x)2@10-11 | w(x,2) r(x)1@10-11", checkers.Invalid,
			"when all was healed and quiet, r1 still answered x = 2, and r2 answered 1",
		},
		{
			"the same everywhere", "register", "w(x,1) r(x)2@10-11 | w(x,2) r(x)2@10-11", checkers.Valid,
			"2 replicas give the same final answers for 1 key",
		},
		{"it does not matter what was read before", "register", "w(x,1) r(x)1 r(x)2@10-11 | w(x,2) r(x)2@10-11", checkers.Valid, ""},
		{"the last answer of a replica counts", "register", "w(x,2) r(x)1@10-11 r(x)2@12-13 | r(x)2@10-11", checkers.Valid, ""},
		{"each key counts", "register", "r(x)0@10-11 r(y)0@12-13 | r(x)0@10-11 r(y)1@12-13", checkers.Invalid, ""},
		{"a replica that did not answer", "register", "r(x)0@10-11 | r(x)?@10-11 | r(x)0@10-11", checkers.Unknown, `no final read of "x" from r2 ended ok`},
		{"a replica that refused", "register", "r(x)0@10-11 | r(x)!@10-11", checkers.Unknown, `no final read of "x" from r2 ended ok`},
		{"a replica that was not asked for all keys", "register", "r(x)0@10-11 r(y)0@12-13 | r(x)0@10-11", checkers.Unknown, `no final read of "y" from r2 ended ok`},
		{"two that differ beside one that did not answer", "register", "r(x)0@10-11 | r(x)?@10-11 | r(x)1@10-11", checkers.Invalid, ""},
		{
			"a single replica", "register", "w(x,1) r(x)0@10-11 r(y)0@12-13", checkers.Valid,
			"there is no replica but r1, which gave a final answer for 2 keys, so that nothing can differ",
		},
		{"a single replica that did not answer", "register", "r(x)?@10-11", checkers.Unknown, "no final reads"},
		{"a single replica that did not answer for all keys", "register", "r(x)0@10-11 r(y)!@12-13", checkers.Unknown, `no final read of "y" from r1 ended ok`},
		{"no final reads", "register", "w(x,1) r(x)1", checkers.Unknown, "no final reads"},
		{"a set has no order", "set", "r(s)[1 2]@10-11 | r(s)[2 1]@10-11", checkers.Valid, ""},
		{"a set that lacks something", "set", "r(s)[1 2]@10-11 | r(s)[2]@10-11", checkers.Invalid, ""},
		{"a board that shows something twice", "board", "r(b)[1 1]@10-11 | r(b)[1]@10-11", checkers.Invalid, ""},
		{"nothing is an empty set", "set", "r(s)[]@10-11 | r(s)null@10-11", checkers.Valid, ""},
		{"counters differ", "counter", "r(n)3@10-11 | r(n)4@10-11", checkers.Invalid, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in, v := check(test.object, test.history)
			if v.Valid != test.want || test.reason != "" && v.Reason != test.reason {
				t.Errorf("%s (%s), want %s (%s)", v.Valid, v.Reason, test.want, test.reason)
			}
			if v.Valid == checkers.Invalid {
				if v.Witness.Anomaly != guarantee.Diverged || len(v.Witness.Operations) != 2 {
					t.Errorf("witness %+v", v.Witness)
				}
				if err := checkers.Certify(in, v); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestAReplicaThatWasNotReadInTheEnd leaves the agreement with it open.
func TestAReplicaThatWasNotReadInTheEnd(t *testing.T) {
	in, _ := check("register", "w(x,1) r(x)1@10-11")
	in.History.Operations[0].Note(history.Notes{Via: "r2"})
	v := convergence.Checkers()[0].Run(in)
	if v.Valid != checkers.Unknown || v.Reason != "only r1 was read in the end, and not r2" {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
}

func TestLongAnswersAreToldByTheirDifference(t *testing.T) {
	var all []string
	for i := range 40 {
		all = append(all, fmt.Sprint(i))
	}
	_, v := check("set", fmt.Sprintf("r(s)[%s]@10-11 | r(s)[%s]@10-11", strings.Join(all, " "), strings.Join(all[:39], " ")))
	want := "when all was healed and quiet, r1 still answered s = 40 elements, among them [39] that the other lacks, and r2 answered 39 elements, among them [] that the other lacks"
	if v.Reason != want {
		t.Errorf("got  %s\nwant %s", v.Reason, want)
	}
}

func TestForgedWitnessesAreRejected(t *testing.T) {
	in, v := check("register", "w(x,1) r(x)1@10-11 | r(x)2@10-11 | r(x)1@10-11")
	w := *v.Witness
	for _, forged := range [][]int{{1}, {0, 1}, {1, 3}, {1, 2, 3}, nil} {
		w.Operations = forged
		v.Witness = &w
		if checkers.Certify(in, v) == nil {
			t.Errorf("%v was accepted", forged)
		}
	}
}
