package nemesis

import "time"

// Step is an entry of a scenario's nemesis: an action, or a recipe for random ones.
type Step struct {
	Action *Action
	Random *Random
}

// Random is a recipe: faults of the kinds are drawn between Start and End, one every Every, each lasting For.
type Random struct {
	Kinds      []Kind
	Start, End time.Duration
	Every      Range
	For        Range
}
