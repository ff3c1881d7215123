package gossip

import (
	"slices"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/systems"
)

// The planted bugs. Each is one branch where the code takes the decision that the bug gets wrong.
const (
	mutantApplyUnstable      = "GOS-M1"
	mutantHastyQuery         = "GOS-M2"
	mutantNoExecutedTable    = "GOS-M3"
	mutantHitSkipsMerge      = "GOS-M4"
	mutantTableOnSend        = "GOS-M5"
	mutantDiscardEarly       = "GOS-M6"
	mutantDiscardFirst       = "GOS-M7"
	mutantNoSync             = "GOS-M8"
	mutantForgetsRead        = "GOS-M9"
	mutantBareSideChannel    = "GOS-M10"
	mutantAppliedByTimestamp = "GOS-M11"
	mutantSinglePass         = "GOS-M12"
	mutantForcedGap          = "GOS-M13"
	mutantNoMajority         = "GOS-M14"
	mutantAnswersStopped     = "GOS-M15"
	mutantForgetsStop        = "GOS-M16"
	mutantStopsMajority      = "GOS-M17"
	mutantNoBarrier          = "GOS-M18"
	mutantNoAbort            = "GOS-M19"
	mutantAnyAge             = "GOS-M20"
	mutantLeavesOpen         = "GOS-M21"
	mutantNewIDOnRetry       = "FE-M1"
	mutantFailOnTimeout      = "FE-M2"
	mutantLateReply          = "FE-M3"
)

func mutants() []systems.Mutant {
	return slices.Concat(causalMutants(), orderingMutants(), frontEndMutants())
}

// causalMutants are bugs of replicas in causal order.
func causalMutants() []systems.Mutant {
	within, grow := guarantee.Invariant(timestampsWithinName), guarantee.Invariant(timestampsGrowName)
	discards, once := guarantee.Invariant(discardedEverywhereName), guarantee.Invariant(executedOnceName)
	return []systems.Mutant{
		{
			Name: mutantApplyUnstable, About: "applies updates though what they depend on is not applied",
			CaughtBy: []guarantee.Name{guarantee.CausalWeak, guarantee.Session, within},
			Scenario: "gossip/mutants/gos-m1",
		},
		{
			Name: mutantHastyQuery, About: "answers queries though what they depend on is not applied",
			CaughtBy: []guarantee.Name{guarantee.CausalWeak, guarantee.Session},
			Scenario: "gossip/mutants/gos-m2",
		},
		{
			Name: mutantNoExecutedTable, About: "has no table of executed operations",
			CaughtBy: []guarantee.Name{guarantee.ExactlyOnce, once},
			Scenario: "gossip/mutants/gos-m3",
		},
		{
			Name: mutantHitSkipsMerge, About: "does not count a record whose update has taken effect already as applied in the value timestamp",
			CaughtBy: []guarantee.Name{guarantee.Available},
			Scenario: "gossip/mutants/gos-m4",
		},
		{
			Name: mutantTableOnSend, About: "believes that a replica has what was sent to it",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Durability, discards},
			Scenario: "gossip/mutants/gos-m5",
		},
		{
			Name: mutantDiscardEarly, About: "drops a record when some other replica has it, not all",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Durability, discards},
			Scenario: "gossip/mutants/gos-m6",
		},
		{
			Name: mutantDiscardFirst, About: "drops records before it applies any, and does not look whether they are applied",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Durability},
			Scenario: "gossip/mutants/gos-m7",
		},
		{
			Name: mutantNoSync, About: "answers an update before the disk has it",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Durability, grow},
			Scenario: "gossip/mutants/gos-m8",
		},
		{
			Name: mutantForgetsRead, About: "a front end does not keep the timestamp of what it has read",
			CaughtBy: []guarantee.Name{guarantee.CausalWeak, guarantee.Session},
			Scenario: "gossip/mutants/gos-m9",
		},
		{
			Name: mutantBareSideChannel, About: "messages between clients carry no timestamp",
			CaughtBy: []guarantee.Name{guarantee.CausalWeak, guarantee.Causal},
			Scenario: "gossip/mutants/gos-m10",
		},
		{
			Name: mutantAppliedByTimestamp, About: "takes a record for applied when the value timestamp covers its timestamp",
			CaughtBy: []guarantee.Name{guarantee.Durability, guarantee.Session},
			Scenario: "gossip/mutants/gos-m11",
		},
		{
			Name: mutantSinglePass, About: "looks at waiting records once, in the order of their arrival",
			CaughtBy: []guarantee.Name{guarantee.CausalWeak, guarantee.Session},
			Scenario: "gossip/mutants/gos-m12",
		},
		{
			Name: mutantAnyAge, About: "accepts messages that are so old that their updates may be forgotten",
			CaughtBy: []guarantee.Name{guarantee.ExactlyOnce, once},
			Scenario: "gossip/mutants/gos-m20",
		},
	}
}

// orderingMutants are bugs of forced and immediate updates.
func orderingMutants() []systems.Mutant {
	order, stops := guarantee.Invariant(forcedOrderName), guarantee.Invariant(immediateOrderName)
	return []systems.Mutant{
		{
			Name: mutantForcedGap, About: "applies a forced record though one before it is not applied",
			CaughtBy: []guarantee.Name{guarantee.TotalOrder, order},
			Scenario: "gossip/mutants/gos-m13",
		},
		{
			Name: mutantNoMajority, About: "takes a forced record for chosen as soon as the primary itself has it",
			CaughtBy: []guarantee.Name{guarantee.TotalOrder, order},
			Scenario: "gossip/mutants/gos-m14",
		},
		{
			Name: mutantAnswersStopped, About: "a replica answers queries though it is stopped for an immediate update",
			CaughtBy: []guarantee.Name{guarantee.Linearizable},
			Scenario: "gossip/mutants/gos-m15",
		},
		{
			Name: mutantForgetsStop, About: "a replica that is started again is stopped no more",
			CaughtBy: []guarantee.Name{guarantee.Linearizable, stops},
			Scenario: "gossip/mutants/gos-m16",
		},
		{
			Name: mutantStopsMajority, About: "the primary orders an immediate update when a majority has stopped, not all",
			CaughtBy: []guarantee.Name{guarantee.Linearizable, stops},
			Scenario: "gossip/mutants/gos-m17",
		},
		{
			Name: mutantNoBarrier, About: "an update that is accepted after an immediate one need not come after it elsewhere",
			CaughtBy: []guarantee.Name{stops},
			Scenario: "gossip/mutants/gos-m18",
		},
		{
			Name: mutantNoAbort, About: "a new primary does not let go on whom a former one has stopped",
			CaughtBy: []guarantee.Name{guarantee.Available},
			Scenario: "gossip/mutants/gos-m19",
		},
		{
			Name: mutantLeavesOpen, About: "a new primary does not close the order behind what it found unfinished",
			CaughtBy: []guarantee.Name{stops},
			Scenario: "gossip/mutants/gos-m21",
		},
	}
}

// frontEndMutants are bugs that front ends of all systems may have.
func frontEndMutants() []systems.Mutant {
	return []systems.Mutant{
		{
			Name: mutantNewIDOnRetry, About: "a front end gives an update a new number when it sends it again",
			CaughtBy: []guarantee.Name{guarantee.ExactlyOnce},
			Scenario: "gossip/mutants/fe-m1",
		},
		{
			Name: mutantFailOnTimeout, About: "a front end says of an update without an answer that it failed",
			CaughtBy: []guarantee.Name{guarantee.Durability},
			Scenario: "gossip/mutants/fe-m2",
		},
		{
			Name: mutantLateReply, About: "a front end takes the answer to a former operation for that to the present one",
			CaughtBy: []guarantee.Name{guarantee.Causal, guarantee.CausalWeak, guarantee.Session},
			Scenario: "gossip/mutants/fe-m3",
		},
	}
}

// applyInOrderOfArrival is what mutantSinglePass does in place of apply.
func (r *Replica) applyInOrderOfArrival(env *protocol.Env, c *change, facts *changed) {
	for _, e := range r.log.entries {
		if i := slices.Index(r.log.waiting, e); i >= 0 && r.ready(e) {
			r.applyWaiting(env, i, c, facts)
		}
	}
}

// leaveOpen is what mutantLeavesOpen does in place of proposing all of the records: the last is the closing no-op.
func (r *Replica) leaveOpen(env *protocol.Env, records []*Record) {
	r.ordering.primacy.recoverTo--
	r.propose(env, records[:len(records)-1]...)
	r.spread(env)
}

// somewhere is what mutantDiscardEarly asks in place of everywhere: whether another replica is known to have a record.
func (r *Replica) somewhere(e *entry) bool {
	for j, row := range r.table {
		if j != r.index && row.at(e.Replica) >= e.ID().Number {
			return true
		}
	}
	return false
}
