package sequential

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// maxGlances bounds how many reads are looked at by themselves.
const maxGlances = 1000

// obvious returns a read of a counter, or two of one process that follow one another, that cannot be right whatever
// the order: the sum is more than all additions make, or less than what the process had added or read itself. Of a bank it returns
// what checkers.FindMiscount finds, and of a queue what overdequeued finds. It returns nil if there is none, or if the object is none of which this says anything.
func obvious(in checkers.Input) []int {
	switch in.Object.Name {
	case "bank":
		if flaw := checkers.FindMiscount(in, checkers.Considered(in)); flaw != nil {
			return flaw.Operations
		}
		return nil
	case "queue":
		return overdequeued(in)
	case "counter":
	default:
		return nil
	}
	f := checkers.NewFragments(in, checkers.InProcess)
	former := map[[2]any]int{} // by process and key: its last read
	glances := 0
	for _, i := range checkers.Considered(in) {
		op := &in.History.Operations[i]
		if !in.Object.ReadOnly(op.F) || glances == maxGlances || in.Interrupted() {
			continue
		}
		glances++
		at := [2]any{op.Process, op.Key}
		candidates := [][]int{{i}}
		if before, ok := former[at]; ok {
			candidates = append(candidates, []int{before, i})
		}
		for _, ops := range candidates {
			if valid, _ := alone(f, ops, trialSteps); valid == checkers.Invalid {
				return ops
			}
		}
		former[at] = i
	}
	return nil
}

// plain says what is wrong with one read of a counter that is only added to, or with two reads of one process; "" if
// that is not what is wrong.
func plain(in checkers.Input, w *checkers.Witness) string {
	last := &in.History.Operations[w.Operations[len(w.Operations)-1]]
	sum, ok := last.Output.Int()
	if in.Object.Name != "counter" || len(w.Operations) > 2 || !ok || !in.Object.ReadOnly(last.F) {
		return ""
	}
	var own, all int64
	for _, i := range checkers.Considered(in) {
		add := &in.History.Operations[i]
		n, isInt := add.Input.Int()
		switch {
		case add.Key != last.Key || !isInt || add.Refused():
		case n < 0:
			return ""
		default:
			all += n
			if add.Outcome == protocol.OK && checkers.InProcess.Before(add, last) {
				own += n
			}
		}
	}
	first := &in.History.Operations[w.Operations[0]]
	switch {
	case len(w.Operations) == 2 && in.Object.ReadOnly(first.F):
		return fmt.Sprintf("%s after its own %s", checkers.Deed(last), checkers.Phrase(first))
	case sum > all:
		w.Anomaly = guarantee.ThinAirRead
		return fmt.Sprintf("%s, and all additions together make %d", checkers.Deed(last), all)
	case sum < own:
		return fmt.Sprintf("%s after its own additions of %d in all", checkers.Deed(last), own)
	}
	return ""
}
