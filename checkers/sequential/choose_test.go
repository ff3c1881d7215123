package sequential_test

import (
	"fmt"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/checkers/sequential"
	"sunder/harness/history"
	"sunder/harness/prng"
)

// sixteen is a history that saturation does not see through: choosing the orders of the writes does.
const sixteen = "w(z,1) w(f,1) r(g)1 r(x)2 | w(z,2) w(g,1) r(f)1 r(x)1 | w(x,1) w(h,1) r(k)1 r(z)2 | w(x,2) w(k,1) r(h)1 r(z)1"

// TestChoicesOnTinyHistories compares the choice of orders with brute force wherever it applies.
func TestChoicesOnTinyHistories(t *testing.T) {
	t.Parallel()
	decided := map[checkers.Validity]int{}
	judge := func(h *history.History) bool {
		in := checkers.Input{History: h, Object: model.Register()}
		v, applies := sequential.ByChoices(in)
		if !applies {
			return true
		}
		decided[v.Valid]++
		if want := oracle.Sequential(in); v.Valid == checkers.Unknown || (v.Valid == checkers.Valid) != want {
			report(t, h, "%s (%s), brute force %v", v.Valid, v.Reason, want)
			return false
		}
		if err := checkers.Certify(in, v); err != nil {
			report(t, h, "%s: %v", v.Valid, err)
			return false
		}
		return true
	}
	for _, limits := range oracle.Small() {
		oracle.Histories(limits, judge)
	}
	r := prng.New(3)
	for range 20_000 {
		if !judge(oracle.Random(r, oracle.Shape{Object: "register", Ops: 8, Processes: 4, Keys: 2, Unsure: 15, Scramble: true})) {
			return
		}
	}
	t.Logf("%v", decided)
	if decided[checkers.Valid] < 10_000 {
		t.Errorf("the choice of orders decided only %v", decided)
	}
}

func TestChoicesSeeThroughSixteenOperations(t *testing.T) {
	in := checkers.Input{Object: model.Register(), History: oracle.Parse(sixteen)}
	v, applies := sequential.ByChoices(in)
	if !applies || v.Valid != checkers.Invalid || len(v.Witness.Operations) != 16 {
		t.Fatalf("%t, %s: %+v", applies, v.Valid, v.Witness)
	}
	// Whatever is left out, there is an order.
	for at := range 16 {
		alone := checkers.NewFragments(in, checkers.InProcess).Alone(append(append([]int{}, v.Witness.Operations[:at]...), v.Witness.Operations[at+1:]...))
		if v, applies := sequential.ByChoices(checkers.Input{History: alone.History, Object: model.Register()}); applies && v.Valid != checkers.Valid {
			t.Errorf("without operation %d: %s", at, v.Valid)
		}
	}
}

// misleading returns a history that is sequential, though nothing in real time says how: the processes act one after the
// other, as if each had its own delayed view of what they do together.
func misleading(seed uint64, processes, each, keys int) *history.History {
	r := prng.New(seed)
	lines := make([][]string, processes)
	values := make([]int, keys)
	next := 0
	for total := 0; total < processes*each; {
		p := r.IntN(processes)
		if len(lines[p]) == each {
			continue
		}
		key := r.IntN(keys)
		at := 10*(p*each+len(lines[p])) + 1
		text := fmt.Sprintf("r(k%d)%d", key, values[key])
		if r.IntN(2) == 0 {
			next++
			values[key] = next
			text = fmt.Sprintf("w(k%d,%d)", key, next)
		}
		lines[p] = append(lines[p], fmt.Sprintf("%s@%d-%d", text, at, at+5))
		total++
	}
	sessions := make([]string, processes)
	for p := range lines {
		sessions[p] = fmt.Sprintf("p%d: %s", p, strings.Join(lines[p], " "))
	}
	return oracle.Parse(strings.Join(sessions, " | "))
}

// TestChoicesWhereTheSearchIsLost: what misleads the search, choices still decide.
func TestChoicesWhereTheSearchIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		in := checkers.Input{Object: model.Register(), History: misleading(seed, 60, 8, 6)}
		if valid, steps := sequential.BySearch(in); valid != checkers.Unknown {
			t.Errorf("seed %d: the search alone says %s in %d steps", seed, valid, steps)
		}
		v := sequential.Checker(linearizable.Checker()).Check(in)
		if v.Valid != checkers.Valid || v.Engine != "choices" {
			t.Errorf("seed %d: %s by %s: %s", seed, v.Valid, v.Engine, v.Reason)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestChoicesWithinABudget: what takes more is unknown.
func TestChoicesWithinABudget(t *testing.T) {
	in := checkers.Input{Object: model.Register(), History: misleading(0, 60, 8, 6), Budget: 1_000_000}
	v := sequential.Checker(undecided).Check(in)
	if v.Valid != checkers.Unknown || !strings.Contains(v.Reason, "choosing the orders of writes took as much again") {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
}

func BenchmarkChoices(b *testing.B) {
	in := checkers.Input{Object: model.Register(), History: misleading(1, 60, 8, 6)}
	b.ReportAllocs()
	for b.Loop() {
		if v, _ := sequential.ByChoices(in); v.Valid != checkers.Valid {
			b.Fatalf("%s: %s", v.Valid, v.Reason)
		}
	}
}
