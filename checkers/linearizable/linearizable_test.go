package linearizable

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// report prints a history that a property does not hold for.
func report(t *testing.T, h *history.History, format string, args ...any) {
	t.Helper()
	t.Errorf("%s\n"+format, append([]any{oracle.Format(h)}, args...)...)
}

// TestEveryTinyRegisterHistory compares both engines with brute force on every small register history, and rechecks
// every verdict.
func TestEveryTinyRegisterHistory(t *testing.T) {
	t.Parallel()
	counts := map[guarantee.Anomaly]int{}
	fast := 0
	for _, limits := range oracle.Small() {
		oracle.Histories(limits, func(h *history.History) bool {
			in := checkers.Input{History: h, Object: model.Register()}
			if judge(in, []engine{blocks{}}).Valid != checkers.Unknown {
				fast++
			}
			compare(t, in, counts, limits.Values > 0)
			return !t.Failed()
		})
	}
	t.Logf("%d decided by blocks and zones; anomalies %v", fast, counts)
	for _, anomaly := range []guarantee.Anomaly{guarantee.StaleRead, guarantee.ReadInversion, guarantee.FutureRead, guarantee.ThinAirRead,
		guarantee.AbortedRead, guarantee.LostUpdate, guarantee.DirtyOrder, guarantee.NotLinearizable} {
		if counts[anomaly] == 0 {
			t.Errorf("no history showed %s", anomaly)
		}
	}
}

// compare checks all engines against brute force, and both kinds of verdict by what proves them.
// It returns what brute force says.
func compare(t *testing.T, in checkers.Input, counts map[guarantee.Anomaly]int, thorough bool) bool {
	t.Helper()
	want := oracle.Linearizable(in)
	if o, _ := (porcupineSearch{}).decide(in, checkers.Considered(in)); !thorough && onlyKey(in) && (o.valid == checkers.Valid) != want {
		report(t, in.History, "porcupine says %s, brute force %v", o.valid, want)
	}
	for at, by := range [][]engine{engines(), {search{}}, {porcupineSearch{}}} {
		if at > 0 && !thorough {
			break
		}
		v := judge(in, by)
		if (v.Valid == checkers.Valid) != want || v.Valid == checkers.Unknown {
			report(t, in.History, "%s says %s (%s), brute force %v", v.Engine, v.Valid, v.Reason, want)
			return want
		}
		if err := checkers.Certify(in, v); err != nil {
			report(t, in.History, "%s by %s: %v", v.Valid, v.Engine, err)
		}
		if v.Witness != nil {
			counts[v.Witness.Anomaly]++
			minimal(t, in, v.Witness)
		}
	}
	return want
}

func onlyKey(in checkers.Input) bool { return len(checkers.ByKey(in, checkers.Considered(in))) < 2 }

// minimal checks that no operation of a witness can be left out. The write that failed, or that came too late, is in it
// only to be named: without it the value came from nowhere.
func minimal(t *testing.T, in checkers.Input, w *checkers.Witness) {
	t.Helper()
	f := checkers.NewFragments(in, checkers.InRealTime)
	for at, i := range w.Operations {
		op := &in.History.Operations[i]
		if op.Outcome == protocol.Fail && !op.Refused() || w.Anomaly == guarantee.FutureRead && late(in, w, op) {
			continue
		}
		rest := append(append([]int{}, w.Operations[:at]...), w.Operations[at+1:]...)
		if !oracle.Linearizable(f.Alone(rest)) {
			report(t, in.History, "%s: the witness %v is broken without %d too", w.Anomaly, w.Operations, i)
		}
	}
}

// late tells whether an operation wrote what another of the witness had met before it was called.
func late(in checkers.Input, w *checkers.Witness, op *history.Operation) bool {
	v, writes := checkers.Writes(op)
	return writes && slices.ContainsFunc(w.Operations, func(i int) bool {
		reader := &in.History.Operations[i]
		met, ok := checkers.Observes(reader)
		return ok && met.Equal(v) && reader.Precedes(op)
	})
}
