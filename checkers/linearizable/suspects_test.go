package linearizable

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestSuspectsContradictOneAnother checks that what a fast engine blames is wrong alone: so a witness is made from a
// few operations, however long the history.
func TestSuspectsContradictOneAnother(t *testing.T) {
	t.Parallel()
	for _, shape := range []oracle.Shape{
		{Object: "counter", Ops: 12, Processes: 4, Keys: 1, Values: 1, Unsure: 15, Scramble: true},
		{Object: "counter", Ops: 9, Processes: 4, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "set", Ops: 12, Processes: 4, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "board", Ops: 12, Processes: 4, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "log", Ops: 12, Processes: 4, Keys: 1, Unsure: 15, Scramble: true},
	} {
		object, _ := model.Lookup(shape.Object)
		r := prng.New(5)
		blamed := 0
		for range 5000 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			ops := checkers.Considered(in)
			o := decide(in, ops, fast())
			if o.valid != checkers.Invalid {
				continue
			}
			blamed++
			alone := checkers.NewFragments(in, checkers.InRealTime).Alone(o.suspect)
			if second, _ := (search{}).decide(alone, checkers.Considered(alone)); second.valid != checkers.Invalid {
				report(t, in.History, "%+v: %v are blamed, and alone they are %s", shape, o.suspect, second.valid)
				break
			}
		}
		t.Logf("%+v: %d blamed", shape, blamed)
		if blamed < 500 {
			t.Errorf("%+v: only %d histories were blamed", shape, blamed)
		}
	}
}
