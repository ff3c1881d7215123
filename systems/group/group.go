// Package group is process groups (section 14.2.2 of Coulouris, Dollimore & Kindberg, Figs 14.2 and 14.3): membership, and
// view-synchronous multicast to the members. Views are one sequence, each decided by a majority of the nodes of the one
// before (a primary partition, as in ISIS: Birman & Joseph 1987), by consensus on its members and on what is delivered in
// the old view before anybody goes on to the new one.
//
// Type Group is a layer that a machine embeds. The system of this package is the layer with an object on top: each update
// is multicast by the replica that a front end asks, and each replica applies what it delivers.
//
// The package must not know how the promises that it makes are judged.
package group

import (
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// System describes the process group.
func System() systems.System {
	return systems.System{
		Name:       "group",
		About:      "Replicas form a group whose views a majority agrees on, and multicast every update to it with view synchrony.",
		Figures:    "14.2-14.3",
		Serves:     services(),
		Options:    optionList(),
		Messages:   append(Messages(), Request{}, Reply{}),
		Facts:      Facts(),
		Marks:      append(Marks(), markCreated, markDestroyed, markRefusedAct, markLeft, markDuplicate, markKnownRequest, markMoved, markGaveUp),
		Promises:   promises(),
		Invariants: Invariants(),
		Mutants:    mutants(),
		Dynamic:    true,
		Replica:    newReplica,
		FrontEnd:   newFrontEnd,
	}
}

// The object that is the group itself, and the operations on it as a whole.
const (
	objectMulticast = "multicast"
	opCreate        = "create"
	opDestroy       = "destroy"
)

// services lists the group itself, and objects whose updates commute, so that any order of delivery will do.
func services() []systems.Service {
	return []systems.Service{
		{Object: objectMulticast, Operations: []string{"read", "multicast", opCreate, opDestroy}},
		{Object: "counter", Operations: []string{"read", "add"}},
		{Object: "set", Operations: []string{"read", "add"}},
		{Object: "board", Operations: []string{"read", "post"}},
	}
}

// promises lists the guarantees. What is not uniform may be lost with those who delivered it, and they may have delivered
// it in another order than the survivors. That members come and go is not claimed to be survived: how long it takes to leave
// under other faults is not bounded, and a front end of a closed group has nobody to turn to when its member has left.
func promises() []systems.Promise {
	survives := []nemesis.Kind{
		nemesis.Partition, nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Delay, nemesis.Loss,
		nemesis.Duplicate, nemesis.Reorder, nemesis.Bandwidth, nemesis.ClockSkew, nemesis.Hold, nemesis.Drop,
	}
	uniform := map[string]string{optionUniform: on}
	all := []systems.Promise{
		{Guarantee: guarantee.Membership},
		{Guarantee: guarantee.ViewSynchrony},
		{Guarantee: guarantee.FIFOOrder},
		{Guarantee: guarantee.CausalOrder, When: map[string]string{optionOrder: Causal}},
		{Guarantee: guarantee.CausalOrder, When: map[string]string{optionOrder: Total}},
		{Guarantee: guarantee.TotalOrder, When: map[string]string{optionOrder: Total, optionUniform: on}},
		{Guarantee: guarantee.Convergence, Objects: []string{"counter", "set", "board"}},
		{Guarantee: guarantee.Convergence, Objects: []string{objectMulticast}, When: map[string]string{optionOrder: Total}},
		{Guarantee: guarantee.Durability, When: uniform},
		{Guarantee: guarantee.ExactlyOnce},
		{Guarantee: guarantee.Available},
	}
	for i := range all {
		all[i].Survives = survives
	}
	return all
}

// The interesting states.
const (
	markProposed      = "proposed"        // a node began a ballot on a view
	markRefused       = "ballot-refused"  // its ballot met a higher one
	markAdopted       = "value-adopted"   // it proposed what another ballot may have decided
	markExcluded      = "excluded"        // a process learnt that it is no member any more
	markJoined        = "joined"          // a process joined
	markCreated       = "created"         // a process created the group
	markDestroyed     = "destroyed"       // a member left a group that was destroyed
	markRefusedAct    = "act-refused"     // the group was to be created and there was one, or to be destroyed and there was none
	markLeft          = "left"            // a process was let out of the group
	markRestarted     = "restarted"       // a node came back as another process
	markRebuilt       = "rebuilt"         // nobody had the state, and it was rebuilt from a disk
	markStateSent     = "state-sent"      // a member gave its state to one who joined
	markStateReceived = "state-received"  // who had joined got it
	markFlushed       = "flushed"         // a message was delivered at the end of a view
	markSendWaits     = "send-waits"      // a message waits for the next view
	markAskedAgain    = "asked-again"     // a member asked for a message that it lacks
	markDuplicate     = "duplicate"       // an update was delivered that had taken effect
	markKnownRequest  = "known-request"   // a request came that is executed or under way
	markMoved         = "front-end-moved" // a front end turned to another replica
	markGaveUp        = "gave-up"         // a front end gave an operation up
)

// Marks lists the marks that the layer notes.
func Marks() []string {
	return []string{
		markProposed, markRefused, markAdopted, markExcluded, markJoined, markRestarted, markRebuilt, markStateSent, markStateReceived,
		markFlushed, markSendWaits, markAskedAgain,
	}
}

var (
	_ protocol.Inspector = (*Replica)(nil)
	_ protocol.Leaver    = (*Replica)(nil)
	_ Application        = (*Replica)(nil)
)
