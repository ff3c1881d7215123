package passive

import (
	"time"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
)

// members is how a replica knows the others and speaks to them: a process group, or what goes without views.
type members interface {
	Start(env *protocol.Env, saved protocol.Saved)
	Timeout(env *protocol.Env, t protocol.Timer) bool
	Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) bool
	// Multicast sends to all, this replica too. It is delivered when all that count have it.
	Multicast(env *protocol.Env, payload string)
	// Ready tells whether this replica is one of them and has the state.
	Ready() bool
	// Blocked tells whether what is multicast now waits.
	Blocked() bool
	// Leased tells whether it is certain that no other replica can be the primary.
	Leased(env *protocol.Env) bool
	// Senior returns the primary, and whether it is this replica.
	Senior() (protocol.NodeID, bool)
	PID() group.PID
	Leave()
	Left() bool
	State() group.DiskState
}

// lease is how long a lease lasts: four heartbeats.
const lease = 200 * time.Millisecond

// newMembers returns what the options ask for.
func newMembers(c systems.Config, id protocol.NodeID, app group.Application) members {
	if c.Options[optionViews] == off {
		return newRoster(id, c.Replicas, app)
	}
	g := group.Config{
		Self: id, First: c.Replicas, Nodes: c.Everyone(), Order: group.FIFO, Uniform: true, Quiet: true, Forgets: c.Options[optionDurable] == off,
	}
	if c.Options[optionReads] == readsLease {
		g.Lease = lease
	}
	switch c.Mutant {
	case mutantMajority:
		g.Copies, g.Mutant = len(c.Replicas)/2+1, group.OwnCut
	case mutantAppliesEarly:
		if id != c.Replicas[0] {
			g.Copies = 1
		}
	case mutantNoFlush:
		g.Mutant = group.NoFlush
	}
	return group.New(g, app)
}
