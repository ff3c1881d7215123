package checkers_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestCertifyAgreesWithTheDefinition offers all operations of small histories as the witness against them: Certify must
// accept it if they have no order by definition, and else reject it. The histories have many operations that ask for the
// same, of which it does not try all orders.
func TestCertifyAgreesWithTheDefinition(t *testing.T) {
	definitions := map[guarantee.Name]func(checkers.Input) bool{
		guarantee.Linearizable: oracle.Linearizable, guarantee.Sequential: oracle.Sequential,
	}
	r := prng.New(3)
	accepted := map[string]int{}
	for _, shape := range []oracle.Shape{
		{Object: "register", Ops: 7, Processes: 4, Keys: 1, Values: 2, Unsure: 20, Scramble: true},
		{Object: "register", Ops: 7, Processes: 3, Keys: 2, Values: 1, Unsure: 20, Scramble: true},
		{Object: "counter", Ops: 7, Processes: 4, Keys: 1, Values: 1, Unsure: 20, Scramble: true},
		{Object: "set", Ops: 7, Processes: 4, Keys: 1, Values: 2, Unsure: 20, Scramble: true},
	} {
		object, _ := model.Lookup(shape.Object)
		for range 1500 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			all := slices.Collect(func(yield func(int) bool) {
				for i := range in.History.Operations {
					if !yield(i) {
						return
					}
				}
			})
			for name, holds := range definitions {
				w := &checkers.Witness{Anomaly: guarantee.NotLinearizable, Operations: all, Sentence: "all of them"}
				err := checkers.Certify(in, checkers.Verdict{Guarantee: name, Valid: checkers.Invalid, Witness: w})
				if (err != nil) != holds(in) || err != nil && !strings.Contains(err.Error(), "have an explanation") {
					t.Fatalf("%s: %v, by definition %v: %s", name, err, holds(in), oracle.Format(in.History))
				}
				if err == nil {
					accepted[shape.Object]++
				}
			}
		}
	}
	for object, n := range accepted {
		if n < 100 {
			t.Errorf("only %d histories of a %s had no order", n, object)
		}
	}
}
