package txn

import (
	"fmt"
	"slices"

	"sunder/checkers"
)

// cyclic judges the levels that are about the order of versions: from parallel snapshot isolation on.
func (t *trace) cyclic(l level) checkers.Verdict {
	c := t.chain()
	if w := t.worstFlaw(l); w != nil {
		return t.invalid(l, t.minimal(l, w), 0)
	}
	free, among := c.free(l), t.nodes
	if !free {
		order, edges := c.commits(l)
		if order != nil {
			return t.valid(l, edges, t.certificate(order, l))
		}
		among = c.suspects(l)
	}
	g := c.dependencies(l, among, nil)
	found := g.components(everything)
	search := c.examine(g, found, l)
	switch {
	case search.cycle != nil:
		return t.invalid(l, t.minimal(l, c.explain(l, search.cycle)), search.steps)
	case !search.decided:
		return t.undecided(search.steps)
	}
	if free {
		if guess := c.ordered().dependencies(l, t.nodes, nil); guess != nil {
			if order := guess.components(everything); len(order.tangled()) == 0 {
				return t.valid(l, int64(len(guess.to)), t.inOrder(guess, order, l))
			}
		}
		return c.choose(l, found)
	}
	return t.valid(l, search.steps, nil)
}

const everything = kinds(1<<(onward+1) - 1)

func (t *trace) undecided(steps int64) checkers.Verdict {
	return checkers.Verdict{
		Valid: checkers.Unknown, Engine: engineName, Steps: steps, Spent: true,
		Reason: fmt.Sprintf("no verdict after %d steps: what is known of the order of the writes of %d transactions contradicts nothing, and leaves too many others open", steps, len(t.nodes)),
	}
}

// free tells whether verdicts depend on orders of versions that are not known. To serializability it is all one in which
// order two lists' elements stand that nobody ever saw; the weaker two want their writers in order.
func (c *chains) free(l level) bool {
	if c.lists && l >= serializable {
		return false
	}
	for _, heads := range c.heads {
		if len(heads) > 1 {
			return true
		}
	}
	return false
}

// inOrder returns the order that an acyclic graph has, as a proof of the levels that ask for one.
func (t *trace) inOrder(g *graph, found *components, l level) *checkers.Certificate {
	order := make([]int32, 0, len(t.nodes))
	for _, n := range slices.Backward(found.order) {
		if n < g.real {
			order = append(order, n)
		}
	}
	return t.certificate(order, l)
}

// certificate makes an order of the nodes a proof of the levels that ask for one.
func (t *trace) certificate(order []int32, l level) *checkers.Certificate {
	if l < serializable {
		return nil
	}
	ops := make([]int, len(order))
	for i, n := range order {
		ops[i] = int(t.nodes[n])
	}
	return &checkers.Certificate{Orders: [][]int{ops}}
}

// examined is what was found of the cycles of a graph.
type examined struct {
	cycle   []step
	steps   int64
	decided bool
}

// examine looks for the cycle that rules out most among those that the level forbids.
func (c *chains) examine(g *graph, found *components, l level) examined {
	members := found.tangled()
	if len(members) == 0 {
		return examined{decided: true}
	}
	part := c.tangle(g, members, l)
	s := newSearcher(part, c.in.Steps())
	if !part.forbidden(l, s) {
		return examined{steps: s.steps, decided: s.steps <= s.budget}
	}
	var best []step
	for _, class := range part.classes(l) {
		cycle := s.shortest(class)
		if cycle != nil && (best == nil || len(cycle) < len(best)) {
			best = cycle
		}
		if best != nil && len(best) <= readable {
			break
		}
	}
	return examined{cycle: c.restore(best, part), steps: s.steps, decided: best != nil}
}

// readable is how many transactions of a cycle a person reads. A longer one that rules out more is passed over for a
// shorter one.
const readable = 8

// tangle returns the part of a graph in which cycles lie. Real time has the order of each process in it; the part has that
// by itself, too, because a cycle that needs no more breaks weaker levels.
func (c *chains) tangle(g *graph, members []int32, l level) *graph {
	part := g.within(members)
	if l != strict {
		return part
	}
	among := make([]int32, part.real)
	for n := range among {
		among[n] = c.nodes[part.origin[n]]
	}
	out := connect(g.stop, part.real, part.size+part.real, func(emit func(from, to int32, k kind, literal int32)) {
		part.each(emit)
		c.followers(among, part.size, emit)
	})
	out.origin = part.origin
	return out
}

// restore returns a cycle of a part of a graph with the nodes of the whole history. What ran in one process it calls so, not real
// time.
func (t *trace) restore(cycle []step, part *graph) []step {
	for i := range cycle {
		s := &cycle[i]
		s.from, s.to = part.whole(s.from), part.whole(s.to)
		if from, to := &t.ops[t.nodes[s.from]], &t.ops[t.nodes[s.to]]; s.kind == realTime && checkers.InProcess.Before(from, to) {
			s.kind = process
		}
	}
	return cycle
}

// forbidden tells whether a tangled graph has a cycle that the level forbids.
func (g *graph) forbidden(l level, s *searcher) bool {
	switch {
	case l >= serializable:
		return true
	case len(g.components(of(writeWrite, writeRead)).tangled()) > 0:
		return true
	case l == snapshot:
		return len(g.layers().components(everything).tangled()) > 0
	}
	_, _, single, _ := s.single()
	return single
}

// layers returns a graph of twice the nodes, n and n+size, in which an anti-dependency leads from the first layer to the
// second only and a dependency from either to the first: its cycles are those without two anti-dependencies in a row.
func (g *graph) layers() *graph {
	return connect(g.stop, 2*g.size, 2*g.size, func(emit func(from, to int32, k kind, literal int32)) {
		for n := range g.size {
			for e := g.start[n]; e < g.start[n+1]; e++ {
				switch k := g.kind[e]; k {
				case readWrite:
					emit(n, g.size+g.to[e], k, 0)
				case onward:
					emit(n, g.to[e], k, 0)
					emit(g.size+n, g.size+g.to[e], k, 0)
				default:
					emit(n, g.to[e], k, 0)
					emit(g.size+n, g.to[e], k, 0)
				}
			}
		}
	})
}
