// Package sequential judges sequential consistency (Lamport 1979): one order of all operations, on all keys together,
// explains every answer and keeps the order of each process.
//
// Four methods are tried in turn: what is linearizable is sequential; what saturation finds contradictory is not;
// between the two a search over all interleavings decides; and where that is lost, the choice of an order for the writes
// of each key by a solver. The package must not know how linearizability is
// judged: it is given a checker of it.
package sequential

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/interleave"
)

// shortcut is the part of the budget that the first method may use up: a quarter.
const shortcut = 4

// Checker returns the checker of sequential consistency. It uses the given checker of linearizability to say yes
// quickly.
func Checker(linearizable checkers.Checker) checkers.Checker {
	return checkers.Checker{
		Guarantee: guarantee.Sequential,
		Check:     func(in checkers.Input) checkers.Verdict { return check(in, linearizable) },
	}
}

func check(in checkers.Input, linearizable checkers.Checker) checkers.Verdict {
	if i, found := checkers.Stranger(in); found {
		return unknown(fmt.Sprintf("%s is no operation of a %s", checkers.Short(&in.History.Operations[i]), in.Object.Name), "none", 0)
	}
	if reason := checkers.Overflow(in); reason != "" {
		return unknown(reason, "none", 0)
	}
	if v, ok := fromLinearizable(in, linearizable); ok || in.Interrupted() {
		return v
	}
	p := newProblem(in)
	s, suspects := saturate(p)
	if suspects == nil {
		suspects = obvious(in)
	}
	if suspects != nil {
		return invalid(in, suspects, "saturation", s.steps)
	}
	r, suspects, engine := s.decide(in.Steps())
	switch r.Valid {
	case checkers.Valid:
		return valid(r.Order, engine, r.Steps)
	case checkers.Invalid:
		return invalid(in, suspects, engine, r.Steps)
	}
	reason := fmt.Sprintf("%s; at most %d of %d operations were put in order", r.Reason, r.Placed, len(p.Ops))
	if bytes := clockBytes(p); bytes > in.Room() {
		reason += fmt.Sprintf(" (to derive their order for the %d sessions would need %d MiB of memory; %d MiB is the limit)",
			len(p.Sessions), bytes>>20, in.Room()>>20)
	}
	v := unknown(reason, engine, r.Steps)
	v.Spent = true
	return v
}

// decide looks for an order by search and, where the orders of the writes decide everything, by choosing those: half of
// the budget is for either. It returns which has decided and, if there is no order, operations that have none.
func (s *saturation) decide(budget int64) (r interleave.Result, suspects []int, engine string) {
	decisive := s.decisive()
	if decisive {
		budget /= 2
	}
	r = interleave.Explore(s.Problem, budget)
	if r.Valid != checkers.Unknown || !decisive || s.In.Interrupted() {
		return r, s.Ops, "search"
	}
	chosen, suspects := s.choose(budget)
	chosen.Steps += r.Steps
	if chosen.Valid == checkers.Unknown {
		chosen.Placed, chosen.Latest, chosen.Reason = r.Placed, r.Latest, r.Reason+", and choosing the orders of writes took as much again"
	}
	return chosen, suspects, "choices"
}

// fromLinearizable returns the verdict on a history that is linearizable: its linearizations of all keys merge into
// one.
func fromLinearizable(in checkers.Input, linearizable checkers.Checker) (checkers.Verdict, bool) {
	part := in
	part.Budget = max(1, in.Steps()/shortcut)
	v := linearizable.Run(part)
	if v.Valid != checkers.Valid || v.Certificate == nil {
		return checkers.Verdict{}, false
	}
	return valid(checkers.MergeOrders(in, v.Certificate.Orders), "linearizable by "+v.Engine, v.Steps), true
}

func valid(order []int, engine string, steps int64) checkers.Verdict {
	return checkers.Verdict{
		Guarantee:   guarantee.Sequential,
		Valid:       checkers.Valid,
		Reason:      fmt.Sprintf("one order of %d operations explains all answers and keeps the order of each process", len(order)),
		Certificate: &checkers.Certificate{Orders: [][]int{order}},
		Engine:      engine,
		Steps:       steps,
	}
}

func unknown(reason, engine string, steps int64) checkers.Verdict {
	return checkers.Verdict{Guarantee: guarantee.Sequential, Valid: checkers.Unknown, Reason: reason, Engine: engine, Steps: steps}
}

func newProblem(in checkers.Input) *interleave.Problem {
	return interleave.NewProblem(in, checkers.Considered(in), checkers.InProcess)
}
