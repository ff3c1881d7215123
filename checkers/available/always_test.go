package available_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/available"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

func TestAlwaysAvailable(t *testing.T) {
	tests := []struct {
		name, object, history string
		want                  checkers.Validity
		reason                string
	}{
		{"all is answered", "register", "w(x,1) r(x)1 | r(x)0@10-11", checkers.Valid, "3 of 3 operations were answered"},
		{"a refusal is an answer", "bank", "withdraw(x,1)~ deposit(x,1)", checkers.Valid, "2 of 2 operations were answered"},
		{
			"one is in doubt, long before the end", "register", "w(x,1)? | r(x)1 r(x)1@10-11", checkers.Invalid,
			"write(x, 1) by process 1 (c1) was not answered; 2 of 3 operations were answered",
		},
		{
			"one fails", "register", "w(x,1) r(x)! r(x)1@10-11", checkers.Invalid,
			"read(x) by process 1 (c1) failed; 2 of 3 operations were answered",
		},
		{"nobody asks for anything", "register", "", checkers.Unknown, "there are no operations"},
	}
	for _, test := range tests {
		object, _ := model.Lookup(test.object)
		in := checkers.Input{History: oracle.ParseRun(test.history, 10), Object: object}
		v := available.Checkers()[1].Run(in)
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
