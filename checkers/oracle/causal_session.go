package oracle

import (
	"slices"

	"sunder/checkers"
)

// Guarantees are session guarantees to be had together.
type Guarantees struct{ ReadYourWrites, MonotonicReads, MonotonicWrites, WritesFollowReads bool }

// Sessions tells whether a history of a register, a set or a board has the session guarantees together: the order of
// writes that they demand has no cycle, and each read is answered by a server that has applied, in an order which
// keeps that one, exactly the writes that the read must see.
func Sessions(in checkers.Input, g Guarantees) bool {
	return someWorld(in, func(w *world) bool { return w.sessions(g) })
}

func (w *world) sessions(g Guarantees) bool {
	order := w.writeOrder(g)
	if !closeRelation(order) {
		return false
	}
	return w.each(func(r int) bool {
		if !w.events[r].reads {
			return true
		}
		return permuteEvents(w.visible(r, g), nil, order, func(applied []int) bool {
			return len(applied) < len(w.visible(r, g)) || w.answers(r, applied)
		})
	})
}

// earlier tells whether event i comes before j in one process.
func (w *world) earlier(i, j int) bool {
	return i < j && w.events[i].process == w.events[j].process
}

// writeOrder returns which write must be applied before which.
func (w *world) writeOrder(g Guarantees) [][]bool {
	order := make([][]bool, len(w.events))
	for i := range order {
		order[i] = make([]bool, len(w.events))
	}
	for j, later := range w.events {
		for i := range w.events {
			if !later.writes || !w.earlier(i, j) {
				continue
			}
			if g.MonotonicWrites && w.events[i].writes {
				order[i][j] = true
			}
			if g.WritesFollowReads {
				for _, source := range w.from[i] {
					order[source][j] = true
				}
			}
		}
	}
	return order
}

// visible returns the writes that a read must see: the least set with what gave its answer and what the guarantees
// demand.
func (w *world) visible(read int, g Guarantees) []int {
	seen := make([]bool, len(w.events))
	w.see(seen, w.from[read]...)
	w.demand(seen, read, g.ReadYourWrites, g.MonotonicReads)
	for again := true; again; {
		before := slices.Clone(seen)
		for i, is := range before {
			if is {
				w.demand(seen, i, g.MonotonicWrites, g.WritesFollowReads)
			}
		}
		again = !slices.Equal(before, seen)
	}
	var out []int
	for i, is := range seen {
		if is {
			out = append(out, i)
		}
	}
	return out
}

// demand adds what the process of an event wrote before it, and what it had read, as far as is demanded.
func (w *world) demand(seen []bool, event int, writes, reads bool) {
	for i, e := range w.events {
		if !w.earlier(i, event) {
			continue
		}
		if writes && e.writes {
			w.see(seen, i)
		}
		if reads {
			w.see(seen, w.from[i]...)
		}
	}
}

func (w *world) see(seen []bool, writes ...int) {
	for _, i := range writes {
		seen[i] = true
	}
}
