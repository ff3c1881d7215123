package linearizable

// arrange puts the values in an order in which they can have gone through the queue, and makes the linearization of it; or
// it finds two values each of which must go first (VOrd).
//
// One value must be ahead of another if it was enqueued or dequeued before that one was, for sure. Both relations are interval
// orders, so if they contradict one another at all, two values do.
func (q *queueKey) arrange(moments []int32) *queueFlaw {
	begin := q.segmentsBegin(len(moments) + 1)
	call, back := q.bySegment(q.byCall, begin), q.byReturn // which is sorted by segment anyway
	taking, gone := q.bySegment(q.byTaking, begin), q.bySegment(q.byTaken, begin)
	r := race{q: q, state: make([]uint8, len(q.values)), line: make([]int32, 0, len(q.values))}
	q.order, q.leave = make([]int, 0, len(q.ops)), make([]int32, len(q.values))
	empties := q.empties
	for s := range len(moments) + 1 {
		from, to := begin[s], begin[s+1]
		r.call, r.back, r.taking, r.gone = call[from:to], back[from:to], taking[from:to], gone[from:to]
		if !r.run() {
			return q.overtaken(r.first())
		}
		now, until := int32(nothing), int32(never)
		if s > 0 {
			now = moments[s-1]
		}
		if s < len(moments) {
			until = moments[s]
		}
		q.emit(r.line, now, until)
		for ; len(empties) > 0 && empties[0].moment == until; empties = empties[1:] {
			q.order = append(q.order, int(empties[0].op))
		}
	}
	return nil
}

// What is known of a value in a race.
const (
	mayEnter = 1 << iota // no value is left that must be enqueued before it
	mayLeave             // no value is left that must be dequeued before it
	isPast
)

// race finds an order of values: again and again one that nothing must be ahead of.
type race struct {
	q                        *queueKey
	state                    []uint8
	call, back, taking, gone []int32 // values in the order of these moments
	ready, line              []int32
}

// run makes the line, and tells whether all values are in it.
func (r *race) run() bool {
	values := r.q.values
	r.line = r.line[:0]
	for {
		r.back, r.gone = r.left(r.back), r.left(r.gone)
		if len(r.back) == 0 {
			return true
		}
		for first := values[r.back[0]].back; len(r.call) > 0 && values[r.call[0]].call < first; r.call = r.call[1:] {
			r.mark(r.call[0], mayEnter)
		}
		for first := values[r.gone[0]].gone; len(r.taking) > 0 && values[r.taking[0]].taking <= first; r.taking = r.taking[1:] {
			r.mark(r.taking[0], mayLeave)
		}
		if len(r.ready) == 0 {
			return false
		}
		for _, id := range r.ready {
			r.state[id] |= isPast
		}
		r.line = append(r.line, r.ready...)
		r.ready = r.ready[:0]
	}
}

// left drops the values at the beginning that are in the line.
func (r *race) left(ids []int32) []int32 {
	for len(ids) > 0 && r.state[ids[0]]&isPast != 0 {
		ids = ids[1:]
	}
	return ids
}

func (r *race) mark(id int32, may uint8) {
	r.state[id] |= may
	if r.state[id] == mayEnter|mayLeave {
		r.ready = append(r.ready, id)
	}
}

// first returns, of the values that are not in the line, the one whose enqueue ended first and the one whose dequeue did. If
// none is ready each of them must be ahead of the other.
func (r *race) first() (enqueued, dequeued *element) {
	return &r.q.values[r.back[0]], &r.q.values[r.gone[0]]
}

// emit appends the operations on a line of values to the linearization, all within a stretch of ranks: enqueues as early and
// dequeues as late as they can be.
func (q *queueKey) emit(line []int32, now, until int32) {
	leave := q.leave[:len(line)]
	for k := len(line) - 1; k >= 0; k-- {
		until = min(until, q.values[line[k]].gone)
		leave[k] = until
	}
	out := 0
	take := func() {
		if v := &q.values[line[out]]; v.take >= 0 {
			q.order = append(q.order, int(v.take))
		}
		out++
	}
	for _, id := range line {
		v := &q.values[id]
		now = max(now, v.call)
		for leave[out] < now {
			take()
		}
		q.order = append(q.order, int(v.put))
	}
	for out < len(line) {
		take()
	}
}
