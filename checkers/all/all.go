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
	"sunder/checkers/order"
	"sunder/checkers/sequential"
	"sunder/checkers/session"
	"sunder/checkers/viewsync"
)

// All returns the checkers, strongest guarantee first.
func All() []checkers.Checker {
	return slices.Concat(
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
}
