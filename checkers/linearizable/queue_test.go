package linearizable

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// TestEveryTinyQueueHistory compares all engines with brute force on every small history of a queue, and rechecks every
// verdict.
func TestEveryTinyQueueHistory(t *testing.T) {
	t.Parallel()
	counts := map[guarantee.Anomaly]int{}
	all, fast := 0, 0
	for _, limits := range oracle.SmallQueues() {
		oracle.Histories(limits, func(h *history.History) bool {
			in := checkers.Input{History: h, Object: model.Queue()}
			if judge(in, []engine{fifo{}}).Valid != checkers.Unknown {
				fast++
			}
			compare(t, in, counts, all%16 == 0)
			all++
			return !t.Failed()
		})
		t.Logf("%s: %d histories so far", limits, all)
	}
	t.Logf("%d of %d decided in linear time; anomalies %v", fast, all, counts)
	if fast < all*99/100 {
		t.Errorf("only %d of %d are decided in linear time", fast, all)
	}
	for _, anomaly := range []guarantee.Anomaly{guarantee.ThinAirRead, guarantee.AbortedRead, guarantee.FutureRead, guarantee.Duplicated,
		guarantee.Overtaken, guarantee.Lost, guarantee.NotEmpty} {
		if counts[anomaly] == 0 {
			t.Errorf("no history showed %s", anomaly)
		}
	}
}

// TestEveryTinyQueueOfRepeatedValues does the same where values are enqueued again and again, or not at all: that only the search
// decides, but for what is taken from nowhere.
func TestEveryTinyQueueOfRepeatedValues(t *testing.T) {
	t.Parallel()
	counts := map[guarantee.Anomaly]int{}
	all, again := 0, 0
	for _, limits := range oracle.RepeatingQueues() {
		oracle.Histories(limits, func(h *history.History) bool {
			in := checkers.Input{History: h, Object: model.Queue()}
			compare(t, in, counts, all%16 == 0)
			all++
			if repeats(h) {
				again++
				if v := judge(in, []engine{fifo{}}); v.Valid != checkers.Unknown {
					report(t, h, "%s by the linear engine, which cannot know what was dequeued", v.Valid)
				}
			}
			return !t.Failed()
		})
		t.Logf("%s: %d histories so far", limits, all)
	}
	t.Logf("in %d of %d a value comes again; anomalies %v", again, all, counts)
	for _, anomaly := range []guarantee.Anomaly{guarantee.ThinAirRead, guarantee.AbortedRead, guarantee.FutureRead, guarantee.NotEmpty,
		guarantee.NotLinearizable} {
		if counts[anomaly] == 0 {
			t.Errorf("no history showed %s", anomaly)
		}
	}
	if again < all/8 {
		t.Errorf("a value comes again in only %d of %d", again, all)
	}
}

// repeats tells whether a value may have been enqueued twice.
func repeats(h *history.History) bool {
	seen := map[string]bool{}
	for i := range h.Operations {
		op := &h.Operations[i]
		if op.F != "enqueue" || op.Outcome == protocol.Fail {
			continue
		}
		if seen[op.Input.String()] {
			return true
		}
		seen[op.Input.String()] = true
	}
	return false
}

// TestEveryTinyLogHistory does the same for logs.
func TestEveryTinyLogHistory(t *testing.T) {
	t.Parallel()
	counts := map[guarantee.Anomaly]int{}
	all, unique, fast := 0, 0, 0
	for _, limits := range oracle.SmallLogs() {
		oracle.Histories(limits, func(h *history.History) bool {
			in := checkers.Input{History: h, Object: model.Log()}
			compare(t, in, counts, all%16 == 0)
			all++
			if limits.Values == 0 {
				unique++
				if judge(in, []engine{prefix{}}).Valid != checkers.Unknown {
					fast++
				}
			}
			return !t.Failed()
		})
		t.Logf("%s: %d histories so far", limits, all)
	}
	t.Logf("%d of %d with elements that are appended once each decided in linear time; anomalies %v", fast, unique, counts)
	if fast < unique {
		t.Errorf("only %d of %d are decided in linear time", fast, unique)
	}
	for _, anomaly := range []guarantee.Anomaly{guarantee.StaleRead, guarantee.ReadInversion, guarantee.FutureRead, guarantee.ThinAirRead,
		guarantee.AbortedRead, guarantee.Duplicated, guarantee.DirtyOrder} {
		if counts[anomaly] == 0 {
			t.Errorf("no history showed %s", anomaly)
		}
	}
}

// TestQueuesOfUnknownDequeues has queues of many values and dequeues of unknown outcome: more than brute force can judge, so
// the linear engine is compared with the search and with porcupine.
func TestQueuesOfUnknownDequeues(t *testing.T) {
	t.Parallel()
	counts := map[checkers.Validity]int{}
	for seed := range uint64(3000) {
		in := input("queue", oracle.Random(prng.New(seed), oracle.Shape{Object: "queue", Ops: 24, Processes: 4, Keys: 1, Unsure: 20, Scramble: true}))
		v := judge(in, []engine{fifo{}})
		counts[v.Valid]++
		for _, by := range []engine{search{}, porcupineSearch{}} {
			if want := judge(in, []engine{by}); v.Valid != checkers.Unknown && want.Valid != checkers.Unknown && want.Valid != v.Valid {
				report(t, in.History, "%s: %s; %s says %s", v.Valid, v.Reason, by.name(), want.Valid)
				return
			}
		}
		if err := checkers.Certify(in, v); err != nil {
			report(t, in.History, "%s: %v", v.Reason, err)
		}
	}
	t.Logf("%v", counts)
	if counts[checkers.Valid] < 500 || counts[checkers.Invalid] < 500 || counts[checkers.Unknown] > 300 {
		t.Errorf("too few of one kind: %v", counts)
	}
}
