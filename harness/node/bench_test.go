package node_test

import (
	"fmt"
	"sync"
	"testing"

	"sunder/harness/protocol"
)

// BenchmarkOperations lets two front ends of gossip have 8 operations each open all the time, over loopback: reads and
// writes by turns, with and without a disk. One iteration is one operation.
func BenchmarkOperations(b *testing.B) {
	for _, disk := range []bool{false, true} {
		b.Run(fmt.Sprintf("disk=%t", disk), func(b *testing.B) {
			f := newFleet(b, asGoroutine, "register", disk)
			var all sync.WaitGroup
			for worker := range 16 {
				client := f.config.Clients[worker%2]
				all.Go(func() {
					for i := worker; i < b.N; i += 16 {
						op := protocol.Op{F: "read", Key: fmt.Sprint(worker)}
						if i%2 == 0 {
							op.F, op.Value = "write", protocol.Int(int64(i))
						}
						f.do(client, op)
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
		})
	}
}
