package sequential

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/clauses"
	"sunder/checkers/interleave"
)

// Bounds of what chooser looks at: the orders that are open, and the cycles that one set of choices closes.
const (
	maxChoices     = 100_000
	cyclesPerRound = 64
)

// chooser looks for an order of the writes of each key that closes no cycle, where saturation has left some open. It
// begins with an order that keeps what is known, and takes from each cycle that closes the condition that not all of its choices hold
// together, until there are choices without a cycle or a solver finds that there are none. This is how the search for
// commit orders is done in Zennou et al. (CAV 2019) and in Biswas & Enea (OOPSLA 2019), with the cycles found late.
type chooser struct {
	*saturation
	pairs    []pair    // what is open; the literal of a pair is its index from 1, negative for the reverse
	positive []bool    // by literal
	readers  [][]int32 // by operation: who met what it wrote
	arcs     [][]arc   // by operation: what must follow it, as things are chosen
	waits    []int32   // by operation: how many arcs lead to it
	met      []int32   // by operation: the search that has met it last
	search   int32
	budget   int64
	spent    int64
}

// pair is two writes of a key of which either may come first.
type pair struct{ first, second int32 }

// arc says that an operation comes before another: if the literal holds, or always if it is 0.
type arc struct{ to, literal int32 }

// decisive tells whether the orders of the writes of each key decide everything: it is known of each operation what it
// met, and there is nothing more to derive.
func (s *saturation) decisive() bool {
	if !s.settled || s.In.Object.Name != "register" {
		return false
	}
	known := make([]bool, len(s.Ops))
	for _, rd := range s.reads {
		known[rd.reader] = true
	}
	for i := range s.Ops {
		op := s.Op(int32(i))
		if _, observes := checkers.Observes(op); op.Refused() || s.happens[i] && observes && !known[i] {
			return false
		}
	}
	return true
}

// choose decides a decisive history: it returns an order of the operations that happened, or operations that contradict
// one another, or neither if the budget is gone. Steps are arcs that were looked at.
func (s *saturation) choose(budget int64) (r interleave.Result, suspects []int) {
	c := &chooser{saturation: s, budget: budget, readers: make([][]int32, len(s.Ops)), arcs: make([][]arc, len(s.Ops)),
		waits: make([]int32, len(s.Ops)), met: make([]int32, len(s.Ops))}
	if !c.findPairs() {
		return interleave.Result{}, nil
	}
	for _, rd := range s.reads {
		if rd.writer != initial {
			c.readers[rd.writer] = append(c.readers[rd.writer], rd.reader)
		}
	}
	c.begin()
	var conditions [][]int
	var cycles [][]int32
	for c.spent < c.budget && !c.In.Interrupted() {
		c.build()
		order, tangled := c.sort()
		if !tangled {
			return interleave.Result{Valid: checkers.Valid, Order: c.inOrder(order), Steps: c.spent}, nil
		}
		closed := c.closed()
		for _, cycle := range closed {
			conditions, cycles = append(conditions, cycle.condition), append(cycles, cycle.ops)
		}
		if len(closed) == 0 {
			break // the budget ended the search for them
		}
		if !clauses.Solve(conditions, c.positive) {
			return interleave.Result{Valid: checkers.Invalid, Steps: c.spent}, c.contradiction(cycles)
		}
	}
	return interleave.Result{Steps: c.spent}, nil
}

// findPairs lists what is open, unless it is too much.
func (c *chooser) findPairs() bool {
	keys := make([]string, 0, len(c.writers))
	for key := range c.writers {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		var all []int32
		for _, r := range c.writers[key] {
			all = append(all, r.writes...)
		}
		slices.Sort(all)
		for k, a := range all {
			for _, b := range all[k+1:] {
				if c.precedes(a, b) || c.precedes(b, a) {
					continue
				}
				if c.pairs = append(c.pairs, pair{a, b}); len(c.pairs) > maxChoices {
					return false
				}
			}
		}
	}
	c.positive = make([]bool, len(c.pairs)+1)
	return true
}

// begin chooses as one order does that keeps what is known.
func (c *chooser) begin() {
	open := c.pairs
	c.pairs = nil
	c.build()
	c.pairs = open
	order, _ := c.sort() // what is known closes no cycle
	place := make([]int, len(c.Ops))
	for k, i := range order {
		place[i] = k
	}
	for i, open := range c.pairs {
		c.positive[i+1] = place[open.first] < place[open.second]
	}
}

// build makes the arcs of what is known and of what is chosen. Operations that need not have happened have none.
func (c *chooser) build() {
	clear(c.waits)
	for i := range c.arcs {
		c.arcs[i] = c.arcs[i][:0]
		if c.happens[i] {
			c.successors(int32(i), func(j, _ int32) { c.arc(int32(i), j, 0) })
		}
	}
	for i, open := range c.pairs {
		a, b, literal := open.first, open.second, int32(i+1)
		if !c.positive[literal] {
			a, b, literal = b, a, -literal
		}
		c.arc(a, b, literal)
		for _, r := range c.readers[a] {
			if r != b {
				c.arc(r, b, literal)
			}
		}
	}
}

func (c *chooser) arc(from, to, literal int32) {
	if c.happens[to] {
		c.arcs[from] = append(c.arcs[from], arc{to, literal})
		c.waits[to]++
		c.spent++
	}
}

// sort puts the operations in an order that all arcs agree with, and tells whether some are tangled: in cycles, or
// behind them. Those go on waiting.
func (c *chooser) sort() (order []int32, tangled bool) {
	happened := 0
	for i := range c.waits {
		if c.happens[i] {
			happened++
			if c.waits[i] == 0 {
				order = append(order, int32(i))
			}
		}
	}
	for done := 0; done < len(order); done++ {
		for _, a := range c.arcs[order[done]] {
			if c.waits[a.to]--; c.waits[a.to] == 0 {
				order = append(order, a.to)
			}
		}
	}
	return order, len(order) < happened
}

// closure is a cycle, and the condition that it is none.
type closure struct {
	ops       []int32 // each before the next, the last before the first
	condition []int
}

// closed returns short cycles among the operations that wait, through different choices.
func (c *chooser) closed() []closure {
	var out []closure
	used := map[int32]bool{}
	for i := range c.arcs {
		if c.waits[i] == 0 {
			continue
		}
		for _, a := range c.arcs[i] {
			if a.literal == 0 || used[a.literal] || c.waits[a.to] == 0 {
				continue
			}
			cycle, found := c.back(int32(i), a)
			if !found {
				if c.spent > c.budget {
					return out
				}
				continue
			}
			for _, literal := range cycle.condition {
				used[int32(-literal)] = true
			}
			if out = append(out, cycle); len(out) == cyclesPerRound {
				return out
			}
		}
	}
	return out
}

// back closes an arc to a cycle that rests on as few choices as can be.
func (c *chooser) back(from int32, first arc) (closure, bool) {
	type step struct {
		at, literal int32
		parent      int
	}
	c.search++
	near, far := []step{{first.to, first.literal, -1}}, []step(nil) // reached with so many choices, and with one more
	var all []step
	for len(near) > 0 && c.spent <= c.budget {
		for len(near) > 0 {
			s := near[len(near)-1]
			near = near[:len(near)-1]
			if c.met[s.at] == c.search {
				continue
			}
			c.met[s.at] = c.search
			all = append(all, s)
			if s.at == from {
				var out closure
				for k := len(all) - 1; k >= 0; k = all[k].parent {
					out.ops = append(out.ops, all[k].at)
					if literal := int(all[k].literal); literal != 0 && !slices.Contains(out.condition, -literal) {
						out.condition = append(out.condition, -literal)
					}
				}
				slices.Reverse(out.ops)
				return out, true
			}
			for _, a := range c.arcs[s.at] {
				c.spent++
				if c.waits[a.to] == 0 || c.met[a.to] == c.search {
					continue
				}
				next := step{a.to, a.literal, len(all) - 1}
				if a.literal == 0 {
					near = append(near, next)
				} else {
					far = append(far, next)
				}
			}
		}
		near, far = far, nil
	}
	return closure{}, false
}

// contradiction returns the positions of all operations that cycles rest on.
func (c *chooser) contradiction(cycles [][]int32) []int {
	member := map[int32]bool{}
	var ops []int32
	for _, cycle := range cycles {
		for _, i := range c.grounds(append(slices.Clone(cycle), cycle[0])) {
			if !member[i] {
				member[i] = true
				ops = append(ops, i)
			}
		}
	}
	return c.Problem.Positions(ops)
}

// inOrder returns the positions in the history of operations, in their order.
func (c *chooser) inOrder(ops []int32) []int {
	out := make([]int, len(ops))
	for k, i := range ops {
		out[k] = c.Ops[i]
	}
	return out
}
