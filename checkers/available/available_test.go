package available_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/available"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

func TestAvailable(t *testing.T) {
	tests := []struct {
		name, history string
		want          checkers.Validity
		reason        string
	}{
		{"all is answered", "w(x,1)? | r(x)0@10-11 w(x,2)@12-13", checkers.Valid, "2 of 2 operations ended ok once all was healed"},
		{
			"one is not", "w(x,1) r(x)1@10-11 | r(x)?@10-11", checkers.Invalid,
			"read(x) by process 2 (c2 at r2) was not answered though all was healed; 1 of 2 operations ended ok once all was healed",
		},
		{
			"one fails", "w(x,1) r(x)!@10-11", checkers.Invalid,
			"read(x) by process 1 (c1 at r1) failed though all was healed; 0 of 1 operations ended ok once all was healed",
		},
		{"none is asked for", "w(x,1)? | r(x)0", checkers.Unknown, "no operation was invoked after all was healed and quiet"},
	}
	for _, test := range tests {
		in := checkers.Input{History: oracle.ParseRun(test.history, 10), Object: model.Register()}
		v := available.Checkers()[0].Run(in)
		if v.Valid != test.want || v.Reason != test.reason {
			t.Errorf("%s: %s (%s), want %s (%s)", test.name, v.Valid, v.Reason, test.want, test.reason)
		}
		if v.Valid != checkers.Invalid {
			continue
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		for i := range in.History.Operations {
			if forged := *v.Witness; i != forged.Operations[0] {
				forged.Operations = []int{i}
				if checkers.Certify(in, checkers.Verdict{Guarantee: v.Guarantee, Valid: v.Valid, Witness: &forged}) == nil {
					t.Errorf("%s: operation %d was accepted as unanswered", test.name, i)
				}
			}
		}
	}
}

func TestHistoriesFromElsewhereHaveNoFinalPhase(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("w(x,1) r(x)1"), Object: model.Register()}
	if v := available.Checkers()[0].Run(in); v.Valid != checkers.Unknown {
		t.Errorf("%s (%s)", v.Valid, v.Reason)
	}
}
