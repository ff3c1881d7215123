package linearizable

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
)

// classifyMutex says in words what is wrong with an operation on a mutex that contradicts all others by itself.
func classifyMutex(in checkers.Input, ops []int) finding {
	found := finding{anomaly: guarantee.NotLinearizable}
	op := &in.History.Operations[ops[0]]
	if len(ops) > 1 {
		return found
	}
	name := checkers.Noun(op)
	switch same, other := tallyMutex(in, op, true), tallyMutex(in, op, false); {
	case op.Refused() && op.F == "acquire":
		found.sentence = name + " was refused, though it was free"
	case op.Refused():
		found.sentence = name + " was refused, though it was taken"
	case op.F == "acquire" && same.sure > other.possible:
		found.sentence = fmt.Sprintf("%s succeeded, though it was taken: acquires before it: %d, releases that can have been: %d", name, same.sure, other.possible)
	case op.F == "release" && same.sure >= other.possible:
		found.sentence = fmt.Sprintf("%s succeeded, though nobody had it: acquires that can have been before it: %d, releases: %d", name, other.possible, same.sure)
	}
	return found
}

// mutexTally counts operations of one kind that succeeded before another, for sure and possibly.
type mutexTally struct{ sure, possible int }

// tallyMutex counts the operations of the same kind as op, or of the other kind.
func tallyMutex(in checkers.Input, op *history.Operation, same bool) mutexTally {
	var t mutexTally
	for _, i := range checkers.Considered(in) {
		other := &in.History.Operations[i]
		if other == op || other.Key != op.Key || (other.F == op.F) != same || other.Refused() || op.Precedes(other) {
			continue
		}
		t.possible++
		if !checkers.Optional(other) && other.Precedes(op) {
			t.sure++
		}
	}
	return t
}
