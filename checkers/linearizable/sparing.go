package linearizable

import (
	"sunder/checkers"
	"sunder/checkers/interleave"
)

// sparing finds an order of the operations on a bank in which few transfers of unknown outcome have a place, where the search would try
// all sets of them. If it finds none, that decides nothing.
type sparing struct{}

func (sparing) name() string { return "sparing search" }

// sparingPart is the part of the budget that looking for such an order may use up: a quarter.
const sparingPart = 4

func (sparing) decide(in checkers.Input, ops []int) (outcome, bool) {
	if in.Object.Name != "bank" {
		return outcome{}, false
	}
	r, found := interleave.ExploreSparingly(interleave.NewProblem(in, ops, checkers.InRealTime), max(1, in.Steps()/sparingPart))
	return outcome{valid: r.Valid, order: r.Order, steps: r.Steps, placed: r.Placed}, found
}
