package checkers

import (
	"slices"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Doubles finds elements that a read of a set, a board, a log or a group shows more often than any order of the updates makes
// it do: of a set or a board more than once, of a log or a group more often than they can have been put there.
type Doubles struct {
	log     bool              // it is one, or a group
	appends map[[2]string]int // of a log, by key and element: how many did not fail
}

// NewDoubles prepares to look at the reads of a history.
func NewDoubles(in Input) Doubles {
	d := Doubles{log: in.Object.Name == "log" || in.Object.Name == "multicast"}
	if !d.log {
		return d
	}
	d.appends = map[[2]string]int{}
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if v, ok := Adds(op); ok && op.Outcome != protocol.Fail {
			d.appends[[2]string{op.Key, v.String()}]++
		}
	}
	return d
}

// Of returns an element that the operation shows too often, and whether there is one. What nobody put there is none.
func (d Doubles) Of(op *history.Operation) (protocol.Value, bool) {
	list, _ := op.Output.List()
	if op.F != "read" || op.Outcome != protocol.OK || len(list) < 2 {
		return protocol.Value{}, false
	}
	sorted := slices.SortedFunc(slices.Values(list), protocol.Value.Compare)
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to].Equal(sorted[from]) {
			to++
		}
		if to-from > 1 && to-from > d.most(op.Key, sorted[from]) {
			return sorted[from], true
		}
		from = to
	}
	return protocol.Value{}, false
}

func (d Doubles) most(key string, v protocol.Value) int {
	if !d.log {
		return 1
	}
	return max(1, d.appends[[2]string{key, v.String()}])
}
