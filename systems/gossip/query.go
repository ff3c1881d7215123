package gossip

import (
	"slices"
	"strconv"

	"sunder/harness/protocol"
)

// receiveQuery answers a query as soon as everything that it depends on is applied here. Until then it is held, and
// the replicas that know more are asked for gossip; again for each copy of the query that comes, since the request
// may have been lost.
func (r *Replica) receiveQuery(env *protocol.Env, from protocol.NodeID, q Query) {
	env.Phase(q.ID.operation(), protocol.CoordinationPhase)
	if r.satisfies(q) {
		r.answer(env, from, q)
		return
	}
	if !slices.ContainsFunc(r.held, func(h heldQuery) bool { return h.query.ID == q.ID }) {
		r.hold(env, from, q)
	}
	for i, id := range r.replicas {
		if i != r.index && q.Prev.at(i) > r.valueTS.at(i) {
			env.Send(id, GossipRequest{})
		}
	}
	r.askForForced(env, q)
}

// askForForced asks the primary for gossip if the query depends on forced updates that are not applied here.
func (r *Replica) askForForced(env *protocol.Env, q Query) {
	if r.ordering == nil || q.Prev.at(r.forcedEntry()) <= r.valueTS.at(r.forcedEntry()) {
		return
	}
	if primary := r.ordering.promised.Replica; primary != r.index {
		env.Send(r.replicas[primary], GossipRequest{})
	}
}

// satisfies tells whether everything that the query depends on is applied, and it need not wait for an immediate update. The comparison of timestamps is sound for
// queries, though it would not be for a single record (see ready), because it is made only between events: apply has
// reached its fixpoint then, and whoever depends on a record depends on all that the record depends on.
func (r *Replica) satisfies(q Query) bool {
	if r.isStopped() && r.mutant != mutantAnswersStopped {
		return false
	}
	return r.valueTS.Covers(q.Prev) || r.mutant == mutantHastyQuery
}

func (r *Replica) answer(env *protocol.Env, from protocol.NodeID, q Query) {
	env.Phase(q.ID.operation(), protocol.ExecutionPhase)
	env.Phase(q.ID.operation(), protocol.ResponsePhase)
	env.Send(from, QueryReply{ID: q.ID, Value: r.value.Apply(q.Op).Value, New: r.valueTS})
}

func (r *Replica) hold(env *protocol.Env, from protocol.NodeID, q Query) {
	r.holds++
	timer := protocol.Timer("hold/" + strconv.FormatUint(r.holds, 10))
	r.held = append(r.held, heldQuery{from: from, query: q, timer: timer})
	env.SetTimer(timer, holdTime)
	env.Mark(markQueryHeld)
}

// answerHeld answers the held queries that wait for nothing any more.
func (r *Replica) answerHeld(env *protocol.Env) {
	r.held = slices.DeleteFunc(r.held, func(h heldQuery) bool {
		if !r.satisfies(h.query) {
			return false
		}
		env.CancelTimer(h.timer)
		env.Mark(markQueryReleased)
		r.answer(env, h.from, h.query)
		return true
	})
}

// holdEnds sends the front end of a query that was held long enough elsewhere.
func (r *Replica) holdEnds(env *protocol.Env, t protocol.Timer) {
	r.held = slices.DeleteFunc(r.held, func(h heldQuery) bool {
		if h.timer != t {
			return false
		}
		env.Mark(markQueryRetried)
		env.Send(h.from, Retry{ID: h.query.ID})
		return true
	})
}
