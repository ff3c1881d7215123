package viewsync_test

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// BenchmarkMillion judges 1,000,000 deliveries of 200,000 messages by 5 processes in 100 views, and the same without one
// of them.
func BenchmarkMillion(b *testing.B) {
	facts := oracle.LargeExecution(5, 100, 400, 1)
	b.Run("valid", func(b *testing.B) { bench(b, facts, checkers.Valid) })
	late := len(facts) * 3 / 4
	late += slices.IndexFunc(facts[late:], func(f protocol.Noted) bool { _, ok := f.Fact.(protocol.Delivered); return ok })
	b.Run("invalid", func(b *testing.B) { bench(b, slices.Delete(slices.Clone(facts), late, late+1), checkers.Invalid) })
}

func bench(b *testing.B, facts []protocol.Noted, want checkers.Validity) {
	b.Helper()
	in := checkers.Input{History: &history.History{Facts: facts}}
	b.ReportAllocs()
	for b.Loop() {
		if v := judge(in); v.Valid != want {
			b.Fatal(v.Reason)
		}
	}
}
