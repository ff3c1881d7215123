package jepsen_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
)

// TestEtcdLogsByOurChecker judges the logs with sunder's checker: with no verdict left open, and each proof rechecked.
func TestEtcdLogsByOurChecker(t *testing.T) {
	object, ok := model.Lookup("register")
	if !ok {
		t.Fatal("there is no model of a register")
	}
	for _, l := range etcdLogs(t) {
		h, err := readLog(t, l.path)
		if err != nil {
			t.Errorf("%s: %v", l.name, err)
			continue
		}
		if err := checkers.Admit(h, object); err != nil {
			t.Errorf("%s: %v", l.name, err)
		}
		in := checkers.Input{History: h, Object: object, Budget: checkers.DefaultBudget}
		want := checkers.Invalid
		if l.linearizable {
			want = checkers.Valid
		}
		v := linearizable.Checker().Run(in)
		if v.Valid != want {
			t.Errorf("%s: %v, porcupine's table says %v: %s", l.name, v.Valid, want, v.Reason)
			continue
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v is not certified: %v", l.name, v.Valid, err)
		}
	}
}
