package causality

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// TestClocksOfManySessions compares the causal order of histories of hundreds of sessions, whose clocks have several
// pages, with what going through all edges reaches.
func TestClocksOfManySessions(t *testing.T) {
	sessions := int32(0)
	for seed := range uint64(4) {
		for _, shape := range []oracle.Replication{
			{Object: "register", Ops: 900, Replicas: 3, Clients: 200, Keys: 20, Roaming: true},
			{Object: "register", Ops: 900, Replicas: 3, Clients: 10, Keys: 5, Reads: 30, Unsure: 500},
			{Object: "set", Ops: 500, Replicas: 5, Clients: 130, Keys: 3},
			{Object: "register", Ops: 300, Replicas: 2, Clients: 64, Keys: 2},
			{Object: "register", Ops: 300, Replicas: 2, Clients: 65, Keys: 2},
		} {
			object, _ := model.Lookup(shape.Object)
			trace, err := New(checkers.Input{History: oracle.Gossip(prng.New(seed), shape), Object: object}, true)
			if err != nil {
				t.Fatal(err)
			}
			sessions = max(sessions, trace.Sessions())
			order, _ := trace.Weak()
			if order == nil {
				t.Fatalf("%s: no order", shape)
			}
			compareOrder(t, order, shape.String())
		}
	}
	if sessions < 200 {
		t.Errorf("no history had more than %d sessions", sessions)
	}
}

func compareOrder(t *testing.T, order *Order, name string) {
	t.Helper()
	trace := order.t
	reached := make([][]bool, len(trace.Nodes)) // of each node: its causes
	for _, n := range order.Sorted {
		mine := make([]bool, len(trace.Nodes))
		causes := trace.Sources(n)
		if trace.Nodes[n].Index > 0 {
			causes = append(causes[:len(causes):len(causes)], n-1)
		}
		for _, c := range causes {
			mine[c] = true
			for i, known := range reached[c] {
				mine[i] = mine[i] || known
			}
		}
		reached[n] = mine
	}
	clock := make([]int32, trace.Sessions())
	for b := range reached {
		clear(clock)
		order.MergeCauses(clock, int32(b))
		for a := range reached {
			want := reached[b][a]
			x := &trace.Nodes[a]
			if got := order.Before(int32(a), int32(b)); got != want {
				t.Fatalf("%s: node %d before %d: %v, by the edges %v", name, a, b, got, want)
			}
			if got := clock[x.Session] > x.Index; got != want {
				t.Fatalf("%s: node %d in the clock of %d: %v, by the edges %v", name, a, b, got, want)
			}
		}
	}
}

// TestClocksShareWhatTheyHaveInCommon: of sessions that have ended all clocks say the same.
func TestClocksShareWhatTheyHaveInCommon(t *testing.T) {
	shape := oracle.Replication{Object: "register", Ops: 8000, Replicas: 3, Clients: 5, Keys: 5, Unsure: 200}
	trace, err := New(checkers.Input{History: oracle.Gossip(prng.New(1), shape), Object: model.Register()}, true)
	if err != nil {
		t.Fatal(err)
	}
	order, _ := trace.Weak()
	plain := int64(order.clocks.tables.count) * int64(trace.Sessions()) * 4
	if shared := order.clocks.bytes(); trace.Sessions() < 500 || shared*5 > plain {
		t.Errorf("%d sessions: %d bytes, and %d without sharing", trace.Sessions(), shared, plain)
	}
}
