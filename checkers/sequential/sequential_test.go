package sequential_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/checkers/sequential"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// undecided is a checker of linearizability that never helps, so that the other methods are put to the test.
var undecided = checkers.Checker{Guarantee: guarantee.Linearizable, Check: func(checkers.Input) checkers.Verdict { return checkers.Verdict{} }}

// report prints a history that a property does not hold for.
func report(t *testing.T, h *history.History, format string, args ...any) {
	t.Helper()
	t.Errorf("%s\n"+format, append([]any{oracle.Format(h)}, args...)...)
}

// tally counts what decided and what was found.
type tally struct {
	engines   map[string]int
	anomalies map[guarantee.Anomaly]int
}

func newTally() tally { return tally{map[string]int{}, map[guarantee.Anomaly]int{}} }

// compare checks the methods against brute force, and both kinds of verdict by what proves them.
func compare(t *testing.T, in checkers.Input, count tally) {
	t.Helper()
	want := oracle.Sequential(in)
	for _, helper := range []checkers.Checker{undecided, linearizable.Checker()} {
		v := sequential.Checker(helper).Check(in)
		count.engines[v.Engine+" "+v.Valid.String()]++
		if (v.Valid == checkers.Valid) != want || v.Valid == checkers.Unknown {
			report(t, in.History, "%s says %s (%s), brute force %v", v.Engine, v.Valid, v.Reason, want)
			return
		}
		if err := checkers.Certify(in, v); err != nil {
			report(t, in.History, "%s by %s: %v", v.Valid, v.Engine, err)
		}
		if v.Witness != nil {
			count.anomalies[v.Witness.Anomaly]++
			minimal(t, in, v.Witness)
			return
		}
	}
}

// minimal checks that no operation of a witness can be left out, but for a failed one that is in it to be named.
func minimal(t *testing.T, in checkers.Input, w *checkers.Witness) {
	t.Helper()
	f := checkers.NewFragments(in, checkers.InProcess)
	for at, i := range w.Operations {
		if op := &in.History.Operations[i]; op.Outcome == protocol.Fail && !op.Refused() {
			continue
		}
		rest := slices.Delete(slices.Clone(w.Operations), at, at+1)
		if !oracle.Sequential(f.Alone(rest)) {
			report(t, in.History, "%s: the witness %v is broken without %d too", w.Anomaly, w.Operations, i)
		}
	}
}

func TestEveryTinyRegisterHistory(t *testing.T) {
	t.Parallel()
	count := newTally()
	for _, limits := range oracle.Small() {
		oracle.Histories(limits, func(h *history.History) bool {
			compare(t, checkers.Input{History: h, Object: model.Register()}, count)
			return !t.Failed()
		})
	}
	t.Logf("%v %v", count.engines, count.anomalies)
	for _, anomaly := range []guarantee.Anomaly{guarantee.ThinAirRead, guarantee.AbortedRead, guarantee.NotSequential} {
		if count.anomalies[anomaly] == 0 {
			t.Errorf("no history showed %s", anomaly)
		}
	}
	for _, engine := range []string{"saturation invalid", "search valid", "search invalid", "linearizable by fast valid", "linearizable by search valid"} {
		if count.engines[engine] == 0 {
			t.Errorf("nothing was decided by %s", engine)
		}
	}
}

func shapes() []oracle.Shape {
	return []oracle.Shape{
		{Object: "register", Ops: 7, Processes: 3, Keys: 2, Unsure: 15, Scramble: true},
		{Object: "register", Ops: 8, Processes: 2, Keys: 2, Unsure: 0, Scramble: true},
		{Object: "register", Ops: 7, Processes: 3, Keys: 1, Values: 3, Unsure: 10, Scramble: true},
		{Object: "counter", Ops: 6, Processes: 3, Keys: 2, Unsure: 15, Scramble: true},
		{Object: "set", Ops: 6, Processes: 3, Keys: 2, Unsure: 15, Scramble: true},
		{Object: "board", Ops: 6, Processes: 2, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "bank", Ops: 6, Processes: 3, Keys: 2, Unsure: 15, Scramble: true},
		{Object: "bank", Ops: 5, Processes: 3, Keys: 2, Accounts: 2, Unsure: 15, Scramble: true},
		{Object: "log", Ops: 6, Processes: 3, Keys: 2, Unsure: 15, Scramble: true},
		{Object: "log", Ops: 6, Processes: 2, Keys: 1, Values: 2, Unsure: 15, Scramble: true},
	}
}

func TestRandomHistories(t *testing.T) {
	t.Parallel()
	const perShape = 6000
	for _, shape := range shapes() {
		object, _ := model.Lookup(shape.Object)
		count := newTally()
		r := prng.New(1)
		for range perShape {
			compare(t, checkers.Input{History: oracle.Random(r, shape), Object: object}, count)
			if t.Failed() {
				t.FailNow()
			}
		}
		t.Logf("%+v: %v %v", shape, count.engines, count.anomalies)
		if count.anomalies[guarantee.NotSequential] == 0 {
			t.Errorf("%+v: no history is not sequential", shape)
		}
	}
}

// TestFragmentsAreSound checks that what is left of a sequential history stays sequential, whatever is left out.
func TestFragmentsAreSound(t *testing.T) {
	for _, shape := range shapes() {
		object, _ := model.Lookup(shape.Object)
		r := prng.New(2)
		for range 3000 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			if !oracle.Sequential(in) {
				continue
			}
			chosen := slices.DeleteFunc(checkers.Considered(in), func(int) bool { return r.IntN(3) == 0 })
			if alone := checkers.NewFragments(in, checkers.InProcess).Alone(chosen); !oracle.Sequential(alone) {
				report(t, in.History, "sequential, but %v alone is not: %s", chosen, oracle.Format(alone.History))
				return
			}
		}
	}
}

func TestLitmus(t *testing.T) {
	tests := []struct {
		name, history string
		want          bool
		operations    int // of the witness
		sentence      string
	}{
		{"store buffering", "w(x,1) r(y)0 | w(y,1) r(x)0", false, 4,
			"each of these must come before the next, and the last before the first: process 1's write of x = 1, process 1's read of y = 0, process 2's write of y = 1, process 2's read of x = 0"},
		{"IRIW", "w(x,1) | w(y,1) | r(x)1 r(y)0 | r(y)1 r(x)0", false, 6, ""},
		{"message passing, stale", "w(x,1) w(y,1) | r(y)1 r(x)0", false, 4, ""},
		{"message passing", "w(x,1) w(y,1) | r(y)1 r(x)1", true, 0, ""},
		{"load buffering", "r(x)1 w(y,1) | r(y)1 w(x,1)", false, 4, ""},
		{"CoWW", "w(x,1) w(x,2) | r(x)2 r(x)1", false, 4, ""},
		{"CoRR", "w(x,1) | w(x,2) | r(x)1 r(x)2 | r(x)2 r(x)1", false, 6, ""},
		{"WRC", "w(x,1) | r(x)1 w(y,1) | r(y)1 r(x)0", false, 5, ""},
		{"own write unseen", "w(x,1) r(x)0", false, 2, ""},
		{"POPL (a)", "w(x,1) r(x)2 | w(x,2) r(x)1", false, 4, ""},
		{"POPL (b)", "w(z,1) w(x,1) w(y,1) | w(x,2) r(z)0 r(y)1 r(x)2", false, 7, ""},
		{"POPL (c)", "w(x,1) r(y)0 w(y,1) r(x)1 | w(x,2) r(y)0 w(y,2) r(x)2", false, 8, ""},
		{"POPL (d)", "w(x,1) | w(x,2) r(x)1 r(x)2", false, 4, ""},
		{"POPL (e)", "w(x,1) w(y,1) | r(y)1 w(x,2) | r(x)2 r(x)1", false, 6, ""},
		{"Coulouris: bank, B then A", "p1: w(x,1)@0-1 w(y,2)@2-3 | p2: r(y)2@4-5 r(x)0@6-7", false, 4, ""},
		{"Coulouris: sequential, not linearizable", "p1: w(x,1)@0-1 w(y,2)@6-7 | p2: r(y)0@2-3 r(x)0@4-5", true, 0, ""},
		{"one process sees a write and then does not", "w(x,1) | r(x)1 r(x)0", false, 3, ""},
		{"one process sees a write, and another does not yet", "w(x,1)@0-1 | r(x)1@2-3 | r(x)0@4-5", true, 0, ""},
		{"a stale read of another process", "w(x,1)@0-1 | r(x)0@2-3", true, 0, ""},
		{"an unknown write after what its process did next", "p1: w(x,1)?@0-1 r(x)0@2-3 r(x)0@4-5 | p2: r(x)1@6-7", true, 0, ""},
		{"an unknown write makes a cas fail", "w(x,1)? | cas(x,0,2)~", true, 0, ""},
		{"a cas fails for no reason", "cas(x,0,2)~", false, 1, ""},
		{"two cas from one value", "cas(x,0,1) | cas(x,0,2)", false, 2, ""},
		{"sixteen operations that saturation does not see through",
			"w(z,1) w(f,1) r(g)1 r(x)2 | w(z,2) w(g,1) r(f)1 r(x)1 | w(x,1) w(h,1) r(k)1 r(z)2 | w(x,2) w(k,1) r(h)1 r(z)1", false, 16,
			"no order of these 16 operations keeps the order of each process and explains all answers"},
		{"a failed write shows", "w(x,1)! | r(x)1", false, 2, "process 2 (c2) read x = 1 though process 1's write of x = 1 had failed"},
		{"out of thin air", "r(x)1", false, 1, "process 1 (c1) read x = 1, but nobody wrote 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := checkers.Input{History: oracle.Parse(test.history), Object: model.Register()}
			v := sequential.Checker(linearizable.Checker()).Check(in)
			if (v.Valid == checkers.Valid) != test.want || v.Valid == checkers.Unknown {
				t.Fatalf("got %s: %s", v.Valid, v.Reason)
			}
			if len(in.History.Operations) < 10 && oracle.Sequential(in) != test.want {
				t.Error("brute force disagrees")
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("not certified: %v", err)
			}
			if v.Witness == nil {
				return
			}
			if len(v.Witness.Operations) != test.operations {
				t.Errorf("the witness has %d operations, want %d: %+v", len(v.Witness.Operations), test.operations, v.Witness)
			}
			if test.sentence != "" && v.Witness.Sentence != test.sentence {
				t.Errorf("got  %s\nwant %s", v.Witness.Sentence, test.sentence)
			}
		})
	}
}

// TestSixteenOperations checks that only the search decides the history that saturation does not.
func TestSixteenOperations(t *testing.T) {
	in := checkers.Input{Object: model.Register(), History: oracle.Parse("w(z,1) w(f,1) r(g)1 r(x)2 | w(z,2) w(g,1) r(f)1 r(x)1 | " +
		"w(x,1) w(h,1) r(k)1 r(z)2 | w(x,2) w(k,1) r(h)1 r(z)1")}
	v := sequential.Checker(undecided).Check(in)
	if v.Engine != "search" || v.Valid != checkers.Invalid || len(v.Witness.Edges) != 0 {
		t.Errorf("%s by %s with edges %v", v.Valid, v.Engine, v.Witness.Edges)
	}
}

// TestCounters has contradictions on counters with what is said of them.
func TestCounters(t *testing.T) {
	tests := []struct {
		history, sentence string
		anomaly           guarantee.Anomaly
	}{
		{"add(x,1) | add(x,2)? | r(x)4", "process 3 (c3) read x = 4, and all additions together make 3", guarantee.ThinAirRead},
		{"add(x,1) r(x)0 | add(x,2)", "process 1 (c1) read x = 0 after its own additions of 1 in all", guarantee.NotSequential},
		{"add(x,1) | add(x,2) | r(x)3 r(x)2", "no order of these 4 operations keeps the order of each process and explains all answers", guarantee.NotSequential},
		{"add(x,1) | add(x,2) | add(x,4) | r(x)3 r(x)5", "no order of these 4 operations keeps the order of each process and explains all answers", guarantee.NotSequential},
		{"add(x,-1) | r(x)-2", "no order of these 1 operations keeps the order of each process and explains all answers", guarantee.NotSequential},
	}
	for _, test := range tests {
		in := checkers.Input{History: oracle.Parse(test.history), Object: model.Counter()}
		v := sequential.Checker(undecided).Check(in)
		if v.Valid != checkers.Invalid || oracle.Sequential(in) || v.Witness.Anomaly != test.anomaly || v.Witness.Sentence != test.sentence {
			t.Errorf("%s: %s, %+v", test.history, v.Valid, v.Witness)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", test.history, err)
		}
	}
}

func TestBudget(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("add(x,1)@0-9 | add(x,2)@0-9 | add(x,4)@0-9 | r(x)3@0-9 r(x)5@10-11"), Object: model.Counter(), Budget: 3}
	v := sequential.Checker(undecided).Check(in)
	if v.Valid != checkers.Unknown || !strings.Contains(v.Reason, "the budget of 3 steps is gone; at most") {
		t.Errorf("got %s: %s", v.Valid, v.Reason)
	}
}

// TestLargeHistories checks that long histories, valid and not, are decided and their witnesses are small.
func TestLargeHistories(t *testing.T) {
	shape := oracle.Shape{Object: "register", Ops: 3000, Processes: 6, Keys: 3, Unsure: 2}
	h := oracle.Random(prng.New(5), shape)
	in := checkers.Input{History: h, Object: model.Register()}
	for _, helper := range []checkers.Checker{undecided, linearizable.Checker()} {
		if v := sequential.Checker(helper).Check(in); v.Valid != checkers.Valid || checkers.Certify(in, v) != nil {
			t.Fatalf("%s: %s", v.Valid, v.Reason)
		}
	}
	stale := oracle.StaleRead(h, true)
	v := sequential.Checker(undecided).Check(checkers.Input{History: stale, Object: model.Register()})
	if v.Valid != checkers.Invalid || v.Engine != "saturation" || len(v.Witness.Operations) > 8 {
		t.Errorf("%s by %s: %s", v.Valid, v.Engine, v.Reason)
	}
}

// TestDequeuedTooOften: what left a long queue more often than it can have been put there is found whatever the orders are.
func TestDequeuedTooOften(t *testing.T) {
	r := prng.New(3)
	for _, mutate := range []oracle.Mutation{oracle.SecondDequeue, oracle.ReadOfNothing} {
		h, ok := mutate(r, oracle.Large(oracle.Load{Object: "queue", Ops: 300, Clients: 5, Keys: 2, Unknown: 3}, 8))
		if !ok {
			t.Fatal("no dequeue to change")
		}
		in := checkers.Input{History: h, Object: model.Queue()}
		v := sequential.Checker(undecided).Check(in)
		if v.Valid != checkers.Invalid || len(v.Witness.Operations) > 3 {
			t.Errorf("%s: %s", v.Valid, v.Reason)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", v.Reason, err)
		}
	}
}
