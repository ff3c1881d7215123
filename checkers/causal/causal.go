// Package causal judges causal consistency in its three forms: weak (CC), convergent (CCv) and causal memory (CM), by
// the bad patterns of Bouajjani, Enea, Guerraoui & Hamza, On Verifying Causal Consistency (POPL 2017). Registers need
// values of one writer each; sets and boards, which only grow, have no conflicts, so that the three forms are one.
//
// The package must not know which system a history comes from, and pays no heed to real time.
package causal

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/causality"
	"sunder/checkers/guarantee"
)

// Checkers returns the checkers of the causal family.
func Checkers() []checkers.Checker {
	return []checkers.Checker{
		{Guarantee: guarantee.Causal, Check: checkMemory},
		{Guarantee: guarantee.CausalConvergent, Check: func(in checkers.Input) checkers.Verdict {
			return judge(in, "vector clocks and the conflict order", convergent)
		}},
		{Guarantee: guarantee.CausalWeak, Check: func(in checkers.Input) checkers.Verdict {
			return judge(in, "vector clocks", causality.Weak)
		}},
	}
}

// checkMemory alone may take long, so it alone has a budget: of vector clocks merged.
func checkMemory(in checkers.Input) checkers.Verdict {
	m := &memory{budget: in.Steps()}
	v := judge(in, "saturation of each session's happened-before", m.search)
	if m.exhausted && v.Valid == checkers.Valid {
		v.Valid, v.Spent, v.Reason = checkers.Unknown, true, fmt.Sprintf("not decided in %d steps", m.budget)
	}
	return v
}

func judge(in checkers.Input, engine string, search causality.Search) checkers.Verdict {
	v := checkers.Verdict{Engine: engine}
	if info, _ := guarantee.Lookup(guarantee.CausalWeak); !info.AppliesTo(in.Object.Name) {
		v.Reason = fmt.Sprintf("causality is judged of registers, sets and boards, not of a %s", in.Object.Name)
		return v
	}
	t, err := causality.New(in, true)
	if err != nil {
		v.Reason = err.Error()
		return v
	}
	v.Steps = int64(len(t.Nodes))
	if len(t.Strange) > 0 {
		v.Witness = t.StrangeWitness()
	} else if found := search(t); found != nil {
		v.Witness = causality.Witness(t, found, search)
	}
	switch {
	case v.Witness != nil:
		v.Valid, v.Reason = checkers.Invalid, v.Witness.Sentence
	case t.Excess != "":
		v.Spent, v.Reason = true, t.Excess
	case t.Doubt != "":
		v.Reason = t.Doubt
	default:
		v.Valid = checkers.Valid
		v.Reason = fmt.Sprintf("none of the bad patterns is in %d operations of %d sessions", len(t.Nodes), t.Sessions())
	}
	return v
}
