package gossip

import "sunder/harness/protocol"

// receiveForced hands an update whose place all replicas must agree on to the primary. If none is known the update is
// dropped: its front end will send it again.
func (r *Replica) receiveForced(env *protocol.Env, u Update) {
	switch primary := r.ordering.promised.Replica; {
	case r.ordering.promised == Ballot{}:
	case primary == r.index:
		r.order(env, u)
	default:
		env.Mark(markForwarded)
		env.Send(r.replicas[primary], Forward{Update: u})
	}
}

// receiveForward takes an update from another replica. It is not handed on once more, or two replicas that each take
// the other for the primary would hand it to and fro.
func (r *Replica) receiveForward(env *protocol.Env, m Forward) {
	if ts, known := r.known(m.Update); known {
		env.Mark(markDuplicateUpdate)
		env.Phase(m.Update.CID.operation(), protocol.ResponsePhase)
		env.Send(m.Update.CID.FrontEnd.Node, UpdateReply{CID: m.Update.CID, TS: ts})
		return
	}
	r.order(env, m.Update)
}

// order gives an update a place when it has its turn, if this replica is primary and knows all places that are taken.
func (r *Replica) order(env *protocol.Env, u Update) {
	p := r.ordering.primacy
	switch {
	case p == nil || p.recovering():
		env.Mark(markNoPrimary)
	case p.has(u.CID):
		env.Mark(markDuplicateUpdate)
	default:
		p.queue = append(p.queue, queued{update: u})
		r.proceed(env)
	}
}

// receiveChosen logs a chosen record, or holds it back while one before it is missing. What is held back is lost in a
// crash; gossip brings it again.
func (r *Replica) receiveChosen(env *protocol.Env, m Chosen) {
	position := m.Record.ID().Number
	if position < r.nextForced() {
		return
	}
	if position > r.nextForced() {
		env.Mark(markHeldBack)
	}
	r.ordering.chosen[position] = m.Record
	c := change{}
	r.logChosen(&c)
	r.settle(env, c)
	r.answerHeld(env)
}
