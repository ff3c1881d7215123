// Package sequential judges sequential consistency (Lamport 1979): one order of all operations, on all keys together,
// explains every answer and keeps the order of each process.
//
// Three methods are tried in turn: what is linearizable is sequential; what saturation finds contradictory is not;
// and between the two a search over all interleavings decides. The package must not know how linearizability is
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
	suspects, steps := saturate(p)
	if suspects == nil {
		suspects = obvious(in)
	}
	if suspects != nil {
		return invalid(in, suspects, "saturation", steps)
	}
	r := interleave.Explore(p, in.Steps())
	switch r.Valid {
	case checkers.Valid:
		return valid(r.Order, "search", r.Steps)
	case checkers.Invalid:
		return invalid(in, p.Ops, "search", r.Steps)
	}
	reason := fmt.Sprintf("%s; at most %d of %d operations were put in order", r.Reason, r.Placed, len(p.Ops))
	if bytes := clockBytes(p); bytes > in.Room() {
		reason += fmt.Sprintf(" (to derive their order for the %d sessions would need %d MiB of memory; %d MiB is the limit)",
			len(p.Sessions), bytes>>20, in.Room()>>20)
	}
	return unknown(reason, "search", r.Steps)
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
