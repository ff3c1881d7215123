// Package delivery judges what became of updates in the end: durability, whether each that was answered ok is there
// and none that failed or was never asked for; exactly-once, whether none took effect twice; and conservation, whether
// a bank's accounts hold what was paid in and not out.
//
// The package must not know which system a history comes from, nor look inside replicas: it judges by what clients
// read from each replica in the final phase, and of doubles, and of all accounts of a bank together, by every read.
package delivery

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// Checkers returns the checkers of durability, exactly-once and conservation.
func Checkers() []checkers.Checker {
	return []checkers.Checker{
		{Guarantee: guarantee.Durability, Check: func(in checkers.Input) checkers.Verdict {
			return judge(in, guarantee.Durability, map[string]finder{"counter": lostSum, "set": lostElement, "board": lostElement, "log": lostElement, "multicast": lostElement})
		}},
		{Guarantee: guarantee.ExactlyOnce, Check: func(in checkers.Input) checkers.Verdict {
			return judge(in, guarantee.ExactlyOnce, map[string]finder{"counter": doubledSum, "set": doubledElement, "board": doubledElement, "log": doubledElement, "multicast": doubledElement})
		}},
		{Guarantee: guarantee.Conservation, Check: func(in checkers.Input) checkers.Verdict {
			return judge(in, guarantee.Conservation, map[string]finder{"bank": notConserved})
		}},
	}
}

// finder looks for a violation among the final reads. It returns the witness, or why it cannot tell, or neither.
type finder func(in checkers.Input, finals checkers.Finals) (w *checkers.Witness, doubt string)

func judge(in checkers.Input, name guarantee.Name, finders map[string]finder) checkers.Verdict {
	v := checkers.Verdict{Engine: "comparison of final reads with updates"}
	find, ok := finders[in.Object.Name]
	if !ok {
		v.Reason = fmt.Sprintf("%s is not judged of a %s", name, in.Object.Name)
		return v
	}
	if v.Reason = checkers.Overflow(in); v.Reason != "" {
		return v
	}
	if name == guarantee.Conservation && checkers.Transfers(in) {
		return judgeTotals(in)
	}
	finals := checkers.FinalReads(in)
	v.Steps = int64(len(in.History.Operations))
	w, doubt := find(in, finals)
	switch missing := finals.Missing(); {
	case w != nil:
		v.Valid, v.Witness, v.Reason = checkers.Invalid, w, w.Sentence
	case len(finals.Reads) == 0:
		v.Reason = "no final reads"
	case missing != "":
		v.Reason = missing
	case doubt != "":
		v.Reason = doubt
	default:
		v.Valid = checkers.Valid
		v.Reason = fmt.Sprintf("%d final reads agree with all updates", len(finals.Reads))
	}
	return v
}
