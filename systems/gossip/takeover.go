package gossip

import (
	"sunder/harness/protocol"
)

// takeOver makes the candidate primary. First it brings to an end what primaries before it have begun:
//
// What one of the voters has logged is chosen, and is taken from the logs. It is never proposed again, for when all
// replicas have logged a record, what they had accepted for its place is gone, and only what a loser wanted there may
// be left. Behind that, what was accepted under the highest ballot may be chosen and is proposed again; a place for
// which nobody has accepted anything gets a no-op. One more no-op closes the order: it takes the place that a minority
// outside of these voters may have accepted a record for, which would else come to life under a later primary.
func (r *Replica) takeOver(env *protocol.Env, votes []Vote) {
	o := r.ordering
	o.candidacy = nil
	logged, accepted := r.gather(votes)
	p := &primacy{ballot: o.promised, last: logged}
	for position := range accepted {
		p.last = max(p.last, position)
	}
	p.recoverTo = p.last + 1
	o.primacy = p
	env.CancelTimer(timerSuspect)
	r.beat(env)
	c := change{}
	r.logChosen(&c)
	r.settle(env, c)
	r.answerHeld(env)
	records := r.unfinished(env, logged, p.recoverTo, accepted)
	if r.mutant == mutantLeavesOpen && p.last > 0 {
		r.leaveOpen(env, records)
		return
	}
	r.propose(env, records...)
}

// gather returns the last position that any voter has logged, and what was accepted behind it under the highest ballot.
// What is logged up to there becomes known as chosen.
func (r *Replica) gather(votes []Vote) (logged uint64, accepted map[uint64]Prepared) {
	accepted = map[uint64]Prepared{}
	for _, v := range votes {
		logged = max(logged, v.Logged)
		for _, record := range v.Log {
			if position := record.ID().Number; position >= r.nextForced() {
				r.ordering.chosen[position] = record
			}
		}
	}
	for _, v := range votes {
		for _, p := range v.Prepared {
			position := p.Record.ID().Number
			if position > logged && accepted[position].Ballot.below(p.Ballot) {
				accepted[position] = p
			}
		}
	}
	return logged, accepted
}

// unfinished returns what is to be proposed for the places behind logged, up to and with the closing no-op at end.
func (r *Replica) unfinished(env *protocol.Env, logged, end uint64, accepted map[uint64]Prepared) []*Record {
	var records []*Record
	for position := logged + 1; position <= end; position++ {
		p, found := accepted[position]
		switch {
		case found:
			env.Mark(markProposedAgain)
			if p.Record.Immediate {
				env.Mark(markImmediateAgain)
			}
			records = append(records, p.Record)
		default:
			if position < end {
				env.Mark(markGapFilled)
			}
			records = append(records, r.noOp(position))
		}
	}
	return records
}

// noOp returns a record that has a place in the total order and no effect.
func (r *Replica) noOp(position uint64) *Record {
	prev := make(Timestamp, r.forcedEntry()+1)
	return &Record{Replica: r.forcedEntry(), Prev: prev, TS: prev.with(r.forcedEntry(), position)}
}

// isNoOp tells whether a record is of no update: front ends number theirs from 1.
func (r *Record) isNoOp() bool { return r.CID.Seq == 0 }

// recovered lets the primary begin its work when all that was unfinished is logged. Whoever was stopped by a former one goes
// on first: what that had proposed has its place now, or never will have one.
func (r *Replica) recovered(env *protocol.Env) {
	p := r.ordering.primacy
	if p.recovering() && r.nextForced() > p.recoverTo {
		p.recoverTo = 0
		env.Mark(markElected)
		env.Note(protocol.Role{Name: rolePrimary})
		if r.options.order == immediateOrder && r.mutant != mutantNoAbort {
			p.attempt = &attempt{id: Attempt{Ballot: p.ballot}}
			r.sendEnd(env, true)
		}
	}
}
