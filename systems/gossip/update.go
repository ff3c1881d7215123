package gossip

import "sunder/harness/protocol"

// receiveUpdate logs an update and answers at once: it takes effect when all that it depends on has. An update that is
// known is not logged again, wherever it came from.
func (r *Replica) receiveUpdate(env *protocol.Env, from protocol.NodeID, u Update) {
	if ts, known := r.known(u); known {
		env.Mark(markDuplicateUpdate)
		env.Phase(u.CID.operation(), protocol.ResponsePhase)
		env.Send(from, UpdateReply{CID: u.CID, TS: ts})
		return
	}
	r.tick(env)
	if r.tooOld(u) {
		env.Mark(markTooOld)
		return
	}
	env.Phase(u.CID.operation(), protocol.CoordinationPhase)
	if u.Order != Causal && r.ordering != nil {
		r.receiveForced(env, u)
		return
	}
	if r.isStopped() {
		r.park(env, from, u)
		return
	}
	prev := r.after(u.Prev)
	ts := prev.with(r.index, r.replicaTS().at(r.index)+1)
	record := &Record{Replica: r.index, TS: ts, Prev: prev, CID: u.CID, Op: u.Op}
	r.accept(record)
	r.settle(env, change{Accepted: record})
	env.Phase(u.CID.operation(), protocol.ResponsePhase)
	env.Send(from, UpdateReply{CID: u.CID, TS: ts})
	r.answerHeld(env)
}

// known returns the timestamp to answer an update with that is logged or executed here. If its record was discarded,
// every replica has it, and Prev does: a replica whose state covers Prev has then applied it too. Of a forced update
// that is not so, for it may wait for another forced one, nor where there are immediate updates, for it may wait for one of
// those: then the state here does, which has it.
func (r *Replica) known(u Update) (Timestamp, bool) {
	if e, logged := r.log.byCID[u.CID]; logged {
		return e.TS, true
	}
	if r.wasExecuted(u.CID) {
		if u.Order != Causal || r.options.order == immediateOrder {
			return r.valueTS, true
		}
		return u.Prev, true
	}
	return nil, false
}

// accept logs a record of this replica's own.
func (r *Replica) accept(record *Record) {
	r.log.add(record, false)
	r.table[r.index] = r.replicaTS().with(r.index, record.ID().Number)
}

// wasExecuted looks an update up in the executed operation table.
func (r *Replica) wasExecuted(c CID) bool {
	return r.mutant != mutantNoExecutedTable && r.executed.contains(c)
}
