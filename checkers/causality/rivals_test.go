package causality

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
)

// TestRivals compares what is found of reads, causes first and key by key, with what their definition says of all rivals: which
// reads missed causes; and if none did, that causes and the conflicts that are visited lead wherever causes and all
// conflicts do.
func TestRivals(t *testing.T) {
	t.Parallel()
	r := prng.New(1)
	seen := map[string]int{}
	for i := range 1500 {
		shape := oracle.Tangle{Object: "register", Ops: 6 + i%20, Processes: 2 + i%4, Keys: 1 + i%3, Unsure: i % 25, Messages: i%7 == 0}
		compareRivals(t, seen, oracle.Tangled(r, shape))
	}
	for i := range 300 {
		compareRivals(t, seen, oracle.Gossip(r, oracle.Replication{
			Object: "register", Ops: 20 + i%120, Replicas: 2 + i%3, Clients: 2 + i%9, Keys: 1 + i%4,
			Roaming: i%3 == 0, Newest: i%4 == 0, Hasty: i%5 == 0, Unsure: i % 50,
		}))
	}
	t.Log(seen)
	for _, kind := range []string{"stale", "not stale", "conflicts left out", "cycle"} {
		if seen[kind] < 100 {
			t.Errorf("%s: only %d histories", kind, seen[kind])
		}
	}
}

func compareRivals(t *testing.T, seen map[string]int, h *history.History) {
	t.Helper()
	trace, err := New(checkers.Input{History: h, Object: model.Register()}, true)
	if err != nil {
		t.Fatal(err)
	}
	order, _ := trace.Causes()
	if order == nil {
		return
	}
	stale, conflicts := rivalsByDefinition(order)
	for name, each := range map[string]walk{"in order": order.eachReadInOrder, "by key": order.eachReadByKey} {
		if got := order.staleBy(each); !slices.Equal(got, stale) {
			t.Fatalf("%s: reads %v missed causes, by definition %v: %s", name, got, stale, oracle.Format(h))
		}
		few, missed := map[[2]int32]bool{}, false
		order.newRivals(each, func(_, source, rival int32) bool {
			missed = missed || order.Misses(source, rival)
			few[[2]int32{rival, source}] = source != None
			return true
		})
		if missed != (len(stale) > 0) {
			if !missed && cyclic(reach(order, few)) {
				continue // a cycle shows it
			}
			t.Fatalf("%s: of what is visited some read missed a cause: %v, by definition %v: %s", name, missed, stale, oracle.Format(h))
		}
		if missed {
			continue
		}
		want := reach(order, conflicts)
		if !equal(reach(order, few), want) {
			t.Fatalf("%s: conflicts %v lead less far than %v: %s", name, few, conflicts, oracle.Format(h))
		}
		if len(few) < len(conflicts) {
			seen["conflicts left out"]++
		}
		if cyclic(want) {
			seen["cycle"]++
		}
	}
	if len(stale) > 0 {
		seen["stale"]++
	} else {
		seen["not stale"]++
	}
}

// rivalsByDefinition returns the reads that missed causes, ascending, and all conflicts, each as the write that comes first and the other.
func rivalsByDefinition(o *Order) (stale []int32, conflicts map[[2]int32]bool) {
	conflicts = map[[2]int32]bool{}
	for read := range o.t.Nodes {
		if o.t.Nodes[read].Kind != Read {
			continue
		}
		source, missed := o.t.source(int32(read)), false
		for w := range o.t.Nodes {
			node := &o.t.Nodes[w]
			if node.Kind != Write || node.Key != o.t.Nodes[read].Key || int32(w) == source || !o.Before(int32(w), int32(read)) {
				continue
			}
			if missed = missed || o.Misses(source, int32(w)); source != None {
				conflicts[[2]int32{int32(w), source}] = true
			}
		}
		if missed {
			stale = append(stale, int32(read))
		}
	}
	return stale, conflicts
}

// reach returns, of each node, which others causes and conflicts lead to.
func reach(o *Order, conflicts map[[2]int32]bool) [][]bool {
	n := len(o.t.Nodes)
	out := make([][]bool, n)
	for a := range out {
		out[a] = make([]bool, n)
		for b := range out {
			out[a][b] = o.Before(int32(a), int32(b)) || conflicts[[2]int32{int32(a), int32(b)}]
		}
	}
	for via := range out {
		for a := range out {
			if !out[a][via] {
				continue
			}
			for b, leads := range out[via] {
				out[a][b] = out[a][b] || leads
			}
		}
	}
	return out
}

func cyclic(reach [][]bool) bool {
	for a := range reach {
		if reach[a][a] {
			return true
		}
	}
	return false
}

func equal(a, b [][]bool) bool {
	return slices.EqualFunc(a, b, func(x, y []bool) bool { return slices.Equal(x, y) })
}
