// Package available judges whether operations are answered: once all is healed, one of them soon, and in the end every one;
// and, of what is to be available always, each at any time.
//
// The package must not know which system a history comes from.
package available

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Checkers returns the checkers of availability.
func Checkers() []checkers.Checker {
	return []checkers.Checker{{Guarantee: guarantee.Available, Check: check}, {Guarantee: guarantee.AlwaysAvailable, Check: checkAlways}}
}

func check(in checkers.Input) checkers.Verdict {
	finals := in.History.Finals()
	v := checkers.Verdict{Engine: "count", Steps: int64(len(finals)), Measures: measures(in)}
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
	calms, late := firstAnswers(in.History, Bound+in.Slack)
	v.Steps += int64(in.History.Len())
	switch {
	case first >= 0:
		v.Witness = &checkers.Witness{
			Anomaly: guarantee.Unanswered, Operations: []int{first}, Sentence: sentence(&in.History.Operations[first]) + " though all was healed; " + count,
		}
	case late != nil:
		v.Witness = late
	default:
		v.Valid, v.Reason = checkers.Valid, count
		if calms > 0 {
			v.Reason += fmt.Sprintf("; within %v an operation did so %s", Bound+in.Slack, times(calms))
		}
		return v
	}
	v.Valid = checkers.Invalid
	v.Reason = v.Witness.Sentence
	return v
}

// times says how often.
func times(n int) string {
	if n == 1 {
		return "the one time that faults ended"
	}
	return fmt.Sprintf("each of the %d times that faults ended", n)
}

// sentence says what became of an operation that did not end ok.
func sentence(op *history.Operation) string {
	how := "was not answered"
	if op.Outcome == protocol.Fail {
		how = "failed"
	}
	if op.Noted().Error != "" {
		how += " (" + checkers.Cut(op.Noted().Error) + ")"
	}
	return fmt.Sprintf("%s by %s %s", checkers.Short(op), checkers.Actor(op), how)
}
