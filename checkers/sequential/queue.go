package sequential

import (
	"slices"

	"sunder/checkers"
	"sunder/harness/protocol"
)

// overdequeued returns the dequeues of a value that left a queue more often than it can have been put there, and its enqueues; nil if
// there is none. No order whatever explains them.
func overdequeued(in checkers.Input) []int {
	puts, takes := map[place][]int{}, map[place][]int{}
	considered := checkers.Considered(in)
	for _, i := range considered {
		if op := &in.History.Operations[i]; op.F == "enqueue" {
			at := place{op.Key, op.Input.String()}
			puts[at] = append(puts[at], i)
		}
	}
	for _, i := range considered {
		op := &in.History.Operations[i]
		if op.F != "dequeue" || op.Outcome != protocol.OK || op.Output.IsNull() {
			continue
		}
		at := place{op.Key, op.Output.String()}
		if takes[at] = append(takes[at], i); len(takes[at]) > len(puts[at]) {
			return slices.Sorted(slices.Values(append(takes[at], puts[at]...)))
		}
	}
	return nil
}
