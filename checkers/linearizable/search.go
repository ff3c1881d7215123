package linearizable

import (
	"sunder/checkers"
	"sunder/checkers/interleave"
)

// search decides any object: a search over all orders that remembers where it has been (Wing & Gong 1993, Lowe 2017).
type search struct{}

func (search) name() string { return "search" }

func (search) decide(in checkers.Input, ops []int) (outcome, bool) {
	p := interleave.NewProblem(in, ops, checkers.InRealTime)
	r := interleave.Explore(p, in.Steps())
	o := outcome{valid: r.Valid, order: r.Order, steps: r.Steps, placed: r.Placed, until: r.Until, reason: r.Reason}
	if r.Valid == checkers.Invalid {
		o.suspect = reached(in, ops, r.Latest)
	}
	return o, true
}

// reached returns the operations that a search got to see before the latest call that it tried. They contradict one
// another: whatever order was tried, one of them that returns before any later call had no place.
func reached(in checkers.Input, ops []int, latest int) []int {
	var out []int
	for _, i := range ops {
		if in.History.Operations[i].Call <= latest {
			out = append(out, i)
		}
	}
	return out
}
