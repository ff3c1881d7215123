package linearizable

import (
	"cmp"
	"slices"
)

// due is a value that nobody is known to have dequeued, and by when it must be gone, for a reason: another value that was
// enqueued after it and is dequeued, or a dequeue that found the queue empty.
type due struct {
	id, by int32
	shown  int32   // the position of the dequeue that shows it
	reason []int32 // positions of what shows it with that
}

// match gives each value that must be gone a dequeue of unknown outcome that was called before it must be. If there are too
// few it returns them with those values.
func (q *queueKey) match() *queueFlaw {
	all := q.dues()
	slices.SortStableFunc(all, func(a, b due) int { return cmp.Compare(a.by, b.by) })
	for k, d := range all {
		if k == len(q.takers) || q.takers[k].call > d.by {
			return q.tooFew(all[:k+1], q.takers[:k])
		}
	}
	for k, d := range all {
		v := &q.values[d.id]
		v.take, v.taking, v.gone = q.takers[k].op, max(v.call, q.takers[k].call), afterAll
	}
	q.takers = q.takers[len(all):]
	return nil
}

// dues returns the values that must be gone by some moment, though nobody is known to have dequeued them.
func (q *queueKey) dues() []due {
	follower := q.followers()
	empty := q.deadlines()
	var out []due
	next, e := 0, 0
	for _, id := range q.byReturn {
		v := &q.values[id]
		for next < len(q.byCall) && q.values[q.byCall[next]].call < v.back {
			next++
		}
		for e < len(q.empties) && q.empties[e].moment < v.back {
			e++
		}
		if v.take >= 0 {
			continue
		}
		d := due{id: id, by: never}
		if b := follower[next]; b != nothing {
			d.by, d.shown, d.reason = q.values[b].gone, q.values[b].take, []int32{q.values[b].put}
		}
		if e < len(q.empties) && q.empties[empty[e]].back < d.by {
			last := &q.empties[empty[e]]
			d.by, d.shown, d.reason = last.back, last.op, q.emptied(v, last)
		}
		if d.by != never {
			out = append(out, d)
		}
	}
	return out
}

// followers returns, for each place in byCall, of the values from there on the one whose dequeue ends first.
func (q *queueKey) followers() []int32 {
	out := empty(len(q.byCall) + 1)
	for k := len(q.byCall) - 1; k >= 0; k-- {
		out[k] = out[k+1]
		if id := q.byCall[k]; q.values[id].gone != never && (out[k] == nothing || q.values[id].gone < q.values[out[k]].gone) {
			out[k] = id
		}
	}
	return out
}

// deadlines returns, for each dequeue that found the queue empty, of those from it on the one that ends first.
func (q *queueKey) deadlines() []int {
	out := make([]int, len(q.empties))
	for k := len(out) - 1; k >= 0; k-- {
		out[k] = k
		if k+1 < len(out) && q.empties[out[k+1]].back < q.empties[k].back {
			out[k] = out[k+1]
		}
	}
	return out
}

// emptied returns what shows that a value must be gone when a dequeue finds the queue empty: values that are there one after
// another from when that dequeue is called until the value has been enqueued.
func (q *queueKey) emptied(v *element, e *emptiness) []int32 {
	var out []int32
	until := e.call
	for until < v.back {
		best := int32(nothing)
		for _, id := range q.byReturn {
			w := &q.values[id]
			if w.back > until {
				break
			}
			if w.taking != never && (best == nothing || w.taking > q.values[best].taking) {
				best = id
			}
		}
		until = q.values[best].taking
		out = append(out, q.values[best].put, q.values[best].take)
	}
	return out
}
