package checkers_test

import (
	"errors"
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
	"sunder/harness/protocol"
)

func input(object, text string) checkers.Input {
	o, _ := model.Lookup(object)
	return checkers.Input{History: oracle.Parse(text), Object: o}
}

func both() []checkers.Checker {
	return []checkers.Checker{linearizable.Checker(), sequential.Checker(linearizable.Checker())}
}

func certificate(name guarantee.Name, orders ...[]int) checkers.Verdict {
	return checkers.Verdict{Guarantee: name, Valid: checkers.Valid, Certificate: &checkers.Certificate{Orders: orders}}
}

func TestCertifyRejectsFalseOrders(t *testing.T) {
	const lin, seq = guarantee.Linearizable, guarantee.Sequential
	// 0: w(x,1)  1: w(y,1)  2: r(x)1  3: w(y,2)? 4: cas(x,5,6)~ 5: w(x,9)!
	in := input("register", "p1: w(x,1)@0-1 r(x)1@4-5 | p2: w(y,1)@2-3 | p3: w(y,2)?@6-7 | p4: cas(x,5,6)~@8-9 | p5: w(x,9)!@10-11")
	tests := []struct {
		name string
		v    checkers.Verdict
		want string // "": it is certified
	}{
		{"a linearization", certificate(lin, []int{0, 2, 4}, []int{1}), ""},
		{"with what may have happened", certificate(lin, []int{0, 2, 4}, []int{1, 3}), ""},
		{"a sequence", certificate(seq, []int{1, 0, 2, 4}), ""},
		{"a sequence against real time", certificate(seq, []int{0, 2, 4, 1}), ""},
		{"an operation is missing", certificate(lin, []int{0, 2}, []int{1}), "operation 4 is missing"},
		{"an operation comes twice", certificate(lin, []int{0, 2, 4, 0}, []int{1}), "is there twice"},
		{"a failed operation", certificate(lin, []int{0, 2, 4, 5}, []int{1}), "has no place"},
		{"there is no such operation", certificate(lin, []int{0, 2, 4}, []int{1, 17}), "has no place"},
		{"against real time", certificate(lin, []int{0, 4, 2}, []int{1}), "comes too late"},
		{"against the order of a process", certificate(seq, []int{2, 0, 1, 4}), "cannot happen"},
		{"a wrong answer", certificate(lin, []int{2, 0, 4}, []int{1}), "cannot happen"},
		{"two orders of one key", certificate(lin, []int{0, 2}, []int{4}, []int{1}), "two orders"},
		{"one order of two keys", certificate(lin, []int{0, 2, 4, 1}), "has an operation on"},
		{"two sequences", certificate(seq, []int{0, 2, 4}, []int{1}), "is one order"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expect(t, checkers.Certify(in, test.v), test.want) })
	}
}

func expect(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestCertifyRejectsFalseWitnesses(t *testing.T) {
	// 0: w(x,1)  1: r(x)0, stale  2: w(x,2)
	in := input("register", "p1: w(x,1)@0-1 | p2: r(x)0@2-3 | p3: w(x,2)@4-5")
	genuine := linearizable.Checker().Run(in)
	if genuine.Valid != checkers.Invalid || checkers.Certify(in, genuine) != nil {
		t.Fatalf("%s: %s, %v", genuine.Valid, genuine.Reason, checkers.Certify(in, genuine))
	}
	tests := []struct {
		name   string
		change func(*checkers.Witness)
		want   string
	}{
		{"nothing is changed", func(*checkers.Witness) {}, ""},
		{"an operation is missing", func(w *checkers.Witness) { w.Operations = []int{1} }, "have an explanation"},
		{"others", func(w *checkers.Witness) { w.Operations = []int{0, 2} }, "have an explanation"},
		{"none", func(w *checkers.Witness) { w.Operations = nil }, "no operations"},
		{"no such operation", func(w *checkers.Witness) { w.Operations = []int{0, 1, 7} }, "there is no operation 7"},
		{"not in order", func(w *checkers.Witness) { w.Operations = []int{1, 0} }, "not in order"},
		{"no sentence", func(w *checkers.Witness) { w.Sentence = "" }, "does not say"},
		{"an edge that leaves it", func(w *checkers.Witness) { w.Edges[0].To = 2 }, "leaves the witness"},
		{"an edge the other way", func(w *checkers.Witness) { w.Edges[0].From, w.Edges[0].To = w.Edges[0].To, w.Edges[0].From }, "is no"},
		{"an edge of another kind", func(w *checkers.Witness) { w.Edges[0].Relation = checkers.ProcessOrder }, "is no po"},
		{"an unknown kind of edge", func(w *checkers.Witness) { w.Edges[0].Relation = "because" }, "is no because"},
		{"no cycle", func(w *checkers.Witness) { w.Edges = w.Edges[:1] }, "close no cycle"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := *genuine.Witness
			w.Edges = slices.Clone(w.Edges)
			test.change(&w)
			v := genuine
			v.Witness = &w
			expect(t, checkers.Certify(in, v), test.want)
		})
	}
}

// TestEveryEdgeOfALongContradictionIsChecked turns each edge of a cycle round in turn.
func TestEveryEdgeOfALongContradictionIsChecked(t *testing.T) {
	in := input("register", "w(z,1) w(x,1) w(y,1) | w(x,2) r(z)0 r(y)1 r(x)2")
	v := sequential.Checker(linearizable.Checker()).Run(in)
	if v.Witness == nil || len(v.Witness.Edges) < 5 {
		t.Fatalf("%s: %+v", v.Reason, v.Witness)
	}
	for i := range v.Witness.Edges {
		w := *v.Witness
		w.Edges = slices.Clone(w.Edges)
		w.Edges[i].From, w.Edges[i].To = w.Edges[i].To, w.Edges[i].From
		turned := v
		turned.Witness = &w
		if err := checkers.Certify(in, turned); err == nil {
			t.Errorf("edge %d, %+v, may be turned round", i, v.Witness.Edges[i])
		}
	}
}

func TestCertifyNeedsAProof(t *testing.T) {
	in := input("register", "w(x,1)")
	for _, v := range []checkers.Verdict{
		{Guarantee: guarantee.Linearizable, Valid: checkers.Valid},
		{Guarantee: guarantee.Linearizable, Valid: checkers.Invalid},
		{Guarantee: "invented", Valid: checkers.Valid, Certificate: &checkers.Certificate{}},
	} {
		if err := checkers.Certify(in, v); !errors.Is(err, checkers.ErrNoProof) {
			t.Errorf("%s %s: got %v", v.Guarantee, v.Valid, err)
		}
	}
	if err := checkers.Certify(in, checkers.Verdict{Guarantee: guarantee.Linearizable}); err != nil {
		t.Errorf("an unknown verdict claims nothing: %v", err)
	}
}

func TestLadder(t *testing.T) {
	tests := []struct {
		history   string
		want      []string
		strongest []guarantee.Name
	}{
		{"w(x,1)@0-1 | r(x)1@2-3", []string{"linearizable valid fast", "sequential valid implied by linearizable"}, []guarantee.Name{guarantee.Linearizable}},
		{"w(x,1)@0-1 | r(x)0@2-3", []string{"linearizable invalid fast", "sequential valid search"}, []guarantee.Name{guarantee.Sequential}},
		{"w(x,1)@0-1 r(x)0@2-3", []string{"linearizable invalid fast", "sequential invalid saturation"}, nil},
	}
	for _, test := range tests {
		in := input("register", test.history)
		verdicts := checkers.Ladder(both(), in)
		var got []string
		for _, v := range verdicts {
			got = append(got, strings.Join([]string{string(v.Guarantee), v.Valid.String(), v.Engine}, " "))
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: %v", test.history, v.Guarantee, err)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", test.history, got, test.want)
		}
		if got := checkers.Strongest(verdicts); !slices.Equal(got, test.strongest) {
			t.Errorf("%s: strongest %v, want %v", test.history, got, test.strongest)
		}
	}
}

// TestWhatTheStrongestDoesNotTell names what is broken beside or below the strongest guarantee that holds.
func TestWhatTheStrongestDoesNotTell(t *testing.T) {
	type names = []guarantee.Name
	for _, test := range []struct{ valid, invalid, strongest, excepted names }{
		{names{guarantee.Sequential}, names{guarantee.Linearizable}, names{guarantee.Sequential}, nil},
		{
			names{guarantee.CausalConvergent, guarantee.CausalWeak, guarantee.Session}, names{guarantee.Linearizable, guarantee.Sequential, guarantee.Causal},
			names{guarantee.CausalConvergent}, names{guarantee.Causal},
		},
		{names{guarantee.Linearizable}, names{guarantee.Convergence}, names{guarantee.Linearizable}, names{guarantee.Convergence}},
		{ // clients that talk to one another
			names{guarantee.Sequential, guarantee.Session}, names{guarantee.Linearizable, guarantee.Causal, guarantee.CausalConvergent, guarantee.CausalWeak},
			names{guarantee.Sequential}, names{guarantee.CausalWeak},
		},
		{
			names{guarantee.ReadYourWrites, guarantee.MonotonicWrites}, names{guarantee.CausalWeak, guarantee.Session, guarantee.MonotonicReads, guarantee.WritesFollowReads},
			names{guarantee.ReadYourWrites, guarantee.MonotonicWrites}, names{guarantee.MonotonicReads, guarantee.WritesFollowReads},
		},
		{nil, names{guarantee.Session, guarantee.ReadYourWrites}, nil, names{guarantee.ReadYourWrites}},
	} {
		var verdicts []checkers.Verdict
		for _, name := range test.invalid {
			verdicts = append(verdicts, checkers.Verdict{Guarantee: name, Valid: checkers.Invalid})
		}
		for _, name := range test.valid {
			verdicts = append(verdicts, checkers.Verdict{Guarantee: name, Valid: checkers.Valid})
		}
		if got := checkers.Strongest(verdicts); !slices.Equal(got, test.strongest) {
			t.Errorf("%v: strongest %v", test, got)
		}
		if got := checkers.Excepted(verdicts); !slices.Equal(got, test.excepted) {
			t.Errorf("%v: excepted %v", test, got)
		}
	}
}

// TestLadderTakesNothingOverThatDoesNotFollow checks the two cases in which an implication is not used.
func TestLadderTakesNothingOverThatDoesNotFollow(t *testing.T) {
	judged := 0
	all := []checkers.Checker{
		{Guarantee: guarantee.Sequential, Check: func(checkers.Input) checkers.Verdict { return checkers.Verdict{Valid: checkers.Valid} }},
		{Guarantee: guarantee.CausalWeak, Check: func(checkers.Input) checkers.Verdict { judged++; return checkers.Verdict{} }},
	}
	checkers.Ladder(all, input("register", "w(x,1)"))
	if judged != 0 {
		t.Error("sequential implies causal-weak")
	}
	checkers.Ladder(all, input("register", "w(x,1) tell(c2) | hear(c1) r(x)0"))
	if judged != 1 {
		t.Error("what clients told one another was passed over")
	}
	checkers.Ladder(all, input("board", "post(b,1)"))
	if judged != 2 {
		t.Error("the parents of a post were passed over")
	}
}

func TestLadderKeepsToTheObject(t *testing.T) {
	all := append(both(), checkers.Checker{Guarantee: guarantee.Causal, Check: func(checkers.Input) checkers.Verdict { panic("not for counters") }})
	verdicts := checkers.Ladder(all, input("counter", "add(x,1) | r(x)7"))
	if len(verdicts) != 2 {
		t.Errorf("got %d verdicts", len(verdicts))
	}
}

func TestMinimise(t *testing.T) {
	ops := make([]int, 100)
	for i := range ops {
		ops[i] = i
	}
	broken := func(ops []int) bool { return slices.Contains(ops, 17) && slices.Contains(ops, 80) }
	if got, minimal := checkers.Minimise(ops, [][]int{ops[50:60], ops[10:20]}, 1000, broken); !minimal || !slices.Equal(got, []int{17, 80}) {
		t.Errorf("got %v, %v", got, minimal)
	}
	got, minimal := checkers.Minimise(ops, nil, 3, broken)
	if minimal || !broken(got) {
		t.Errorf("with 3 trials: got %d operations, minimal %v", len(got), minimal)
	}
}

func TestWords(t *testing.T) {
	h := oracle.Parse("p3: w(x,1) cas(x,1,2)~ r(x)2 | p4: w(y,7)? | p5: w(y,8)!")
	h.Operations[0].Note(history.Notes{Node: "c3", Via: "r2"})
	var got []string
	for i := range h.Operations {
		got = append(got, checkers.Describe(&h.Operations[i]), checkers.Deed(&h.Operations[i]))
	}
	want := []string{
		"write(x, 1) → ok by process 3 (c3 at r2)", "process 3 (c3 at r2) wrote x = 1",
		"write(y, 7) → unknown by process 4 (c4)", "process 4 (c4) wrote y = 7",
		"write(y, 8) → failed by process 5 (c5)", "process 5 (c5) wrote y = 8",
		"cas(x, 1, 2) → refused by process 3 (c3)", "process 3 (c3) did a cas of x from 1 to 2",
		"read(x) → 2 by process 3 (c3)", "process 3 (c3) read x = 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := checkers.Actor(&history.Operation{Process: 1}); got != "process 1" {
		t.Errorf("got %q", got)
	}
}

func TestConsidered(t *testing.T) {
	in := input("register", "p1: w(x,1) tell(c2) r(x)1 | p2: w(x,2)! | p3: w(x,3)? | p4: r(x)? | p5: cas(x,1,2)~ | p6: r(x)!")
	var got []string
	for _, i := range checkers.Considered(in) {
		got = append(got, checkers.Short(&in.History.Operations[i]))
	}
	if want := []string{"write(x, 1)", "write(x, 3)", "cas(x, 1, 2)", "read(x)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNecessary(t *testing.T) {
	tests := []struct {
		object, history string
		want            int
	}{
		{"register", "w(x,1)? | w(x,2)? | r(x)2", 2},
		{"register", "w(x,1)? | cas(x,1,2)? | r(x)2", 3},
		{"register", "w(x,1)? | cas(x,0,2)~", 2},
		{"set", "add(x,1)? | add(x,2)? | r(x)[2]", 2},
		{"counter", "add(x,1)? | r(x)0", 2},
	}
	for _, test := range tests {
		in := input(test.object, test.history)
		if got := len(checkers.Necessary(in, checkers.Considered(in))); got != test.want {
			t.Errorf("%s: %s: %d are necessary, want %d", test.object, test.history, got, test.want)
		}
	}
}

// TestMergedLinearizationsAreOne checks that one order is made of those of several keys.
func TestMergedLinearizationsAreOne(t *testing.T) {
	in := input("register", "p1: w(x,1)@0-9 r(y)2@10-19 | p2: w(y,2)@3-12 r(x)1@13-15 | p3: r(x)1@1-2 r(y)0@4-5")
	v := linearizable.Checker().Run(in)
	merged := checkers.MergeOrders(in, v.Certificate.Orders)
	latest := -1
	for _, i := range merged {
		op := &in.History.Operations[i]
		if op.Return < latest {
			t.Errorf("%v does not keep real time", merged)
		}
		latest = max(latest, op.Call)
	}
	if err := checkers.Certify(in, certificate(guarantee.Sequential, merged)); err != nil || len(merged) != 6 {
		t.Errorf("%v: %v", merged, err)
	}
}

// TestAlone checks how what an operation says is weakened when others are missing.
func TestAlone(t *testing.T) {
	tests := []struct {
		name, object, history string
		chosen                []int
		want                  string
	}{
		{"a read without its write says nothing", "register", "w(x,1)@0-1 | r(x)1@2-3", []int{1}, "p2: r(x)!@2-3"},
		{"a cas without its source is a write", "register", "w(x,1)@0-1 | cas(x,1,2)@2-3", []int{1}, "p2: w(x,2)@2-3"},
		{"a write that came later is no source", "register", "r(x)1@0-1 | w(x,1)@2-3", []int{0}, "p1: r(x)1@0-1"},
		{"a write that was overwritten is no source", "register", "w(x,1)@0-1 | w(x,2)@2-3 | r(x)1@4-5", []int{1, 2}, "p2: w(x,2)@2-3 | p3: r(x)1@4-5"},
		{"a refused cas may owe that to any write", "register", "w(x,1)@0-1 | cas(x,0,2)~@2-3", []int{1}, "p2: cas(x,0,2)!@2-3"},
		{"additions that had returned are taken off", "counter", "add(x,2)@0-1 | add(x,3)@2-3 | r(x)5@4-5", []int{1, 2}, "p2: add(x,3)@2-3 | p3: r(x)3@4-5"},
		{"an addition beside a read leaves bounds", "counter", "add(x,2)@0-5 | r(x)2@2-3", []int{1}, "p2: read between(x,[0 2])@1-2"},
		{"elements whose additions are missing are left out", "set", "add(x,1)@0-1 | add(x,2)@2-3 | r(x)[1 2 3]@4-5", []int{1, 2}, "p2: add(x,2)@2-3 | p3: r(x)[2 3]@4-5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := input(test.object, test.history)
			alone := checkers.NewFragments(in, checkers.InRealTime).Alone(test.chosen)
			if got := oracle.Format(alone.History); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if alone.History.Operations[0].Outcome == protocol.Info {
				t.Error("an outcome was changed")
			}
		})
	}
}

func TestBrief(t *testing.T) {
	sixty := strings.Repeat("é", 60)
	for _, test := range []struct {
		v    protocol.Value
		want string
	}{
		{protocol.Int(-7), "-7"},
		{protocol.Value{}, "null"},
		{protocol.Ints(1, 2, 3), "[1,2,3]"},
		{protocol.String(sixty[:116]), `"` + sixty[:116] + `"`},
		{protocol.String(sixty), `"` + sixty[:118] + "… (60 characters)"},
		{protocol.List(slices.Repeat([]protocol.Value{protocol.Int(1)}, 100)...), "[" + strings.Repeat("1,", 29) + "1… (100 elements)"},
	} {
		if got := checkers.Brief(test.v); got != test.want {
			t.Errorf("%v: %q, want %q", test.v, got, test.want)
		}
	}
	if got := checkers.Cut(sixty); got != sixty {
		t.Errorf("%q", got)
	}
	if got := checkers.Cut(sixty + "x"); got != sixty+"… (61 characters)" {
		t.Errorf("%q", got)
	}
}
