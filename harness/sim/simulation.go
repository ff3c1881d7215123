package sim

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// simulation is a running cluster.
type simulation struct {
	spec     cluster.Spec
	options  Options
	codec    *protocol.Codec // nil: messages travel as values
	wire     *protocol.Codec // for faults that need a message's bytes; nil: none did so far
	damaged  bool            // a damaged message was delivered
	now      time.Duration
	queue    queue
	nodes    []node
	index    map[protocol.NodeID]int32
	links    []link // from i to j at i*len(nodes)+j
	rand     *prng.Rand
	network  *prng.Rand
	faults   map[int]*fault // by index, also those that have ended
	notices  []cluster.Notice
	taken    int // notices handed out
	digest   protocol.Hash
	contents protocol.Contents
	events   int64
	sent     uint64 // messages
	burst    int    // events made for the present instant by machines
	current  *event // what is being handled; it stays as it is while the queue grows
	inside   *node  // whose machine is running
	failure  error
	tracer   *tracer // nil: nobody wants to know
}

func newSimulation(o Options, spec cluster.Spec) *simulation {
	root := prng.New(spec.Seed)
	replicas := spec.Config.Everyone()
	ids := slices.Concat(replicas, spec.Config.Clients)
	s := &simulation{
		spec:    spec,
		options: o,
		nodes:   make([]node, len(ids)),
		index:   make(map[protocol.NodeID]int32, len(ids)),
		links:   make([]link, len(ids)*len(ids)),
		rand:    root,
		network: root.Split("network"),
		faults:  map[int]*fault{},
	}
	if o.Encode {
		s.codec = protocol.NewCodec(spec.System.Messages)
	}
	if o.Trace != nil {
		s.tracer = &tracer{emit: o.Trace, max: o.TraceMax}
	}
	for i, id := range ids {
		s.index[id] = int32(i)
		s.nodes[i] = newNode(id, int32(i), i >= len(replicas), root)
		if slices.Contains(spec.Config.Spares, id) {
			s.nodes[i].putAway()
			continue
		}
		e, _ := s.queue.add(0)
		e.kind, e.node = boot, int32(i)
	}
	return s
}

// Now is the virtual time.
func (s *simulation) Now() time.Duration { return s.now }

// Invoke hands the operation over at the present instant, after what is already due then.
func (s *simulation) Invoke(client protocol.NodeID, id cluster.CallID, op protocol.Op) {
	i, known := s.index[client]
	if !known || !s.nodes[i].frontEnd {
		s.fail(fmt.Errorf("sim: a call to %q, which is no front end", client))
		return
	}
	e, _ := s.queue.add(s.now)
	e.kind, e.node, e.call = request, i, &call{id: id, op: op}
}

// Begin begins the fault at the present instant, after what is already due then.
func (s *simulation) Begin(index int, f nemesis.Fault) {
	if _, used := s.faults[index]; used {
		s.fail(fmt.Errorf("sim: fault %d was begun before", index+1))
		return
	}
	active, err := s.newFault(index, f)
	if err != nil {
		s.fail(fmt.Errorf("sim: fault %d cannot begin: %w", index+1, err))
		return
	}
	s.faults[index] = active
	e, _ := s.queue.add(s.now)
	e.kind, e.fault = begin, active
}

// End ends the fault at the present instant, after what is already due then.
func (s *simulation) End(index int) {
	active, begun := s.faults[index]
	if !begun || active.ending {
		s.fail(fmt.Errorf("sim: fault %d is not in force", index+1))
		return
	}
	active.ending = true
	e, _ := s.queue.add(s.now)
	e.kind, e.fault = end, active
}

// Await handles events until there is a notice, or every event up to the time is handled and it is that time exactly.
// A time that has passed counts as the present. An error is final.
func (s *simulation) Await(ctx context.Context, until time.Duration) (_ cluster.Notice, err error) {
	defer s.blame(&err)
	if s.taken < len(s.notices) {
		return s.notice(), nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for s.failure == nil {
		at, some := s.queue.next()
		if !some || at > until {
			s.advance(until)
			return cluster.Reached{Time: s.now}, nil
		}
		s.advance(at)
		s.dispatch(s.queue.pop())
		if s.taken < len(s.notices) {
			return s.notice(), nil
		}
		if s.events%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, s.failure
}

func (s *simulation) advance(to time.Duration) {
	if to > s.now {
		s.now, s.burst = to, 0
	}
}

// notice returns the first notice that was not handed out.
func (s *simulation) notice() cluster.Notice {
	n := s.notices[s.taken]
	s.taken++
	if s.taken == len(s.notices) {
		clear(s.notices)
		s.notices, s.taken = s.notices[:0], 0
	}
	return n
}

func (s *simulation) tell(n cluster.Notice) { s.notices = append(s.notices, n) }

// fail ends the run: Await returns the first error.
func (s *simulation) fail(err error) {
	if s.failure == nil {
		s.failure = err
	}
}

// State returns what the machine of a node shows.
func (s *simulation) State(id protocol.NodeID) (state any, err error) {
	i, known := s.index[id]
	if !known {
		names := make([]string, len(s.nodes))
		for i := range s.nodes {
			names[i] = string(s.nodes[i].id)
		}
		return nil, fmt.Errorf("sim: there is no node %q; there is: %s", id, strings.Join(names, ", "))
	}
	n := &s.nodes[i]
	inspector, shows := n.machine.(protocol.Inspector)
	if !shows {
		return nil, nil
	}
	defer s.blame(&err)
	s.current = &event{}
	s.inside = n
	state = inspector.State()
	s.inside = nil
	return state, nil
}

// Logs returns nothing: simulated machines write none.
func (s *simulation) Logs() []cluster.Log { return nil }

// Gather has nothing to wait for: what machines tell is known at once.
func (s *simulation) Gather(context.Context) (time.Duration, error) { return s.Now(), nil }

// Stats counts the events that were handled; cancelled timers are none.
func (s *simulation) Stats() cluster.Stats {
	digest := strconv.FormatUint(uint64(s.digest), 16)
	return cluster.Stats{Events: s.events, Digest: fmt.Sprintf("%016s", digest)}
}

// Close has nothing to do: a simulation is memory.
func (s *simulation) Close(context.Context) error { return nil }

// dispatch handles the event in a slot, or puts it by for a paused node.
func (s *simulation) dispatch(slot int32) {
	e := &s.queue.slots[slot]
	switch e.kind {
	case stale:
		s.queue.release(slot)
		return
	case begin, end, done, passed, gone, overdue:
		s.handle(slot)
		return
	case receive:
		if !s.arrives(e) {
			s.events++
			s.queue.release(slot)
			return
		}
	case synced:
		s.covered(e)
	}
	n := &s.nodes[e.node]
	if len(n.pauses)+len(n.slows) > 0 {
		s.wait(n, slot)
		return
	}
	s.handle(slot)
}

// wait puts an event by for a node that is paused or slow.
func (s *simulation) wait(n *node, slot int32) {
	e := &s.queue.slots[slot]
	e.waiting = true
	n.deferred = append(n.deferred, slot)
	for _, f := range n.pauses {
		f.counts[delayed]++
	}
	for _, f := range n.slows {
		f.counts[delayed]++
	}
	if s.tracer != nil {
		s.traceWait(n, e)
	}
	if len(n.pauses) == 0 && n.work == 0 {
		s.begins(n)
	}
}

// handle makes the event in a slot happen and gives the slot back.
func (s *simulation) handle(slot int32) {
	e := &s.queue.slots[slot]
	s.current = e
	s.events++
	s.mark(e.kind, e.node)
	switch e.kind {
	case begin:
		s.begin(e.fault)
	case end:
		s.end(e.fault)
	case boot:
		s.boot(&s.nodes[e.node])
	case receive:
		s.receive(&s.nodes[e.node])
	case timeout:
		s.timeout(&s.nodes[e.node])
	case request:
		s.request(&s.nodes[e.node])
	case synced:
		s.synced(&s.nodes[e.node])
	case passed:
		s.passed(e.fault, e.from, e.node)
	case done:
		s.done(&s.nodes[e.node])
	case leaving:
		s.askToLeave(&s.nodes[e.node])
	case gone:
		s.gone(&s.nodes[e.node])
	case overdue:
		s.report(e.fault)
	}
	s.queue.release(slot)
}

// mark adds what every event has to the digest.
func (s *simulation) mark(kind eventKind, node int32) {
	s.digest.Word(uint64(s.now))
	s.digest.Word(uint64(kind)<<32 | uint64(uint32(node)))
}
