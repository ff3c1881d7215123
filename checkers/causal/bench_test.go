package causal_test

import (
	"fmt"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
)

// BenchmarkValid judges histories of correct replicas.
func BenchmarkValid(b *testing.B) {
	for _, name := range []guarantee.Name{guarantee.CausalWeak, guarantee.CausalConvergent, guarantee.Causal, guarantee.Session, guarantee.WritesFollowReads} {
		for _, shape := range []oracle.Replication{
			{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4},
			{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 10, Unsure: 45},
			{Object: "register", Ops: 10_000, Replicas: 3, Clients: 20, Keys: 10},
			{Object: "register", Ops: 100_000, Replicas: 3, Clients: 20, Keys: 100},
			{Object: "set", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Unsure: 45},
		} {
			shape.Newest = name == guarantee.CausalConvergent
			object, _ := model.Lookup(shape.Object)
			in := checkers.Input{Object: object, History: oracle.Gossip(prng.New(1), shape)}
			processes := map[int]bool{}
			for i := range in.History.Operations {
				processes[in.History.Operations[i].Process] = true
			}
			b.Run(fmt.Sprintf("%s/%s/ops=%d/processes=%d", name, shape.Object, shape.Ops, len(processes)), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if v := verdict(name, in); v.Valid != checkers.Valid {
						b.Fatal(v.Reason)
					}
				}
			})
		}
	}
}

// BenchmarkInvalid includes the making of a minimal witness.
func BenchmarkInvalid(b *testing.B) {
	for _, name := range []guarantee.Name{guarantee.CausalWeak, guarantee.CausalConvergent, guarantee.Causal, guarantee.Session} {
		shape := oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Unsure: 20}
		shape.Hasty = name == guarantee.CausalWeak || name == guarantee.Session
		if shape.Roaming = name == guarantee.Causal; shape.Roaming {
			shape.Reads = 90
		}
		in := checkers.Input{Object: model.Register(), History: oracle.Gossip(prng.New(1), shape)}
		b.Run(string(name), func(b *testing.B) {
			for b.Loop() {
				if v := verdict(name, in); v.Valid != checkers.Invalid {
					b.Fatal(v.Reason)
				}
			}
		})
	}
}

// BenchmarkLong judges 1,000,000 operations of 50 processes, of causal memory 100,000 of 20: of correct replicas, and the
// same with one read changed, witness included. No answer of a register breaks monotonic writes alone.
func BenchmarkLong(b *testing.B) {
	million := oracle.Replication{Object: "register", Ops: 1_000_000, Replicas: 3, Clients: 50, Keys: 100}
	for _, c := range []struct {
		name  guarantee.Name
		shape oracle.Replication
		plant func(*history.History) *history.History
	}{
		{guarantee.CausalWeak, million, ownStaleRead},
		{guarantee.CausalConvergent, million, ownStaleRead},
		{guarantee.Causal, oracle.Replication{Object: "register", Ops: 100_000, Replicas: 3, Clients: 20, Keys: 100}, ownStaleRead},
		{guarantee.Session, million, ownStaleRead},
		{guarantee.ReadYourWrites, million, oracle.ForgottenWrite},
		{guarantee.MonotonicReads, million, oracle.ForgottenWrite},
		{guarantee.MonotonicWrites, million, nil},
		{guarantee.WritesFollowReads, million, oracle.ReadAhead},
	} {
		c.shape.Newest = c.name == guarantee.CausalConvergent
		in := checkers.Input{Object: model.Register(), History: oracle.Gossip(prng.New(1), c.shape)}
		b.Run(fmt.Sprintf("%s/ops=%d/valid", c.name, c.shape.Ops), func(b *testing.B) { bench(b, c.name, in, checkers.Valid) })
		if c.plant != nil {
			in.History = c.plant(in.History)
			b.Run(fmt.Sprintf("%s/ops=%d/invalid", c.name, c.shape.Ops), func(b *testing.B) { bench(b, c.name, in, checkers.Invalid) })
		}
	}
}

func ownStaleRead(h *history.History) *history.History { return oracle.StaleRead(h, true) }

func bench(b *testing.B, name guarantee.Name, in checkers.Input, want checkers.Validity) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if v := verdict(name, in); v.Valid != want {
			b.Fatalf("%s: %s", v.Valid, v.Reason)
		}
	}
}
