package passive

import (
	"encoding/json"
	"fmt"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
	"sunder/systems/object"
)

// rolePrimary is what the target `primary` of faults goes by.
const rolePrimary = "primary"

// Replica is a member of the group with a copy of the object. Its copy shows only what all members of the view have; the
// primary keeps a second one that is ahead by the updates that are under way, and executes on that.
type Replica struct {
	group   *group.Group
	kind    string
	initial string

	value object.Object
	table table
	index uint64 // of the last update applied

	isPrimary bool
	scratch   object.Object      // of the primary
	next      uint64             // of the primary: the index of the last update executed
	pending   map[RequestID]bool // of the primary: updates under way
	barrier   barrier
}

// newReplica returns the replica of a name.
func newReplica(c systems.Config, id protocol.NodeID) protocol.Machine {
	r := &Replica{kind: c.Object, pending: map[RequestID]bool{}}
	r.value, r.table = r.newObject(), table{}
	r.initial = r.Snapshot()
	r.group = group.New(group.Config{Self: id, First: c.Replicas, Nodes: c.Everyone(), Order: group.FIFO, Uniform: true}, r)
	return r
}

func (r *Replica) newObject() object.Object {
	value, known := object.New(r.kind)
	if !known {
		panic(fmt.Sprintf("passive: there is no object %q", r.kind))
	}
	return value
}

// Start begins a life.
func (r *Replica) Start(env *protocol.Env, saved protocol.Saved) { r.group.Start(env, saved) }

// Leave asks the group to let this replica out.
func (r *Replica) Leave(*protocol.Env) { r.group.Leave() }

// Timeout handles a timer.
func (r *Replica) Timeout(env *protocol.Env, t protocol.Timer) {
	r.group.Timeout(env, t)
	r.serveReads(env)
}

// Receive handles a message.
func (r *Replica) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	if q, isRequest := m.(Request); isRequest {
		r.request(env, q)
	} else {
		r.group.Receive(env, from, m)
	}
	r.serveReads(env)
}

// request takes a request.
func (r *Replica) request(env *protocol.Env, q Request) {
	if !r.group.Ready() {
		r.busy(env, q)
		return
	}
	switch {
	case !q.ID.Read:
		r.update(env, q)
	case r.isPrimary || q.Pinned:
		r.barrier.ask(q)
	default:
		r.redirect(env, q)
	}
}

// update takes an update. What was executed is answered from the table by any replica: it is there because all have it.
func (r *Replica) update(env *protocol.Env, q Request) {
	reply, executed, ended := r.table.find(q.ID)
	switch {
	case executed:
		env.Mark(markAnsweredOld)
		env.Send(q.ID.From.Node, Reply{q.ID, reply})
	case ended:
		env.Mark(markStale)
	case !r.isPrimary:
		r.redirect(env, q)
	case r.pending[q.ID]:
		env.Mark(markUnderWay)
	case r.group.Blocked():
		r.busy(env, q)
	default:
		r.execute(env, q)
	}
}

func (r *Replica) busy(env *protocol.Env, q Request) {
	env.Mark(markBusy)
	env.Send(q.ID.From.Node, Busy{q.ID})
}

func (r *Replica) redirect(env *protocol.Env, q Request) {
	primary, _ := r.group.Senior()
	env.Mark(markRedirected)
	env.Send(q.ID.From.Node, Redirect{q.ID, primary})
}

// execute executes an update at the primary, after all those that are under way, and sends what came of it to the backups.
func (r *Replica) execute(env *protocol.Env, q Request) {
	reply := r.scratch.Apply(q.Op)
	r.next++
	r.pending[q.ID] = true
	r.group.Multicast(env, encode(payload{Update: &Update{r.next, q.ID, q.Done, effect(q.Op, reply), reply}}))
}

// effect returns an operation that does, in any state, what op has done: nil if that is nothing.
func effect(op protocol.Op, reply protocol.Reply) *protocol.Op {
	if reply.Outcome != protocol.OK {
		return nil
	}
	if list, isList := op.Value.List(); op.F == "cas" && isList {
		op.F, op.Value = "write", list[1]
	}
	return &op
}

// Deliver applies what all members of the view have, and answers if this is the primary that executed it.
func (r *Replica) Deliver(env *protocol.Env, data string) {
	var p payload
	decode(data, &p)
	if p.Mark != nil {
		r.barrier.delivered(r.group.PID(), *p.Mark)
		return
	}
	u := p.Update
	if u.Op != nil {
		r.value.Apply(*u.Op)
	}
	r.index = u.Index
	r.table.add(u)
	env.Note(protocol.Own{Name: factApplied, Fields: applied{u.Index, u.ID}})
	if r.pending[u.ID] {
		delete(r.pending, u.ID)
		env.Send(u.ID.From.Node, Reply{u.ID, u.Reply})
	}
}

// Changed begins a view. The flush has given all who go on the same state, so a new primary can begin at once; front ends
// will ask again for what it knows nothing of. A process that is no member any more forgets what it knew.
func (r *Replica) Changed(env *protocol.Env) {
	if r.group.Left() {
		env.Mark(markLeft)
		env.Note(protocol.Left{})
	}
	clear(r.pending)
	r.scratch = nil
	if !r.group.Ready() {
		r.barrier.drop()
		r.Restore(r.initial)
	}
	_, first := r.group.Senior()
	leads := first && r.group.Ready()
	switch {
	case leads && !r.isPrimary:
		env.Mark(markPrimary)
		env.Note(protocol.Role{Name: rolePrimary})
	case !leads && r.isPrimary:
		env.Note(protocol.Role{})
	}
	if r.isPrimary = leads; leads {
		r.scratch, r.next = r.newObject(), r.index
		r.restore(r.scratch, r.value.Snapshot())
	}
}

// snapshot is the state of a copy.
type snapshot struct {
	Value json.RawMessage `json:"value"`
	Index uint64          `json:"index"`
	Table []session       `json:"table"`
}

// Snapshot returns the replicated state: the object, how many updates it reflects, and which.
func (r *Replica) Snapshot() string {
	return encode(snapshot{r.value.Snapshot(), r.index, r.table.list()})
}

// Restore replaces the copy.
func (r *Replica) Restore(state string) {
	var s snapshot
	decode(state, &s)
	r.restore(r.value, s.Value)
	r.index, r.table = s.Index, table{}
	for _, known := range s.Table {
		r.table[known.From] = &known
	}
}

func (r *Replica) restore(value object.Object, state []byte) {
	if err := value.Restore(state); err != nil {
		panic(fmt.Sprintf("passive: a state that was never written: %v", err))
	}
}

// State returns a copy of what the replica's disk has: the copy of the object is made of it.
func (r *Replica) State() any { return r.group.State() }
