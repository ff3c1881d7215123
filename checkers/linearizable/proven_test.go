package linearizable

import (
	"strconv"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// alternating is a register that is read as 1 and as 2 in turn, one time more than writes of these values allow that run
// beside the reads. Each operation is needed to show that, and no two values tell the writes apart. Spread makes each
// write return at a time of its own.
func alternating(writes int, spread bool) checkers.Input {
	var text strings.Builder
	for i := range 2 * writes {
		end := 100_000
		if spread {
			end += i
		}
		text.WriteString(strings.NewReplacer("V", string(rune('1'+i%2)), "E", strconv.Itoa(end)).Replace("w(x,V)@0-E | "))
	}
	for i := range 2*writes + 1 {
		text.WriteString(strings.NewReplacer("V", string(rune('1'+i%2)), "B", strconv.Itoa(10+2*i), "E", strconv.Itoa(11+2*i)).Replace("r(x)V@B-E "))
	}
	return checkers.Input{History: oracle.Parse(text.String()), Object: model.Register(), Budget: 100_000_000, Memory: 32 << 20}
}

// TestAProvenViolationIsNotLost: what a search has found to be invalid is invalid, even if the second search, porcupine's,
// has no memory for all the orders that it would have to try.
func TestAProvenViolationIsNotLost(t *testing.T) {
	for _, test := range []struct {
		writes    int
		spread    bool
		certified bool
	}{{5, false, true}, {20, false, true}, {20, true, true}, {65, true, false}} {
		in := alternating(test.writes, test.spread)
		v := Checker().Run(in)
		if v.Valid != checkers.Invalid || v.Engine != "search" {
			t.Errorf("%+v: %s by %s: %s", test, v.Valid, v.Engine, v.Reason)
			continue
		}
		if want := 4*test.writes + 1; len(v.Witness.Operations) != want {
			t.Errorf("%+v: the witness has %d operations, not %d", test, len(v.Witness.Operations), want)
		}
		err := checkers.Certify(in, v)
		if test.certified != (err == nil) || test.certified == strings.Contains(v.Reason, "too large to be judged by a second search") {
			t.Errorf("%+v: certified: %v: %s", test, err, v.Reason)
		}
	}
}

// TestWhatPorcupineFindsIsNotLost: the search, too, may be the one that cannot follow.
func TestWhatPorcupineFindsIsNotLost(t *testing.T) {
	byPorcupine, _ := CheckerBy("porcupine")
	r := prng.New(7)
	for range 300 {
		shape := oracle.Shape{Object: "register", Ops: 30, Processes: 5, Keys: 1, Values: 2, Scramble: true}
		in := checkers.Input{History: oracle.Random(r, shape), Object: model.Register()}
		ops := checkers.Considered(in)
		if o, _ := (porcupineSearch{}).decide(in, ops); o.valid != checkers.Invalid {
			continue
		}
		for _, budget := range []int64{1 << 20, 2000, 500} {
			in.Budget = budget
			o, _ := (porcupineSearch{}).decide(in, ops)
			if v := byPorcupine.Run(in); v.Valid != o.valid {
				t.Errorf("%s with a budget of %d, but %s: %s", o.valid, budget, v.Valid, v.Reason)
			}
		}
	}
}
