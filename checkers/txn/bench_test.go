package txn_test

import (
	"fmt"
	"runtime"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/txn"
	"sunder/harness/protocol"
)

// BenchmarkTransactions judges strictly serializable histories of transactions of four steps by 20 clients.
func BenchmarkTransactions(b *testing.B) {
	for _, object := range []string{"list-append", "rw-register"} {
		for _, name := range []guarantee.Name{guarantee.StrictSerializable, guarantee.Serializable, guarantee.Causal} {
			b.Run(fmt.Sprintf("%s/%s/1e6", object, name), func(b *testing.B) {
				in := oracle.LargeTransactions(object, 1_000_000, 20, 1)
				c, _ := checkers.Find(txn.Checkers(), name)
				runtime.GC()
				for b.Loop() {
					if v := c.Run(in); v.Valid != checkers.Valid {
						b.Fatal(v.Reason)
					}
				}
			})
		}
	}
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
		op := &in.History.Operations[1_500]
		answers, _ := op.Output.List()
		op.Input = protocol.List(append(answers[:len(answers):len(answers)], protocol.List(protocol.String("r"), protocol.Int(1), protocol.Value{}))...)
		op.Output = op.Input
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
