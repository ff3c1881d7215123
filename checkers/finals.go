package checkers

import (
	"fmt"
	"slices"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// FinalRead names what a final read was of and by whom it was answered.
type FinalRead struct {
	Key     string
	Replica protocol.NodeID
}

// Finals are the reads of the final phase, in which clients ask each replica by name.
type Finals struct {
	Keys     []string          // sorted
	Replicas []protocol.NodeID // sorted, those too that did not answer
	Reads    map[FinalRead]int // the last one that ended ok: positions in History.Operations
}

// FinalReads returns the final reads of a history; none if it has no final phase.
func FinalReads(in Input) Finals {
	f := Finals{Reads: map[FinalRead]int{}}
	for _, i := range in.History.Finals() {
		op := &in.History.Operations[i]
		if op.Via() == "" || !in.Object.ReadOnly(op.F) {
			continue
		}
		f.Keys = append(f.Keys, op.Key)
		f.Replicas = append(f.Replicas, op.Via())
		if op.Outcome == protocol.OK {
			f.Reads[FinalRead{op.Key, op.Via()}] = i
		}
	}
	slices.Sort(f.Keys)
	slices.Sort(f.Replicas)
	f.Keys, f.Replicas = slices.Compact(f.Keys), slices.Compact(f.Replicas)
	return f
}

// DestroyedAfter tells whether what an update of a group left may be gone with the group: a destroy that did not fail may have
// taken effect after it.
func DestroyedAfter(in Input, update *history.Operation) bool {
	if in.Object.Name != "multicast" {
		return false
	}
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if op.F == "destroy" && op.Outcome != protocol.Fail && (op.Outcome != protocol.OK || op.Return > update.Call) {
			return true
		}
	}
	return false
}

// Missing names a replica that has not answered a final read of some key, "" if all have.
func (f Finals) Missing() string {
	for _, replica := range f.Replicas {
		for _, key := range f.Keys {
			if _, ok := f.Reads[FinalRead{key, replica}]; !ok {
				return fmt.Sprintf("no final read of %q from %s ended ok", Cut(key), replica)
			}
		}
	}
	return ""
}

// Positions returns the final reads in the order of their invocations.
func (f Finals) Positions() []int {
	var out []int
	for _, i := range f.Reads {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}
