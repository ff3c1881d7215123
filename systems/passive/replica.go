package passive

import (
	"encoding/json"
	"fmt"
	"time"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/object"
)

// rolePrimary is what the target `primary` of faults goes by.
const rolePrimary = "primary"

// Replica is a member of the group with a copy of the object. Its copy shows only what all members of the view have; the
// primary keeps a second one that is ahead by the updates that are under way, and executes on that.
type Replica struct {
	members members
	kind    string
	reads   string // who answers them
	inViews bool
	mutant  string
	initial string

	value object.Object
	table table
	index uint64 // of the last update applied

	isPrimary bool
	scratch   object.Object      // of the primary
	next      uint64             // of the primary: the index of the last update executed
	pending   map[RequestID]bool // of the primary: updates under way
	barrier   barrier
	held      []waiting

	executed time.Duration // of a mutant: when it last executed
	outdated bool          // of a mutant: it keeps its copy
}

// newReplica returns the replica of a name.
func newReplica(c systems.Config, id protocol.NodeID) protocol.Machine {
	r := &Replica{kind: c.Object, reads: c.Options[optionReads], mutant: c.Mutant, inViews: c.Options[optionViews] == on, pending: map[RequestID]bool{}}
	r.value, r.table = r.newObject(), table{}
	r.initial = r.Snapshot()
	r.members = newMembers(c, id, r)
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
func (r *Replica) Start(env *protocol.Env, saved protocol.Saved) { r.members.Start(env, saved) }

// Leave asks the group to let this replica out.
func (r *Replica) Leave(*protocol.Env) { r.members.Leave() }

// Timeout handles a timer.
func (r *Replica) Timeout(env *protocol.Env, t protocol.Timer) {
	if t == timerHold {
		r.age(env)
		return
	}
	r.members.Timeout(env, t)
	r.serve(env)
}

// Receive handles a message.
func (r *Replica) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	if q, isRequest := m.(Request); isRequest {
		r.request(env, q)
	} else {
		r.members.Receive(env, from, m)
	}
	r.serve(env)
}

// serve answers reads that an event has made answerable.
func (r *Replica) serve(env *protocol.Env) {
	r.serveReads(env)
	r.serveHeld(env)
}

// request takes a request.
func (r *Replica) request(env *protocol.Env, q Request) {
	if !r.members.Ready() {
		r.busy(env, q)
		return
	}
	if q.ID.Read {
		r.read(env, q)
		return
	}
	r.update(env, q)
}

// update takes an update. Only the primary answers what is in the table: another replica may have an update before the
// primary knows that all have it, and a read by lease must not miss it after it was answered.
func (r *Replica) update(env *protocol.Env, q Request) {
	reply, executed, ended := r.table.find(q.ID)
	switch {
	case !r.isPrimary:
		r.redirect(env, q)
	case executed:
		env.Mark(markAnsweredOld)
		r.reply(env, Reply{q.ID, r.index, reply})
	case ended:
		env.Mark(markStale)
	case r.pending[q.ID]:
		env.Mark(markUnderWay)
	case r.members.Blocked():
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
	primary, _ := r.members.Senior()
	env.Mark(markRedirected)
	env.Send(q.ID.From.Node, Redirect{q.ID, primary})
}

// execute executes an update at the primary, after all those that are under way, and sends what came of it to the backups.
func (r *Replica) execute(env *protocol.Env, q Request) {
	env.Phase(q.ID.operation(), protocol.CoordinationPhase)
	env.Phase(q.ID.operation(), protocol.ExecutionPhase)
	reply := r.scratch.Apply(q.Op)
	r.next++
	r.pending[q.ID] = true
	env.Phase(q.ID.operation(), protocol.AgreementPhase)
	u := Update{r.next, q.ID, q.Done, effect(q.Op, reply), reply}
	r.members.Multicast(env, u.encode())
	if r.mutant == mutantRepliesEarly {
		r.reply(env, Reply{q.ID, r.next, reply})
	}
}

// reply answers a request.
func (r *Replica) reply(env *protocol.Env, m Reply) {
	env.Phase(m.ID.operation(), protocol.ResponsePhase)
	env.Send(m.ID.From.Node, m)
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
	u, mark := parse(data)
	if u == nil {
		r.barrier.delivered(r.members.PID(), mark)
		return
	}
	mine := r.pending[u.ID]
	if u.Op != nil && !r.overtaken(env, mine) {
		r.value.Apply(*u.Op)
	}
	r.index = u.Index
	if mine || r.mutant != mutantOwnTable {
		r.table.add(u)
	}
	if r.inViews {
		env.Note(protocol.Own{Name: factApplied, Fields: applied{u.Index, u.ID}})
	}
	if mine {
		delete(r.pending, u.ID)
		r.reply(env, Reply{u.ID, u.Index, u.Reply})
	}
}

// overtaken is where a mutant executes an operation again at backups: it takes one that comes before the last one, by the
// clock of the replica, for one that was overtaken.
func (r *Replica) overtaken(env *protocol.Env, mine bool) bool {
	if mine || r.mutant != mutantExecutesAgain {
		return false
	}
	last := r.executed
	r.executed = max(last, env.Now)
	return env.Now < last
}

// Changed begins a view. The flush has given all who go on the same state, so a new primary can begin at once; front ends
// will ask again for what it knows nothing of. A process that is no member any more forgets what it knew.
func (r *Replica) Changed(env *protocol.Env) {
	if r.members.Left() {
		env.Mark(markLeft)
		env.Note(protocol.Left{})
	}
	clear(r.pending)
	r.scratch = nil
	if !r.members.Ready() {
		r.barrier.drop()
		r.outdated = r.mutant == mutantKeepsValue
		r.Restore(r.initial)
	}
	_, first := r.members.Senior()
	leads := first && r.members.Ready()
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
	if r.outdated {
		return
	}
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
func (r *Replica) State() any { return r.members.State() }
