package causal_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/causal"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestWitnessesAreMinimal checks on the litmus tests that no witness is one without any of its operations.
func TestWitnessesAreMinimal(t *testing.T) {
	for _, test := range litmus {
		object, _ := model.Lookup(test.object)
		in := checkers.Input{History: oracle.Parse(test.history), Object: object}
		for _, c := range causal.Checkers() {
			v := c.Run(in)
			if v.Witness == nil || v.Witness.Anomaly == guarantee.AbortedRead {
				continue // the failed operation says where the value is from; the read alone proves it
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: %v", test.name, c.Guarantee, err)
			}
			for i := range v.Witness.Operations {
				less := *v.Witness
				less.Operations, less.Edges = slices.Delete(slices.Clone(less.Operations), i, i+1), nil
				smaller := v
				smaller.Witness = &less
				if checkers.Certify(in, smaller) == nil {
					t.Errorf("%s: %s: %v is a witness too", test.name, c.Guarantee, less.Operations)
				}
			}
		}
	}
}

func TestForgedWitnessesAreRejected(t *testing.T) {
	const history = "w(z,1) w(x,1) w(y,1) | w(x,2) r(z)0 r(y)1 r(x)2"
	in := checkers.Input{History: oracle.Parse(history), Object: model.Register()}
	genuine := func() checkers.Verdict {
		c, _ := checkers.Find(causal.Checkers(), guarantee.Causal)
		return c.Run(in)
	}
	forgeries := []struct {
		name  string
		forge func(*checkers.Verdict)
	}{
		{"another anomaly", func(v *checkers.Verdict) { v.Witness.Anomaly = guarantee.CyclicHB }},
		{"an anomaly of a weaker guarantee", func(v *checkers.Verdict) { v.Witness.Anomaly = guarantee.WriteCOInitRead }},
		{"thin air", func(v *checkers.Verdict) { v.Witness.Anomaly = guarantee.ThinAirRead }},
		{"a guarantee that holds", func(v *checkers.Verdict) { v.Guarantee = guarantee.CausalConvergent }},
		{"an edge turned round", func(v *checkers.Verdict) {
			v.Witness.Edges[0].From, v.Witness.Edges[0].To = v.Witness.Edges[0].To, v.Witness.Edges[0].From
		}},
		{"an edge of another kind", func(v *checkers.Verdict) { v.Witness.Edges[0].Relation = checkers.ReadsFrom }},
		{"an edge of a kind that is none here", func(v *checkers.Verdict) { v.Witness.Edges[0].Relation = checkers.RealTime }},
		{"an edge out of the witness", func(v *checkers.Verdict) { v.Witness.Edges[0].To = 99 }},
		{"an operation that is not there", func(v *checkers.Verdict) { v.Witness.Operations[6] = 99 }},
		{"no operations", func(v *checkers.Verdict) { v.Witness.Operations = nil }},
		{"no sentence", func(v *checkers.Verdict) { v.Witness.Sentence = "" }},
	}
	if err := checkers.Certify(in, genuine()); err != nil {
		t.Fatalf("the genuine one: %v", err)
	}
	for _, f := range forgeries {
		v := genuine()
		f.forge(&v)
		if checkers.Certify(in, v) == nil {
			t.Errorf("%s was accepted", f.name)
		}
	}
}

// TestUnclear checks what makes a verdict unknown, and that a contradiction elsewhere still counts.
func TestUnclear(t *testing.T) {
	tests := []struct {
		name, object, history, reason string
		weak                          checkers.Validity
	}{
		{"a value written twice and read", "register", "w(x,1) | w(x,1) | r(x)1", "x = 1 was written more than once, so it is unclear what reads of it saw", checkers.Unknown},
		{"a value written twice and not read", "register", "w(x,1) | w(x,1) | r(x)0", "", checkers.Valid},
		{"a value written again after a failure", "register", "w(x,1)! w(x,1) r(x)1", "", checkers.Valid},
		{"the initial value written and read", "register", "w(x,0) | r(x)0", "x = 0 was written though it is the initial value, so it is unclear what reads of it saw", checkers.Unknown},
		{"the initial value written and not read", "register", "w(x,0) w(x,1) r(x)1", "", checkers.Valid},
		{"a contradiction beside what is unclear", "register", "w(x,1) | w(x,1) r(x)1 | w(y,1) r(y)0", "process 3 (c3) read y = 0 although it had itself written y = 1 before", checkers.Invalid},
		{"an element added twice and shown", "set", "add(s,1) | add(s,1) | r(s)[1]", "1 of s was added more than once, so it is unclear whose it was", checkers.Unknown},
		{"an element added twice and lacking", "set", "add(s,1) | add(s,1) r(s)[]", "process 2 (c2) read s without 1 although it had itself added 1 to s before", checkers.Invalid},
		{"a message from nowhere", "register", "p1: w(x,1) | p2: hear(c1) r(x)0", "process 2 (c2) heard a message that nobody told it", checkers.Unknown},
		{"which of two processes told", "register", "p1: tell(c2)? w(x,1) | p2: hear(c1) r(x)0", "", checkers.Valid},
		{"another object", "counter", "add(n,1) r(n)1", "causality is judged of registers, sets and boards, not of a counter", checkers.Unknown},
		{"an operation of another object", "set", "w(x,1)", "write is no operation of a set", checkers.Unknown},
		{"a set that answers no list", "set", "add(s,1) r(s)1", "a read of the set answered 1, which is no list", checkers.Unknown},
	}
	for _, test := range tests {
		object, _ := model.Lookup(test.object)
		c, _ := checkers.Find(causal.Checkers(), guarantee.CausalWeak)
		v := c.Run(checkers.Input{History: oracle.Parse(test.history), Object: object})
		if v.Valid != test.weak || test.reason != "" && v.Reason != test.reason {
			t.Errorf("%s: %s (%s), want %s (%s)", test.name, v.Valid, v.Reason, test.weak, test.reason)
		}
	}
}

func TestBudget(t *testing.T) {
	history := oracle.Gossip(prng.New(1), oracle.Replication{Object: "register", Ops: 500, Replicas: 3, Clients: 3, Keys: 2})
	in := checkers.Input{History: history, Object: model.Register(), Budget: 10}
	if v := verdict(guarantee.Causal, in); v.Valid != checkers.Unknown || !strings.HasPrefix(v.Reason, "not decided in 10 steps; ") {
		t.Errorf("%s (%s)", v.Valid, v.Reason)
	}
	in.Budget = 0
	if v := verdict(guarantee.Causal, in); v.Valid != checkers.Valid {
		t.Errorf("%s (%s)", v.Valid, v.Reason)
	}
}
