// Package available judges whether every operation is answered once all is healed.
//
// The package must not know which system a history comes from, nor how long an answer may take: whoever ran it has
// given up in time.
package available

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Checkers returns the checker of availability.
func Checkers() []checkers.Checker {
	return []checkers.Checker{{Guarantee: guarantee.Available, Check: check}}
}

func check(in checkers.Input) checkers.Verdict {
	finals := in.History.Finals()
	v := checkers.Verdict{Engine: "count", Steps: int64(len(finals))}
	if len(finals) == 0 {
		v.Reason = "no operation was invoked after all was healed and quiet"
		return v
	}
	answered, first := 0, -1
	for _, i := range finals {
		switch {
		case in.History.Operations[i].Outcome == protocol.OK:
			answered++
		case first < 0:
			first = i
		}
	}
	count := fmt.Sprintf("%d of %d operations ended ok once all was healed", answered, len(finals))
	if first < 0 {
		v.Valid, v.Reason = checkers.Valid, count
		return v
	}
	v.Valid = checkers.Invalid
	v.Witness = &checkers.Witness{
		Anomaly: guarantee.Unanswered, Operations: []int{first}, Sentence: sentence(&in.History.Operations[first]) + "; " + count,
	}
	v.Reason = v.Witness.Sentence
	return v
}

func sentence(op *history.Operation) string {
	how := "was not answered"
	if op.Outcome == protocol.Fail {
		how = "failed"
	}
	if op.Error != "" {
		how += " (" + checkers.Cut(op.Error) + ")"
	}
	return fmt.Sprintf("%s by %s %s though all was healed", checkers.Short(op), checkers.Actor(op), how)
}
