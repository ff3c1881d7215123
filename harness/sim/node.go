package sim

import (
	"strconv"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// node is a place in the network with a disk and a clock, and the process in it.
type node struct {
	id       protocol.NodeID
	index    int32
	frontEnd bool
	disk     disk
	diskRand *prng.Rand
	boots    uint64        // starts so far
	crashes  int           // faults that keep it down
	offset   time.Duration // of its clock
	rate     prng.Ratio    // of its clock; 0: it runs as it should
	since    time.Duration // when the rate was set
	drift    time.Duration // of its clock by rates, up to then
	skews    []*fault
	full     []*fault // that let no write to its disk succeed
	slowDisk []*fault // that make its syncs take longer
	pauses   []*fault // of the process; a crash ends them
	slows    []*fault // of the machine that it runs on; they last through a crash
	away     bool     // it is not in the cluster: a spare, or it has left
	leave    *fault   // that asks it to leave; it may last until after the fault
	join     *fault   // that took it in, as long as the fault is in force
	requests protocol.RequestID

	machine  protocol.Machine // nil: the node is down
	env      protocol.Env
	timers   map[protocol.Timer]int32 // the slots of those that are set
	open     map[protocol.RequestID]cluster.CallID
	barrier  barrier
	deferred []int32 // slots of what is due while the process is paused or at work on something else
	work     int32   // 1 + the slot of the event that a slow node is done with the first of them; 0: it is idle
}

func newNode(id protocol.NodeID, index int32, frontEnd bool, root *prng.Rand) node {
	return node{
		id:       id,
		index:    index,
		frontEnd: frontEnd,
		diskRand: root.Split("disk/" + string(id)),
		timers:   map[protocol.Timer]int32{},
		open:     map[protocol.RequestID]cluster.CallID{},
	}
}

// boot builds the node's machine and starts it.
func (s *simulation) boot(n *node) {
	s.current = &event{kind: boot, node: n.index}
	number := n.boots
	n.boots++
	saved := n.disk.saved(number)
	if s.tracer != nil {
		s.traceBoot(n, saved)
	}
	n.env = protocol.Env{
		Self:     n.id,
		Replicas: s.spec.Config.Replicas,
		Rand:     s.rand.Split("node/" + string(n.id) + "/boot/" + strconv.FormatUint(number, 10)),
	}
	s.digest.Word(number)
	s.inside = n
	if n.frontEnd {
		n.machine = s.spec.System.FrontEnd(s.spec.Config, n.id)
	} else {
		n.machine = s.spec.System.Replica(s.spec.Config, n.id)
	}
	n.machine.Start(s.enter(n), saved)
	s.leave(n)
	if n.leave != nil {
		s.tellToLeave(n)
	}
}

// enter makes the node's Env ready for a call of its machine.
func (s *simulation) enter(n *node) *protocol.Env {
	s.inside = n
	n.env.Now = s.now + n.offset
	if len(n.skews) > 0 {
		s.skew(n)
	}
	return &n.env
}

// leave carries out what the machine asked for.
func (s *simulation) leave(n *node) {
	s.inside = nil
	effects := n.env.Effects()
	for i := range effects {
		s.perform(n, &effects[i])
		if n.machine == nil {
			return // a write failed, and what came after it is not done
		}
	}
	n.env.Reset()
}

func (s *simulation) timeout(n *node) {
	t := s.current.timer
	delete(n.timers, t)
	s.digest.Text(string(t))
	if s.tracer != nil {
		s.trace(n, "timeout", string(t))
	}
	n.machine.Timeout(s.enter(n), t)
	s.leave(n)
}

// request hands a call to a front end. One that is down does not hear it.
func (s *simulation) request(n *node) {
	c := s.current.call
	s.digest.Word(uint64(c.id))
	s.contents.Add(&s.digest, &c.op)
	if s.tracer != nil {
		s.trace(n, "request", describeCall(n, c))
	}
	if n.machine == nil {
		return
	}
	n.requests++
	n.open[n.requests] = c.id
	n.machine.(protocol.FrontEnd).Request(s.enter(n), n.requests, c.op)
	s.leave(n)
}

// stop ends the node's process and all that it had in memory.
func (s *simulation) stop(n *node) {
	n.machine = nil
	n.env.Reset()
	for _, slot := range n.timers {
		s.queue.cancel(slot)
	}
	clear(n.timers)
	s.idle(n)
	for _, slot := range n.deferred {
		if e := &s.queue.slots[slot]; e.kind == receive {
			s.lose(e, "the node is down", nil)
		}
		s.queue.release(slot)
	}
	clear(n.open)
	n.deferred, n.pauses, n.barrier = nil, nil, barrier{}
}

// resume handles what was due while the process was paused or slow, before anything else that is due now. A process that
// is still slow begins with the first.
func (s *simulation) resume(n *node) {
	if len(n.slows) > 0 {
		s.begins(n)
		return
	}
	for len(n.deferred) > 0 && s.failure == nil {
		slot := n.deferred[0]
		n.deferred = n.deferred[1:]
		if s.queue.slots[slot].kind == stale {
			s.queue.release(slot)
			continue
		}
		s.handle(slot)
	}
}
