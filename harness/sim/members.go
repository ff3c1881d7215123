package sim

import (
	"fmt"

	"sunder/harness/protocol"
)

// putAway takes a node out of the cluster: nothing starts it but a join.
func (n *node) putAway() {
	n.away = true
	n.crashes++
}

// takeIn starts a node that is not in the cluster.
func (s *simulation) takeIn(n *node, f *fault) {
	if !n.away {
		return
	}
	n.away = false
	n.join = f
	n.crashes--
	if n.crashes == 0 {
		f.counts[joined]++
		s.boot(n)
	}
}

// tellToLeave hands the word to leave over at the present instant. A node that is down hears it when it comes back.
func (s *simulation) tellToLeave(n *node) {
	if n.machine != nil {
		e, _ := s.queue.add(s.now)
		e.kind, e.node, e.boot = leaving, n.index, n.boots
	}
}

// askToLeave lets a machine begin to leave, unless its process is gone.
func (s *simulation) askToLeave(n *node) {
	if n.machine == nil || n.boots != s.current.boot {
		return
	}
	if s.tracer != nil {
		s.trace(n, "leave", "")
	}
	leaver, can := n.machine.(protocol.Leaver)
	if !can {
		s.fail(fmt.Errorf("sim: %s is asked to leave, and its machine is no protocol.Leaver", n.id))
		return
	}
	leaver.Leave(s.enter(n))
	s.leave(n)
}

// gone stops a node that has left.
func (s *simulation) gone(n *node) {
	if n.leave == nil {
		return
	}
	n.leave.counts[left]++
	n.leave = nil
	if s.tracer != nil {
		s.trace(n, "gone", "")
	}
	s.stop(n)
	n.putAway()
}
