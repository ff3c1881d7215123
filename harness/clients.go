package harness

import (
	"slices"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/workload"
	"sunder/systems"
)

// unscripted is the step of an operation that stands in no script.
const unscripted = -1

// queued is an operation that waits for its process.
type queued struct {
	client protocol.NodeID
	op     protocol.Op
	step   int
}

// slot is a place for one process at a time. When an operation's outcome is unknown its process is never used again:
// the slot goes on with that number plus the number of slots, as in Jepsen.
type slot struct {
	client  protocol.NodeID
	process int
	open    bool
	waiting []queued
}

// call is an operation that has not ended.
type call struct {
	slot int
	op   protocol.Op
	step int
}

// deadline is when a call is given up.
type deadline struct {
	at   time.Duration
	call cluster.CallID
}

// clients are the processes of a run and what they are doing.
type clients struct {
	object    workload.Object
	generator *workload.Generator
	rand      *prng.Rand
	slots     []slot
	calls     map[cluster.CallID]call
	deadlines []deadline // of the calls, those that have ended too; the earliest first, for all calls have the same time
	next      cluster.CallID
	waiting   int
	keys      []string // that were used, in order
}

func newClients(s *scenario.Scenario, spec cluster.Spec, rand *prng.Rand) clients {
	object, _ := workload.Lookup(s.Workload.Object)
	c := clients{
		object:    object,
		generator: workload.New(s.Workload, spec.Config.Clients, rand.Split("operations")),
		rand:      rand.Split("processes"),
		calls:     map[cluster.CallID]call{},
	}
	for range s.Concurrency {
		for _, client := range spec.Config.Clients {
			c.slots = append(c.slots, slot{client: client, process: len(c.slots)})
		}
	}
	return c
}

// busy tells whether an operation is open or waiting.
func (c *clients) busy() bool { return len(c.calls) > 0 || c.waiting > 0 }

// deadline returns when the first open call is to be given up, but not later than limit.
func (c *clients) deadline(limit time.Duration) time.Duration {
	for len(c.deadlines) > 0 {
		if _, open := c.calls[c.deadlines[0].call]; open {
			return min(limit, c.deadlines[0].at)
		}
		c.deadlines = c.deadlines[1:]
	}
	return limit
}

// overdue returns a call that is to be given up now, if there is one.
func (c *clients) overdue(now time.Duration) (cluster.CallID, bool) {
	if len(c.calls) == 0 || c.deadline(now+1) > now {
		return 0, false
	}
	return c.deadlines[0].call, true
}

// use notes that a key was used, so that it is read in the end.
func (c *clients) use(op protocol.Op) {
	if !c.object.OnKey(op.F) {
		return
	}
	if i, found := slices.BinarySearch(c.keys, op.Key); !found {
		c.keys = slices.Insert(c.keys, i, op.Key)
	}
}

// free returns a random slot that does nothing.
func (c *clients) free() (int, bool) {
	idle := 0
	for i := range c.slots {
		if !c.slots[i].open {
			idle++
		}
	}
	if idle == 0 {
		return 0, false
	}
	pick := c.rand.IntN(idle)
	for i := range c.slots {
		if c.slots[i].open {
			continue
		}
		if pick == 0 {
			return i, true
		}
		pick--
	}
	panic("harness: an idle process is gone")
}

// slotOf returns the slot of a client with the shortest queue, an idle one if there is one.
func (c *clients) slotOf(client protocol.NodeID) int {
	best, least := -1, 0
	for i := range c.slots {
		s := &c.slots[i]
		if s.client != client {
			continue
		}
		load := len(s.waiting)
		if s.open {
			load++
		}
		if best < 0 || load < least {
			best, least = i, load
		}
	}
	return best
}

// finalReads returns a read of every used key from every one of the replicas, each by a client that stands beside it if
// there is one.
func (c *clients) finalReads(config systems.Config, replicas []protocol.NodeID) []queued {
	var reads []queued
	for _, replica := range replicas {
		client := config.Clients[0]
		if i := slices.IndexFunc(config.Clients, func(id protocol.NodeID) bool { return config.Beside(id) == replica }); i >= 0 {
			client = config.Clients[i]
		}
		for _, key := range c.keys {
			op := protocol.Op{F: "read", Key: key, Via: replica}
			reads = append(reads, queued{client: client, op: op, step: unscripted})
		}
	}
	return reads
}

// nextOperation asks a process that does nothing for the next operation of the workload, if there is one, and sets the
// time of the one after.
func (r *runner) nextOperation() {
	if r.cluster.Now() >= r.scenario.Duration && !r.unserved {
		return
	}
	if i, ok := r.clients.free(); ok {
		client := r.clients.slots[i].client
		r.invoke(i, r.clients.generator.Next(client), unscripted)
	}
	at := r.cluster.Now() + r.clients.generator.Gap()
	if at < r.scenario.Duration || r.unserved {
		r.agenda.add(entry{at: at, chore: nextOperation})
	}
}

// enqueue has a client do an operation as soon as one of its processes is free.
func (r *runner) enqueue(q queued) {
	i := r.clients.slotOf(q.client)
	if !r.clients.slots[i].open {
		r.invoke(i, q.op, q.step)
		return
	}
	r.clients.slots[i].waiting = append(r.clients.slots[i].waiting, q)
	r.clients.waiting++
}

func (r *runner) invoke(i int, op protocol.Op, step int) {
	c := &r.clients
	s := &c.slots[i]
	s.open = true
	c.use(op)
	c.next++
	c.calls[c.next] = call{slot: i, op: op, step: step}
	r.record(history.Event{
		Process: s.process, Type: history.Invoke, F: op.F, Key: op.Key, Value: op.Value, Node: s.client, Via: op.Via,
	})
	c.deadlines = append(c.deadlines, deadline{r.cluster.Now() + r.spec.Config.Timeout + grace, c.next})
	r.faults.invoked()
	r.cluster.Invoke(s.client, c.next, op)
}

// giveUp ends a call that nobody has answered.
func (r *runner) giveUp(id cluster.CallID) {
	r.finish(id, protocol.Reply{Outcome: protocol.Info, Error: "no answer"}, r.cluster.Now())
}

// finish ends a call as its front end says, at the time at which that arrived; a late answer to a call that was given up changes nothing.
func (r *runner) finish(id cluster.CallID, reply protocol.Reply, at time.Duration) {
	open, ok := r.clients.calls[id]
	if !ok {
		return
	}
	delete(r.clients.calls, id)
	s := &r.clients.slots[open.slot]
	e := history.Event{
		Process: s.process, F: open.op.F, Key: open.op.Key, Value: open.op.Value, Node: s.client, Via: open.op.Via, Error: reply.Error,
	}
	switch reply.Outcome {
	case protocol.OK:
		r.unserved = false
		e.Type = history.OK
		if !reply.Value.IsNull() {
			e.Value = reply.Value
		}
	case protocol.Fail:
		e.Type = history.Fail
	default:
		e.Type = history.Info
		s.process += len(r.clients.slots)
	}
	r.recordAt(at, e)
	if open.step != unscripted {
		r.steps[open.step] = stepResult{done: true, reply: reply}
	} else {
		r.clients.generator.Observe(s.client, open.op, reply)
	}
	s.open = false
	r.pump(open.slot)
}

// pump starts the next operation that waits for a slot.
func (r *runner) pump(i int) {
	s := &r.clients.slots[i]
	if len(s.waiting) == 0 {
		return
	}
	q := s.waiting[0]
	s.waiting = s.waiting[1:]
	r.clients.waiting--
	r.invoke(i, q.op, q.step)
}

// stepResult is what a scripted step came to.
type stepResult struct {
	done  bool
	reply protocol.Reply
}

func (r *runner) takeStep(i int) {
	step := r.scenario.Workload.Script[i]
	r.enqueue(queued{client: step.Client, op: step.Op, step: i})
}
