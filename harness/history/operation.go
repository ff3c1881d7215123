package history

import (
	"slices"
	"sort"
	"time"

	"sunder/harness/protocol"
)

// Pending is the Return of an operation that never ended: later than every event.
const Pending = int(^uint(0) >> 1)

// Operation is an invocation together with what became of it. A history holds millions: what is asked for most stands
// first, and what few have or many share is kept apart.
type Operation struct {
	Process    int
	Call       int              // position of the invocation among the events
	Return     int              // position of the completion; Pending if Outcome is Info, for it may yet happen
	Outcome    protocol.Outcome // Info too when the history ends before the operation
	recorded   differences
	F, Key     string
	Input      protocol.Value // what was asked for
	Output     protocol.Value // what was answered; the input if it was not answered ok
	Notes      *Notes         // shared with other operations, so that it must not be changed; nil if it would be empty
	CallTime   time.Duration
	ReturnTime time.Duration // of the completion event, if there is one; else -1
}

// Notes is what an operation may have besides.
type Notes struct {
	Node  protocol.NodeID // the front end of the process, if known
	Via   protocol.NodeID // the replica that was asked for by name, if any
	Error string          // what the completion says went wrong
}

// Noted returns the notes, empty if there are none.
func (o *Operation) Noted() Notes {
	if o.Notes == nil {
		return Notes{}
	}
	return *o.Notes
}

// Note sets the notes.
func (o *Operation) Note(n Notes) {
	o.Notes = nil
	if n != (Notes{}) {
		o.Notes = &n
	}
}

// Node returns the front end of the process, "" if it is not known.
func (o *Operation) Node() protocol.NodeID { return o.Noted().Node }

// Via returns the replica that was asked for by name, "" if none was.
func (o *Operation) Via() protocol.NodeID { return o.Noted().Via }

// Refused tells whether the operation ran and was refused by its own precondition: it changed nothing and says
// something of the state it met.
func (o *Operation) Refused() bool {
	return o.Outcome == protocol.Fail && o.Notes != nil && (o.Notes.Error == protocol.Refused || o.F == "dequeue" && foundEmpty(o.Notes.Error))
}

// foundEmpty tells whether the error of a dequeue is how Jepsen's tests of queues say that there was nothing.
func foundEmpty(fault string) bool { return fault == "empty" || fault == "exhausted" }

// Precedes tells whether o had returned before p was called: the real-time order.
func (o *Operation) Precedes(p *Operation) bool { return o.Return < p.Call }

// History is what was observed of one run. Its events are asked for by their positions, from 0 on, in real-time order.
type History struct {
	Operations []Operation      // of clients, in the order of their invocations
	Facts      []protocol.Noted // in the order of time; empty for histories from elsewhere
	Phases     []Phase          // in the order of time; empty for histories from elsewhere
	// Lines says where a text has the events, if it has not one of them on each of its lines from the first: counted
	// from 1, the line of each event.
	Lines []int32
	// Untimed says that only the order of each process is known: of operations of two processes none comes before the other,
	// wherever their events stand.
	Untimed bool
	// Object is what the history is of, if more than the names of its operations tells; "" mostly. In one of a set that has writes
	// these are of elements.
	Object string
	// Remarks are what a reader has put right, and could take otherwise than was meant: each kind once, where it stood first.
	Remarks []LineError
	// Initial is what a register holds before the first write, null unless the recorder says otherwise.
	Initial protocol.Value

	events []reference
	others []Event // what cannot be made of an operation
}

// Line returns the line, counted from 1, on which event i stands in the text that the history was read from; of a
// history that was recorded, in the text that Write makes of it.
func (h *History) Line(i int) int {
	if h.Lines == nil {
		return i + 1
	}
	return int(h.Lines[i])
}

// Rename gives all operations of one function another.
func (h *History) Rename(from, to string) {
	for i := range h.Operations {
		if h.Operations[i].F == from {
			h.Operations[i].F = to
		}
	}
}

// Before returns what had been observed before an event: operations that had been called by then, and of those that had not
// returned nobody knows what became of them. Positions of operations and events are the same as here. It has operations alone, and
// those whose outcome is not known in the end are as they are here.
func (h *History) Before(event int) *History {
	n := sort.Search(len(h.Operations), func(i int) bool { return h.Operations[i].Call >= event })
	out := &History{Operations: slices.Clone(h.Operations[:n]), Lines: h.Lines, Untimed: h.Untimed, Initial: h.Initial}
	for i := range out.Operations {
		if op := &out.Operations[i]; op.Return >= event && op.Outcome != protocol.Info {
			op.Outcome, op.Return, op.ReturnTime, op.Output = protocol.Info, Pending, -1, op.Input
			op.Note(Notes{Node: op.Node(), Via: op.Via()})
		}
	}
	return out
}

// Phase is a stretch of a run: chaos, heal, recover, final.
type Phase struct {
	Name  string
	Start int // position of its first event
}

// The phases of a run.
const (
	Chaos   = "chaos"
	Heal    = "heal"
	Recover = "recover"
	Final   = "final"
)

// In returns the phase that event position i stands in, "" if the history has no phases.
func (h *History) In(i int) string {
	name := ""
	for _, p := range h.Phases {
		if p.Start > i {
			break
		}
		name = p.Name
	}
	return name
}

// Finals returns the positions in Operations of the operations that were invoked in the final phase.
func (h *History) Finals() []int {
	var out []int
	for i := range h.Operations {
		if h.In(h.Operations[i].Call) == Final {
			out = append(out, i)
		}
	}
	return out
}
