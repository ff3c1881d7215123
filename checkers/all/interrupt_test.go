package all_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
)

// patience is a context that is done when it has been asked so often.
type patience struct {
	context.Context
	left atomic.Int64
}

func (p *patience) Err() error {
	if p.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterruptedChecks interrupts each checker at many moments of its work. It must say so, unless it had found a
// violation, and unless it had ended before; and what takes long must have asked often.
func TestInterruptedChecks(t *testing.T) {
	crowd := func(object string, values int, scramble bool) *history.History {
		return oracle.Random(prng.New(2), oracle.Shape{Object: object, Ops: 500, Processes: 30, Keys: 2, Values: values, Unsure: 2, Scramble: scramble})
	}
	gossip := oracle.Replication{Object: "register", Ops: 1200, Replicas: 3, Clients: 6, Keys: 4, Unsure: 20}
	roaming := gossip
	roaming.Roaming, roaming.Reads = true, 90
	histories := map[string]struct {
		object string
		h      *history.History
	}{
		"a crowd at registers":        {"register", crowd("register", 10, false)},
		"a scrambled crowd":           {"register", crowd("register", 3, true)},
		"a crowd at counters":         {"counter", crowd("counter", 4, true)},
		"a crowd at sets":             {"set", crowd("set", 6, true)},
		"gossiping registers":         {"register", oracle.Gossip(prng.New(1), gossip)},
		"gossip and roaming clients":  {"register", oracle.Gossip(prng.New(1), roaming)},
		"sets of elements for itself": {"set", crowd("set", 0, false)},
		"lists of transactions":       {"list-append", oracle.LargeTransactions("list-append", 3000, 20, 1).History},
		"registers of transactions":   {"rw-register", oracle.StaleTransaction(oracle.LargeTransactions("rw-register", 3000, 20, 1)).History},
	}
	judges := all.All()
	porcupine, _ := linearizable.CheckerBy("porcupine")
	judges = append(judges, porcupine)
	asked := int64(0)
	for name, test := range histories {
		object, _ := model.Lookup(test.object)
		for _, c := range judges {
			in := checkers.Input{History: test.h, Object: object, Budget: 100_000}
			calm := c.Run(in)
			watch := &patience{Context: context.Background()}
			const long = 1 << 40
			watch.left.Store(long)
			in.Context = watch
			c.Run(in)
			questions := long - watch.left.Load()
			asked = max(asked, questions)
			for _, at := range []int64{0, 1, 2, 7, questions / 2, questions - 3, questions + 10} {
				watch.left.Store(at)
				v := c.Run(in)
				where := fmt.Sprintf("%s: %s, interrupted at %d of %d", name, c.Guarantee, at, questions)
				switch {
				case v.Valid == checkers.Invalid:
					if err := checkers.Certify(checkers.Input{History: test.h, Object: object}, v); err != nil && calm.Valid != checkers.Invalid {
						t.Errorf("%s: %s: %v", where, v.Reason, err)
					}
				case watch.left.Load() < 0:
					if v.Valid != checkers.Unknown || !strings.HasPrefix(v.Reason, "interrupted") {
						t.Errorf("%s: %s (%s)", where, v.Valid, v.Reason)
					}
				case v.Valid != calm.Valid || v.Reason != calm.Reason:
					t.Errorf("%s: %s (%s), else %s (%s)", where, v.Valid, v.Reason, calm.Valid, calm.Reason)
				}
			}
		}
	}
	if asked < 200 {
		t.Errorf("none of the checkers asked more often than %d times", asked)
	}
}
