package linearizable

import (
	"cmp"
	"slices"
)

// placeRefused returns a linearization, and whether every refused cas found a place in it. Blocks are in a valid
// order. A refused cas says that the value was not old at some moment between its call and its return, so it goes to
// the first place where its interval allows it and the value is another. That may fail though another order of the
// blocks would do: then it is not this engine that can decide.
func (r *registerKey) placeRefused() ([]int, bool) {
	if len(r.refused) == 0 {
		out := make([]int, 0, len(r.forced))
		for _, at := range r.sorted {
			for _, i := range r.forced[r.blocks[at].from:r.blocks[at].to] {
				out = append(out, r.ops[i])
			}
		}
		return out, true
	}
	order := make([]int32, 0, len(r.forced))
	for _, at := range r.sorted {
		order = append(order, r.forced[r.blocks[at].from:r.blocks[at].to]...)
	}
	insertions, ok := r.places(order)
	if !ok {
		return nil, false
	}
	merged := make([]int32, 0, len(r.ops))
	for gap := 0; gap <= len(order); gap++ {
		for len(insertions) > 0 && insertions[0].gap == gap {
			merged = append(merged, insertions[0].op)
			insertions = insertions[1:]
		}
		if gap < len(order) {
			merged = append(merged, order[gap])
		}
	}
	return r.named(merged), r.keepsRealTime(merged)
}

// insertion puts an operation into the gap ahead of an order's gap-th operation.
type insertion struct {
	gap int
	op  int32
}

// places finds a gap for each refused cas, and tells whether there is one for all.
func (r *registerKey) places(order []int32) ([]insertion, bool) {
	g := r.gaps(order)
	out := make([]insertion, 0, len(r.refused))
	for _, cas := range r.refused {
		// Both bounds grow along the gaps, so those that the interval allows are neighbours.
		gap, _ := slices.BinarySearch(g.upper, r.extents[cas.op].call)
		if g.value[gap] == cas.old {
			gap = int(g.change[gap])
		}
		if gap > len(order) || g.lower[gap] > r.extents[cas.op].back {
			return nil, false
		}
		out = append(out, insertion{gap, cas.op})
	}
	slices.SortStableFunc(out, func(a, b insertion) int { return cmp.Compare(a.gap, b.gap) })
	return out, true
}

// gaps says of each gap in an order: lower, the latest call before it; upper, the earliest return behind it; value,
// what the register holds there; change, the next gap where it holds something else, or one too many.
type gaps struct {
	lower, upper, change, value []int32
}

func (r *registerKey) gaps(order []int32) gaps {
	n := len(order)
	g := gaps{make([]int32, n+1), make([]int32, n+1), make([]int32, n+1), make([]int32, n+1)}
	g.lower[0] = -1
	for i, at := range order {
		g.lower[i+1] = max(g.lower[i], r.extents[at].call)
		g.value[i+1] = g.value[i]
		if r.writes[at] != nothing {
			g.value[i+1] = r.writes[at]
		}
	}
	g.upper[n], g.change[n] = never, int32(n+1)
	for i := n - 1; i >= 0; i-- {
		g.upper[i] = min(g.upper[i+1], r.extents[order[i]].back)
		g.change[i] = g.change[i+1]
		if g.value[i] != g.value[i+1] {
			g.change[i] = int32(i + 1)
		}
	}
	return g
}

// named returns the positions in the history of operations.
func (r *registerKey) named(order []int32) []int {
	out := make([]int, len(order))
	for at, i := range order {
		out[at] = r.ops[i]
	}
	return out
}

// keepsRealTime tells whether nothing had returned before something ahead of it was called.
func (r *registerKey) keepsRealTime(order []int32) bool {
	latest := int32(-1)
	for _, i := range order {
		if r.extents[i].back < latest {
			return false
		}
		latest = max(latest, r.extents[i].call)
	}
	return true
}
