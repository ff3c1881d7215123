// Package all lists every checker. It is the one place that knows them all.
package all

import (
	"sunder/checkers"
	"sunder/checkers/linearizable"
	"sunder/checkers/sequential"
)

// All returns the checkers, strongest guarantee first.
func All() []checkers.Checker {
	return []checkers.Checker{
		linearizable.Checker(),
		sequential.Checker(linearizable.Checker()),
	}
}
