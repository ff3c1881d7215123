// Package passive is passive, or primary-backup, replication (section 14.3.1 of Coulouris, Dollimore & Kindberg, Fig 14.4;
// Budhiraja, Marzullo, Schneider & Toueg 1993): front ends talk to one primary, which executes what they ask for and hands
// what came of it to the backups, all of them, before it answers. If it fails, a backup takes its place.
//
// The replicas are members of a group (package group); its most senior member is the primary, and updates go to the backups
// by view-synchronous multicast, so that those who go on into the next view have the same state, and know the same requests
// by their answers.
//
// The package must not know how the promises that it makes are judged.
package passive

import (
	"slices"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
)

// System describes passive replication.
func System() systems.System {
	return systems.System{
		Name:       "passive",
		About:      "A primary executes each request and answers when all backups have the update; a backup takes its place if it fails.",
		Figures:    "14.4",
		Serves:     services(),
		Options:    optionList(),
		Messages:   append(group.Messages(), Request{}, Reply{}, Redirect{}, Busy{}, Beat{}, Copy{}, Got{}),
		Facts:      append(group.Facts(), protocol.Own{Name: factApplied, Fields: applied{}}),
		Marks:      slices.Concat(group.Marks(), marks()),
		Promises:   promises(),
		Invariants: append(group.Invariants(), oneOrder()),
		Mutants:    mutants(),
		Forgets:    []map[string]string{{optionDurable: off}, {optionViews: off}},
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
	}
}

// The interesting states.
const (
	markPrimary      = "primary"         // a replica became the primary
	markAnsweredOld  = "answered-again"  // a request came again after it was executed, and was answered from the table
	markUnderWay     = "under-way"       // a request came again while its update was on its way to the backups
	markStale        = "stale-request"   // a request came that its front end has ended
	markRedirected   = "redirected"      // a front end asked a replica that is not the primary
	markBusy         = "busy"            // a request came while nobody could take it here
	markReadsBatched = "reads-batched"   // one mark served several reads
	markLeaseRead    = "lease-read"      // the primary answered a read by its lease
	markReadHeld     = "read-held"       // a read came with the token of what the replica does not have yet
	markLeft         = "left"            // a replica was let out of the group
	markMoved        = "front-end-moved" // a front end turned to another replica
	markGaveUp       = "gave-up"         // a front end gave an operation up
)

func marks() []string {
	return []string{
		markPrimary, markAnsweredOld, markUnderWay, markStale, markRedirected, markBusy, markReadsBatched, markLeaseRead, markReadHeld, markLeft, markMoved, markGaveUp,
	}
}

var (
	_ protocol.Inspector = (*Replica)(nil)
	_ protocol.Leaver    = (*Replica)(nil)
	_ group.Application  = (*Replica)(nil)
)
