package history

import (
	"iter"
	"math"

	"sunder/harness/protocol"
)

// MaxEvents is how many events a history may have: positions fit into 32 bits.
const MaxEvents = math.MaxInt32

// reference says what an event is made of, in a thirtieth of its size: twice the position of its operation, and one more
// if it is the completion. Of an event that says more than its operation does it is the complement of a position in
// History.others.
type reference int32

func callOf(operation int) reference   { return reference(operation) << 1 }
func returnOf(operation int) reference { return reference(operation)<<1 | 1 }

// differences says what the events of an operation were recorded without, though it has it.
type differences uint8

const (
	answerless   differences = 1 << iota // the completion has no value
	nodeAtCall                           // only the invocation has the node
	nodeAtReturn                         // only the completion has
	viaAtCall
	viaAtReturn
)

// Len returns how many events there are. A history that was not recorded but put together of operations has none.
func (h *History) Len() int { return len(h.events) }

// Event returns the event at a position, as it was recorded.
func (h *History) Event(i int) Event {
	r := h.events[i]
	if r < 0 {
		return h.others[^r]
	}
	return h.Operations[r>>1].event(r&1 == 1)
}

// Events returns all events with their positions, in order.
func (h *History) Events() iter.Seq2[int, Event] {
	return func(yield func(int, Event) bool) {
		for i := range h.events {
			if !yield(i, h.Event(i)) {
				return
			}
		}
	}
}

// event returns the invocation or the completion of an operation.
func (o *Operation) event(completion bool) Event {
	e := Event{Time: o.CallTime, Process: o.Process, Type: Invoke, F: o.F, Key: o.Key, Value: o.Input}
	if completion {
		e.Time, e.Type, e.Value = o.ReturnTime, completions[o.Outcome], o.Output
	}
	if n := o.Notes; n != nil {
		e.Node, e.Via = n.Node, n.Via
		if completion {
			e.Error = n.Error
		}
	}
	if o.recorded != 0 {
		o.recorded.apply(&e)
	}
	return e
}

var completions = [...]Type{protocol.OK: OK, protocol.Fail: Fail, protocol.Info: Info}

// apply takes from an event what it was recorded without.
func (d differences) apply(e *Event) {
	node, via := nodeAtReturn, viaAtReturn
	if e.Type != Invoke {
		node, via = nodeAtCall, viaAtCall
		if d&answerless != 0 {
			e.Value = protocol.Value{}
		}
	}
	if d&node != 0 {
		e.Node = ""
	}
	if d&via != 0 {
		e.Via = ""
	}
}

// Begin records the invocation of the last operation as the next event, as far as the operation tells of it.
func (h *History) Begin() {
	op := len(h.Operations) - 1
	h.Operations[op].Call = len(h.events)
	h.events = append(room(h.events), callOf(op))
}

// End records the completion of an operation as the next event, as far as the operation tells of it.
func (h *History) End(operation int) {
	if op := &h.Operations[operation]; op.Outcome != protocol.Info {
		op.Return = len(h.events)
	}
	h.events = append(room(h.events), returnOf(operation))
}

// add records an event of which no operation tells.
func (h *History) add(e Event) {
	h.others = append(room(h.others), e)
	h.events = append(room(h.events), ^reference(len(h.others)-1))
}
