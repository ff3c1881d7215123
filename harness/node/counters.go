package node

import "sync/atomic"

// counters are the Stats of a process while several goroutines count.
type counters struct {
	events, sent, received, damaged, overflow, broken atomic.Int64
}

func (c *counters) stats() Stats {
	return Stats{
		Events: c.events.Load(), Sent: c.sent.Load(), Received: c.received.Load(),
		Damaged: c.damaged.Load(), Overflow: c.overflow.Load(), Broken: c.broken.Load(),
	}
}
