// Package all lists every checker. It is the one place that knows them all.
package all

import (
	"sunder/checkers"
	"sunder/checkers/linearizable"
)

// All returns the checkers, strongest guarantee first.
func All() []checkers.Checker {
	return []checkers.Checker{
		linearizable.Checker(),
	}
}
