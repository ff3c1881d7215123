package linearizable

import (
	"cmp"
	"slices"

	"sunder/harness/history"
)

// What an event of a queue is to the value, or the empty dequeue, or the dequeue of unknown outcome, that it belongs to.
const (
	putCall = iota
	putReturn
	takeCall
	takeReturn
	emptyCall
	emptyReturn
	takerCall
	queueEvents // how many there are
)

// lineUp ranks all events, and sorts values by the moments of theirs.
func (q *queueKey) lineUp() {
	n := len(q.values)
	for i := range q.values {
		v := &q.values[i]
		v.call, v.back, v.taking, v.gone = nothing, never, never, never
	}
	q.byCall, q.byReturn = make([]int32, 0, n), make([]int32, 0, n)
	q.byTaking, q.byTaken = make([]int32, 0, n), make([]int32, 0, n)
	for rank, code := range q.events() {
		q.meet(int32(rank), code/queueEvents, code%queueEvents)
	}
	for i := range q.values {
		v := &q.values[i]
		if v.back == never {
			q.byReturn = append(q.byReturn, int32(i))
		}
		if v.taking == never {
			q.byTaking = append(q.byTaking, int32(i))
		} else if v.gone == never { // by a dequeue of unknown outcome: later than all others, but ahead of what stays
			v.gone = never - 1
			q.byTaken = append(q.byTaken, int32(i))
		}
	}
	for i := range q.values {
		if q.values[i].gone == never {
			q.byTaken = append(q.byTaken, int32(i))
		}
	}
}

// meet notes when an event was.
func (q *queueKey) meet(rank, id, what int32) {
	switch what {
	case emptyCall:
		q.empties[id].call = rank
		return
	case emptyReturn:
		q.empties[id].back = rank
		return
	case takerCall:
		q.takers[id].call = rank
		return
	}
	v := &q.values[id]
	switch {
	case what == putCall:
		v.call = rank
		q.byCall = append(q.byCall, id)
		if v.taking != never { // it was being dequeued before
			v.taking = rank
			q.byTaking = append(q.byTaking, id)
		}
	case what == takeCall:
		v.taking = rank
		if v.call != nothing {
			q.byTaking = append(q.byTaking, id)
		}
	case what == takeReturn:
		v.gone = rank
		q.byTaken = append(q.byTaken, id)
	}
	if (what == putReturn || what == takeReturn) && v.back == never {
		v.back = rank
		q.byReturn = append(q.byReturn, id)
	}
}

// events returns the events of the queue in their order, each as the number of what it belongs to, times queueEvents, and
// what it is to that.
func (q *queueKey) events() []int32 {
	moments := make([]queueMoment, 0, 2*len(q.ops))
	first, last := history.Pending, 0
	add := func(at, id, what int) {
		if at != history.Pending {
			moments = append(moments, queueMoment{at, int32(id*queueEvents + what)})
			first, last = min(first, at), max(last, at)
		}
	}
	for id := range q.values {
		v := &q.values[id]
		add(q.op(v.put).Call, id, putCall)
		add(q.op(v.put).Return, id, putReturn)
		if v.take >= 0 {
			add(q.op(v.take).Call, id, takeCall)
			add(q.op(v.take).Return, id, takeReturn)
		}
	}
	for id := range q.empties {
		add(q.op(q.empties[id].op).Call, id, emptyCall)
		add(q.op(q.empties[id].op).Return, id, emptyReturn)
	}
	for id := range q.takers {
		add(q.op(q.takers[id].op).Call, id, takerCall)
	}
	return inOrder(moments, first, last)
}

// queueMoment is where an event stands in the history.
type queueMoment struct {
	at   int
	code int32
}

// inOrder returns the codes in the order of their events. Where events of the history are not much more than those of the
// queue, each has its place among them.
func inOrder(moments []queueMoment, first, last int) []int32 {
	out := make([]int32, 0, len(moments))
	if last-first > 16*len(moments) {
		slices.SortStableFunc(moments, func(a, b queueMoment) int { return cmp.Compare(a.at, b.at) })
		for _, m := range moments {
			out = append(out, m.code)
		}
		return out
	}
	places := empty(max(0, last-first+1))
	for _, m := range moments {
		places[m.at-first] = m.code
	}
	for _, code := range places {
		if code != nothing {
			out = append(out, code)
		}
	}
	return out
}

func (q *queueKey) op(i int) *history.Operation { return &q.in.History.Operations[i] }
