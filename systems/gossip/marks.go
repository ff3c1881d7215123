package gossip

import "slices"

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
