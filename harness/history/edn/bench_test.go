package edn_test

import (
	"bytes"
	"fmt"
	"testing"

	"sunder/harness/history/edn"
)

// BenchmarkReadMillion reads a million operations of ten processes on one register, as Jepsen prints them.
func BenchmarkReadMillion(b *testing.B) {
	var text bytes.Buffer
	for i := range 1_000_000 {
		f, asked, answered := "write", fmt.Sprint(i+1), fmt.Sprint(i+1)
		if i%2 == 1 {
			f, asked, answered = "read", "nil", fmt.Sprint(i)
		}
		for half, event := range [2]struct{ kind, value string }{{"invoke", asked}, {"ok", answered}} {
			fmt.Fprintf(&text, "{:type :%s, :f :%s, :value %s, :process %d, :time %d, :index %d}\n",
				event.kind, f, event.value, i%10, 1000*i+500*half, 2*i+half)
		}
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		h, err := edn.Read(bytes.NewReader(text.Bytes()))
		if err != nil || len(h.Operations) != 1_000_000 {
			b.Fatal(err)
		}
	}
}
