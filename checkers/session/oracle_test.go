package session_test

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/causal"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/checkers/session"
	"sunder/harness/history"
	"sunder/harness/prng"
)

func TestEverySmallHistory(t *testing.T) {
	seen := map[guarantee.Anomaly]int{}
	for _, limits := range oracle.Small() {
		t.Run(limits.String(), func(t *testing.T) {
			met := map[string]bool{}
			oracle.Histories(limits, func(h *history.History) bool {
				if text := oracle.Untimed(h); !met[text] {
					met[text] = true
					agree(t, seen, h, "register", false)
				}
				return !t.Failed()
			})
		})
	}
	t.Log(seen)
}

// TestTangledHistories requires that every anomaly shows.
func TestTangledHistories(t *testing.T) {
	seen := map[guarantee.Anomaly]int{}
	shapes := []oracle.Tangle{
		{Object: "register", Ops: 6, Processes: 2, Keys: 1},
		{Object: "register", Ops: 7, Processes: 3, Keys: 2, Unsure: 20},
		{Object: "register", Ops: 6, Processes: 3, Keys: 2, Messages: true},
		{Object: "set", Ops: 6, Processes: 2, Keys: 1},
		{Object: "set", Ops: 6, Processes: 3, Keys: 2, Unsure: 20},
		{Object: "board", Ops: 6, Processes: 3, Keys: 1},
	}
	r := prng.New(1)
	for _, shape := range shapes {
		t.Run(shape.String(), func(t *testing.T) {
			for range 800 {
				if agree(t, seen, oracle.Tangled(r, shape), shape.Object, true); t.Failed() {
					return
				}
			}
		})
	}
	t.Log(seen)
	info, _ := guarantee.Lookup(guarantee.Session)
	for _, anomaly := range append([]guarantee.Anomaly{"valid"}, info.Anomalies...) {
		if seen[anomaly] == 0 {
			t.Errorf("%s has never shown", anomaly)
		}
	}
}

// agree requires that each checker gives the verdict of the definition, or says that it does not know; that all four
// together are CC where clients do not talk; and, if all sets of guarantees are to be compared, that those that are
// named are those that are broken.
func agree(t *testing.T, seen map[guarantee.Anomaly]int, h *history.History, name string, all bool) {
	t.Helper()
	object, _ := model.Lookup(name)
	in := checkers.Input{History: h, Object: object}
	unclear := false
	for _, c := range session.Checkers() {
		v := c.Run(in)
		holds := defined(in, setOf(c.Guarantee))
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
		unclear = unclear || v.Valid == checkers.Unknown
		if c.Guarantee != guarantee.Session {
			continue
		}
		if v.Valid == checkers.Valid {
			seen["valid"]++
		} else if v.Valid == checkers.Invalid {
			seen[v.Witness.Anomaly]++
		}
		likeCausal(t, in, v)
	}
	if !unclear && all {
		minimal(t, in)
	}
}

func setOf(name guarantee.Name) session.Set {
	for s := session.Set(1); s <= session.All; s++ {
		if s.Guarantee() == name {
			return s
		}
	}
	panic(name)
}

func defined(in checkers.Input, s session.Set) bool {
	return oracle.Sessions(in, oracle.Guarantees{
		ReadYourWrites: s&session.ReadYourWrites != 0, MonotonicReads: s&session.MonotonicReads != 0,
		MonotonicWrites: s&session.MonotonicWrites != 0, WritesFollowReads: s&session.WritesFollowReads != 0,
	})
}

func likeCausal(t *testing.T, in checkers.Input, all checkers.Verdict) {
	t.Helper()
	for i := range in.History.Operations {
		if f := in.History.Operations[i].F; f == "tell" || f == "hear" {
			return
		}
	}
	c, _ := checkers.Find(causal.Checkers(), guarantee.CausalWeak)
	weak := c.Run(in)
	beyond := []guarantee.Anomaly{guarantee.ThinAirRead, guarantee.AbortedRead, guarantee.Duplicated} // what sessions say nothing of
	strange := weak.Valid == checkers.Invalid && slices.Contains(beyond, weak.Witness.Anomaly)
	if !strange && weak.Valid != all.Valid {
		t.Errorf("all four together are %s, but CC is %s: %s", all.Valid, weak.Valid, oracle.Format(in.History))
	}
}

// minimal requires that each set is broken by definition if and only if it contains one of those that are named.
func minimal(t *testing.T, in checkers.Input) {
	t.Helper()
	sets, err := session.Broken(in)
	if err != nil {
		t.Error(err)
	}
	for s := session.Set(1); s <= session.All; s++ {
		named := false
		for _, b := range sets {
			named = named || s&b == b
		}
		if named == defined(in, s) {
			t.Errorf("%s: named as broken: %v, by definition: %v: %s", s, named, !named, oracle.Format(in.History))
		}
	}
}
