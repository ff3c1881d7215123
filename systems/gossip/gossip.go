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
	"maps"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/nemesis"
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

// promises lists the guarantees. A crash may take what was not synced; a replica that loses its disk must stay out,
// for a timestamp that only its front end has seen would be given again.
func promises() []systems.Promise {
	commuting := []string{"counter", "set", "board"}
	told := map[string]string{optionSideChannel: timestamped}
	pinned := map[string]string{optionSideChannel: timestamped, optionFrontEnds: frontEndsPinned}
	survives := []nemesis.Kind{
		nemesis.Partition, nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Delay, nemesis.Loss,
		nemesis.Duplicate, nemesis.Reorder, nemesis.Bandwidth, nemesis.ClockSkew, nemesis.Hold, nemesis.Drop,
	}
	total := map[string]string{optionOrder: forcedOrder, optionCausalFrontEnds: noFrontEnds}
	noCausal := map[string]string{optionOrder: immediateOrder, optionCausalFrontEnds: noFrontEnds}
	immediate := map[string]string{optionOrder: immediateOrder, optionCausalFrontEnds: noFrontEnds, optionForcedFrontEnds: noFrontEnds}
	general := []systems.Promise{
		{Guarantee: guarantee.CausalWeak, When: told},
		{Guarantee: guarantee.Causal, When: pinned},
		{Guarantee: guarantee.Causal, Objects: []string{"set", "board"}, When: told},
		{Guarantee: guarantee.Session},
		{Guarantee: guarantee.Convergence, Objects: commuting},
		{Guarantee: guarantee.Durability, Objects: commuting},
		{Guarantee: guarantee.ExactlyOnce, Objects: []string{"counter", "board"}},
		{Guarantee: guarantee.Available},
	}
	ordered := []systems.Promise{
		{Guarantee: guarantee.Convergence, When: total},
		{Guarantee: guarantee.TotalOrder, When: map[string]string{optionOrder: forcedOrder}},
		{Guarantee: guarantee.Convergence, When: noCausal},
		{Guarantee: guarantee.TotalOrder, When: map[string]string{optionOrder: immediateOrder}},
		{Guarantee: guarantee.Linearizable, When: immediate},
	}
	for i := range ordered {
		ordered[i].Survives = survives
	}
	return slices.Concat(forTables(general, survives), ordered)
}

// forTables says under which faults promises hold with each kind of executed table. One that forgets by the clocks of all
// replicas is as good as an exact one, but front ends whose clocks are slow are refused. One that forgets by its own clock
// is good as long as no fault breaks what it trusts.
func forTables(general []systems.Promise, survives []nemesis.Kind) []systems.Promise {
	var out []systems.Promise
	for _, table := range []string{exactTable, deltaTable, tableByClock} {
		for _, p := range general {
			p.When = maps.Clone(p.When)
			if p.When == nil {
				p.When = map[string]string{}
			}
			p.When[optionExec] = table
			switch {
			case table == tableByClock:
			case table == deltaTable && p.Guarantee == guarantee.Available:
				p.Survives = slices.DeleteFunc(slices.Clone(survives), func(k nemesis.Kind) bool { return k == nemesis.ClockSkew })
			default:
				p.Survives = survives
			}
			out = append(out, p)
		}
	}
	return out
}

// The interesting states.
const (
	markQueryHeld       = "query-held"        // a query asks for what is not applied here
	markQueryReleased   = "query-released"    // what a held query waited for has come
	markQueryRetried    = "query-retried"     // a query was held too long
	markGossipRequested = "gossip-requested"  // a replica that holds a query asked for gossip
	markDuplicateUpdate = "duplicate-update"  // an update came that is known here
	markOutOfOrder      = "out-of-order"      // a record was applied before an earlier one of the same replica
	markChainApplied    = "chain-applied"     // records were applied that others in the same event made ready
	markExecutedHit     = "executed-hit"      // a second record of one update took no effect
	markDiscarded       = "discarded"         // records were dropped that every replica has
	markSnapshot        = "snapshot"          // a snapshot took the place of the log on disk
	markRecovered       = "recovered"         // a replica came back with what its disk kept
	markMoved           = "front-end-moved"   // a front end turned to another replica
	markLateUpdateReply = "late-update-reply" // an update that was answered or given up was confirmed again
	markGaveUp          = "gave-up"           // a front end gave an operation up
	markToldAgain       = "told-again"        // a message between clients arrived a second time
	markToldEarly       = "told-out-of-order" // a message between clients overtook an earlier one and waits for it

	// Where executed updates are forgotten.
	markTooOld            = "too-old"            // a message for an update was refused for its age
	markExecutedForgotten = "executed-forgotten" // a replica forgot that updates were executed

	// Of forced updates.
	markCandidate     = "candidate"      // a replica that heard of no primary wants to be it
	markElected       = "elected"        // a primary has finished what others had begun
	markDeposed       = "deposed"        // a primary heard of a higher ballot
	markRefused       = "refused"        // a message of a lower ballot was refused
	markForwarded     = "forwarded"      // a replica handed an update to the primary
	markNoPrimary     = "no-primary"     // an update came to a replica that is not primary, or not yet
	markProposedAgain = "proposed-again" // a new primary found a record that may be chosen
	markGapFilled     = "gap-filled"     // a new primary put a no-op between such records
	markNoOp          = "no-op"          // a no-op took its place
	markHeldBack      = "held-back"      // a chosen record came before one that has its place before it

	// Of immediate updates.
	markStopped        = "stopped"                  // a replica stopped for immediate updates
	markParked         = "update-parked"            // a causal update came to a replica that was stopped
	markOneStop        = "several-in-one-stop"      // more than one immediate update was ordered in one stop
	markAborted        = "attempt-aborted"          // stopped replicas were let go on without an immediate update
	markLateStop       = "late-stop"                // a replica was asked to stop for what was over
	markLetGo          = "let-go"                   // a replica that a primary had stopped was let go on by another one
	markForgotten      = "request-forgotten"        // the primary forgot an update that nobody asked for any more
	markImmediateAgain = "immediate-proposed-again" // a new primary found an immediate update that may be chosen
)

func marks() []string {
	return slices.Concat(causalMarks(), forgettingMarks(), forcedMarks(), immediateMarks())
}

func causalMarks() []string {
	return []string{
		markQueryHeld, markQueryReleased, markQueryRetried, markGossipRequested, markDuplicateUpdate, markOutOfOrder, markChainApplied,
		markExecutedHit, markDiscarded, markSnapshot, markRecovered, markMoved, markLateUpdateReply, markGaveUp, markToldAgain,
		markToldEarly,
	}
}

func forgettingMarks() []string { return []string{markTooOld, markExecutedForgotten} }

func forcedMarks() []string {
	return []string{
		markCandidate, markElected, markDeposed, markRefused, markForwarded, markNoPrimary, markProposedAgain, markGapFilled, markNoOp,
		markHeldBack,
	}
}

func immediateMarks() []string {
	return []string{
		markStopped, markParked, markOneStop, markAborted, markLateStop, markLetGo, markForgotten, markImmediateAgain,
	}
}

var (
	_ protocol.Inspector = (*Replica)(nil)
	_ protocol.Inspector = (*FrontEnd)(nil)
)
