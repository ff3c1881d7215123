package all_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestTransactionsOfOneOperation: transactions that do one thing each are what registers are, so that three engines that have
// nothing in common judge them alike. Strict serializability is linearizability of each key, with the order of each process it
// is sequential consistency, and causal transactions are causal convergence.
func TestTransactionsOfOneOperation(t *testing.T) {
	t.Parallel()
	porcupine, _ := linearizable.CheckerBy("porcupine")
	pairs := []struct {
		plain, transactions guarantee.Name
		third               func(plain checkers.Input) bool
	}{
		{guarantee.Linearizable, guarantee.StrictSerializable, func(plain checkers.Input) bool {
			return porcupine.Run(plain).Valid == checkers.Valid
		}},
		{guarantee.Sequential, guarantee.StrongSessionSerializable, oracle.Sequential},
		{guarantee.CausalConvergent, guarantee.Causal, oracle.CausalConvergent},
	}
	type outcome struct {
		name  guarantee.Name
		valid bool
	}
	seen, compared := map[outcome]int{}, 0
	r := prng.New(17)
	for i := range 2500 {
		in := checkers.Input{Object: model.Register()}
		if i%2 == 0 {
			in.History = oracle.Random(r, oracle.Shape{Object: "register", Ops: 7, Processes: 3, Keys: 2, Unsure: 10, Scramble: true})
		} else {
			in.History = oracle.Tangled(r, oracle.Tangle{Object: "register", Ops: 7, Processes: 3, Keys: 2, Unsure: 10})
		}
		same, ok := oracle.AsTransactions(in)
		if !ok {
			continue
		}
		compared++
		for _, pair := range pairs {
			p, _ := checkers.Find(all.All(), pair.plain)
			c, _ := checkers.Find(all.All(), pair.transactions)
			a, b, third := p.Run(in), c.Run(same), pair.third(in)
			if a.Valid == checkers.Unknown || a.Valid != b.Valid || third != (a.Valid == checkers.Valid) {
				t.Errorf("%s: %s is %s (%s), %s is %s (%s), and by a third engine %v", oracle.Format(in.History),
					pair.plain, a.Valid, a.Reason, pair.transactions, b.Valid, b.Reason, third)
			}
			seen[outcome{pair.plain, third}]++
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d histories: %v", compared, seen)
	for _, pair := range pairs {
		if seen[outcome{pair.plain, true}] < 300 || seen[outcome{pair.plain, false}] < 300 {
			t.Errorf("%s: only %v", pair.plain, seen)
		}
	}
}
