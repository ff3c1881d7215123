package txn

import (
	"slices"

	"sunder/checkers"
)

// kind is what an edge of the graph stands for.
type kind uint8

const (
	writeWrite kind = iota
	writeRead
	readWrite
	process
	realTime
	onward // from a node that stands for no transaction: the edge that led there goes on
)

var relations = [...]checkers.Relation{
	writeWrite: checkers.WriteWrite, writeRead: checkers.ReadsFrom, readWrite: checkers.ReadWrite,
	process: checkers.ProcessOrder, realTime: checkers.RealTime, onward: "",
}

// kinds is a set of kinds.
type kinds uint8

func of(all ...kind) kinds {
	var out kinds
	for _, k := range all {
		out |= 1 << k
	}
	return out
}

func (s kinds) has(k kind) bool { return s&(1<<k) != 0 }

// graph has transactions for nodes, those from real on aside: they stand for points in time, or for many edges at once.
type graph struct {
	real, size int32
	start      []int32 // of each node: its first edge; one more at the end
	to         []int32
	kind       []kind
	origin     []int32     // of each transaction: which it is of the whole history; nil if it is the same
	choices    []int32     // of each edge: the choice that it belongs to, 0 for none; nil if no edge belongs to any
	stop       func() bool // tells whether the check is to end; what is found then is a part of what there is
}

// connect makes a graph of the edges that each passes on; it is called twice.
func connect(stop func() bool, nodes, size int32, each func(emit func(from, to int32, k kind, literal int32))) *graph {
	g := &graph{stop: stop, real: nodes, size: size, start: make([]int32, size+1)}
	chosen := false
	each(func(from, _ int32, _ kind, literal int32) {
		g.start[from+1]++
		chosen = chosen || literal != 0
	})
	for i := range size {
		g.start[i+1] += g.start[i]
	}
	edges := g.start[size]
	g.to, g.kind = make([]int32, edges), make([]kind, edges)
	if chosen {
		g.choices = make([]int32, edges)
	}
	at := make([]int32, size)
	copy(at, g.start[:size])
	each(func(from, to int32, k kind, literal int32) {
		e := at[from]
		at[from]++
		g.to[e], g.kind[e] = to, k
		if chosen {
			g.choices[e] = literal
		}
	})
	return g
}

// each passes on all edges.
func (g *graph) each(emit func(from, to int32, k kind, literal int32)) {
	for n := range g.size {
		for e := g.start[n]; e < g.start[n+1]; e++ {
			emit(n, g.to[e], g.kind[e], g.literal(e))
		}
	}
}

// literal returns the choice that an edge belongs to, 0 for none.
func (g *graph) literal(edge int32) int32 {
	if g.choices == nil {
		return 0
	}
	return g.choices[edge]
}

// components are the strongly connected components of a graph.
type components struct {
	of    []int32 // of each node; numbered such that every edge leads to a smaller or the same number
	sizes []int32
	order []int32 // all nodes, by component
}

// tangled returns the nodes that lie on cycles.
func (c *components) tangled() []int32 {
	var out []int32
	for _, n := range c.order {
		if c.sizes[c.of[n]] > 1 {
			out = append(out, n)
		}
	}
	return out
}

// components finds them by the edges of some kinds (Tarjan 1972, with a stack of its own: paths are long).
func (g *graph) components(allowed kinds) *components {
	s := &tarjan{
		graph: g, allowed: allowed, index: make([]int32, g.size), low: make([]int32, g.size),
		edge: make([]int32, g.size), out: components{of: fill(int(g.size)), order: make([]int32, 0, g.size)},
	}
	for n := range g.size {
		if s.index[n] == 0 && !s.ended {
			s.visit(n)
		}
	}
	return &s.out
}

// nodesBetween is how many nodes, transactions or reads are looked at between two looks at whether the check is to end.
const nodesBetween = 1024

type tarjan struct {
	*graph
	allowed     kinds
	index, low  []int32 // from 1; 0 for what was not visited
	edge        []int32 // of each node: the edge that is followed next
	path, stack []int32
	visited     int32
	ended       bool // before all was visited
	out         components
}

func (s *tarjan) enter(n int32) {
	s.visited++
	s.ended = s.visited%nodesBetween == 0 && s.stop()
	s.index[n], s.low[n], s.edge[n] = s.visited, s.visited, s.start[n]
	s.path, s.stack = append(s.path, n), append(s.stack, n)
}

func (s *tarjan) visit(root int32) {
	s.enter(root)
	for len(s.path) > 0 && !s.ended {
		n := s.path[len(s.path)-1]
		if e := s.edge[n]; e < s.start[n+1] {
			s.edge[n]++
			m := s.to[e]
			switch {
			case !s.allowed.has(s.kind[e]):
			case s.index[m] == 0:
				s.enter(m)
			case s.out.of[m] == none:
				s.low[n] = min(s.low[n], s.index[m])
			}
			continue
		}
		s.path = s.path[:len(s.path)-1]
		if len(s.path) > 0 {
			parent := s.path[len(s.path)-1]
			s.low[parent] = min(s.low[parent], s.low[n])
		}
		if s.low[n] == s.index[n] {
			s.leave(n)
		}
	}
}

// leave takes a component off the stack.
func (s *tarjan) leave(root int32) {
	number, size := int32(len(s.out.sizes)), int32(0)
	for {
		n := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		s.out.of[n] = number
		s.out.order = append(s.out.order, n)
		size++
		if n == root {
			break
		}
	}
	s.out.sizes = append(s.out.sizes, size)
}

// within returns the part of a graph between some nodes, in their order in g.
func (g *graph) within(members []int32) *graph {
	members = slices.Clone(members)
	slices.Sort(members)
	place, nodes := fill(int(g.size)), int32(0)
	for at, n := range members {
		place[n] = int32(at)
		if n < g.real {
			nodes++
		}
	}
	out := connect(g.stop, nodes, int32(len(members)), func(emit func(from, to int32, k kind, literal int32)) {
		for _, n := range members {
			for e := g.start[n]; e < g.start[n+1]; e++ {
				if to := place[g.to[e]]; to != none {
					emit(place[n], to, g.kind[e], g.literal(e))
				}
			}
		}
	})
	out.origin = members[:nodes]
	for at, n := range out.origin {
		out.origin[at] = g.whole(n)
	}
	return out
}

// whole returns which transaction of the whole history a node is.
func (g *graph) whole(n int32) int32 {
	if g.origin == nil {
		return n
	}
	return g.origin[n]
}
