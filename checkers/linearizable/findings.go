package linearizable

import "sunder/checkers/guarantee"

// backwards reports a contradiction inside a block: earlier must be ahead of later, which had returned before earlier
// was called.
func (r *registerKey) backwards(earlier, later int32) *finding {
	anomaly, parts := guarantee.ReadInversion, []int32{earlier, later}
	switch {
	case r.writes[earlier] != nothing && r.reads[later] == r.writes[earlier]:
		anomaly, parts = guarantee.FutureRead, []int32{later, earlier}
	case r.writes[earlier] != nothing:
		anomaly = guarantee.DirtyOrder
	case r.writes[later] != nothing:
		anomaly = guarantee.StaleRead
	}
	return &finding{anomaly: anomaly, parts: r.positions(append(parts, r.tie(earlier, later)...)...)}
}

// entangled reports two blocks that must each precede the other: an operation of each had returned before one of the
// other was called. If the write that one begins with was called that late, it is the newer one beyond doubt.
func (r *registerKey) entangled(a, b *block) *finding {
	older, newer, certain := a, b, r.beganAfter(b, a)
	if r.beganAfter(a, b) {
		older, newer, certain = b, a, true
	}
	anomaly := guarantee.DirtyOrder
	switch {
	case certain && r.writes[newer.return1.op] != nothing:
		anomaly = guarantee.StaleRead
	case certain:
		anomaly = guarantee.ReadInversion
	}
	parts := []int32{older.call2.op, newer.return1.op, newer.call2.op, older.return1.op}
	parts = append(parts, r.tie(newer.return1.op, newer.call2.op)...)
	parts = append(parts, r.tie(older.return1.op, older.call2.op)...)
	return &finding{anomaly: anomaly, parts: r.positions(parts...)}
}

// beganAfter tells whether the write that block b begins with was called after an operation of a had returned. The
// virtual write of the initial value returned before everything.
func (r *registerKey) beganAfter(b, a *block) bool {
	return b.head != atFirst && r.extents[b.head].call > a.return1.at
}

// tie returns the writers that tie two operations of one block together: from the one whose value the earlier of them
// met to the one whose value the later of them met.
func (r *registerKey) tie(x, y int32) []int32 {
	a, b := r.upstream(x), r.upstream(y)
	if len(a) < len(b) {
		a, b = b, a
	}
	return a[:len(a)-len(b)+1]
}

// upstream returns the writer of what an operation met, or itself if it met nothing, and the writers before that one
// in the block.
func (r *registerKey) upstream(i int32) []int32 {
	if i < 0 {
		return []int32{atFirst}
	}
	if r.reads[i] != nothing {
		i = r.writer[r.reads[i]]
	}
	out := []int32{i}
	for i != atFirst && r.reads[i] != nothing {
		i = r.writer[r.reads[i]]
		out = append(out, i)
	}
	return out
}
