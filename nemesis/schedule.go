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
	// Bursts and Calm part the time: faults come for a time of Bursts, then all of them are over for one of Calm, in which
	// what they did can come to light, and so on. Without Calm faults come all the time.
	Bursts, Calm Range
	// Size says how hard the faults are; "": as it comes.
	Size Size
	// Swarm says that each run draws a recipe of its own from this one, and then faults from that: some of the kinds, and of
	// each range a part. Runs that differ so find more than runs that are all alike (Groce et al., Swarm Testing, 2012).
	Swarm bool
}

// Size says how hard drawn faults are: how many replicas, how much latency, which chance.
type Size string

// The sizes.
const (
	Small Size = "small"
	Large Size = "large"
)

// Sizes lists the sizes.
func Sizes() []Size { return []Size{Small, Large} }
