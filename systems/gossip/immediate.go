package gossip

import (
	"slices"

	"sunder/harness/protocol"
)

// An immediate update has the same place among all updates of every kind at all replicas (Ladin et al. 1992).
// It is a forced update, so that it has its place among those, for which the primary besides stops all replicas: nothing
// is accepted anywhere between what the update comes after, which is all that was accepted before, and the update itself;
// whatever is accepted later comes after it. As a stopped replica answers no query either until it has applied the update,
// who asks after the update was answered sees it wherever he asks.
//
// There are three steps. The primary stops every replica and takes over what each has logged; it has a majority accept
// the update as every forced one; and it lets all replicas go on, which they do when they have applied it. Several updates
// that wait are ordered one after the other in one stop.

// Attempt numbers the primary's attempts to order immediate updates. Attempt 0 of a ballot is none: by its end the primary
// lets go on whomever a former one has stopped.
type Attempt struct {
	Ballot Ballot `json:"ballot"`
	Number uint64 `json:"number"`
}

func (a Attempt) below(b Attempt) bool {
	return a.Ballot.below(b.Ballot) || a.Ballot == b.Ballot && a.Number < b.Number
}

// stage is how far an attempt is.
type stage uint8

const (
	stopping stage = iota // replicas are asked to stop
	placing               // all have; updates are proposed one by one
	ending                // replicas are told to go on
)

// attempt is what the primary does about immediate updates.
type attempt struct {
	id       Attempt
	stage    stage
	answered []int    // the replicas that have stopped; in the end those that have gone on
	updates  []Update // still to be proposed
	position uint64   // of the last forced record that is to be applied before a replica goes on
	aborted  bool
	beats    int // heartbeats since the stage began
}

// flushBeats is how many heartbeats the primary waits for replicas to stop (FLUSH) before it lets those that have go on.
const flushBeats = int(flushAfter / heartbeatEvery)

// queued is an update that waits at the primary for its turn.
type queued struct {
	update Update
	beats  int // heartbeats since its front end last asked for it
}

// forgetBeats is how many heartbeats the primary keeps an update in the queue that nobody asks for any more. A front end
// that still waits asks more often. Without this the primary would work off what nobody waits for while what is waited for
// grows old behind it.
const forgetBeats = 40

// proceed does what has its turn at the primary. It is called whenever something that a turn may wait for has happened.
func (r *Replica) proceed(env *protocol.Env) {
	p := r.ordering.primacy
	if p == nil || p.recovering() {
		return
	}
	a := p.attempt
	switch {
	case a == nil && len(p.proposals) == 0 && p.waits(Immediate):
		r.begin(env)
	case a != nil && a.stage == stopping && r.allStopped(a):
		a.stage, a.beats = placing, 0
		a.updates = p.take(Immediate)
		if len(a.updates) > 1 {
			env.Mark(markOneStop)
		}
		r.placeNext(env)
	case a != nil && a.stage == placing && len(p.proposals) == 0:
		r.placeNext(env)
	case a != nil && a.stage == ending && len(a.answered) == len(r.replicas):
		p.attempt = nil
		r.proceed(env)
	case p.placesForced():
		r.placeForced(env)
	}
}

// placesForced tells whether forced updates get their places at once. Before and in an attempt they do not: all places
// before that of an immediate update are to be taken for good. While replicas are only told to go on they do, for that
// takes as long as one of them cannot be reached.
func (p *primacy) placesForced() bool {
	if p.attempt == nil {
		return !p.waits(Immediate)
	}
	return p.attempt.stage == ending
}

// waits tells whether an update of a kind is in the queue.
func (p *primacy) waits(order Order) bool {
	return slices.ContainsFunc(p.queue, func(q queued) bool { return q.update.Order == order })
}

// take takes the updates of a kind out of the queue.
func (p *primacy) take(order Order) []Update {
	var taken []Update
	p.queue = slices.DeleteFunc(p.queue, func(q queued) bool {
		if q.update.Order == order {
			taken = append(taken, q.update)
		}
		return q.update.Order == order
	})
	return taken
}

// has tells whether an update is on its way already, and remembers that its front end still waits for it.
func (p *primacy) has(c CID) bool {
	for i := range p.queue {
		if p.queue[i].update.CID == c {
			p.queue[i].beats = 0
			return true
		}
	}
	return p.proposes(c) || p.attempt != nil && slices.ContainsFunc(p.attempt.updates, func(u Update) bool { return u.CID == c })
}

// begin asks all replicas to stop, this one first.
func (r *Replica) begin(env *protocol.Env) {
	p := r.ordering.primacy
	p.attempts++
	p.attempt = &attempt{id: Attempt{Ballot: p.ballot, Number: p.attempts}, answered: []int{r.index}}
	c := change{}
	r.stop(env, p.attempt.id, &c)
	r.settle(env, c)
	r.sendOthers(env, Stop{Attempt: p.attempt.id})
	r.proceed(env)
}

// allStopped tells whether every replica has stopped, and this one has applied all that any of them has.
func (r *Replica) allStopped(a *attempt) bool {
	enough := len(r.replicas)
	if r.mutant == mutantStopsMajority {
		enough = r.majority()
	}
	return len(a.answered) >= enough && r.valueTS.Covers(r.replicaTS())
}

// placeNext proposes the next update, and ends the attempt when there is none. One by one: if a new primary finds one of
// them unfinished there is then never another behind it, whose place the closing no-op of that primary would not take.
func (r *Replica) placeNext(env *protocol.Env) {
	p := r.ordering.primacy
	a := p.attempt
	if len(a.updates) == 0 {
		r.sendEnd(env, false)
		return
	}
	u := a.updates[0]
	a.updates = a.updates[1:]
	prev := merge(u.Prev, r.replicaTS())
	r.propose(env, &Record{
		Replica: r.forcedEntry(), TS: prev.with(r.forcedEntry(), p.last+1), Prev: prev, CID: u.CID, Op: u.Op, Immediate: true,
	})
}

// placeForced proposes the forced updates that wait.
func (r *Replica) placeForced(env *protocol.Env) {
	var records []*Record
	for _, u := range r.ordering.primacy.take(Forced) {
		position := r.ordering.primacy.last + uint64(len(records)) + 1
		records = append(records, &Record{
			Replica: r.forcedEntry(), TS: u.Prev.with(r.forcedEntry(), position), Prev: u.Prev, CID: u.CID, Op: u.Op,
		})
	}
	if len(records) > 0 {
		r.propose(env, records...)
	}
}

// sendEnd lets all replicas go on when they have applied all forced records up to now.
func (r *Replica) sendEnd(env *protocol.Env, aborted bool) {
	a := r.ordering.primacy.attempt
	a.stage, a.beats, a.answered, a.aborted = ending, 0, nil, aborted
	a.position = r.nextForced() - 1
	r.resendEnd(env)
	r.goOnAt(env, r.replicas[r.index], end{Attempt: a.id, Position: a.position})
}

// resendEnd tells the replicas to go on that have not. What they may lack for it comes along.
func (r *Replica) resendEnd(env *protocol.Env) {
	a := r.ordering.primacy.attempt
	for j, id := range r.replicas {
		if j == r.index || slices.Contains(a.answered, j) {
			continue
		}
		if e := (end{Attempt: a.id, Position: a.position, Gossip: r.gossipFor(j)}); a.aborted {
			env.Send(id, Abort(e))
		} else {
			env.Send(id, Commit(e))
		}
	}
}

// beatAttempt asks again for what was not answered. An attempt is given up while not every replica has stopped, and never
// later: what was proposed may be chosen.
func (r *Replica) beatAttempt(env *protocol.Env) {
	p := r.ordering.primacy
	waiting := len(p.queue)
	p.queue = slices.DeleteFunc(p.queue, func(q queued) bool { return q.beats >= forgetBeats })
	if len(p.queue) < waiting {
		env.Mark(markForgotten)
	}
	for i := range p.queue {
		p.queue[i].beats++
	}
	a := p.attempt
	if a == nil {
		return
	}
	a.beats++
	switch {
	case a.stage == stopping && a.beats >= flushBeats:
		env.Mark(markAborted)
		r.sendEnd(env, true)
	case a.beats%resendBeats != 0:
	case a.stage == stopping:
		for j, id := range r.replicas {
			if !slices.Contains(a.answered, j) {
				env.Send(id, Stop{Attempt: a.id})
			}
		}
	case a.stage == ending:
		r.resendEnd(env)
	}
}

// receiveStopped takes over what a stopped replica has logged.
func (r *Replica) receiveStopped(env *protocol.Env, from protocol.NodeID, m Stopped) {
	r.receiveGossip(env, from, m.Gossip)
	r.countAnswer(env, from, m.Attempt, stopping)
}

// receiveEnded remembers that a replica has gone on.
func (r *Replica) receiveEnded(env *protocol.Env, from protocol.NodeID, m Ended) {
	r.countAnswer(env, from, m.Attempt, ending)
}

func (r *Replica) countAnswer(env *protocol.Env, from protocol.NodeID, id Attempt, s stage) {
	p, voter := r.ordering.primacy, slices.Index(r.replicas, from)
	if p == nil || p.attempt == nil || p.attempt.id != id || p.attempt.stage != s || voter < 0 {
		return
	}
	if a := p.attempt; !slices.Contains(a.answered, voter) {
		a.answered = append(a.answered, voter)
		r.proceed(env)
	}
}
