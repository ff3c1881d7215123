package sequential_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/checkers/sequential"
)

// BenchmarkRegister judges 100,000 operations of 10 processes on 10 keys: with the help of linearizability, which settles
// a valid history at once, and without.
func BenchmarkRegister(b *testing.B) {
	h := oracle.Large(oracle.Load{Object: "register", Ops: 100_000, Keys: 10, Clients: 10}, 1)
	stale := oracle.StaleRead(h, true)
	for _, by := range []struct {
		name   string
		helper checkers.Checker
	}{{"helped", linearizable.Checker()}, {"alone", undecided}} {
		b.Run(by.name+"/valid", func(b *testing.B) {
			bench(b, by.helper, checkers.Input{Object: model.Register(), History: h}, checkers.Valid)
		})
		b.Run(by.name+"/invalid", func(b *testing.B) {
			bench(b, by.helper, checkers.Input{Object: model.Register(), History: stale}, checkers.Invalid)
		})
	}
}

func bench(b *testing.B, helper checkers.Checker, in checkers.Input, want checkers.Validity) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if v := sequential.Checker(helper).Check(in); v.Valid != want {
			b.Fatalf("%s by %s: %s", v.Valid, v.Engine, v.Reason)
		}
	}
}
