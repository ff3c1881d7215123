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
	Corrupt   Kind = "corrupt"
	Bandwidth Kind = "bandwidth"
	ClockSkew Kind = "clock-skew"
	Disk      Kind = "disk"
	Hold      Kind = "hold"
	Drop      Kind = "drop"
	Leave     Kind = "leave"
	Join      Kind = "join"
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
	Modes  []ModeInfo
	Proof  []string // the evidence that must be at least 1 for the fault to have taken effect
}

// ModeInfo is one way in which a kind of fault can be done. A kind that has modes needs one.
type ModeInfo struct {
	Mode  Mode
	Proof []string // the evidence that must be at least 1 besides that of the kind
}

// Kinds returns all kinds.
func Kinds() []KindInfo {
	return []KindInfo{
		{Partition, "cuts the network: what is sent from one side to another is dropped; by shape (halves, isolate, majority-minority, one-way, bridge, ring, swizzle), groups, links or clogs", OnSplit, []string{"shape", "groups", "link", "clogs"}, nil, []string{"dropped"}},
		{Crash, "stops a node and starts it again: what was in memory is lost, and of the disk what `lose` says (nothing, unsynced, all)", OnNodes, []string{"target", "chance", "lose"}, nil, []string{"crashed", "restarted"}},
		{Pause, "stops a node for a while without its noticing: timers and messages wait", OnNodes, []string{"target", "chance"}, nil, []string{"delayed"}},
		{Slow, "makes a node take a time, drawn anew, for each message, timer, call and end of a sync; what comes meanwhile queues up", OnNodes, []string{"target", "chance", "latency"}, nil, []string{"delayed"}},
		{Delay, "adds a time, drawn anew for each message, to the latency of links", OnLinks, []string{"target", "link", "latency"}, nil, []string{"delayed"}},
		{Loss, "loses messages with a chance", OnLinks, []string{"target", "link", "chance"}, nil, []string{"dropped"}},
		{Duplicate, "delivers messages twice with a chance", OnLinks, []string{"target", "link", "chance"}, nil, []string{"duplicated"}},
		{Reorder, "lets messages be overtaken with a chance", OnLinks, []string{"target", "link", "chance"}, nil, []string{"reordered"}},
		{
			Corrupt, "damages messages with a chance: detected ones fail a checksum and are dropped, delivered ones have a bit flipped and arrive if they can still be decoded",
			OnLinks, []string{"target", "link", "message", "mode", "chance"}, []ModeInfo{{Detected, []string{"dropped"}}, {Delivered, []string{"delivered"}}}, []string{"corrupted"},
		},
		{Bandwidth, "lets only so many bytes a second through each link; messages, as long as their JSON, queue up and are let go when it ends", OnLinks, []string{"target", "link", "limit"}, nil, []string{"queued"}},
		{ClockSkew, "puts a node's clock forward or back, all the time or to and fro (strobe), or makes it run at another rate, and its timers with it", OnNodes, []string{"target", "chance", "offset", "strobe", "rate"}, nil, []string{"skewed"}},
		{
			Disk, "harms a node's disk: torn and flip crash the node, and when it starts again the last record that no sync covers, or any record with all after it, is damaged and cut off; full makes its next write fail, which stops it until the fault ends; slow makes each sync take longer",
			OnNodes, []string{"target", "chance", "mode", "latency"},
			[]ModeInfo{
				{Torn, []string{"crashed", "restarted", "torn"}},
				{Flip, []string{"crashed", "restarted", "flipped"}},
				{Full, []string{"failed", "restarted"}},
				{SlowSync, []string{"delayed"}},
			}, nil,
		},
		{Hold, "keeps messages in the network and lets them go when it ends", OnLinks, []string{"link", "message"}, nil, []string{"held"}},
		{Drop, "drops messages, all or the first `count`", OnLinks, []string{"link", "message", "count"}, nil, []string{"dropped"}},
		{Leave, "asks a replica to leave the cluster for good, and stops it when it says that it has left; its disk stays", OnNodes, []string{"target", "chance"}, nil, []string{"left"}},
		{Join, "starts a replica that is not in the cluster, a spare or one that has left, and it is in for good; it counts when it was down and another node got a message from it", OnNodes, []string{"target", "chance"}, nil, []string{"joined", "answered"}},
	}
}

// ForGood tells whether what faults of a kind do is never undone: it takes no time, and is not drawn at random.
func (k Kind) ForGood() bool { return k == Leave || k == Join }

// Lookup returns what there is to know of a kind, and whether it exists.
func Lookup(k Kind) (KindInfo, bool) {
	for _, info := range Kinds() {
		if info.Kind == k {
			return info, true
		}
	}
	return KindInfo{}, false
}

// modes returns the names of the kind's modes.
func (i KindInfo) modes() []Mode {
	var out []Mode
	for _, m := range i.Modes {
		out = append(out, m.Mode)
	}
	return out
}

// proof returns the evidence that a fault of this kind must have in a mode.
func (i KindInfo) proof(m Mode) []string {
	out := slices.Clone(i.Proof)
	for _, info := range i.Modes {
		if info.Mode == m {
			out = append(out, info.Proof...)
		}
	}
	return out
}

// Takes tells whether faults of this kind read a field.
func (i KindInfo) Takes(field string) bool { return slices.Contains(i.Fields, field) }

// Counts returns the names of all evidence that faults of this kind report.
func (i KindInfo) Counts() []string {
	counts := slices.Clone(i.Proof)
	for _, m := range i.Modes {
		for _, name := range m.Proof {
			if !slices.Contains(counts, name) {
				counts = append(counts, name)
			}
		}
	}
	switch i.Kind {
	case Crash:
		counts = append(counts, "records_lost", "torn")
	case Disk:
		counts = append(counts, "records_lost")
	case Corrupt:
		counts = append(counts, "undecodable")
	case ClockSkew:
		counts = append(counts, "jumps", "timers")
	case Bandwidth:
		counts = append(counts, "carried")
	}
	return counts
}
