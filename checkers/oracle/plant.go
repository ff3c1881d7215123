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

// ForgottenWrite returns the history with a read of the last quarter answering the initial value, though its process had
// written the key, and read another value of it, before. It panics if there is none.
func ForgottenWrite(h *history.History) *history.History {
	wrote, read := map[origin]bool{}, map[origin]bool{}
	for i := range h.Operations {
		op := &h.Operations[i]
		at := origin{op.Process, op.Key}
		switch {
		case op.Outcome != protocol.OK:
		case op.F == "write":
			wrote[at] = true
		case op.F != "read" || op.Output.Equal(h.Initial):
		case i > len(h.Operations)*3/4 && wrote[at] && read[at]:
			return with(h, i, h.Initial)
		default:
			read[at] = true
		}
	}
	panic("oracle: no write to forget")
}

// ReadAhead returns the history with an early read answering a value that is written in the last quarter, by a process
// that had until then read what the reader wrote afterwards: so each of two writes follows a read of the other. It panics
// if there is none.
func ReadAhead(h *history.History) *history.History {
	writers := map[int64]int{} // of each value
	first := map[origin]int{}  // of each process and key: its first read
	sources := map[int]int{}   // of each process: what it has read of another one
	for i := range h.Operations {
		op := &h.Operations[i]
		if op.Outcome != protocol.OK {
			continue
		}
		n, _ := op.Output.Int()
		if op.F == "read" {
			if _, seen := first[origin{op.Process, op.Key}]; !seen {
				first[origin{op.Process, op.Key}] = i
			}
			if w, written := writers[n]; written && h.Operations[w].Process != op.Process {
				sources[op.Process] = w
			}
			continue
		}
		writers[n] = i
		source, some := sources[op.Process]
		if !some || i <= len(h.Operations)*3/4 {
			continue
		}
		reader, seen := first[origin{h.Operations[source].Process, op.Key}]
		if seen && reader < source {
			return with(h, reader, op.Input)
		}
	}
	panic("oracle: no write to read ahead of")
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

// OvertakenDequeue returns the history of a queue with what two dequeues of the last quarter took exchanged, of which one had
// returned before the other was called, as the enqueues of both values had. It panics if there are none.
func OvertakenDequeue(h *history.History) *history.History {
	puts := map[int64]*history.Operation{}
	first := -1 // the dequeue that is to be exchanged
	for i := range h.Operations {
		op := &h.Operations[i]
		n, some := op.Output.Int()
		switch {
		case op.Outcome != protocol.OK || !some:
		case op.F == "enqueue":
			puts[n] = op
		case i < len(h.Operations)*3/4 || puts[n] == nil:
		case first < 0:
			first = i
		case h.Operations[first].Precedes(op):
			m, _ := h.Operations[first].Output.Int()
			if puts[m].Precedes(puts[n]) && puts[n].Precedes(&h.Operations[first]) {
				later := op.Output
				out := with(h, i, h.Operations[first].Output)
				out.Operations[first].Output = later
				return out
			}
		}
	}
	panic("oracle: no dequeues to exchange")
}
