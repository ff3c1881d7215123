package txn_test

import (
	"fmt"
	"runtime"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/txn"
)

// BenchmarkTransactions judges histories of a million transactions of four steps by 20 clients: strictly serializable ones,
// and the same with one stale read, witness included. It reports how many bytes a transaction needs: its history; and at
// most, in the course of the check, with the history, if nothing is collected in between.
func BenchmarkTransactions(b *testing.B) {
	const transactions = 1_000_000
	for _, object := range []string{"list-append", "rw-register"} {
		before := heapInUse()
		in := oracle.LargeTransactions(object, transactions, 20, 1)
		loaded := heapInUse() - before
		bench := func(name guarantee.Name, want checkers.Validity) {
			b.Run(fmt.Sprintf("%s/%s/%s", object, name, want), func(b *testing.B) {
				in := in
				if want == checkers.Invalid {
					in = oracle.StaleTransaction(in)
				}
				c, _ := checkers.Find(txn.Checkers(), name)
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				start, loops := m.TotalAlloc, uint64(0)
				for b.Loop() {
					loops++
					if v := c.Run(in); v.Valid != want {
						b.Fatal(v.Reason)
					}
				}
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(loaded)/transactions, "loaded-B/txn")
				b.ReportMetric(float64(loaded+(m.TotalAlloc-start)/loops)/transactions, "peak-B/txn")
			})
		}
		for _, name := range []guarantee.Name{guarantee.StrictSerializable, guarantee.Serializable, guarantee.Causal} {
			bench(name, checkers.Valid)
			bench(name, checkers.Invalid)
		}
		runtime.KeepAlive(in)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestLargeHistories finds the one stale read of 3,000 transactions, and no fault without it.
func TestLargeHistories(t *testing.T) {
	for _, object := range []string{"list-append", "rw-register"} {
		in := oracle.LargeTransactions(object, 3_000, 20, 3)
		for _, c := range txn.Checkers() {
			v := c.Run(in)
			if v.Valid != checkers.Valid {
				t.Errorf("%s: %s: %s", object, c.Guarantee, v.Reason)
			}
			if err := checkers.Certify(in, v); err != nil && v.Certificate != nil {
				t.Errorf("%s: %s: %v", object, c.Guarantee, err)
			}
		}
		in = oracle.StaleTransaction(in)
		for _, name := range []guarantee.Name{guarantee.StrictSerializable, guarantee.Serializable} {
			c, _ := checkers.Find(txn.Checkers(), name)
			v := c.Run(in)
			if v.Valid != checkers.Invalid || len(v.Witness.Operations) > 4 && name == guarantee.StrictSerializable {
				t.Errorf("%s: %s: %v %s", object, name, v.Valid, v.Reason)
				continue
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: %v: %s", object, name, err, v.Reason)
			}
		}
	}
}
