package gossip

import (
	"slices"
	"time"

	"sunder/harness/protocol"
)

// timerSuspect runs out when nothing was heard of a primary for too long, and for a candidate when too few have voted.
const timerSuspect protocol.Timer = "suspect"

const (
	suspectAfter = 250 * time.Millisecond // silence of the primary (SUSPECT)
	flushAfter   = 300 * time.Millisecond // patience with answers (FLUSH)
	backOff      = 100 * time.Millisecond // VCBACKOFF
)

// rolePrimary is what the role of the primary is called.
const rolePrimary = "primary"

// candidacy is an attempt to be primary.
type candidacy struct {
	votes []Vote // one for each voter
}

// awaitPrimary sets the time after which a replica wants to be primary itself. Each waits for another length of time, so
// that they do not stand for election all at once.
func (r *Replica) awaitPrimary(env *protocol.Env, patience time.Duration) {
	env.SetTimer(timerSuspect, patience+backOff*time.Duration(r.index+1))
}

// stand makes this replica a candidate, under a ballot above all that it has heard of.
func (r *Replica) stand(env *protocol.Env) {
	o := r.ordering
	if o.primacy != nil {
		return
	}
	env.Mark(markCandidate)
	ballot := Ballot{Round: o.promised.Round + 1, Replica: r.index}
	o.promised, o.candidacy = ballot, &candidacy{}
	r.settle(env, change{Promised: &ballot})
	r.awaitPrimary(env, flushAfter)
	r.sendOthers(env, Elect{Ballot: ballot, Logged: r.nextForced() - 1})
	r.countVote(env, r.vote(r.nextForced()-1))
}

func (r *Replica) sendOthers(env *protocol.Env, m protocol.Message) {
	for i, id := range r.replicas {
		if i != r.index {
			env.Send(id, m)
		}
	}
}

// admit compares the ballot of a message with what was promised. A lower one is refused. A higher one is promised from
// now on, and whoever was primary or candidate here is so no more; the promise is part of the change, and on disk
// before anything is answered.
func (r *Replica) admit(env *protocol.Env, from protocol.NodeID, b Ballot, c *change) bool {
	if b.below(r.ordering.promised) {
		env.Mark(markRefused)
		env.Send(from, Refusal{Promised: r.ordering.promised})
		return false
	}
	r.follow(env, b, c)
	return true
}

// follow promises a ballot, if it is higher, and waits for its primary.
func (r *Replica) follow(env *protocol.Env, b Ballot, c *change) {
	if r.ordering.promised.below(b) {
		r.ordering.promised, c.Promised = b, &b
		r.resign(env)
	}
	if b.Replica != r.index {
		r.awaitPrimary(env, suspectAfter)
	}
}

// resign ends what this replica is besides a follower.
func (r *Replica) resign(env *protocol.Env) {
	o := r.ordering
	if o.primacy != nil {
		env.Mark(markDeposed)
		env.CancelTimer(timerHeartbeat)
		env.Note(protocol.Role{})
	}
	o.primacy, o.candidacy = nil, nil
}

func (r *Replica) receiveRefusal(env *protocol.Env, m Refusal) {
	if !r.ordering.promised.below(m.Promised) {
		return
	}
	c := change{}
	r.follow(env, m.Promised, &c)
	r.settle(env, c)
}

// receiveElect votes for a candidate, again if it asks again.
func (r *Replica) receiveElect(env *protocol.Env, from protocol.NodeID, m Elect) {
	c := change{}
	if r.admit(env, from, m.Ballot, &c) {
		r.settle(env, c)
		env.Send(from, r.vote(m.Logged))
	}
}

// vote tells all that this replica knows of forced records behind the ones that the candidate has logged. What is
// discarded here is logged by every replica, so by the candidate too.
func (r *Replica) vote(logged uint64) Vote {
	v := Vote{Ballot: r.ordering.promised, Voter: r.index, Logged: r.nextForced() - 1, Prepared: r.ordering.preparedList()}
	for _, e := range r.log.entries {
		if r.isForced(e.Record) && e.ID().Number > logged {
			v.Log = append(v.Log, e.Record)
		}
	}
	return v
}

func (r *Replica) receiveVote(env *protocol.Env, from protocol.NodeID, m Vote) {
	if m.Ballot == r.ordering.promised && slices.Index(r.replicas, from) == m.Voter {
		r.countVote(env, m)
	}
}

// countVote makes the candidate primary when a majority has voted for it.
func (r *Replica) countVote(env *protocol.Env, v Vote) {
	c := r.ordering.candidacy
	if c == nil || slices.ContainsFunc(c.votes, func(w Vote) bool { return w.Voter == v.Voter }) {
		return
	}
	c.votes = append(c.votes, v)
	if len(c.votes) >= r.majority() {
		r.takeOver(env, c.votes)
	}
}
