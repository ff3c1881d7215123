package txn

import "container/heap"

// ranks returns for each node its place in an order that dependencies keep, nil if they have a cycle. Anti-dependencies
// are kept, too, as far as one can see at each step; where none of the nodes that dependencies admit has all before it
// that should be, the first in time goes ahead.
func (s *searcher) ranks(dependencies kinds) []int32 {
	if known, ok := s.orders[dependencies]; ok {
		return known
	}
	r := &ranker{graph: s.graph, dependencies: dependencies, rank: fill(int(s.size)), hard: make([]int32, s.size), all: make([]int32, s.size)}
	r.count()
	for r.placed < s.size && (len(r.free) > 0 || len(r.held) > 0) && !(r.placed%nodesBetween == 0 && s.stop()) {
		r.place(r.next())
	}
	s.steps += int64(len(s.to))
	if r.placed < s.size {
		r.rank = nil
	}
	s.orders[dependencies] = r.rank
	return r.rank
}

// ranker sorts nodes topologically.
type ranker struct {
	*graph
	dependencies kinds
	rank         []int32
	hard, all    []int32 // of each node: how many dependencies, and how many edges, lead to it from nodes without a rank
	free         []int32 // nodes that wait for nothing
	held         byTime  // nodes that wait for anti-dependencies only; some of them no more
	placed       int32
}

func (r *ranker) counts(e int32) (hard, soft bool) {
	k := r.kind[e]
	return r.dependencies.has(k), k == readWrite
}

func (r *ranker) count() {
	for e, n := range r.to {
		hard, soft := r.counts(int32(e))
		if hard {
			r.hard[n]++
		}
		if hard || soft {
			r.all[n]++
		}
	}
	for n := range r.size {
		if r.all[n] == 0 {
			r.free = append(r.free, n)
		} else if r.hard[n] == 0 {
			heap.Push(&r.held, n)
		}
	}
}

// next takes the node that comes next; it may have its rank already.
func (r *ranker) next() int32 {
	if last := len(r.free) - 1; last >= 0 {
		n := r.free[last]
		r.free = r.free[:last]
		return n
	}
	return heap.Pop(&r.held).(int32)
}

func (r *ranker) place(n int32) {
	if r.rank[n] != none {
		return
	}
	r.rank[n] = r.placed
	r.placed++
	for e := r.start[n]; e < r.start[n+1]; e++ {
		hard, soft := r.counts(e)
		if !hard && !soft {
			continue
		}
		to := r.to[e]
		r.all[to]--
		if hard {
			r.hard[to]--
		}
		if r.all[to] == 0 {
			r.free = append(r.free, to)
		} else if hard && r.hard[to] == 0 {
			heap.Push(&r.held, to)
		}
	}
}

// byTime is a heap of nodes with the first in time on top: they are numbered so.
type byTime []int32

func (h byTime) Len() int           { return len(h) }
func (h byTime) Less(a, b int) bool { return h[a] < h[b] }
func (h byTime) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }
func (h *byTime) Push(n any)        { *h = append(*h, n.(int32)) }
func (h *byTime) Pop() any {
	last := len(*h) - 1
	n := (*h)[last]
	*h = (*h)[:last]
	return n
}
