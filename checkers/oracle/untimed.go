package oracle

import (
	"slices"

	"sunder/harness/history"
)

// Untimed writes a history as if all operations ran at one time: histories that differ in their times only, which some
// guarantees pay no heed to, have the same text.
func Untimed(h *history.History) string {
	bare := &history.History{Operations: slices.Clone(h.Operations)}
	for i := range bare.Operations {
		bare.Operations[i].Call, bare.Operations[i].Return = 0, 1
	}
	return Format(bare)
}
