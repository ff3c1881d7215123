package txn

import (
	"slices"
	"testing"

	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestSuspects: what lies on cycles among all transactions lies on them among the suspects, and they are few of all.
func TestSuspects(t *testing.T) {
	r := prng.New(23)
	cyclic, suspects, all := 0, 0, 0
	for i := range 900 {
		in := oracle.RandomTransactions(r, oracle.TransactionShape{
			Object: "list-append", Transactions: 20 + r.IntN(60), Processes: 2 + r.IntN(6), Steps: 1 + r.IntN(4), Keys: 1 + r.IntN(6),
			Scramble: i % 3, Odd: 5,
		})
		loaded := load(in)
		if len(loaded.flaws) > 0 {
			continue
		}
		c := loaded.chain()
		for _, l := range []level{parallelSnapshot, serializable, strongSession, strict} {
			order, _ := c.commits(l)
			among := c.suspects(l)
			whole := onCycles(c.dependencies(l, c.nodes, nil))
			if found := onCycles(c.dependencies(l, among, nil)); !slices.Equal(found, whole) {
				t.Fatalf("%s: level %d: %v are on cycles, %v among the suspects %v", oracle.FormatTransactions(in.History), l, whole, found, among)
			}
			if (order == nil) != (len(whole) > 0) {
				t.Fatalf("%s: level %d: an order is %v, and on cycles are %v", oracle.FormatTransactions(in.History), l, order, whole)
			}
			if len(whole) > 0 {
				cyclic, suspects, all = cyclic+1, suspects+len(among), all+len(c.nodes)
			}
		}
	}
	t.Logf("%d graphs with cycles, %d suspects of %d transactions", cyclic, suspects, all)
	if cyclic < 200 || suspects*10 > all*9 {
		t.Errorf("only %d graphs with cycles, %d suspects of %d transactions", cyclic, suspects, all)
	}
}

// onCycles returns the transactions on cycles, ascending.
func onCycles(g *graph) []int32 {
	var out []int32
	for _, n := range g.components(everything).tangled() {
		if n < g.real {
			out = append(out, g.whole(n))
		}
	}
	slices.Sort(out)
	return out
}
