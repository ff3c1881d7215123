package group

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/object"
)

// FrontEndID is one life of a front end.
type FrontEndID struct {
	Node        protocol.NodeID `json:"node"`
	Incarnation uint64          `json:"incarnation"`
}

// Request asks a replica for an operation.
type Request struct {
	From FrontEndID  `json:"from"`
	Seq  uint64      `json:"seq"` // reads and updates are counted apart
	Op   protocol.Op `json:"op"`
}

// Reply answers it.
type Reply struct {
	To    FrontEndID     `json:"to"`
	Seq   uint64         `json:"seq"`
	Read  bool           `json:"read"`
	Reply protocol.Reply `json:"reply"`
}

// operation names an operation in facts.
func operation(from FrontEndID, seq uint64, read bool) protocol.OperationID {
	return protocol.OperationID{Client: from.Node, Life: from.Incarnation, Seq: seq, Read: read}
}

// Name is by what faults select the message.
func (Request) Name() string { return "REQ" }

// Name is by what faults select the message.
func (Reply) Name() string { return "REPLY" }

// payload writes the request for the members.
func (q *Request) payload() string {
	return string(AppendOp(AppendNumber(AppendFrontEnd(make([]byte, 0, 64), q.From), q.Seq), q.Op))
}

// parseRequest reads what payload wrote.
func parseRequest(payload string) Request {
	r := NewReader(payload)
	return Request{From: r.FrontEnd(), Seq: r.Number(), Op: r.Op()}
}

// executed are the updates of a front end that have taken effect. None may be forgotten because the front end has ended it:
// without a total order some replica may deliver it after what tells so, and another before.
type executed struct {
	Front FrontEndID `json:"front"`
	Spans []span     `json:"spans"` // in order, with gaps between them
}

// span is a range of numbers.
type span struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

func (e *executed) has(seq uint64) bool {
	return slices.ContainsFunc(e.Spans, func(s span) bool { return s.From <= seq && seq <= s.To })
}

// add adds a number that is in no span.
func (e *executed) add(seq uint64) {
	at, _ := slices.BinarySearchFunc(e.Spans, seq, func(s span, n uint64) int { return cmp.Compare(s.From, n) })
	e.Spans = slices.Insert(e.Spans, at, span{seq, seq})
	if at+1 < len(e.Spans) && e.Spans[at+1].From == seq+1 {
		e.Spans[at].To = e.Spans[at+1].To
		e.Spans = slices.Delete(e.Spans, at+1, at+2)
	}
	if at > 0 && e.Spans[at-1].To+1 == seq {
		e.Spans[at-1].To = e.Spans[at].To
		e.Spans = slices.Delete(e.Spans, at, at+1)
	}
}

// asked is an update of a front end that is under way.
type asked struct {
	from FrontEndID
	seq  uint64
}

// Replica is a member of the group with a copy of the object.
type Replica struct {
	group    *Group
	kind     string
	initial  string
	value    object.Object
	executed map[FrontEndID]*executed
	pending  map[asked]protocol.NodeID
	acts     []pendingAct

	coordinates bool // it has the role
}

// rolePrimary is the role of the coordinator, the most senior member: it is the first to propose the next view, and gives
// messages their places in a total order.
const rolePrimary = "primary"

// newReplica returns the replica of a name.
func newReplica(c systems.Config, id protocol.NodeID) protocol.Machine {
	r := &Replica{kind: c.Object, pending: map[asked]protocol.NodeID{}}
	r.reset()
	r.initial = r.Snapshot()
	r.group = New(Config{
		Self: id, First: c.Replicas, Nodes: c.Everyone(), Order: c.Options[optionOrder], Uniform: c.Options[optionUniform] == on, Mutant: c.Mutant,
	}, r)
	return r
}

func (r *Replica) reset() {
	value, known := object.New(r.kind)
	if !known {
		panic(fmt.Sprintf("group: there is no object %q", r.kind))
	}
	r.value, r.executed = value, map[FrontEndID]*executed{}
}

// Start begins a life.
func (r *Replica) Start(env *protocol.Env, saved protocol.Saved) { r.group.Start(env, saved) }

// Leave asks the group to let this replica out.
func (r *Replica) Leave(*protocol.Env) { r.group.Leave() }

// Timeout handles a timer.
func (r *Replica) Timeout(env *protocol.Env, t protocol.Timer) { r.group.Timeout(env, t) }

// Receive handles a message.
func (r *Replica) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	if q, isRequest := m.(Request); isRequest {
		r.request(env, from, q)
		return
	}
	r.group.Receive(env, from, m)
}

// request answers a read from what is applied here, and multicasts an update. What a front end cannot have sent is not
// answered. A replica that is no member, or has no state yet, does not answer: the front end will ask another one, or again.
func (r *Replica) request(env *protocol.Env, from protocol.NodeID, q Request) {
	if q.From.Node != from || r.value.Check(q.Op) != nil {
		return
	}
	if q.Op.F == opCreate || q.Op.F == opDestroy {
		r.act(env, q)
		return
	}
	if !r.group.Ready() {
		r.absent(env, q)
		return
	}
	read := r.value.ReadOnly(q.Op.F)
	op := operation(q.From, q.Seq, read)
	env.Phase(op, protocol.CoordinationPhase)
	if read {
		env.Phase(op, protocol.ExecutionPhase)
		env.Phase(op, protocol.ResponsePhase)
		env.Send(from, Reply{q.From, q.Seq, true, r.value.Apply(q.Op)})
		return
	}
	e, id := r.executed[q.From], asked{q.From, q.Seq}
	_, underWay := r.pending[id]
	switch {
	case e != nil && e.has(q.Seq):
		env.Mark(markKnownRequest)
		env.Phase(op, protocol.ResponsePhase)
		env.Send(from, Reply{q.From, q.Seq, false, protocol.Reply{Outcome: protocol.OK}})
	case underWay:
		env.Mark(markKnownRequest)
	default:
		r.pending[id] = from
		r.group.Multicast(env, q.payload())
	}
}

// Deliver executes an update, unless it has taken effect already, and answers if it was asked for here.
func (r *Replica) Deliver(env *protocol.Env, payload string) {
	q := parseRequest(payload)
	e := r.executed[q.From]
	if e == nil {
		e = &executed{Front: q.From}
		r.executed[q.From] = e
	}
	reply := protocol.Reply{Outcome: protocol.OK}
	if known := e.has(q.Seq); known && r.group.config.Mutant != mutantLateSnapshot {
		env.Mark(markDuplicate)
	} else {
		reply = r.value.Apply(q.Op)
		if !known {
			e.add(q.Seq)
		}
	}
	id := asked{q.From, q.Seq}
	if from, here := r.pending[id]; here {
		delete(r.pending, id)
		op := operation(q.From, q.Seq, false)
		env.Phase(op, protocol.ExecutionPhase)
		env.Phase(op, protocol.ResponsePhase)
		env.Send(from, Reply{q.From, q.Seq, false, reply})
	}
}

// snapshot is the state of a copy.
type snapshot struct {
	Value    json.RawMessage `json:"value"`
	Executed []executed      `json:"executed"`
}

// Snapshot returns the object, and which updates it reflects.
func (r *Replica) Snapshot() string {
	s := snapshot{Value: r.value.Snapshot()}
	ids := slices.SortedFunc(maps.Keys(r.executed), func(a, b FrontEndID) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Incarnation, b.Incarnation))
	})
	for _, id := range ids {
		e := r.executed[id]
		s.Executed = append(s.Executed, executed{e.Front, slices.Clone(e.Spans)})
	}
	return string(encode(s))
}

// Restore replaces the copy.
func (r *Replica) Restore(state string) {
	var s snapshot
	decode([]byte(state), &s)
	r.reset()
	if err := r.value.Restore(s.Value); err != nil {
		panic(fmt.Sprintf("group: a state that was never written: %v", err))
	}
	for _, e := range s.Executed {
		e.Spans = slices.Clone(e.Spans)
		r.executed[e.Front] = &e
	}
}

// Changed forgets what was asked for here when the process is no member any more: its messages are lost, or another life's.
func (r *Replica) Changed(env *protocol.Env) {
	if r.group.Left() {
		env.Mark(markLeft)
		env.Note(protocol.Left{})
	}
	coordinates := r.group.Coordinates()
	switch {
	case coordinates && !r.coordinates:
		env.Note(protocol.Role{Name: rolePrimary})
	case !coordinates && r.coordinates:
		env.Note(protocol.Role{})
	}
	if r.coordinates = coordinates; r.group.me < 0 {
		clear(r.pending)
		r.Restore(r.initial)
	}
	r.conclude(env)
}

// State returns a copy of the replica's state.
func (r *Replica) State() any { return r.group.State() }
