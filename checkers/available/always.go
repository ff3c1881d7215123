package available

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// checkAlways judges whether every operation on the object was answered, at any time of the run. What was refused by its own
// precondition was answered. No system that keeps one copy of an object can be so in a partition (Gilbert & Lynch, SIGACT
// News 2002); on the side of a majority, or where a fault leaves it one, it can.
func checkAlways(in checkers.Input) checkers.Verdict {
	operations := checkers.ObjectOperations(in)
	v := checkers.Verdict{Engine: "count", Steps: int64(len(operations))}
	if len(operations) == 0 {
		v.Reason = "there are no operations"
		return v
	}
	answered, first := 0, -1
	for _, i := range operations {
		switch op := &in.History.Operations[i]; {
		case op.Outcome == protocol.OK || op.Refused():
			answered++
		case first < 0:
			first = i
		}
	}
	count := fmt.Sprintf("%d of %d operations were answered", answered, len(operations))
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
