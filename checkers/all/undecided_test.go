package all_test

import (
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// returned counts the operations that must have happened and returned between two events.
func returned(h *history.History, from, to int) int {
	n := 0
	for _, op := range h.Operations {
		if (op.Outcome == protocol.OK || op.Refused()) && from <= op.Return && op.Return <= to {
			n++
		}
	}
	return n
}

// given checks what a verdict that was given up says of how far it came, and returns how many operations it calls proven.
func given(t *testing.T, in checkers.Input, v checkers.Verdict, holds func(checkers.Input) bool) int {
	t.Helper()
	if !v.Spent || len(v.Undecided) != 1 {
		t.Fatalf("%s (spent: %v) says %d times how far it came: %s", v.Guarantee, v.Spent, len(v.Undecided), v.Reason)
	}
	u := v.Undecided[0]
	if n := returned(in.History, 0, u.Window.From-1); n != u.Proven.Operations {
		t.Errorf("%d returned before the window, %d are called proven", n, u.Proven.Operations)
	}
	if n := returned(in.History, u.Window.From, u.Window.To); n != u.Window.Operations || n == 0 {
		t.Errorf("%d returned in the window, not %d", n, u.Window.Operations)
	}
	if u.Proven.Operations > 0 {
		in.History = in.History.Before(u.Window.From)
		if !holds(in) {
			t.Errorf("the beginning does not have %s", v.Guarantee)
		}
	}
	return u.Proven.Operations
}

// TestHowFarAChecksCame gives checkers of small histories fewer steps or less memory than they need. What they then call
// proven is so by brute force.
func TestHowFarAChecksCame(t *testing.T) {
	t.Parallel()
	transactions := func(name guarantee.Name) func(checkers.Input) bool {
		return func(in checkers.Input) bool {
			ok, err := oracle.Transactions(in, name)
			return ok && err == nil
		}
	}
	registers := func(r *prng.Rand) checkers.Input {
		return checkers.Input{Object: model.Register(), History: oracle.Random(r, oracle.Shape{Object: "register", Ops: 8, Processes: 3, Keys: 2, Values: 2, Unsure: 10})}
	}
	distinct := func(r *prng.Rand) checkers.Input {
		return checkers.Input{Object: model.Register(), History: oracle.Random(r, oracle.Shape{Object: "register", Ops: 8, Processes: 3, Keys: 2, Unsure: 10})}
	}
	blind := func(r *prng.Rand) checkers.Input {
		return oracle.RandomTransactions(r, oracle.TransactionShape{Object: "rw-register", Transactions: 7, Processes: 4, Keys: 2, Steps: 3})
	}
	for name, test := range map[guarantee.Name]struct {
		draw  func(*prng.Rand) checkers.Input
		holds func(checkers.Input) bool
		small func(in *checkers.Input, i int)
	}{
		guarantee.Sequential:        {registers, oracle.Sequential, steps},
		guarantee.Causal:            {distinct, oracle.Causal, memory},
		guarantee.CausalWeak:        {distinct, oracle.CausalWeak, memory},
		guarantee.Serializable:      {blind, transactions(guarantee.Serializable), steps},
		guarantee.SnapshotIsolation: {blind, transactions(guarantee.SnapshotIsolation), steps},
	} {
		t.Run(string(name), func(t *testing.T) {
			c, _ := checkers.Find(all.All(), name)
			r := prng.New(5)
			spent, proven := 0, 0
			for i := range 2000 {
				in := test.draw(r)
				test.small(&in, i)
				v := c.Run(in)
				if v.Valid != checkers.Unknown {
					continue
				}
				spent++
				if given(t, in, v, test.holds) > 0 {
					proven++
				}
				if t.Failed() {
					t.Fatal(oracle.Format(in.History))
				}
			}
			t.Logf("%d given up, %d with something proven", spent, proven)
			if proven < 20 {
				t.Errorf("of %d given up %d have something proven: too few", spent, proven)
			}
		})
	}
}

func steps(in *checkers.Input, i int) { in.Budget = int64(1 + i%40) }

func memory(in *checkers.Input, i int) { in.Memory = int64(1 + i%200*4) }

// TestHowFarALongCheckCame: of a long history a long beginning is found, and a window that is short beside it.
func TestHowFarALongCheckCame(t *testing.T) {
	t.Parallel()
	c, _ := checkers.Find(all.All(), guarantee.Sequential)
	shape := oracle.Shape{Object: "register", Ops: 600, Processes: 12, Keys: 3, Values: 3, Unsure: 2}
	for seed := range uint64(5) {
		in := checkers.Input{Object: model.Register(), History: oracle.Random(prng.New(seed), shape), Budget: 2_000}
		v := c.Run(in)
		if v.Valid != checkers.Unknown {
			t.Errorf("seed %d: %s (%s)", seed, v.Valid, v.Reason)
			continue
		}
		n := given(t, in, v, func(in checkers.Input) bool {
			in.Budget = 0
			return c.Run(in).Valid == checkers.Valid
		})
		if u := v.Undecided[0]; n < 16 || u.Window.Operations > n {
			t.Errorf("seed %d: %s", seed, u)
		}
	}
}

// TestHowFarAnInterruptedCheckCame: what was known of a key when the check was interrupted is said.
func TestHowFarAnInterruptedCheckCame(t *testing.T) {
	t.Parallel()
	c, _ := linearizable.CheckerBy("search")
	shape := oracle.Shape{Object: "register", Ops: 3000, Processes: 30, Keys: 1, Values: 3, Unsure: 2}
	in := checkers.Input{Object: model.Register(), History: oracle.Random(prng.New(2), shape)}
	known := 0
	for asked := range int64(30) {
		p := &patience{Context: t.Context()}
		p.left.Store(asked)
		in.Context = p
		v := c.Run(in)
		if v.Valid != checkers.Unknown || len(v.Undecided) == 0 {
			continue
		}
		known++
		if !strings.HasPrefix(v.Reason, "interrupted; of key ") {
			t.Errorf("it says %q", v.Reason)
		}
	}
	if known == 0 {
		t.Error("no interrupted check says how far it came")
	}
}
