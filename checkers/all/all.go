// Package all lists every checker. It is the one place that knows them all.
package all

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/available"
	"sunder/checkers/causal"
	"sunder/checkers/convergence"
	"sunder/checkers/delivery"
	"sunder/checkers/linearizable"
	"sunder/checkers/membership"
	"sunder/checkers/model"
	"sunder/checkers/order"
	"sunder/checkers/sequential"
	"sunder/checkers/session"
	"sunder/checkers/txn"
	"sunder/checkers/viewsync"
)

// All returns the checkers, strongest guarantee first, those of transactions last.
func All() []checkers.Checker {
	plain := slices.Concat(
		[]checkers.Checker{
			linearizable.Checker(),
			sequential.Checker(linearizable.Checker()),
		},
		causal.Checkers(),
		session.Checkers(),
		convergence.Checkers(),
		delivery.Checkers(),
		membership.Checkers(),
		viewsync.Checkers(),
		order.Checkers(),
		available.Checkers(),
	)
	return byObject(plain, txn.Checkers())
}

// byObject returns the checkers of plain objects and those of transactions. Where both judge one guarantee, each judges its
// own objects.
func byObject(plain, transactions []checkers.Checker) []checkers.Checker {
	out := slices.Clone(plain)
	for _, c := range transactions {
		at := slices.IndexFunc(out, func(p checkers.Checker) bool { return p.Guarantee == c.Guarantee })
		if at < 0 {
			out = append(out, c)
			continue
		}
		other := out[at].Check
		out[at].Check = func(in checkers.Input) checkers.Verdict {
			if model.Transactional(in.Object.Name) {
				return c.Check(in)
			}
			return other(in)
		}
	}
	return out
}
