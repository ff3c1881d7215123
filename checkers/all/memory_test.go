package all_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestMemoryIsBounded gives the checkers whose tables grow with the product of operations and processes less and less
// room. Each decides as it does with enough, or says how much it would need; and with next to none, it says so.
func TestMemoryIsBounded(t *testing.T) {
	shape := oracle.Replication{Object: "register", Ops: 3000, Replicas: 3, Clients: 40, Keys: 5, Unsure: 100, Roaming: true, Reads: 70}
	set := shape
	set.Object, set.Ops = "set", 800
	for _, shape := range []oracle.Replication{shape, set} {
		object, _ := model.Lookup(shape.Object)
		for _, c := range all.All()[2:10] {
			in := checkers.Input{History: oracle.Gossip(prng.New(4), shape), Object: object}
			plenty := c.Run(in)
			if plenty.Valid == checkers.Unknown {
				t.Errorf("%s of %s: %s", c.Guarantee, shape, plenty.Reason)
			}
			for in.Memory = 64 << 20; in.Memory >= 1; in.Memory /= 4 {
				v := c.Run(in)
				refused := v.Valid == checkers.Unknown && strings.Contains(v.Reason, " would need ")
				if !refused && (v.Valid != plenty.Valid || v.Reason != plenty.Reason) {
					t.Errorf("%s of %s in %d bytes: %s (%s), else %s (%s)", c.Guarantee, shape, in.Memory, v.Valid, v.Reason, plenty.Valid, plenty.Reason)
				}
				if linear(c.Guarantee, shape.Object) {
					if refused {
						t.Errorf("%s of %s in %d bytes: %s", c.Guarantee, shape, in.Memory, v.Reason)
					}
					continue
				}
				if !refused && in.Memory == 1 {
					t.Errorf("%s of %s needs no memory at all", c.Guarantee, shape)
				}
			}
		}
	}
}

// linear tells whether what a guarantee needs grows with the operations alone.
func linear(name guarantee.Name, object string) bool {
	return object == "register" && slices.Contains([]guarantee.Name{
		guarantee.ReadYourWrites, guarantee.MonotonicReads, guarantee.MonotonicWrites, guarantee.WritesFollowReads,
	}, name)
}

// TestSequentialIsBounded: without room for its clocks the saturation is left out, and the search alone decides or says
// what is missing.
func TestSequentialIsBounded(t *testing.T) {
	shape := oracle.Shape{Object: "register", Ops: 3000, Processes: 60, Keys: 1, Values: 10}
	in := checkers.Input{History: oracle.Random(prng.New(2), shape), Object: model.Register(), Budget: 100_000, Memory: 100_000}
	c, _ := checkers.Find(all.All(), guarantee.Sequential)
	if v := c.Run(in); v.Valid != checkers.Unknown || !strings.Contains(v.Reason, "would need 1 MiB of memory") {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
}

// TestRepeatedElementsAreBounded: reads of a set whose elements many have added show all of these adds.
func TestRepeatedElementsAreBounded(t *testing.T) {
	h := oracle.Parse(strings.Repeat("add(s,1) ", 300) + "| " + strings.Repeat("r(s)[1] ", 300))
	c, _ := checkers.Find(all.All(), guarantee.CausalWeak)
	for memory, says := range map[int64]string{0: "added more than once", 100_000: "would need 1 MiB of memory; 0 MiB is the limit"} {
		if v := c.Run(checkers.Input{History: h, Object: model.Set(), Memory: memory}); v.Valid != checkers.Unknown || !strings.Contains(v.Reason, says) {
			t.Errorf("in %d bytes: %s: %s", memory, v.Valid, v.Reason)
		}
	}
}
