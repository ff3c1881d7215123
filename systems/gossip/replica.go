package gossip

import (
	"fmt"
	"slices"
	"time"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/object"
)

// timerGossip runs out when it is time to send gossip.
const timerGossip protocol.Timer = "gossip"

// Replica is a replica manager of Fig 14.8. Everything but the held queries is on disk before anybody is told of it.
type Replica struct {
	options  options
	mutant   string
	replicas []protocol.NodeID
	index    int // this replica's entry in timestamps

	value    object.Object
	valueTS  Timestamp   // what value reflects
	table    []Timestamp // timestamp table: what each replica is known to have; row index is the replica timestamp
	common   Timestamp   // what all replicas were known to have when the log was last gone through; this slice changes
	log      updateLog
	executed executedTable
	held     []heldQuery
	ordering *ordering // nil in causal order

	forgetting *forgetting // nil if the executed table is exact

	holds  uint64 // queries held since the start
	stored int    // changes on disk since the last snapshot
}

// newReplica returns the replica of a name.
func newReplica(c systems.Config, id protocol.NodeID) protocol.Machine {
	value, known := object.New(c.Object)
	if !known {
		panic(fmt.Sprintf("gossip: there is no object %q", c.Object))
	}
	o := parseOptions(c.Options)
	entries := components(o, len(c.Replicas))
	r := &Replica{
		options:  o,
		mutant:   c.Mutant,
		replicas: c.Replicas,
		index:    slices.Index(c.Replicas, id),
		value:    value,
		valueTS:  make(Timestamp, entries),
		table:    zeros(len(c.Replicas), entries),
		common:   make(Timestamp, entries),
		log:      newLog(),
		executed: executedTable{},

		forgetting: newForgetting(o, len(c.Replicas)),
	}
	if o.order != causalOrder {
		r.ordering = newOrdering()
	}
	return r
}

// replicaTS covers all records that this replica has ever logged.
func (r *Replica) replicaTS() Timestamp { return r.table[r.index] }

// Start brings back what the disk kept. Held queries are lost: their front ends ask again. A crash of the process alone
// leaves records that no Sync covers, and nobody may hear of them before one does.
func (r *Replica) Start(env *protocol.Env, saved protocol.Saved) {
	r.recover(saved)
	if saved.Boot > 0 {
		env.Sync()
		env.Mark(markRecovered)
	}
	r.note(env, changed{})
	env.SetTimer(timerGossip, r.options.gossipInterval)
	if r.ordering != nil {
		r.awaitPrimary(env, suspectAfter)
	}
}

// Receive handles a message.
func (r *Replica) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case Query:
		r.receiveQuery(env, from, m)
	case Update:
		r.receiveUpdate(env, from, m)
	case Gossip:
		r.receiveGossip(env, from, m)
	case GossipRequest:
		r.receiveGossipRequest(env, from)
	case Ack:
		r.receiveAck(env, m)
	default:
		if r.ordering != nil {
			r.receiveOrdering(env, from, m)
		}
	}
}

// Timeout handles a timer.
func (r *Replica) Timeout(env *protocol.Env, t protocol.Timer) {
	switch t {
	case timerGossip:
		r.gossip(env)
	case timerSuspect:
		r.stand(env)
	case timerHeartbeat:
		r.beat(env)
	default:
		r.holdEnds(env, t)
	}
}

// ReplicaState is what a person sees of a replica: the components of Fig 14.8.
type ReplicaState struct {
	Value    any           `json:"value"`
	ValueTS  Timestamp     `json:"value_ts"`
	Table    []Timestamp   `json:"table"`
	Log      []LogEntry    `json:"log"`
	Executed []executedRow `json:"executed"`
	Held     []QueryID     `json:"held,omitempty"`

	Ordering *OrderingState `json:"ordering,omitempty"`
	Horizon  time.Duration  `json:"horizon,omitempty"` // the clock after a restart, where replicas forget by clocks
}

// LogEntry is a record of the log, in the order of arrival.
type LogEntry struct {
	Record
	Applied bool `json:"applied"`
}

// State returns a copy of the replica's state.
func (r *Replica) State() any {
	s := ReplicaState{
		Value:    r.value.State(),
		ValueTS:  r.valueTS,
		Table:    slices.Clone(r.table),
		Log:      r.log.list(),
		Executed: r.executed.rows(),
	}
	if r.ordering != nil {
		s.Ordering = r.ordering.state()
	}
	if r.forgetting != nil {
		s.Horizon = r.forgetting.horizon
	}
	for _, h := range r.held {
		s.Held = append(s.Held, h.query.ID)
	}
	return s
}

// heldQuery is a query that asks for more than is applied here.
type heldQuery struct {
	from  protocol.NodeID
	query Query
	timer protocol.Timer
}

// holdTime is how long a query is held (HOLD).
const holdTime = time.Second
