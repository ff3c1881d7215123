package nemesis

import (
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Fault is one thing done to the system. Which fields count depends on its Kind (KindInfo.Fields).
type Fault struct {
	Kind    Kind
	Target  Target        // which nodes
	Shape   Shape         // of a partition that is drawn
	Groups  Groups        // of a partition that is given
	Links   Links         // directed links; of a partition: what is cut
	Clogs   Clogs         // of a partition: nodes that are cut off one by one
	Message string        // the message's name; "" is any
	Count   int           // how many messages at most; 0 is all
	Mode    Mode          // one of its kind's modes
	Lose    Lose          // what a crash takes from the disk
	Latency Range         // what a delay adds to a message, and a slow disk to a sync; how long a slow node takes for an event
	Limit   Limit         // of a bandwidth, for each link
	Chance  prng.Ratio    // for each message; of a fault on nodes, for each replica when the target is Each
	Offset  time.Duration // of a clock
	Strobe  time.Duration // after which a clock jumps by its offset, and after which it jumps back; 0: it does not
	Rate    prng.Ratio    // of a clock, and of the timers that it runs; 0: as it was
}

// Shape says how a partition is drawn.
type Shape string

// The shapes of partitions.
const (
	Halves           Shape = "halves"            // two halves, as equal as can be
	Isolate          Shape = "isolate"           // one replica against the others
	MajorityMinority Shape = "majority-minority" // a minority, as large as can be, against the others
	OneWay           Shape = "one-way"           // one replica hears nothing of the others, and is heard
	Bridge           Shape = "bridge"            // two halves, and one replica between them that talks to both
	// Ring lets each replica hear a majority, and no two the same one: Jepsen's majorities-ring-perfect.
	Ring Shape = "ring"
	// Swizzle cuts some replicas off one by one and heals them one by one in another order, within the time of the
	// fault: the swizzle-clogging of FoundationDB (its documentation, "Simulation and Testing").
	Swizzle Shape = "swizzle"
)

// Lose says what a crash takes from the disk.
type Lose string

// What a crash can take. The empty Lose is LoseNothing.
const (
	LoseNothing  Lose = "nothing"
	LoseUnsynced Lose = "unsynced" // a suffix of what no Sync covers; the last record left may be torn
	LoseAll      Lose = "all"      // the whole disk
)

// Mode says in which way a fault of a kind with several is done.
type Mode string

// The modes of a corruption.
const (
	Detected  Mode = "detected"  // the transport finds a damaged message out, and drops it
	Delivered Mode = "delivered" // a damaged message is delivered if it still is one
)

// The modes of a harm to a disk.
const (
	Torn     Mode = "torn" // a crash tears the last record that no sync covers
	Flip     Mode = "flip" // a crash, and any record is damaged, whether synced or not
	Full     Mode = "full" // a write fails and stops the node, as a failed fsync must
	SlowSync Mode = "slow" // a sync takes longer
)

// Limit is a number of bytes a second.
type Limit int64

// Range is a pair of durations, both included.
type Range struct{ Min, Max time.Duration }

// Link is a directed link between two nodes; Anybody stands for each.
type Link struct{ From, To protocol.NodeID }

// Links are directed links, each named once.
type Links []Link

// Anybody matches every node in a Link.
const Anybody protocol.NodeID = "*"

// Matches tells whether the link from -> to is meant.
func (l Link) Matches(from, to protocol.NodeID) bool {
	return (l.From == Anybody || l.From == from) && (l.To == Anybody || l.To == to)
}

// Clog is a node that is cut off from all others for a part of the time of a fault.
type Clog struct {
	Node   protocol.NodeID
	During Range // since the fault began: from Min on, up to but without Max
}

// Clogs are nodes with the time for which each is cut off, each named once. A front end that is none of them goes with
// the replica that it stands beside.
type Clogs []Clog

// Groups are the sides of a partition. Every replica is in one of them; a front end that is in none goes with the
// replica that it stands beside.
type Groups [][]protocol.NodeID

// Target says which nodes a fault is done to: a word, or names. Resolve turns a word into names.
type Target struct {
	Word  Word
	Nodes []protocol.NodeID
}

// Word is a target that is drawn when the fault begins.
type Word string

// The words for targets.
const (
	One      Word = "one"      // one replica
	Minority Word = "minority" // as many replicas as still leave a majority
	Majority Word = "majority" // the least majority of the replicas
	Everyone Word = "all"      // all replicas
	Each     Word = "each"     // each replica with the chance of the fault, whatever becomes of the others
	Primary  Word = "primary"  // the replica that took the role last; none if nobody has
)

// Action is a fault with its time.
type Action struct {
	At  time.Duration // since the start of the run
	For time.Duration // how long; 0: until the run is healed
	// Random says that the action was drawn from a recipe: of these one at least must take effect, of the others each.
	Random bool
	Fault
}

// Schedule is what is done in a run, in the order of At.
type Schedule []Action

// Evidence counts what a fault did, by name: dropped, delayed, restarted, ...
type Evidence map[string]int64

// Bites tells whether the evidence proves that a fault took effect: every count that the kind asks for is at least 1,
// and every minimum is reached. The second result names what is missing, such as "dropped: 0, needs 1".
func (e Evidence) Bites(f Fault, minima Evidence) (bool, string) { return bites(e, f, minima) }
