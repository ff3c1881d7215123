package gossip

import (
	"slices"

	"sunder/harness/protocol"
)

// stopState is what a replica has on disk about immediate updates.
type stopState struct {
	Stopped    Attempt   `json:"stopped"`    // the last attempt that it stopped for
	Ended      Attempt   `json:"ended"`      // the last one of which it knows that it is over
	Barrier    Timestamp `json:"barrier"`    // covers the immediate updates applied here; what is accepted comes after them
	Immediates uint64    `json:"immediates"` // how many have taken effect here
}

// isStopped tells whether the replica accepts and answers nothing.
func (r *Replica) isStopped() bool {
	return r.ordering != nil && r.ordering.Ended.below(r.ordering.Stopped)
}

// end is how the end of an attempt is told: who has applied all forced records up to the position goes on.
type end struct {
	Attempt  Attempt `json:"attempt"`
	Position uint64  `json:"position"`
	Gossip   Gossip  `json:"gossip"`
}

// pendingEnd is an end that this replica cannot follow yet.
type pendingEnd struct {
	end
	from protocol.NodeID // who is to be told
}

// parkedUpdate is a causal update that came while the replica was stopped.
type parkedUpdate struct {
	from   protocol.NodeID
	update Update
}

// receiveStop stops this replica until the attempt is over. A late copy for an attempt that is over would stop it again,
// for ever.
func (r *Replica) receiveStop(env *protocol.Env, from protocol.NodeID, m Stop) {
	c := change{}
	if !r.admit(env, from, m.Attempt.Ballot, &c) {
		return
	}
	o := r.ordering
	if !o.Ended.below(m.Attempt) || m.Attempt.below(o.Stopped) {
		env.Mark(markLateStop)
		r.settle(env, c)
		return
	}
	r.stop(env, m.Attempt, &c)
	r.settle(env, c)
	if j := slices.Index(r.replicas, from); j >= 0 {
		env.Send(from, Stopped{Attempt: m.Attempt, Gossip: r.gossipFor(j)})
	}
}

// stop makes this replica stop. It is on disk before anybody is told, so that a restart does not undo it.
func (r *Replica) stop(env *protocol.Env, a Attempt, c *change) {
	o := r.ordering
	if o.Stopped == a {
		return
	}
	env.Mark(markStopped)
	o.Stopped, o.pending = a, nil
	if r.mutant != mutantForgetsStop {
		c.Stopped = &a
	}
}

// receiveEnd lets this replica go on, as soon as it has applied what it must have.
func (r *Replica) receiveEnd(env *protocol.Env, from protocol.NodeID, e end) {
	c := change{}
	if !r.admit(env, from, e.Attempt.Ballot, &c) {
		return
	}
	r.settle(env, c)
	r.receiveGossip(env, from, e.Gossip)
	r.goOnAt(env, from, e)
}

func (r *Replica) goOnAt(env *protocol.Env, from protocol.NodeID, e end) {
	o := r.ordering
	if !o.Ended.below(e.Attempt) {
		env.Send(from, Ended{Attempt: e.Attempt})
		return
	}
	if o.pending == nil || !e.Attempt.below(o.pending.Attempt) {
		o.pending = &pendingEnd{end: e, from: from}
	}
	r.settle(env, change{})
}

// followEnd ends the stop if all is applied that must be, and tells the change of it.
func (r *Replica) followEnd(env *protocol.Env, c *change) {
	o := r.ordering
	if o == nil || o.pending == nil || r.valueTS.at(r.forcedEntry()) < o.pending.Position {
		return
	}
	if r.isStopped() && o.Stopped.Ballot != o.pending.Attempt.Ballot {
		env.Mark(markLetGo)
	}
	over := o.pending.Attempt
	o.Ended, c.Ended = over, &over
}

// goOn tells that this replica goes on, when that is on disk, and does what has waited for it.
func (r *Replica) goOn(env *protocol.Env) {
	o := r.ordering
	told, parked := o.pending, o.parked
	o.pending = nil
	if told.from == r.replicas[r.index] {
		r.countAnswer(env, told.from, told.Attempt, ending)
	} else {
		env.Send(told.from, Ended{Attempt: told.Attempt})
	}
	if r.isStopped() {
		return
	}
	o.parked = nil
	for _, p := range parked {
		r.receiveUpdate(env, p.from, p.update)
	}
	r.answerHeld(env)
}

// park keeps a causal update until the replica goes on.
func (r *Replica) park(env *protocol.Env, from protocol.NodeID, u Update) {
	env.Mark(markParked)
	o := r.ordering
	if !slices.ContainsFunc(o.parked, func(p parkedUpdate) bool { return p.update.CID == u.CID }) {
		o.parked = append(o.parked, parkedUpdate{from, u})
	}
}

// immediates is how many immediate updates have taken effect here.
func (r *Replica) immediates() uint64 {
	if r.ordering == nil {
		return 0
	}
	return r.ordering.Immediates
}

// countImmediate takes an immediate record that is applied into the account.
func (r *Replica) countImmediate(e *entry, fresh bool) {
	if !e.Immediate {
		return
	}
	if fresh {
		r.ordering.Immediates++
	}
	r.ordering.Barrier = merge(r.ordering.Barrier, e.TS)
}

// after returns what an update that is accepted now depends on: what its front end knows, and all immediate updates here.
func (r *Replica) after(prev Timestamp) Timestamp {
	if r.ordering == nil || r.mutant == mutantNoBarrier {
		return prev
	}
	return merge(prev, r.ordering.Barrier)
}
