package gossip

import (
	"cmp"
	"maps"
	"slices"

	"sunder/harness/protocol"
)

// ordering is what a replica has for forced and immediate updates besides the components of Fig 14.8. Timestamps then
// have one more component, behind those of the replicas: it counts the forced updates of all replicas together, immediate
// ones among them, and the primary does the counting. A replica that was elected by a majority is primary, and what a
// majority has on disk is chosen.
type ordering struct {
	promised Ballot              // the highest heard of; of a lower one nothing is accepted
	prepared map[uint64]Prepared // accepted and not logged yet, by position in the total order
	stopState

	// The rest is lost in a crash.
	chosen    map[uint64]*Record   // known to be chosen, held back until what comes before it is logged
	candidacy *candidacy           // nil unless this replica wants to be primary
	primacy   *primacy             // nil unless it is primary
	delivered []protocol.Delivered // what took effect in this event and is still to be noted
	pending   *pendingEnd          // the end of an attempt that waits for what is to be applied before
	parked    []parkedUpdate       // what came while this replica was stopped
}

func newOrdering() *ordering {
	return &ordering{prepared: map[uint64]Prepared{}, chosen: map[uint64]*Record{}}
}

// forcedEntry is the component of timestamps that counts forced updates.
func (r *Replica) forcedEntry() int { return len(r.replicas) }

func (r *Replica) isForced(record *Record) bool { return record.Replica == len(r.replicas) }

// components is how many entries timestamps have.
func components(o options, replicas int) int {
	if o.order == causalOrder {
		return replicas
	}
	return replicas + 1
}

// receiveOrdering handles a message that only orders other than the causal one have.
func (r *Replica) receiveOrdering(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case Forward:
		r.receiveForward(env, m)
	case Heartbeat:
		r.receiveHeartbeat(env, from, m)
	case Elect:
		r.receiveElect(env, from, m)
	case Vote:
		r.receiveVote(env, from, m)
	case Refusal:
		r.receiveRefusal(env, m)
	case Prepare:
		r.receivePrepare(env, from, m)
	case PrepareAck:
		r.receivePrepareAck(env, from, m)
	case Chosen:
		r.receiveChosen(env, m)
	default:
		r.receiveStopping(env, from, m)
	}
}

// receiveStopping handles a message that only immediate updates need.
func (r *Replica) receiveStopping(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case Stop:
		r.receiveStop(env, from, m)
	case Stopped:
		r.receiveStopped(env, from, m)
	case Commit:
		r.receiveEnd(env, from, end(m))
	case Abort:
		r.receiveEnd(env, from, end(m))
	case Ended:
		r.receiveEnded(env, from, m)
	}
}

// nextForced is the position of the forced record that is to be logged next.
func (r *Replica) nextForced() uint64 { return r.replicaTS().at(r.forcedEntry()) + 1 }

// logForced logs the record whose turn it is. Forced records are logged without a gap: behind a gap, the test of what is
// new in gossip would refuse what belongs into it for ever.
func (r *Replica) logForced(record *Record) {
	r.log.add(record, false)
	at := record.ID().Number
	r.table[r.index] = r.replicaTS().with(r.forcedEntry(), at)
	delete(r.ordering.prepared, at)
	delete(r.ordering.chosen, at)
}

// logChosen logs the chosen records whose turn has come, and tells the change of them.
func (r *Replica) logChosen(c *change) {
	for {
		record, known := r.ordering.chosen[r.nextForced()]
		if !known {
			return
		}
		r.logForced(record)
		c.Forced = append(c.Forced, record)
	}
}

// hasGap tells whether a forced record must wait for one before it. That it is logged behind all of those is not enough:
// one of them may wait for what it depends on.
func (r *Replica) hasGap(e *entry) bool {
	return r.isForced(e.Record) && e.ID().Number != r.valueTS.at(e.Replica)+1 && r.mutant != mutantForcedGap
}

// deliver remembers to note that a forced record took effect. A no-op has no number of its front end; it goes by its
// position, so that it is seen if another replica has something else there.
func (r *Replica) deliver(e *entry) {
	position := e.ID().Number
	id := protocol.MessageID{Sender: e.CID.FrontEnd.Node, Boot: e.CID.FrontEnd.Incarnation, Seq: e.CID.Seq}
	if e.isNoOp() {
		id.Seq = position
	}
	r.ordering.delivered = append(r.ordering.delivered, protocol.Delivered{ID: id, Position: position})
}

// noteDelivered notes what took effect, when the disk has it.
func (r *Replica) noteDelivered(env *protocol.Env) {
	for _, d := range r.ordering.delivered {
		env.Note(d)
	}
	r.ordering.delivered = r.ordering.delivered[:0]
}

// OrderingState is what a person sees of a replica's ordering: what it has on disk. Its role is noted as a fact.
type OrderingState struct {
	Promised Ballot     `json:"promised"`
	Prepared []Prepared `json:"prepared,omitempty"`
	stopState
}

func (o *ordering) state() *OrderingState {
	return &OrderingState{Promised: o.promised, Prepared: o.preparedList(), stopState: o.stopState}
}

// preparedList returns what is accepted in the order of the positions.
func (o *ordering) preparedList() []Prepared {
	return slices.SortedFunc(maps.Values(o.prepared), func(a, b Prepared) int {
		return cmp.Compare(a.Record.ID().Number, b.Record.ID().Number)
	})
}
