package linearizable

// span is a stretch of ranks within which the queue cannot be empty: at each moment some value has been enqueued and is not
// being dequeued yet.
type span struct{ from, to int32 }

// spans returns the stretches, in order. Values that nobody dequeues are there for ever; they are left out unless waiting.
func (q *queueKey) spans(waiting bool) []span {
	var out []span
	for _, id := range q.byReturn {
		v := &q.values[id]
		if v.back >= v.taking || v.taking == never && !waiting {
			continue
		}
		if n := len(out); n > 0 && v.back < out[n-1].to {
			out[n-1].to = max(out[n-1].to, v.taking)
		} else {
			out = append(out, span{v.back, v.taking})
		}
	}
	return out
}

// occupied finds a dequeue that found the queue empty though it cannot have been (VWit), and else notes for each from
// which moment on it can have been. Values that nobody dequeues count if waiting.
func (q *queueKey) occupied(waiting bool) *queueFlaw {
	if len(q.empties) == 0 {
		return nil
	}
	spans := q.spans(waiting)
	for i := range q.empties {
		e := &q.empties[i]
		for len(spans) > 0 && spans[0].to < e.call {
			spans = spans[1:]
		}
		e.moment = e.call
		if len(spans) == 0 || spans[0].from > e.call {
			continue
		}
		if spans[0].to > e.back {
			return q.notEmpty(e, waiting)
		}
		e.moment = spans[0].to
	}
	return nil
}

// cover returns values that are there one after another all the while that a dequeue ran which found nothing, as few as
// can be: of those that are there, the one that stays longest comes next.
func (q *queueKey) cover(e *emptiness, waiting bool) []int32 {
	var out []int32
	until, best := e.call, int32(nothing)
	for _, id := range q.byReturn {
		v := &q.values[id]
		if until > e.back {
			break
		}
		if v.taking == never && !waiting {
			continue
		}
		if v.back > until && best != nothing && q.values[best].taking > until {
			until = q.values[best].taking
			out = append(out, best)
		}
		if best == nothing || v.taking > q.values[best].taking {
			best = id
		}
	}
	if until < e.back {
		out = append(out, best)
	}
	return out
}

// part parts the values at the moments at which the queue was empty: whatever was enqueued for sure before such a moment has
// been dequeued by then, and all else comes after it. It returns the moments.
func (q *queueKey) part() []int32 {
	var moments []int32
	for i := range q.empties {
		if m := q.empties[i].moment; len(moments) == 0 || moments[len(moments)-1] != m {
			moments = append(moments, m)
		}
	}
	segment := 0
	for _, id := range q.byReturn {
		v := &q.values[id]
		for segment < len(moments) && moments[segment] <= v.back {
			segment++
		}
		v.segment = int32(segment)
	}
	return moments
}

// segmentsBegin returns where each segment begins in a list of all values that is sorted by segment; one more at the end.
func (q *queueKey) segmentsBegin(segments int) []int32 {
	begin := make([]int32, segments+1)
	if segments == 1 {
		begin[1] = int32(len(q.values))
		return begin
	}
	for i := range q.values {
		begin[q.values[i].segment+1]++
	}
	for s := range segments {
		begin[s+1] += begin[s]
	}
	return begin
}

// bySegment sorts values by segment, and keeps the order of those in the same. begin is what segmentsBegin returns.
func (q *queueKey) bySegment(ids, begin []int32) []int32 {
	if len(begin) == 2 {
		return ids
	}
	sorted := make([]int32, len(ids))
	next := append([]int32(nil), begin...)
	for _, id := range ids {
		s := q.values[id].segment
		sorted[next[s]] = id
		next[s]++
	}
	return sorted
}
