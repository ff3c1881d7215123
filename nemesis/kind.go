// Package nemesis holds what is done to a system, as data: kinds of faults, targets, schedules, and the evidence
// that each needs to count. All of it has a text form that parses back, so that it can be stored, read and shrunk.
//
// The package must not know how a backend carries a fault out.
package nemesis

import "slices"

// Kind names a kind of fault.
type Kind string

// The kinds of faults.
const (
	Partition Kind = "partition"
	Crash     Kind = "crash"
	Pause     Kind = "pause"
	Slow      Kind = "slow"
	Delay     Kind = "delay"
	Loss      Kind = "loss"
	Duplicate Kind = "duplicate"
	Reorder   Kind = "reorder"
	ClockSkew Kind = "clock-skew"
	Hold      Kind = "hold"
	Drop      Kind = "drop"
)

// Scope says what a kind of fault is done to.
type Scope uint8

// The scopes.
const (
	OnNodes Scope = iota // the nodes of Target
	OnLinks              // the links of Links (all, if none is named)
	OnSplit              // the links between groups, by Shape, Groups, Links or Clogs
)

// KindInfo is what there is to know of a kind of fault.
type KindInfo struct {
	Kind   Kind
	About  string
	Scope  Scope
	Fields []string // the fields of Fault that it reads, by their names in a scenario
	Proof  []string // the evidence that must be at least 1 for the fault to have taken effect
}

// Kinds returns all kinds.
func Kinds() []KindInfo {
	return []KindInfo{
		{Partition, "cuts the network: what is sent from one side to another is dropped; by shape (halves, isolate, majority-minority, one-way, bridge, ring, swizzle), groups, links or clogs", OnSplit, []string{"shape", "groups", "link", "clogs"}, []string{"dropped"}},
		{Crash, "stops a node and starts it again: what was in memory is lost, and of the disk what `lose` says (nothing, unsynced, all)", OnNodes, []string{"target", "lose"}, []string{"crashed", "restarted"}},
		{Pause, "stops a node for a while without its noticing: timers and messages wait", OnNodes, []string{"target"}, []string{"delayed"}},
		{Slow, "makes a node take a time, drawn anew, for each message, timer, call and end of a sync; what comes meanwhile queues up", OnNodes, []string{"target", "latency"}, []string{"delayed"}},
		{Delay, "adds a time, drawn anew for each message, to the latency of links", OnLinks, []string{"target", "link", "latency"}, []string{"delayed"}},
		{Loss, "loses messages with a chance", OnLinks, []string{"target", "link", "chance"}, []string{"dropped"}},
		{Duplicate, "delivers messages twice with a chance", OnLinks, []string{"target", "link", "chance"}, []string{"duplicated"}},
		{Reorder, "lets messages be overtaken with a chance", OnLinks, []string{"target", "link", "chance"}, []string{"reordered"}},
		{ClockSkew, "puts a node's clock forward or back", OnNodes, []string{"target", "offset"}, []string{"skewed"}},
		{Hold, "keeps messages in the network and lets them go when it ends", OnLinks, []string{"link", "message"}, []string{"held"}},
		{Drop, "drops messages, all or the first `count`", OnLinks, []string{"link", "message", "count"}, []string{"dropped"}},
	}
}

// Lookup returns what there is to know of a kind, and whether it exists.
func Lookup(k Kind) (KindInfo, bool) {
	for _, info := range Kinds() {
		if info.Kind == k {
			return info, true
		}
	}
	return KindInfo{}, false
}

// Takes tells whether faults of this kind read a field.
func (i KindInfo) Takes(field string) bool { return slices.Contains(i.Fields, field) }

// Counts returns the names of all evidence that faults of this kind report.
func (i KindInfo) Counts() []string {
	counts := slices.Clone(i.Proof)
	if i.Kind == Crash {
		counts = append(counts, "records_lost", "torn")
	}
	return counts
}
