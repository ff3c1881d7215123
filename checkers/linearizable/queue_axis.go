package linearizable

import (
	"slices"

	"sunder/harness/history"
)

// lineUp sorts values by the moments of their events.
func (q *queueKey) lineUp() {
	n := len(q.values)
	all := make([]int32, 4*n)
	q.byCall, q.byReturn = all[:0:n], all[n:n:2*n]
	q.byTaking, q.byTaken = all[2*n:2*n:3*n], all[3*n:3*n:4*n]
	q.eachMoment(q.meet)
	for i := range q.values {
		v := &q.values[i]
		if v.back == never {
			q.byReturn = append(q.byReturn, int32(i))
		}
		if v.taking == never {
			q.byTaking = append(q.byTaking, int32(i))
		}
		if v.gone == afterAll {
			q.byTaken = append(q.byTaken, int32(i))
		}
	}
	for i := range q.values {
		if q.values[i].gone == never {
			q.byTaken = append(q.byTaken, int32(i))
		}
	}
}

// meet puts a value behind those that have had the same moment before.
func (q *queueKey) meet(at, id int32) {
	v := &q.values[id]
	if v.call == at {
		q.byCall = append(q.byCall, id)
	}
	if v.back == at {
		q.byReturn = append(q.byReturn, id)
	}
	if v.taking == at {
		q.byTaking = append(q.byTaking, id)
	}
	if v.gone == at {
		q.byTaken = append(q.byTaken, id)
	}
}

// eachMoment visits the moments of all values in their order, each with the value whose it is: one event is of one value.
// Where events of the history are not much more than those of the queue, each has its place among them; else they are
// sorted.
func (q *queueKey) eachMoment(visit func(at, id int32)) {
	first, last := int32(afterAll), int32(0)
	for i := range q.values {
		v := &q.values[i]
		first = min(first, v.call)
		for _, at := range [...]int32{v.call, v.back, v.taking, v.gone} {
			if at < afterAll {
				last = max(last, at)
			}
		}
	}
	if int(last)-int(first) > 32*len(q.values) {
		q.sortedMoments(visit)
		return
	}
	places := empty(max(0, int(last)-int(first)+1))
	for i := range q.values {
		v := &q.values[i]
		for _, at := range [...]int32{v.call, v.back, v.taking, v.gone} {
			if at < afterAll {
				places[at-first] = int32(i)
			}
		}
	}
	for k, id := range places {
		if id != nothing {
			visit(first+int32(k), id)
		}
	}
}

func (q *queueKey) sortedMoments(visit func(at, id int32)) {
	moments := make([]int64, 0, 4*len(q.values)) // each with its value behind it
	for i := range q.values {
		v := &q.values[i]
		for _, at := range [...]int32{v.call, v.back, v.taking, v.gone} {
			if at < afterAll {
				moments = append(moments, int64(at)<<32|int64(i))
			}
		}
	}
	slices.Sort(moments)
	for _, m := range slices.Compact(moments) {
		visit(int32(m>>32), int32(m))
	}
}

func (q *queueKey) op(i int32) *history.Operation { return &q.in.History.Operations[i] }
