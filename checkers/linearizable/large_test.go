package linearizable

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestLargeHistories checks that long histories of every object are decided, valid ones with a certificate and wrong
// ones with a witness of a few operations.
func TestLargeHistories(t *testing.T) {
	for _, shape := range []oracle.Shape{
		{Object: "register", Ops: 30_000, Processes: 20, Keys: 3, Unsure: 2},
		{Object: "register", Ops: 30_000, Processes: 20, Keys: 80, Unsure: 2}, // of which each has few of the events
		{Object: "register", Ops: 3000, Processes: 10, Keys: 1, Values: 5, Unsure: 1},
		{Object: "counter", Ops: 2000, Processes: 10, Keys: 2, Unsure: 1},
		{Object: "counter", Ops: 30_000, Processes: 20, Keys: 2, Unsure: 1, Values: 1},
		{Object: "set", Ops: 2000, Processes: 8, Keys: 1, Unsure: 2},
		{Object: "board", Ops: 2000, Processes: 8, Keys: 2, Unsure: 2},
		{Object: "bank", Ops: 2000, Processes: 8, Keys: 2, Unsure: 1},
		{Object: "bank", Ops: 2000, Processes: 6, Keys: 2, Accounts: 5, Unsure: 2},
		{Object: "log", Ops: 2000, Processes: 8, Keys: 2, Unsure: 2},
	} {
		object, _ := model.Lookup(shape.Object)
		in := checkers.Input{History: oracle.Random(prng.New(4), shape), Object: object}
		v := check(in)
		if err := checkers.Certify(in, v); v.Valid != checkers.Valid || err != nil {
			t.Errorf("%+v: %s: %s, %v", shape, v.Valid, v.Reason, err)
		}
		if shape.Object == "register" && shape.Values > 0 {
			continue // a value that comes again and again is seldom stale
		}
		in.History = oracle.StaleRead(in.History, false)
		v = check(in)
		if err := checkers.Certify(in, v); v.Valid != checkers.Invalid || err != nil || len(v.Witness.Operations) > 4 {
			t.Errorf("%+v: %s: %s, %v", shape, v.Valid, v.Reason, err)
		}
	}
}

// TestCheckerBy checks that single engines can be asked for, and that they agree where they apply.
func TestCheckerBy(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("w(x,1)@0-9 | r(x)1@1-2 | r(x)0@3-4"), Object: model.Register()}
	for _, name := range Engines() {
		c, ok := CheckerBy(name)
		if !ok {
			t.Fatalf("there is no engine %s", name)
		}
		v := c.Run(in)
		if v.Valid != checkers.Invalid || name != "auto" && v.Engine != name {
			t.Errorf("%s: %s by %s", name, v.Valid, v.Engine)
		}
	}
	in = checkers.Input{History: oracle.Parse("add(x,1) add(x,2)"), Object: model.Counter()}
	if c, _ := CheckerBy("fast"); c.Run(in).Valid != checkers.Unknown {
		t.Error("no fast engine decides a counter with additions of two sizes")
	}
	if _, ok := CheckerBy("magic"); ok {
		t.Error("there is no engine magic")
	}
}
