package gossip

import (
	"slices"

	"sunder/harness/protocol"
)

// settle brings a change to its end: what has become stable is applied, what every replica has is dropped, and the disk
// has all of it before anybody hears of it.
func (r *Replica) settle(env *protocol.Env, c change) {
	facts := changed{}
	if r.mutant == mutantDiscardFirst {
		facts.Discarded = r.log.discard(r.everywhere)
		r.apply(env, &c, &facts)
	} else {
		r.apply(env, &c, &facts)
		facts.Discarded = r.discard(c.Applied)
	}
	r.followEnd(env, &c)
	if len(facts.Discarded) > 0 {
		env.Mark(markDiscarded)
	}
	r.store(env, c)
	if r.ordering != nil {
		r.noteDelivered(env)
	}
	if !c.empty() || len(facts.Discarded) > 0 {
		r.note(env, facts)
	}
	if c.Ended != nil {
		r.goOn(env)
	}
}

// apply applies records until none is left that may be. Of several it takes the causally first, so that a record whose
// Prev is covered by chance (see ready) does not come before one that it depends on.
func (r *Replica) apply(env *protocol.Env, c *change, facts *changed) {
	if r.mutant == mutantSinglePass {
		r.applyInOrderOfArrival(env, c, facts)
		return
	}
	before, chained := r.valueTS, false
	for i := 0; i < len(r.log.waiting); {
		e := r.log.waiting[i]
		if !r.ready(e) {
			i++
			continue
		}
		chained = chained || !before.Covers(e.Prev)
		r.applyWaiting(env, i, c, facts)
		i = 0 // what was passed over may have been waiting for this one
	}
	if chained {
		env.Mark(markChainApplied)
	}
}

// ready tells whether all that a record depends on is applied. That the record is not itself applied is never to be
// concluded from its TS: replica 2 may apply its second record before its first, which waits for another replica's,
// and then the value timestamp says 2 for replica 2 though the first is not applied.
func (r *Replica) ready(e *entry) bool {
	return (r.valueTS.Covers(e.Prev) || r.mutant == mutantApplyUnstable) && !r.hasGap(e)
}

// applyWaiting applies the record at position i of those waiting.
func (r *Replica) applyWaiting(env *protocol.Env, i int, c *change, facts *changed) {
	e := r.log.takeWaiting(i)
	if r.mutant == mutantAppliedByTimestamp && r.valueTS.Covers(e.TS) {
		return
	}
	if r.log.overtakes(e) {
		env.Mark(markOutOfOrder)
	}
	before := r.immediates()
	switch fresh := r.execute(e); {
	case fresh:
		if r.sees(e) {
			env.Phase(e.CID.operation(), protocol.ExecutionPhase)
		}
		facts.Executed = append(facts.Executed, e.CID)
		if r.options.order == immediateOrder {
			facts.Before = append(facts.Before, before)
		}
		if r.isForced(e.Record) {
			r.deliver(e)
		}
	case e.isNoOp():
		env.Mark(markNoOp)
		r.deliver(e)
	default:
		env.Mark(markExecutedHit)
	}
	c.Applied = append(c.Applied, e.ID())
}

// sees tells whether this is the replica that sees to an update: the one that accepted it or, of a forced one, the primary.
func (r *Replica) sees(e *entry) bool {
	return e.Replica == r.index || r.isForced(e.Record) && r.ordering.primacy != nil
}

// execute lets a record take effect, unless its update already has by another record of it, and tells whether it did.
// In both cases the value reflects the record from now on: some front end may depend on either.
func (r *Replica) execute(e *entry) bool {
	fresh := !e.isNoOp() && !r.wasExecuted(e.CID)
	if fresh {
		r.value.Apply(e.Op)
		r.executed.add(e.CID)
	} else if r.mutant == mutantHitSkipsMerge {
		return fresh
	}
	r.countImmediate(e, fresh)
	r.valueTS = merge(r.valueTS, e.TS)
	return fresh
}

// discard drops what is done with. The log is gone through only if there can be something: if every replica is known to
// have more than the last time, or what they all had was applied just now.
func (r *Replica) discard(applied []RecordID) []RecordID {
	changed := r.mutant == mutantDiscardEarly
	for i, former := range r.common {
		r.common[i] = r.table[0].at(i)
		for _, row := range r.table[1:] {
			r.common[i] = min(r.common[i], row.at(i))
		}
		changed = changed || r.common[i] != former
	}
	had := func(id RecordID) bool { return id.Number <= r.common.at(id.Replica) }
	if !changed && !slices.ContainsFunc(applied, had) {
		return nil
	}
	return r.log.discard(r.done)
}

// done tells whether a record can be dropped: it is applied here and logged everywhere.
func (r *Replica) done(e *entry) bool {
	if r.mutant == mutantDiscardEarly {
		return e.applied && r.somewhere(e)
	}
	return e.applied && r.everywhere(e)
}

// everywhere tells whether every replica is known to have a record.
func (r *Replica) everywhere(e *entry) bool {
	for _, row := range r.table {
		if row.at(e.Replica) < e.ID().Number {
			return false
		}
	}
	return true
}
