package membership_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/membership"
	"sunder/checkers/oracle"
	"sunder/harness/history"
)

func TestMembership(t *testing.T) {
	for _, test := range []struct{ text, breaks string }{
		{"p=1(p,q) q=1(p,q) q=2(q) p/1=3(q,p/1) q=3(q,p/1)", ""},
		{"p=1(q)", "p installed view 1, of (q), and is not in it"},
		{"p=1(p,q) q=1(q,p)", "p installed view 1 as (p, q), and q installed it as (q, p)"},
		{"p=1(p,q) q=1(p,q/1)", "p installed view 1 as (p, q), and q installed it as (p, q/1)"},
		{"p=2(p) p=1(p,q)", "p installed view 2 and later view 1"},
		{"p=1(p) p^ p=2(p)", "p was started again and installed view 2 as the process that it had been in view 1"},
		{"p=1(p) p^ p/1=2(p/1)", ""},
	} {
		in := checkers.Input{History: &history.History{Facts: oracle.ParseExecution(test.text)}}
		v := membership.Checkers()[0].Run(in)
		if test.breaks == "" {
			if v.Valid != checkers.Valid {
				t.Errorf("%s: %s: %s", test.text, v.Valid, v.Reason)
			}
		} else if v.Valid != checkers.Invalid || v.Reason != test.breaks {
			t.Errorf("%s: %s: %s", test.text, v.Valid, v.Reason)
		} else if err := checkers.Certify(in, v); err != nil {
			t.Error(err)
		}
	}
	if v := membership.Checkers()[0].Run(checkers.Input{History: &history.History{}}); v.Valid != checkers.Unknown {
		t.Errorf("without facts: %s", v.Valid)
	}
}
