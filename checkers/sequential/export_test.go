package sequential

import (
	"sunder/checkers"
	"sunder/checkers/interleave"
)

// ByChoices judges a history by the choice of orders alone; not what saturation has decided, nor what orders do not
// decide.
func ByChoices(in checkers.Input) (v checkers.Verdict, applies bool) {
	p := newProblem(in)
	s, suspects := saturate(p)
	if suspects != nil || obvious(in) != nil || !s.decisive() {
		return v, false
	}
	r, suspects := s.choose(in.Steps())
	switch r.Valid {
	case checkers.Valid:
		return valid(r.Order, "choices", r.Steps), true
	case checkers.Invalid:
		return invalid(in, suspects, "choices", r.Steps), true
	}
	return unknown("budget", "choices", r.Steps), true
}

// BySearch judges a history by the search alone, in a number of steps.
func BySearch(in checkers.Input) (checkers.Validity, int64) {
	p := newProblem(in)
	saturate(p)
	r := interleave.Explore(p, in.Steps())
	return r.Valid, r.Steps
}
