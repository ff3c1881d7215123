package oracle

import (
	"slices"
	"testing"

	"sunder/harness/history"
)

func TestHistoriesAreManyAndDistinct(t *testing.T) {
	total := 0
	for _, limits := range slices.Concat(Small(), SmallQueues(), RepeatingQueues(), SmallLogs()) {
		seen := map[string]bool{}
		Histories(limits, func(h *history.History) bool {
			text := Format(h)
			if seen[text] {
				t.Fatalf("%s comes twice", text)
			}
			seen[text] = true
			return true
		})
		t.Logf("%s: %d histories", limits, len(seen))
		total += len(seen)
	}
	t.Logf("%d histories in all", total)
}
