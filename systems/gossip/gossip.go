// Package gossip is the gossip architecture of Figs 14.6 to 14.8 (Ladin, Liskov, Shrira & Ghemawat, "Providing high
// availability using lazy replication", ACM TOCS 1992). In causal order a replica answers an update at once and applies
// it when all that it depends on is applied; a query is answered from a state that has all that its client has seen or
// done; replicas tell one another lazily, by gossip. In forced order a primary, elected by a majority, gives each update
// besides a place in one order of all, and answers it when a majority has agreed. In immediate order the primary stops all
// replicas for each update, so that it has one place among all updates of every kind.
//
// That an update takes effect once is seen to by a table of those executed, which is exact, or forgets by the clock as in
// the book and the paper.
//
// What depends on what is told by vector timestamps: a front end keeps one that covers all its client has observed,
// and sends it with every request.
//
// The package must not know how the promises that it makes are judged.
package gossip

import (
	"sunder/harness/protocol"
	"sunder/systems"
)

// System describes the gossip architecture.
func System() systems.System {
	return systems.System{
		Name:       "gossip",
		About:      "Replicas answer updates at once and exchange them lazily; every client sees a causally consistent state. Updates can be forced into one order, or be immediate.",
		Figures:    "14.6-14.8",
		Serves:     services(),
		Options:    optionList(),
		Messages:   messages(),
		Facts:      []protocol.Own{{Name: factChanged, Fields: changed{}}},
		Marks:      marks(),
		Promises:   promises(),
		Invariants: invariants(),
		Mutants:    mutants(),
		Replica:    newReplica,
		FrontEnd:   newFrontEnd,
	}
}

// The operations of front ends themselves: a client tells another something, and hears it (Fig 14.7).
const (
	tell = "tell"
	hear = "hear"
)

// services lists what is served. A cas would need an order of all updates.
func services() []systems.Service {
	return []systems.Service{
		{Object: "register", Operations: []string{"read", "write", tell, hear}},
		{Object: "counter", Operations: []string{"read", "add", tell, hear}},
		{Object: "set", Operations: []string{"read", "add", tell, hear}},
		{Object: "board", Operations: []string{"read", "post", tell, hear}},
	}
}

var (
	_ protocol.Inspector = (*Replica)(nil)
	_ protocol.Inspector = (*FrontEnd)(nil)
)
