package gossip

import (
	"slices"

	"sunder/harness/protocol"
)

// gossip sends every other replica what it is not known to have. The paper lets a replica choose one at random; with a
// handful of replicas sending to each costs little, and how long an update travels depends on no draw.
func (r *Replica) gossip(env *protocol.Env) {
	for j := range r.replicas {
		if j != r.index {
			r.sendGossip(env, j)
		}
	}
	env.SetTimer(timerGossip, r.options.gossipInterval)
}

// sendGossip sends what replica j is not known to have. What j has is learnt only from j, never by sending to it: so
// a message may be lost, repeated or overtaken and nothing is missed. All of it is on disk: every change was followed
// by a Sync, behind which this message waits.
func (r *Replica) sendGossip(env *protocol.Env, j int) {
	clock := r.tellClock(env)
	g := r.gossipFor(j)
	g.Time = clock
	env.Send(r.replicas[j], g)
	if r.mutant == mutantTableOnSend {
		r.table[j] = merge(r.table[j], r.replicaTS())
	}
}

func (r *Replica) gossipFor(j int) Gossip {
	return Gossip{Log: r.log.missing(r.table[j]), TS: r.replicaTS()}
}

func (r *Replica) receiveGossipRequest(env *protocol.Env, from protocol.NodeID) {
	if j := slices.Index(r.replicas, from); j >= 0 {
		env.Mark(markGossipRequested)
		r.sendGossip(env, j)
	}
}

// receiveGossip takes over the records that are new here, and what the sender is known to have.
func (r *Replica) receiveGossip(env *protocol.Env, from protocol.NodeID, g Gossip) {
	j := slices.Index(r.replicas, from)
	if j < 0 {
		return
	}
	h := heard{From: j, Log: r.news(g.Log), TS: g.TS}
	if len(h.Log) == 0 && r.table[j].Covers(g.TS) && r.replicaTS().Covers(g.TS) {
		r.settle(env, change{})
		r.hearClock(env, j, g.Time)
		return
	}
	c := change{Heard: &h}
	r.absorb(h)
	if r.ordering != nil {
		r.logChosen(&c)
	}
	r.settle(env, c)
	r.hearClock(env, j, g.Time)
	r.answerHeld(env)
}

// news returns the records that are not known here. A record is known if its creator's count of it is: the comparison
// of whole timestamps that the book gives would let in a record that is already here, when what it depends on is not.
func (r *Replica) news(log []*Record) []*Record {
	var fresh []*Record
	for _, record := range log {
		if record.ID().Number > r.replicaTS().at(record.Replica) {
			fresh = append(fresh, record)
		}
	}
	return fresh
}

// heard is what was new in a gossip message.
type heard struct {
	From int
	Log  []*Record
	TS   Timestamp
}

func (r *Replica) absorb(h heard) {
	known := h.TS
	for _, record := range h.Log {
		switch {
		case !r.isForced(record):
			r.log.add(record, false)
		case record.ID().Number == r.nextForced():
			r.logForced(record)
		}
	}
	if r.ordering != nil { // of forced records it has those that were logged, whatever the sender has
		known = known.with(r.forcedEntry(), r.nextForced()-1)
	}
	r.table[r.index] = merge(r.replicaTS(), known)
	r.table[h.From] = merge(r.table[h.From], h.TS)
}
