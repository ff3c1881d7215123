package sequential_test

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
)

// TestEveryTinyQueueAndLogHistory does for queues and logs what TestEveryTinyRegisterHistory does, values that come again and again
// included.
func TestEveryTinyQueueAndLogHistory(t *testing.T) {
	t.Parallel()
	for _, limits := range slices.Concat(oracle.SmallQueues(), oracle.RepeatingQueues(), oracle.SmallLogs()) {
		object, met, count := model.Queue(), map[string]bool{}, newTally()
		if limits.Log {
			object = model.Log()
		}
		oracle.Histories(limits, func(h *history.History) bool {
			if text := oracle.Untimed(h); !met[text] {
				met[text] = true
				compare(t, checkers.Input{History: h, Object: object}, count)
			}
			return !t.Failed()
		})
		t.Logf("%s: %v %v", limits, count.engines, count.anomalies)
		if count.anomalies[guarantee.NotSequential] < 100 || count.engines["search valid"] < 100 {
			t.Errorf("%s: too few of one kind", limits)
		}
	}
}
