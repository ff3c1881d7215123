package txn

import (
	"math/bits"
	"slices"
)

// step is an edge of a cycle between two transactions.
type step struct {
	from, to int32
	kind     kind
	literal  int32
}

// class is a kind of cycle: it is closed by an edge of one kind, and leads back by others. A layered one may have
// anti-dependencies on its way, but no two in a row.
type class struct {
	closing, back kinds
	layered       bool
}

// classes returns the kinds of cycles in a graph that a level forbids, those that rule out most first: in real time, too, what
// the order of each process suffices for comes before what needs real time. It leaves out those for which the graph has no cycle
// at all.
func (g *graph) classes(l level) []class {
	writes, dependencies := of(writeWrite), of(writeWrite, writeRead)
	all := of(writeWrite, writeRead, readWrite)
	var out []class
	for _, more := range [...]kinds{0, of(process), of(realTime)} {
		if more == of(process) && l < strongSession || more == of(realTime) && l < strict {
			continue
		}
		more |= of(onward)
		if len(g.components(all|more).tangled()) == 0 {
			continue
		}
		out = append(out,
			class{closing: of(writeWrite), back: writes | more},
			class{closing: of(writeRead), back: dependencies | more},
			class{closing: of(readWrite), back: dependencies | more})
		if l >= snapshot {
			out = append(out, class{closing: of(readWrite), back: all | more, layered: true})
		}
		if l >= serializable {
			out = append(out, class{closing: of(readWrite), back: all | more})
		}
	}
	return out
}

// searcher looks for short cycles in a graph, at most so many steps long in all.
type searcher struct {
	*graph
	steps, budget int64
	distance      []int32 // of each node in each layer; none
	by            []int32 // the edge that led there
	parent        []int32
	touched       []int32
	queue         [2][]int32
	orders        map[kinds][]int32 // see ranks
}

func newSearcher(g *graph, budget int64) *searcher {
	return &searcher{graph: g, budget: budget, orders: map[kinds][]int32{}, distance: fill(2 * int(g.size)), by: fill(2 * int(g.size)), parent: fill(2 * int(g.size))}
}

// shortest returns the shortest cycle of a class that it finds within its budget; nil if it finds none. If dependencies
// have no cycles, each cycle has an anti-dependency that leads backwards in an order of theirs: only these can close one,
// and there are few.
func (s *searcher) shortest(c class) []step {
	var best []step
	limit := int32(1) << 30
	begun := s.steps
	rank := s.ranks(of(writeWrite, writeRead) | c.back&^of(readWrite))
	if rank != nil && c.closing != of(readWrite) {
		return nil
	}
	for _, closing := range s.candidates(c, rank) {
		if s.stop() || s.steps-begun > s.budget || best != nil && s.steps-begun > s.budget/16 {
			return best
		}
		if s.walk(s.to[closing.edge], closing.from, c, limit-1, rank) {
			best = s.cycle(closing.from, closing.edge)
			limit = int32(len(best))
		}
	}
	return best
}

// candidate is an edge that may close a cycle.
type candidate struct{ from, edge int32 }

// fewCandidates are looked at one by one. Of more of them those are left out first that lie on no cycle at all.
const fewCandidates = 16

// candidates returns the edges that may close a cycle of a class.
func (s *searcher) candidates(c class, rank []int32) []candidate {
	var out []candidate
	for a := range s.size {
		for e := s.start[a]; e < s.start[a+1]; e++ {
			if c.closing.has(s.kind[e]) && (rank == nil || rank[a] >= rank[s.to[e]]) {
				out = append(out, candidate{a, e})
			}
		}
	}
	if len(out) <= fewCandidates {
		return out
	}
	part := s.components(c.closing | c.back).of
	return slices.DeleteFunc(out, func(d candidate) bool { return part[d.from] != part[s.to[d.edge]] })
}

// walk looks for a way from a node to another of fewer steps than limit, and tells whether there is one. A state is a node
// and whether an anti-dependency led there, for layered classes. If dependencies alone lead back, what ranks behind the
// end does not lead to it.
func (s *searcher) walk(from, to int32, c class, limit int32, rank []int32) bool {
	if c.back.has(readWrite) {
		rank = nil
	}
	for _, n := range s.touched {
		s.distance[n] = none
	}
	s.touched = s.touched[:0]
	first := 2 * from
	if c.layered {
		first++
	}
	s.reach(first, none, none, 0)
	s.queue[0], s.queue[1] = append(s.queue[0][:0], first), s.queue[1][:0]
	for d := int32(0); len(s.queue[0]) > 0; d++ {
		for len(s.queue[0]) > 0 {
			state := s.queue[0][len(s.queue[0])-1]
			s.queue[0] = s.queue[0][:len(s.queue[0])-1]
			if s.distance[state] != d {
				continue
			}
			if state == 2*to {
				return true
			}
			s.expand(state, to, c, limit, rank)
		}
		s.queue[0], s.queue[1] = s.queue[1], s.queue[0][:0]
	}
	return false
}

// expand follows the edges of a state. To go on to a node that is no transaction costs nothing.
func (s *searcher) expand(state, end int32, c class, limit int32, rank []int32) {
	n, layer := state/2, state%2
	d := s.distance[state]
	for e := s.start[n]; e < s.start[n+1]; e++ {
		s.steps++
		k := s.kind[e]
		if !c.back.has(k) || rank != nil && rank[s.to[e]] > rank[end] || c.layered && layer == 1 && k == readWrite {
			continue
		}
		next, cost := 2*s.to[e], int32(1)
		if c.layered && (k == readWrite || k == onward && layer == 1) {
			next++
		}
		if s.to[e] >= s.real {
			cost = 0
		}
		if old := s.distance[next]; d+cost < limit && (old == none || old > d+cost) {
			s.reach(next, state, e, d+cost)
			s.queue[cost] = append(s.queue[cost], next)
		}
	}
}

func (s *searcher) reach(state, from, edge, distance int32) {
	s.distance[state], s.parent[state], s.by[state] = distance, from, edge
	s.touched = append(s.touched, state)
}

// cycle returns the way that walk has found, closed by an edge from a. Nodes that are no transactions are left out: what
// led to them leads on.
func (s *searcher) cycle(a, closing int32) []step {
	var edges []int32
	for state := 2 * a; s.by[state] != none; state = s.parent[state] {
		edges = append(edges, s.by[state])
	}
	edges = append(edges, closing)
	slices.Reverse(edges)
	var out []step
	var open step
	from := a
	if a >= s.real {
		panic("txn: a cycle is closed from a node that is no transaction")
	}
	for _, e := range edges {
		if from < s.real {
			open = step{from: from, kind: s.kind[e], literal: s.literal(e)}
		}
		if from = s.to[e]; from < s.real {
			open.to = from
			out = append(out, open)
		}
	}
	return out
}

// single finds an anti-dependency that dependencies lead back from: a cycle with one of them. Dependencies must be
// acyclic. It looks at 64 of them in one pass over the nodes, and gives up beyond the budget.
func (s *searcher) single() (at int32, edge int32, found, decided bool) {
	order := s.components(of(writeWrite, writeRead)).order
	mask := make([]uint64, s.size)
	var edges, sources []int32
	for a := range s.size {
		for e := s.start[a]; e < s.start[a+1]; e++ {
			if s.kind[e] == readWrite {
				edges, sources = append(edges, e), append(sources, a)
			}
		}
	}
	for len(edges) > 0 {
		batch := min(64, len(edges))
		clear(mask)
		for i := range batch {
			s.seed(mask, s.to[edges[i]], 1<<i)
		}
		for _, n := range slices.Backward(order) {
			if mask[n] == 0 {
				continue
			}
			for e := s.start[n]; e < s.start[n+1]; e++ {
				if k := s.kind[e]; k == writeWrite || k == writeRead {
					mask[s.to[e]] |= mask[n]
				}
			}
		}
		for i := range batch {
			if hit := mask[sources[i]] & (1 << i); bits.OnesCount64(hit) == 1 {
				return sources[i], edges[i], true, true
			}
		}
		edges, sources = edges[batch:], sources[batch:]
		if s.steps += int64(len(order)); s.steps > s.budget {
			return 0, 0, false, len(edges) == 0
		}
	}
	return 0, 0, false, true
}

// seed marks where an edge leads, or where that leads on to.
func (s *searcher) seed(mask []uint64, n int32, bit uint64) {
	if n < s.real {
		mask[n] |= bit
		return
	}
	for e := s.start[n]; e < s.start[n+1]; e++ {
		s.seed(mask, s.to[e], bit)
	}
}
