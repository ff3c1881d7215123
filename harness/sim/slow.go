package sim

// A slow node works on one event at a time, in the order in which they came; what it does, it does when it is done.

// begins lets a slow node begin with the first event that waits for it. Those that were cancelled cost no time.
func (s *simulation) begins(n *node) {
	for len(n.deferred) > 0 && s.queue.slots[n.deferred[0]].kind == stale {
		s.queue.release(n.deferred[0])
		n.deferred = n.deferred[1:]
	}
	if len(n.deferred) == 0 {
		return
	}
	at := s.now
	for _, f := range n.slows {
		at += f.rand.Between(f.Latency.Min, f.Latency.Max)
	}
	e, slot := s.soon(at)
	e.kind, e.node = done, n.index
	n.work = slot + 1
	if s.burst > s.options.StormMax {
		s.storm(n, "works on what it sent to itself")
	}
}

// done makes the event happen that the node was at work on, unless it was cancelled meanwhile, and goes on to the next.
func (s *simulation) done(n *node) {
	n.work = 0
	slot := n.deferred[0]
	n.deferred = n.deferred[1:]
	if s.queue.slots[slot].kind == stale {
		s.queue.release(slot)
	} else {
		s.handle(slot)
	}
	if s.failure == nil {
		s.begins(n)
	}
}

// idle takes a node off the event that it works on, which goes on waiting.
func (s *simulation) idle(n *node) {
	if n.work != 0 {
		s.queue.cancel(n.work - 1)
		n.work = 0
	}
}
