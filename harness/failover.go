package harness

import (
	"slices"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// primaryRole is the role that one replica at a time has, of systems that have it.
const primaryRole = "primary"

// failover returns the longest time from a crash of the primary until a replica took its role, that one or another, and
// whether there was any.
func failover(facts []protocol.Noted, faults []FaultReport) (longest time.Duration, found bool) {
	for i := range faults {
		f := &faults[i]
		if f.Resolved.Kind != nemesis.Crash || f.Begun < 0 {
			continue
		}
		primary, next := primaryAround(facts, f.Begun)
		if next >= 0 && slices.Contains(f.Resolved.Target.Nodes, primary) {
			longest, found = max(longest, next-f.Begun), true
		}
	}
	return longest, found
}

// primaryAround returns who was the primary at a time, "" if nobody was, and when somebody took the role after it, -1 if
// nobody did.
func primaryAround(facts []protocol.Noted, at time.Duration) (primary protocol.NodeID, next time.Duration) {
	for _, n := range facts {
		role, isRole := n.Fact.(protocol.Role)
		switch {
		case !isRole:
		case n.Time <= at && role.Name == primaryRole:
			primary = n.Node
		case n.Time <= at && primary == n.Node:
			primary = ""
		case n.Time > at && role.Name == primaryRole:
			return primary, n.Time
		}
	}
	return primary, -1
}
