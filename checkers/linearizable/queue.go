package linearizable

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// fifo decides queues when each value is enqueued once, in about linear time.
//
// A history of a queue is wrong in one of four ways (Henzinger, Sezgin & Vafeiadis, CONCUR 2013; Bouajjani, Emmi, Enea &
// Hamza, ICALP 2015): a value is dequeued that was not enqueued before (VFresh), or twice (VRepet); of two values the one
// that was enqueued later is dequeued earlier, or alone (VOrd); a dequeue finds the queue empty while at each moment some
// value is there (VWit). If it is wrong in none of them the values have an order that explains all answers, and order
// finds it.
//
// A dequeue of unknown outcome may have taken any value that nobody else has dequeued. Each value that must be gone by
// some moment is given one that was called before; that is a matter of deadlines, as there is no other end to them. Beside
// dequeues that found the queue empty this may be the wrong choice, and then fifo cannot decide.
type fifo struct{}

func (fifo) name() string { return "fast" }

func (fifo) decide(in checkers.Input, ops []int) (outcome, bool) {
	if in.Object.Name != "queue" {
		return outcome{}, false
	}
	q := &queueKey{in: in, ops: ops, numbers: newInterner(len(ops))}
	if !q.load() {
		return outcome{}, false
	}
	broken := q.badValue()
	if broken == nil {
		q.lineUp()
		broken = q.judge()
	}
	switch {
	case broken != nil:
		return outcome{valid: checkers.Invalid, suspect: broken.suspect, found: &broken.finding, steps: int64(len(ops))}, true
	case q.undecided:
		return outcome{}, false
	}
	return outcome{valid: checkers.Valid, order: q.order, steps: int64(len(ops))}, true
}

// queueKey is the history of one queue. What is at hand is numbered; positions are those in the history.
type queueKey struct {
	in      checkers.Input
	ops     []int
	numbers *interner

	values  []element
	empties []emptiness // in the order of calls
	takers  []taker     // in the order of calls: dequeues of unknown outcome

	byCall, byReturn  []int32 // values in the order in which their enqueues begin, and end
	byTaking, byTaken []int32 // values in the order in which their dequeues begin, and end
	undecided         bool
	order             []int   // the linearization
	leave             []int32 // of the values in a line: when each must have left at the latest
}

// element is a value. Moments are positions of events; that of what never ends is never, and that at which an unknown dequeue
// ends is afterAll. An enqueue ends for sure when the value has been dequeued, and a dequeue begins for sure not before the
// value is enqueued.
type element struct {
	put, take    int32 // positions of its enqueue and dequeue, nothing if there is none
	again        int32 // the position of a second dequeue, or nothing
	call, back   int32 // when its enqueue begins and ends
	taking, gone int32 // when its dequeue begins and ends
	segment      int32 // how many of the moments at which the queue was empty come before it
}

// afterAll is later than every event, but ahead of what never ends.
const afterAll = never - 1

// emptiness is a dequeue that found the queue empty.
type emptiness struct {
	op, call, back int32
	moment         int32 // from which on the queue can be empty
}

// taker is a dequeue of unknown outcome.
type taker struct{ op, call int32 }

// load sorts operations by value, and tells whether each value is enqueued once, and events are few enough to be numbered.
func (q *queueKey) load() bool {
	q.values = make([]element, 0, len(q.ops)/2+8) // most values are enqueued and dequeued
	for _, i := range q.ops {
		op := &q.in.History.Operations[i]
		if op.Call >= afterAll || op.Return >= afterAll && op.Return != history.Pending {
			return false
		}
		at, call, back := int32(i), int32(op.Call), int32(min(op.Return, never))
		switch {
		case op.F == "enqueue":
			v := q.value(op.Input)
			if v.put >= 0 || op.Refused() {
				return false
			}
			v.enqueued(at, call, back)
		case checkers.Optional(op):
			q.takers = append(q.takers, taker{at, call})
		case op.Refused() || op.Output.IsNull():
			q.empties = append(q.empties, emptiness{op: at, call: call, back: back})
		default:
			q.value(op.Output).dequeued(at, call, back)
		}
	}
	return true
}

func (q *queueKey) value(v protocol.Value) *element {
	id := int(q.numbers.id(v))
	if id == len(q.values) {
		q.values = append(q.values, element{put: nothing, take: nothing, again: nothing, call: nothing, back: never, taking: never, gone: never})
	}
	return &q.values[id]
}

func (v *element) enqueued(op, call, back int32) {
	v.put, v.call, v.back = op, call, min(v.back, back)
	if v.take >= 0 {
		v.taking = max(v.taking, call)
	}
}

func (v *element) dequeued(op, call, back int32) {
	switch {
	case v.take < 0:
		v.take, v.taking, v.gone = op, max(call, v.call), back
		v.back = min(v.back, back)
	case v.again < 0:
		v.again = op
	}
}

// queueFlaw is a contradiction: the operations that make it up, and what is said of it.
type queueFlaw struct {
	finding
	suspect []int
}

// badValue finds a value that is dequeued without cause, and drops values that may never have been there: those whose
// enqueue is of unknown outcome, and which nobody has dequeued.
func (q *queueKey) badValue() *queueFlaw {
	kept := 0
	for i := range q.values {
		v := &q.values[i]
		switch {
		case v.put < 0:
			return q.thinAir(v)
		case v.again >= 0:
			return q.twice(v)
		case v.gone < v.call:
			return q.future(v)
		case v.take < 0 && checkers.Optional(q.op(v.put)):
			continue
		}
		if kept < i {
			q.values[kept] = *v
		}
		kept++
	}
	q.values = q.values[:kept]
	return nil
}

// judge finds a contradiction, or the linearization; else it sets undecided.
func (q *queueKey) judge() *queueFlaw {
	waiting := func(v element) bool { return v.take < 0 }
	matched := len(q.takers) > 0 && slices.ContainsFunc(q.values, waiting)
	if matched {
		if broken := q.occupied(false); broken != nil {
			return broken
		}
		if broken := q.match(); broken != nil {
			return broken
		}
		q.lineUp()
	}
	broken := q.occupied(true)
	if broken == nil {
		broken = q.arrange(q.part())
	}
	unsure := func(i int) bool { op := q.op(int32(i)); return checkers.Optional(op) && op.F == "dequeue" }
	if broken != nil && matched && (broken.anomaly != guarantee.Overtaken || slices.ContainsFunc(broken.suspect, unsure)) {
		q.undecided = true // another choice may do
		return nil
	}
	return broken
}
