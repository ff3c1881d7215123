package causal_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/causal"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
)

// tally counts by guarantee and anomaly what a test has met.
type tally map[guarantee.Name]map[guarantee.Anomaly]int

func (t tally) add(v checkers.Verdict) {
	if t[v.Guarantee] == nil {
		t[v.Guarantee] = map[guarantee.Anomaly]int{}
	}
	anomaly := guarantee.Anomaly(v.Valid.String())
	if v.Valid == checkers.Invalid {
		anomaly = v.Witness.Anomaly
	}
	t[v.Guarantee][anomaly]++
}

// TestEverySmallHistory compares the checkers with the definitions on all small register histories.
func TestEverySmallHistory(t *testing.T) {
	seen := tally{}
	for _, limits := range oracle.Small() {
		t.Run(limits.String(), func(t *testing.T) {
			met := map[string]bool{}
			oracle.Histories(limits, func(h *history.History) bool {
				if text := oracle.Untimed(h); !met[text] {
					met[text] = true
					agree(t, seen, h, "register")
				}
				return !t.Failed()
			})
		})
	}
	t.Log(seen)
}

// TestTangledHistories compares them on histories with arbitrary answers, and requires that every anomaly has shown.
func TestTangledHistories(t *testing.T) {
	seen := tally{}
	shapes := []oracle.Tangle{
		{Object: "register", Ops: 5, Processes: 2, Keys: 1},
		{Object: "register", Ops: 6, Processes: 3, Keys: 1},
		{Object: "register", Ops: 7, Processes: 2, Keys: 2},
		{Object: "register", Ops: 6, Processes: 3, Keys: 2, Messages: true},
		{Object: "register", Ops: 6, Processes: 3, Keys: 1, Unsure: 30},
		{Object: "set", Ops: 6, Processes: 3, Keys: 2},
		{Object: "set", Ops: 6, Processes: 3, Keys: 1, Messages: true, Unsure: 20},
		{Object: "board", Ops: 6, Processes: 3, Keys: 1, Messages: true},
	}
	r := prng.New(1)
	for _, shape := range shapes {
		t.Run(shape.String(), func(t *testing.T) {
			for range 1000 {
				if agree(t, seen, oracle.Tangled(r, shape), shape.Object); t.Failed() {
					return
				}
			}
		})
	}
	mutatedLitmus(t, r, seen)
	t.Log(seen)
	for _, name := range []guarantee.Name{guarantee.CausalWeak, guarantee.Causal, guarantee.CausalConvergent} {
		info, _ := guarantee.Lookup(name)
		for _, anomaly := range append([]guarantee.Anomaly{"valid"}, info.Anomalies...) {
			if seen[name][anomaly] == 0 {
				t.Errorf("%s: %s has never shown", name, anomaly)
			}
		}
	}
}

// agree requires that each checker gives the verdict of the definition, or says that it does not know.
func agree(t *testing.T, seen tally, h *history.History, name string) {
	t.Helper()
	object, _ := model.Lookup(name)
	in := checkers.Input{History: h, Object: object}
	definitions := map[guarantee.Name]func(checkers.Input) bool{
		guarantee.CausalWeak: oracle.CausalWeak, guarantee.Causal: oracle.Causal, guarantee.CausalConvergent: oracle.CausalConvergent,
	}
	for _, c := range causal.Checkers() {
		v := c.Run(in)
		seen.add(v)
		holds := definitions[c.Guarantee](in)
		if v.Valid == checkers.Valid && !holds || v.Valid == checkers.Invalid && holds {
			t.Errorf("%s: %s (%s), by definition %v: %s", c.Guarantee, v.Valid, v.Reason, holds, oracle.Format(h))
		}
		if v.Valid == checkers.Invalid {
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: the witness %v %+v is rejected: %v: %s", c.Guarantee, v.Witness.Anomaly, v.Witness.Operations, v.Witness.Edges, err, oracle.Format(h))
			}
		}
		if v.Engine == "none" {
			t.Errorf("%s: %s: %s", c.Guarantee, v.Reason, oracle.Format(h))
		}
	}
}

// mutatedLitmus compares them on the litmus tests with some answers exchanged: contradictions that need many
// operations hardly ever arise by chance.
func mutatedLitmus(t *testing.T, r *prng.Rand, seen tally) {
	for _, test := range litmus {
		if len(oracle.Parse(test.history).Operations) > 8 {
			continue
		}
		for range 60 {
			h := oracle.Parse(test.history)
			if test.object == "register" {
				for range r.IntN(3) {
					exchange(r, h)
				}
			}
			if agree(t, seen, h, test.object); t.Failed() {
				return
			}
		}
	}
}

// exchange has a read answer what some operation wrote.
func exchange(r *prng.Rand, h *history.History) {
	read, write := &h.Operations[r.IntN(len(h.Operations))], &h.Operations[r.IntN(len(h.Operations))]
	if read.F == "read" && write.F == "write" && read.Key == write.Key {
		read.Output = write.Input
	}
}
