package oracle

import (
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// origin is the process and the key of an operation.
type origin struct {
	process int
	key     string
}

// StaleRead returns the history with a read of the last quarter answering what a read of the same key did long before;
// a read of the same process, if that is asked for. It panics if there is none. The history itself stays as it is.
func StaleRead(h *history.History, sameProcess bool) *history.History {
	early := map[origin]int{}
	for i := range h.Operations {
		op := &h.Operations[i]
		if op.F != "read" || op.Outcome != protocol.OK {
			continue
		}
		at := origin{key: op.Key}
		if sameProcess {
			at.process = op.Process
		}
		if first, seen := early[at]; !seen && i > len(h.Operations)/10 {
			early[at] = i
		} else if seen && i > len(h.Operations)*3/4 && first < len(h.Operations)/2 && !op.Output.Equal(h.Operations[first].Output) {
			return with(h, i, h.Operations[first].Output)
		}
	}
	panic("oracle: no read to make stale")
}

// StaleTransaction returns the transactions with one more step in the middle: a read that finds nothing under the first
// key, which was written long before.
func StaleTransaction(in checkers.Input) checkers.Input {
	h := *in.History
	h.Operations = slices.Clone(h.Operations)
	op := &h.Operations[len(h.Operations)/2]
	answers, _ := op.Output.List()
	op.Input = protocol.List(append(slices.Clone(answers), protocol.List(protocol.String("r"), protocol.Int(1), protocol.Value{}))...)
	op.Output = op.Input
	in.History = &h
	return in
}

// with returns the history with another answer of operation i. Its events stay as they are.
func with(h *history.History, i int, answer protocol.Value) *history.History {
	out := *h
	out.Operations = slices.Clone(h.Operations)
	out.Operations[i].Output = answer
	return &out
}
