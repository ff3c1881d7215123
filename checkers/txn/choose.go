package txn

import (
	"sunder/checkers"
	"sunder/checkers/clauses"
)

// choice is an order of two chains of one key that is not known. Its literal is its number from 1 for the first before
// the second, the negative of that for the reverse.
type choice struct{ key, first, second int32 }

// maxChoices is how many unknown orders are looked into.
const maxChoices = 100_000

// choose looks for an order of the chains that closes no cycle. It begins with the order of time, and takes from each
// cycle that closes the clause that not all of its choices hold together, until a solver finds choices without a cycle
// or finds that there are none.
func (c *chains) choose(l level, found *components) checkers.Verdict {
	choices := c.choices(found)
	if choices == nil {
		return c.undecided(0)
	}
	readers := c.readersOfTails()
	positive := make([]bool, len(choices)+1)
	for i := range positive {
		positive[i] = true
	}
	var conditions [][]int
	var cycles [][]step
	for steps := int64(0); steps <= c.in.Steps() && !c.in.Interrupted(); {
		g := c.dependencies(l, c.nodes, func(emit func(from, to int32, k kind, literal int32)) {
			c.chosen(choices, positive, readers, emit)
		})
		steps += int64(len(g.to))
		closed, cost, decided := c.closed(g, l)
		steps += cost
		switch {
		case !decided:
			return c.undecided(steps)
		case len(closed) == 0:
			return c.valid(l, steps, c.inOrder(g, g.components(everything), l))
		}
		for _, cycle := range closed {
			clause := clauseOf(cycle)
			if len(clause) == 0 {
				return c.invalid(l, c.minimal(l, c.explain(l, cycle)), steps)
			}
			conditions, cycles = append(conditions, clause), append(cycles, cycle)
		}
		if !clauses.Solve(conditions, positive) {
			return c.invalid(l, c.unorderable(l, cycles, choices), steps)
		}
	}
	return c.undecided(c.in.Steps())
}

// choices returns the orders that are open; nil if there are too many. The elements of a list that nobody saw can be
// ordered as everything else is, unless that is tangled.
func (c *chains) choices(found *components) []choice {
	out := []choice{}
	for k, heads := range c.heads {
		at := c.byTime(heads)
		if len(at)*(len(at)-1)/2+len(out) > maxChoices && !c.lists {
			return nil
		}
		for i := range at {
			for j := i + 1; j < len(at); j++ {
				a, b := c.writer(heads[at[i]]), c.writer(heads[at[j]])
				if c.lists && found.of[a] != found.of[b] {
					continue
				}
				out = append(out, choice{int32(k), int32(at[i]), int32(at[j])})
				if len(out) > maxChoices {
					return nil
				}
			}
		}
	}
	return out
}

// readersOfTails returns who read the last version of each chain but the first of a key.
func (c *chains) readersOfTails() map[int32][]int32 {
	out := map[int32][]int32{}
	for _, tails := range c.tails {
		for _, v := range tails {
			out[v] = nil
		}
	}
	for i := range c.reads {
		r := &c.reads[i]
		if _, tail := out[r.from]; tail && r.from != none {
			out[r.from] = append(out[r.from], c.nodeOf[r.op])
		}
	}
	return out
}

// chosen adds the edges of choices.
func (c *chains) chosen(choices []choice, positive []bool, readers map[int32][]int32, emit func(from, to int32, k kind, literal int32)) {
	for i, open := range choices {
		a, b, literal := open.first, open.second, int32(i+1)
		if !positive[i+1] {
			a, b, literal = b, a, -literal
		}
		tail, head := c.tails[open.key][a], c.heads[open.key][b]
		emit(c.writer(tail), c.writer(head), writeWrite, literal)
		for _, r := range readers[tail] {
			if r != c.writer(head) {
				emit(r, c.writer(head), readWrite, literal)
			}
		}
	}
}

// closed returns cycles that the level forbids, one of each component that has any, what that cost, and whether there
// are none if it returns none.
func (c *chains) closed(g *graph, l level) (cycles [][]step, steps int64, decided bool) {
	found := g.components(everything)
	of := make([][]int32, len(found.sizes))
	for _, n := range found.tangled() {
		of[found.of[n]] = append(of[found.of[n]], n)
	}
	decided = true
	for _, members := range of {
		if members == nil {
			continue
		}
		part := c.tangle(g, members, l)
		s := newSearcher(part, c.in.Steps())
		if !part.forbidden(l, s) {
			decided = decided && s.steps <= s.budget
			continue
		}
		found := false
		for _, class := range part.classes(l) {
			if cycle := s.shortest(class); cycle != nil {
				cycles, found = append(cycles, c.restore(cycle, part)), true
				break
			}
		}
		decided = decided && found
		steps += s.steps
	}
	return cycles, steps, decided || len(cycles) > 0
}

// clauseOf says that not all choices of a cycle hold.
func clauseOf(cycle []step) []int {
	var out []int
	for _, s := range cycle {
		if s.literal != 0 {
			out = append(out, -int(s.literal))
		}
	}
	return out
}
