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

// TestFastObjects holds the list of objects of which fast has methods to what it decides: none of the others, and of each some
// history.
func TestFastObjects(t *testing.T) {
	fast, ok := CheckerBy("fast")
	if !ok {
		t.Fatal("there is no engine fast")
	}
	samples := map[string]string{
		"register": "w(x,1) r(x)1", "counter": "add(x,1) r(x)1", "set": "add(x,1) r(x)[1]", "board": "post(x,1) r(x)[1]", "log": "append(x,1) r(x)[1]",
		"queue": "enq(x,1) deq(x)1", "bank": "r(x)[[0 1]] r(x)[[0 2]]", "mutex": "acquire(x) release(x)",
	}
	for _, name := range model.Names() {
		text, some := samples[name]
		if !some {
			continue
		}
		v := fast.Run(input(name, oracle.Parse(text)))
		if decided := v.Valid != checkers.Unknown; decided != slices.Contains(fastObjects(), name) {
			t.Errorf("%s: %s: %s", name, v.Valid, v.Reason)
		}
		delete(samples, name)
	}
	if len(samples) > 0 {
		t.Errorf("no such objects: %v", samples)
	}
}
