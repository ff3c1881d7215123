package all_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// judged returns what every rung says of a history, each checker by itself.
func judged(in checkers.Input) map[guarantee.Name]checkers.Validity {
	out := map[guarantee.Name]checkers.Validity{}
	for _, c := range all.All() {
		if info, _ := guarantee.Lookup(c.Guarantee); info.AppliesTo(in.Object.Name) && !info.Facts && (!info.Final || c.Guarantee == guarantee.Conservation && checkers.Transfers(in)) {
			out[c.Guarantee] = c.Run(in).Valid
		}
	}
	return out
}

// histories draws small histories of registers with unique values, about half of them wrong in some way.
func histories(seed uint64, n int, each func(checkers.Input)) {
	r := prng.New(seed)
	for i := range n {
		in := checkers.Input{Object: model.Register()}
		if i%2 == 0 {
			in.History = oracle.Random(r, oracle.Shape{Object: "register", Ops: 8, Processes: 3, Keys: 2, Unsure: 15, Scramble: true})
		} else {
			in.History = oracle.Tangled(r, oracle.Tangle{Object: "register", Ops: 7, Processes: 3, Keys: 2})
		}
		each(in)
	}
}

// TestHierarchy: what has a guarantee has all that it implies, from linearizable down to each session guarantee; and the four
// session guarantees together are CC. Rungs must really differ.
func TestHierarchy(t *testing.T) {
	t.Parallel()
	apart := map[[2]guarantee.Name]int{}
	histories(11, 600, func(in checkers.Input) {
		verdicts := judged(in)
		for a, held := range verdicts {
			for b := range verdicts {
				switch {
				case held != checkers.Valid:
				case guarantee.Implies(a, b) && verdicts[b] != checkers.Valid:
					t.Errorf("%s holds, and %s is %s: %s", a, b, verdicts[b], oracle.Format(in.History))
				case verdicts[b] == checkers.Invalid:
					apart[[2]guarantee.Name{a, b}]++
				}
			}
		}
		if s := verdicts[guarantee.Session]; s != checkers.Unknown && s != verdicts[guarantee.CausalWeak] { // of a read out of thin air it says nothing
			t.Errorf("session is %s, and CC %s: %s", verdicts[guarantee.Session], verdicts[guarantee.CausalWeak], oracle.Format(in.History))
		}
	})
	for _, pair := range [][2]guarantee.Name{
		{guarantee.Sequential, guarantee.Linearizable}, {guarantee.Causal, guarantee.Sequential},
		{guarantee.CausalWeak, guarantee.Causal}, {guarantee.MonotonicReads, guarantee.ReadYourWrites},
		{guarantee.ReadYourWrites, guarantee.MonotonicReads}, {guarantee.MonotonicWrites, guarantee.Session},
	} {
		if apart[pair] == 0 {
			t.Errorf("no history has %s and not %s", pair[0], pair[1])
		}
	}
}
