package linearizable

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
)

// TestWhatIsShownIsAProof judges by brute force what people see of witnesses: the operations and their context, as they are in
// the history and without what fragments say of the rest. That is no more than the history has, and must be wrong by itself.
func TestWhatIsShownIsAProof(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		object, _ := model.Lookup(shape.Object)
		r := prng.New(5)
		seen := proofs{}
		for range 2000 {
			seen.look(t, checkers.Input{History: oracle.Random(r, shape), Object: object})
		}
		t.Logf("%+v: %+v", shape, seen)
		sums := shape.Object == "counter" || shape.Object == "bank" || shape.Object == "mutex"
		if seen.whole < 100 || sums && seen.needed < 10 {
			t.Errorf("%+v: only %+v", shape, seen)
		}
	}
}

// TestWhatIsShownOfSmallRegistersAndQueues does the same for every small history.
func TestWhatIsShownOfSmallRegistersAndQueues(t *testing.T) {
	t.Parallel()
	for _, limits := range []oracle.Limits{oracle.Small()[1], oracle.Small()[3], oracle.SmallQueues()[0]} {
		object := model.Register()
		if limits.Queue {
			object = model.Queue()
		}
		seen := proofs{}
		oracle.Histories(limits, func(h *history.History) bool {
			seen.look(t, checkers.Input{History: h, Object: object})
			return !t.Failed()
		})
		t.Logf("%+v: %+v", limits, seen)
		if seen.whole < 1000 {
			t.Errorf("%+v: only %+v", limits, seen)
		}
	}
}

// TestContextIsFew shows who had a mutex, but not all who had it before, and a few of many additions.
func TestContextIsFew(t *testing.T) {
	for _, test := range []struct {
		object, text string
		context      int
		more         int
	}{
		{"mutex", "acquire(m) release(m) acquire(m) release(m) acquire(m) acquire(m)", 1, 0},
		{"register", "w(x,1) w(x,2) w(x,1) w(x,2) w(x,3) r(x)2", 1, 1},
		{"register", "w(x,2) w(x,1) r(x)2", 1, 0},
		{"counter", "add(x,1) add(x,1) add(x,1) add(x,1) add(x,1) add(x,1) add(x,1) add(x,1) add(x,1) add(x,1) r(x)11", 8, 2},
		{"bank", "deposit(x,5) withdraw(x,6)", 1, 0},
	} {
		in := input(test.object, oracle.Parse(test.text))
		w := check(in).Witness
		if w == nil {
			t.Errorf("%s: %s is not found invalid", test.object, test.text)
		} else if len(w.Context) != test.context || w.MoreContext != test.more {
			t.Errorf("%s: %s: context %v and %d more, not %d and %d", test.object, test.text, w.Context, w.MoreContext, test.context, test.more)
		}
	}
}

// proofs counts witnesses: those with all of their context, and those that would not be wrong without it.
type proofs struct{ whole, needed int }

func (p *proofs) look(t *testing.T, in checkers.Input) {
	v := check(in)
	if v.Valid != checkers.Invalid || v.Witness.MoreContext > 0 {
		return
	}
	p.whole++
	if oracle.Linearizable(bare(in, v.Witness.Shown())) {
		report(t, in.History, "%v with %v has an order: %s", v.Witness.Operations, v.Witness.Context, v.Reason)
	}
	if oracle.Linearizable(bare(in, v.Witness.Operations)) {
		p.needed++
	}
	for _, i := range v.Witness.Shown() {
		op := &in.History.Operations[i]
		met, observes := checkers.Observes(op)
		if in.Object.Name == "register" && observes && written(in, op.Key, met) && !written(bare(in, v.Witness.Shown()), op.Key, met) {
			report(t, in.History, "%v with %v does not show where operation %d has its value from: %s", v.Witness.Operations, v.Witness.Context, i, v.Reason)
		}
	}
}

// bare returns a history that has some operations of another, as they are.
func bare(in checkers.Input, positions []int) checkers.Input {
	some := &history.History{Initial: in.History.Initial}
	for _, i := range positions {
		some.Operations = append(some.Operations, in.History.Operations[i])
	}
	in.History = some
	return in
}
