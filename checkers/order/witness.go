package order

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// step says that a node delivered one message before another.
type step struct{ node, from, to int }

// witness makes steps of a cycle, as few as can be had of it, each as long as one node goes along with it.
func (g *graph) witness(cycle []int) *checkers.Witness {
	steps := g.steps(cycle)
	w := &checkers.Witness{Anomaly: guarantee.CyclicDelivery}
	var parts []string
	for _, s := range steps {
		from, _ := g.place(s.from, s.node)
		to, _ := g.place(s.to, s.node)
		w.Facts = append(w.Facts, from.fact, to.fact)
		parts = append(parts, fmt.Sprintf("%s delivered %s before %s", g.nodes[s.node], name(g.messages[s.from].id), name(g.messages[s.to].id)))
	}
	w.Sentence = strings.Join(parts, ", ")
	return w
}

// steps goes round the cycle from where the fewest steps are needed, and tells them from the earliest delivery on.
func (g *graph) steps(cycle []int) []step {
	var best []step
	for start := range cycle {
		var steps []step
		for at := 0; at < len(cycle); {
			s, length := g.longest(cycle, start+at, len(cycle)-at)
			steps = append(steps, s)
			at += length
		}
		if best == nil || len(steps) < len(best) {
			best = steps
		}
	}
	earliest := 0
	for i := range best {
		if g.fact(best[i]) < g.fact(best[earliest]) {
			earliest = i
		}
	}
	return slices.Concat(best[earliest:], best[:earliest])
}

// fact is the position of the fact that a step begins with.
func (g *graph) fact(s step) int {
	from, _ := g.place(s.from, s.node)
	return from.fact
}

// longest returns the longest step along the cycle that some node makes, at most so many messages long.
func (g *graph) longest(cycle []int, at, most int) (step, int) {
	from := cycle[at%len(cycle)]
	for length := most; length > 0; length-- {
		to := cycle[(at+length)%len(cycle)]
		for _, p := range g.messages[from].places {
			if q, delivered := g.place(to, p.node); delivered && p.rank < q.rank {
				return step{p.node, from, to}, length
			}
		}
	}
	panic(fmt.Sprintf("order: no node delivered %v right before what comes behind it", g.messages[from].id))
}

// name names a message for people, by its sender and its number there.
func name(id protocol.MessageID) string { return fmt.Sprintf("%s:%d", id.Sender, id.Seq) }
