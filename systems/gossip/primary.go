package gossip

import (
	"slices"
	"time"

	"sunder/harness/protocol"
)

// timerHeartbeat runs out when the primary is to be heard of.
const timerHeartbeat protocol.Timer = "heartbeat"

const (
	heartbeatEvery = 50 * time.Millisecond // HB
	resendBeats    = 2                     // heartbeats after which what was not answered is sent again (RTO)
)

// primacy is what the primary has besides other replicas. It is lost in a crash: who was primary is not so again until
// it is elected with a new ballot.
type primacy struct {
	ballot    Ballot
	last      uint64      // the highest position given to a record
	proposals []*proposal // those not logged yet, in the order of positions
	recoverTo uint64      // the position up to which all is to be logged before anything new is accepted; 0: it is
	queue     []queued    // updates that wait for their turn, in the order in which they came
	attempt   *attempt    // what is done about immediate updates; nil: nothing
	attempts  uint64      // how many were made
}

// proposal is a record on its way to be chosen.
type proposal struct {
	record *Record
	acks   []int // the replicas that have it on disk
	beats  int   // heartbeats since it was made
}

func (p *primacy) recovering() bool { return p.recoverTo > 0 }

func (p *primacy) find(position uint64) *proposal {
	for _, q := range p.proposals {
		if q.record.ID().Number == position {
			return q
		}
	}
	return nil
}

// proposes tells whether an update is on its way already.
func (p *primacy) proposes(c CID) bool {
	return slices.ContainsFunc(p.proposals, func(q *proposal) bool { return q.record.CID == c })
}

// beat tells everybody that there is a primary, and sends what was not answered again.
func (r *Replica) beat(env *protocol.Env) {
	p := r.ordering.primacy
	if p == nil {
		return
	}
	env.SetTimer(timerHeartbeat, heartbeatEvery)
	r.sendOthers(env, Heartbeat{Ballot: p.ballot})
	for _, q := range p.proposals {
		if q.beats++; q.beats%resendBeats == 0 {
			r.sendPrepare(env, q)
		}
	}
	r.beatAttempt(env)
}

func (r *Replica) receiveHeartbeat(env *protocol.Env, from protocol.NodeID, m Heartbeat) {
	c := change{}
	if r.admit(env, from, m.Ballot, &c) {
		r.settle(env, c)
	}
}

// propose asks for a record's place in the total order. The primary's own disk is asked like every other: nothing that
// says that the record is chosen leaves before it has it.
func (r *Replica) propose(env *protocol.Env, records ...*Record) {
	p, c := r.ordering.primacy, change{}
	var made []*proposal
	for _, record := range records {
		q := &proposal{record: record, acks: []int{r.index}}
		p.last = max(p.last, record.ID().Number)
		p.proposals = append(p.proposals, q)
		made = append(made, q)
		if !record.isNoOp() {
			env.Phase(record.CID.operation(), protocol.AgreementPhase)
		}
		r.accepted(Prepared{Ballot: p.ballot, Record: record}, &c)
	}
	r.settle(env, c)
	for _, q := range made {
		r.sendPrepare(env, q)
	}
	for _, q := range made {
		r.choose(env, q)
	}
}

// accepted remembers that this replica accepts a record for its place.
func (r *Replica) accepted(p Prepared, c *change) {
	r.ordering.prepared[p.Record.ID().Number] = p
	c.Prepared = append(c.Prepared, p)
}

func (r *Replica) sendPrepare(env *protocol.Env, q *proposal) {
	for i, id := range r.replicas {
		if !slices.Contains(q.acks, i) {
			env.Send(id, Prepare{Ballot: r.ordering.primacy.ballot, Record: q.record})
		}
	}
}

// receivePrepare accepts a record for its place. One that is logged here is chosen, and this can be no other.
func (r *Replica) receivePrepare(env *protocol.Env, from protocol.NodeID, m Prepare) {
	c := change{}
	if !r.admit(env, from, m.Ballot, &c) {
		return
	}
	position := m.Record.ID().Number
	if held := r.ordering.prepared[position]; position >= r.nextForced() && held.Ballot != m.Ballot {
		r.accepted(Prepared(m), &c)
	}
	r.settle(env, c)
	env.Send(from, PrepareAck{Ballot: m.Ballot, Position: position})
}

func (r *Replica) receivePrepareAck(env *protocol.Env, from protocol.NodeID, m PrepareAck) {
	p, voter := r.ordering.primacy, slices.Index(r.replicas, from)
	if p == nil || p.ballot != m.Ballot || voter < 0 {
		return
	}
	if q := p.find(m.Position); q != nil && !slices.Contains(q.acks, voter) {
		q.acks = append(q.acks, voter)
		r.choose(env, q)
	}
}

// choose takes a record for chosen when a majority has it.
func (r *Replica) choose(env *protocol.Env, q *proposal) {
	if len(q.acks) < r.majority() && r.mutant != mutantNoMajority {
		return
	}
	if position := q.record.ID().Number; position >= r.nextForced() {
		r.ordering.chosen[position] = q.record
	}
	r.spread(env)
}

// spread logs the chosen records whose turn has come, answers those who asked for them and tells the other replicas.
func (r *Replica) spread(env *protocol.Env) {
	p, c := r.ordering.primacy, change{}
	r.logChosen(&c)
	p.proposals = slices.DeleteFunc(p.proposals, func(q *proposal) bool { return q.record.ID().Number < r.nextForced() })
	r.settle(env, c)
	for _, record := range c.Forced {
		if !record.isNoOp() {
			env.Phase(record.CID.operation(), protocol.ResponsePhase)
			env.Send(record.CID.FrontEnd.Node, UpdateReply{CID: record.CID, TS: record.TS})
		}
		r.sendOthers(env, Chosen{Record: record})
	}
	r.recovered(env)
	r.answerHeld(env)
	r.proceed(env)
}
