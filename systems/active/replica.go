package active

import (
	"encoding/json"
	"fmt"
	"slices"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
	"sunder/systems/object"
)

// Replica is a member of the group with a copy of the object.
type Replica struct {
	group   *group.Group
	self    protocol.NodeID
	kind    string
	mutant  string
	uniform bool
	lies    bool
	initial string

	value   object.Object
	answers group.Answers
	index   uint64 // executions that the copy reflects

	sequences bool // it has the role

	relayed map[RequestID]bool // requests that this replica has multicast and not delivered yet
	waiting []localRead
}

// localRead is a read that waits until the copy reflects what its front end has seen.
type localRead struct {
	from    protocol.NodeID
	request Request
}

// rolePrimary is the role of the replica that gives requests their places in the order: when it fails, nothing is executed until
// there is another one.
const rolePrimary = "primary"

// newReplica returns the replica of a name.
func newReplica(c systems.Config, id protocol.NodeID) protocol.Machine {
	r := &Replica{
		self: id, kind: c.Object, mutant: c.Mutant, uniform: c.Options[optionUniform] == on,
		lies: c.Options[optionLiars] == liarsFaulty && slices.Index(c.Replicas, id) >= len(c.Replicas)-faulty(len(c.Replicas)),
	}
	r.reset()
	r.initial = r.Snapshot()
	order := group.Total
	if c.Mutant == mutantFIFO {
		order = group.FIFO
	}
	r.group = group.New(group.Config{Self: id, First: c.Replicas, Nodes: c.Everyone(), Order: order, Uniform: r.uniform, Mutant: groupMutant(c.Mutant)}, r)
	return r
}

// faulty returns f of a system of n = 2f+1 replicas, or one more.
func faulty(n int) int { return (n - 1) / 2 }

func (r *Replica) reset() {
	value, known := object.New(r.kind)
	if !known {
		panic(fmt.Sprintf("active: there is no object %q", r.kind))
	}
	r.value, r.answers, r.index = value, group.Answers{}, 0
	r.relayed, r.waiting = map[RequestID]bool{}, nil
}

// Start begins a life.
func (r *Replica) Start(env *protocol.Env, saved protocol.Saved) { r.group.Start(env, saved) }

// Leave asks the group to let this replica out.
func (r *Replica) Leave(*protocol.Env) { r.group.Leave() }

// Timeout handles a timer.
func (r *Replica) Timeout(env *protocol.Env, t protocol.Timer) { r.group.Timeout(env, t) }

// Receive handles a message.
func (r *Replica) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	q, isRequest := m.(Request)
	switch {
	case !isRequest:
		r.group.Receive(env, from, m)
	case !r.group.Ready(): // the front end will ask another replica, or again
	case q.ID.Local:
		r.read(env, localRead{from, q})
	default:
		r.relay(env, q)
	}
}

// relay multicasts a request, unless it is known already.
func (r *Replica) relay(env *protocol.Env, q Request) {
	env.Phase(q.ID.operation(), protocol.CoordinationPhase)
	reply, known, ended := r.answers.Find(q.ID.From, q.ID.Seq)
	switch {
	case known:
		env.Mark(markAnsweredOld)
		r.answer(env, q, reply)
	case ended:
		env.Mark(markStale)
	case r.relayed[q.ID]:
		env.Mark(markUnderWay)
	default:
		if r.mutant == mutantAnswersEarly {
			r.answer(env, q, r.foresee(q.Op))
		}
		r.relayed[q.ID] = true
		o := ordered{q, r.self}
		r.group.Multicast(env, o.payload())
	}
}

// Deliver executes a request in its place, and answers it.
func (r *Replica) Deliver(env *protocol.Env, payload string) {
	o := parse(payload)
	q := o.Request
	delete(r.relayed, q.ID)
	reply, known, ended := r.answers.Find(q.ID.From, q.ID.Seq)
	switch {
	case r.mutant == mutantExecutesTwice:
		reply = r.execute(env, q)
	case known:
		env.Mark(markDuplicate)
	case ended:
		env.Mark(markStale)
		return
	default:
		reply = r.execute(env, q)
	}
	if !q.Pinned || o.Relay == r.self {
		r.answer(env, q, reply)
	}
	r.serve(env)
}

// execute executes a request on the copy.
func (r *Replica) execute(env *protocol.Env, q Request) protocol.Reply {
	env.Phase(q.ID.operation(), protocol.ExecutionPhase)
	reply := r.value.Apply(r.chanced(env, q.Op))
	r.index++
	r.answers.Add(q.ID.From, q.ID.Seq, q.Done, reply)
	if r.uniform {
		env.Note(protocol.Own{Name: factExecuted, Fields: executed{r.index, q.ID}})
	}
	return reply
}

// answer sends the answer to a request. Those that every replica answers a liar answers wrongly.
func (r *Replica) answer(env *protocol.Env, q Request, reply protocol.Reply) {
	env.Phase(q.ID.operation(), protocol.ResponsePhase)
	if r.lies && !q.Pinned {
		reply = wrong(reply)
	}
	env.Send(q.ID.From.Node, Reply{q.ID, r.index, reply})
}

// wrong returns another answer that could have been given.
func wrong(reply protocol.Reply) protocol.Reply {
	if n, isInt := reply.Value.Int(); isInt {
		reply.Value = protocol.Int(n + 1_000_000)
	}
	if _, isList := reply.Value.List(); isList {
		reply.Value = protocol.List()
	}
	return reply
}

// read answers a read from the copy, as soon as that reflects what the front end has seen.
func (r *Replica) read(env *protocol.Env, l localRead) {
	env.Phase(l.request.ID.operation(), protocol.CoordinationPhase)
	if l.request.After > r.index {
		env.Mark(markReadWaits)
		if !slices.ContainsFunc(r.waiting, func(w localRead) bool { return w.request.ID == l.request.ID }) {
			r.waiting = append(r.waiting, l)
		}
		return
	}
	env.Phase(l.request.ID.operation(), protocol.ExecutionPhase)
	r.answer(env, l.request, r.value.Apply(l.request.Op))
}

// serve answers the local reads that need wait no longer.
func (r *Replica) serve(env *protocol.Env) {
	waiting := r.waiting
	r.waiting = nil
	for _, l := range waiting {
		r.read(env, l)
	}
}

// Changed forgets what front ends asked for here when the process is no member any more: it knows nothing then, and they
// ask others, or again.
func (r *Replica) Changed(env *protocol.Env) {
	if r.group.Left() {
		env.Mark(markLeft)
		env.Note(protocol.Left{})
	}
	sequences := r.group.Coordinates()
	switch {
	case sequences && !r.sequences:
		env.Note(protocol.Role{Name: rolePrimary})
	case !sequences && r.sequences:
		env.Note(protocol.Role{})
	}
	r.sequences = sequences
	if !r.group.Ready() {
		r.Restore(r.initial)
		r.relayed, r.waiting = map[RequestID]bool{}, nil
	}
}

// snapshot is the state of a copy.
type snapshot struct {
	Value   json.RawMessage  `json:"value"`
	Index   uint64           `json:"index"`
	Answers []group.Answered `json:"answers"`
}

// Snapshot returns the replicated state: the object, how many executions it reflects, and which.
func (r *Replica) Snapshot() string {
	s := snapshot{Value: r.value.Snapshot(), Index: r.index, Answers: r.answers.List()}
	if r.mutant == mutantStateWithoutAnswers {
		s.Answers = nil
	}
	return encode(s)
}

// Restore replaces the copy.
func (r *Replica) Restore(state string) {
	var s snapshot
	decode(state, &s)
	if err := r.value.Restore(s.Value); err != nil {
		panic(fmt.Sprintf("active: a state that was never written: %v", err))
	}
	r.index, r.answers = s.Index, group.AnswersOf(s.Answers)
}

// State returns a copy of what the replica's disk has: the copy of the object is made of it.
func (r *Replica) State() any { return r.group.State() }
