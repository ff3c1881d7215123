// Package active is active replication, the replicated state machine (section 14.3.2 of Coulouris, Dollimore & Kindberg,
// Fig 14.5; Schneider 1990): front ends hand requests to a group of replicas that play the same role; a totally ordered
// multicast gives each request its place, and every replica executes all of them in that order and answers.
//
// The replicas are members of a group (package group). Requests that come again, through the same replica or another, are
// found out when they are delivered, by a table that is a part of the replicated state.
//
// The package must not know how the promises that it makes are judged.
package active

import (
	"slices"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
)

// System describes active replication.
func System() systems.System {
	return systems.System{
		Name:       "active",
		About:      "Every replica executes every request, in one order that a multicast gives them, and answers it.",
		Figures:    "14.5",
		Serves:     services(),
		Options:    optionList(),
		Messages:   append(group.Messages(), Request{}, Reply{}),
		Facts:      append(group.Facts(), protocol.Own{Name: factExecuted, Fields: executed{}}),
		Marks:      slices.Concat(group.Marks(), marks()),
		Promises:   promises(),
		Invariants: append(group.Invariants(), oneOrder()),
		Mutants:    mutants(),
		Dynamic:    true,
		Replica:    newReplica,
		FrontEnd:   newFrontEnd,
	}
}

func services() []systems.Service {
	return []systems.Service{
		{Object: "register", Operations: []string{"read", "write", "cas"}},
		{Object: "counter", Operations: []string{"read", "add"}},
		{Object: "set", Operations: []string{"read", "add"}},
		{Object: "log", Operations: []string{"read", "append"}},
		{Object: "bank", Operations: []string{"read", "deposit", "withdraw"}},
		{Object: "board", Operations: []string{"read", "post"}},
	}
}

// The interesting states.
const (
	markDuplicate   = "duplicate"       // a request was delivered that had been executed
	markAnsweredOld = "answered-again"  // a request came again after it was executed, and was answered from the table
	markUnderWay    = "under-way"       // a request came again while its multicast was under way
	markStale       = "stale-request"   // a request came, or was delivered, that its front end has ended
	markReadWaits   = "read-waits"      // a local read waits until the replica reflects what its front end has seen
	markOutvoted    = "outvoted"        // a front end took an answer that another replica contradicts
	markLeft        = "left"            // a replica was let out of the group
	markMoved       = "front-end-moved" // a front end turned to another replica
	markGaveUp      = "gave-up"         // a front end gave an operation up
)

func marks() []string {
	return []string{
		markDuplicate, markAnsweredOld, markUnderWay, markStale, markReadWaits, markOutvoted, markLeft, markMoved, markGaveUp,
	}
}

var (
	_ protocol.Inspector = (*Replica)(nil)
	_ protocol.Leaver    = (*Replica)(nil)
	_ group.Application  = (*Replica)(nil)
)
