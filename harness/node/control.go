package node

import (
	"encoding/json"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// Version is the version of the control protocol. A node refuses to be configured in another.
const Version = 1

// lineMax is the longest line of the control stream in bytes.
const lineMax = 16 << 20

// Request is a line from the controller to a node. Exactly one of its parts is set. A part that has an answer is
// answered by a Report with the same ID; Invoke has none, and Beat has one if it has an ID.
//
// A process is told Configure first, which makes it listen and read its disk, then Start, which starts the machine:
// so that every node of a cluster listens before the first one sends. Rules that are begun in between hold from the
// machine's first step on.
type Request struct {
	ID uint64 `json:"id,omitempty"` // chosen by the controller; 0: no answer is wanted

	Configure *Configure `json:"configure,omitempty"` // answered by Ready
	Start     *Start     `json:"start,omitempty"`     // answered by Done
	Invoke    *Invoke    `json:"invoke,omitempty"`    // its Completed comes when the front end replies, if it does
	State     *Show      `json:"state,omitempty"`     // answered by State
	Begin     *Rule      `json:"begin,omitempty"`     // answered by Done
	End       *End       `json:"end,omitempty"`       // answered by Ended
	Leave     *Leave     `json:"leave,omitempty"`     // answered by Done; that it has left the machine tells by a fact, protocol.Left
	Halt      *Halt      `json:"halt,omitempty"`      // answered by Halted
	Stop      *Stop      `json:"stop,omitempty"`      // answered by Done, and the process ends with exit code 0
	Renew     *Renew     `json:"renew,omitempty"`     // answered by Done, by the process that begins anew
	Beat      *Beat      `json:"beat,omitempty"`      // keeps the lease; answered by Done and At
}

// Configure says what the process is to be.
type Configure struct {
	Version  int               `json:"version"`
	System   string            `json:"system"`
	Object   string            `json:"object"`
	Options  map[string]string `json:"options,omitempty"` // every option of the system
	Mutant   string            `json:"mutant,omitempty"`
	Node     protocol.NodeID   `json:"node"`             // a front end if it is one of Clients
	Replicas []protocol.NodeID `json:"replicas"`         // that the cluster starts with
	Spares   []protocol.NodeID `json:"spares,omitempty"` // that may join later
	Clients  []protocol.NodeID `json:"clients,omitempty"`
	Timeout  time.Duration     `json:"timeout"` // ns; after which a front end gives an operation up
	Seed     uint64            `json:"seed"`
	// Boot is how often the node was started before, as the controller counts. The node's disk counts too, and the
	// larger number holds.
	Boot   uint64 `json:"boot"`
	Listen string `json:"listen"`         // address for the other nodes' connections, such as :7000 or 127.0.0.1:0
	Dir    string `json:"dir,omitempty"`  // folder of the disk; "": what is written is kept in memory only
	Wipe   bool   `json:"wipe,omitempty"` // empty the disk first: what a crash that loses all leaves
	// SyncMin and SyncMax are how long a sync takes at least and at most, in ns, besides what it really takes; drawn anew
	// for each.
	SyncMin time.Duration `json:"sync_min,omitempty"`
	SyncMax time.Duration `json:"sync_max,omitempty"`
	Lease   time.Duration `json:"lease,omitempty"` // ns; the process ends when it hears nothing for so long; 0: it does not
}

// everyone returns all nodes that there can be.
func (c Configure) everyone() []protocol.NodeID {
	return slices.Concat(c.Replicas, c.Spares, c.Clients)
}

// isClient tells whether the node is a front end.
func (c Configure) isClient() bool { return slices.Contains(c.Clients, c.Node) }

// Start starts the machine: now, or at time 0 if that is still to come, so that those of all nodes start together. An
// Invoke that comes before starts it too, for the controller's clock says that it is time.
type Start struct {
	Now   time.Duration              `json:"now"`   // ns; the time on the controller's clock, since the start of the run, which may be to come
	Peers map[protocol.NodeID]string `json:"peers"` // host:port of every node; its own is not read
}

// Invoke hands an operation to a front end.
type Invoke struct {
	Call uint64      `json:"call"` // chosen by the controller; its Completed carries it
	Op   protocol.Op `json:"op"`
}

// Show asks for what the machine shows of itself.
type Show struct{}

// RuleKind says what a Rule does.
type RuleKind string

// The kinds of rules.
const (
	Hold  RuleKind = "hold"  // keeps messages that the node sends until the rule ends, and sends them then, in order; a crash loses them
	Drop  RuleKind = "drop"  // drops messages that the node sends
	Clock RuleKind = "clock" // makes the node's clock wrong
	Watch RuleKind = "watch" // changes nothing, and counts the messages that the machine is handed
)

// Rule is a fault that a node does to itself, or a look at one done to others. Several may be in force; one message meets
// the first that takes it.
type Rule struct {
	Fault int      `json:"fault"` // names the rule; of all that are in force at a node each has its own
	Kind  RuleKind `json:"kind"`

	To      []protocol.NodeID `json:"to,omitempty"`      // of Hold and Drop: to whom; none: to any other node
	From    []protocol.NodeID `json:"from,omitempty"`    // of Watch: from whom
	Message string            `json:"message,omitempty"` // of Hold and Drop: the message's name; "": any
	Count   int               `json:"count,omitempty"`   // of Drop: how many at most; 0: all

	Offset time.Duration `json:"offset,omitempty"` // of Clock: ns
	Strobe time.Duration `json:"strobe,omitempty"` // of Clock: ns after which it jumps by Offset, and after which back; 0: it does not
	Rate   int64         `json:"rate,omitempty"`   // of Clock: millionths of how fast it should run, and its timers with it; 0: as it should
}

// End ends a rule.
type End struct {
	Fault int `json:"fault"`
}

// Leave asks the machine, a protocol.Leaver, to leave its cluster.
type Leave struct{}

// Halt stops the machine where it stands, before the process is killed: from its answer on, the process handles and
// writes nothing. With Flush it first makes durable all that was appended: a crash that loses nothing. Without it,
// what no Sync covers is still in memory and goes with the process.
type Halt struct {
	Flush bool `json:"flush,omitempty"`
}

// Stop ends the process in good order; what no Sync covers is lost.
type Stop struct{}

// Renew has the process begin anew: it forgets what it was, its memory and its connections with it, and can be configured
// again. What it was ends as by Stop. Its disk stays. Nothing may be sent behind it until it is answered, for the old
// process might read it.
type Renew struct{}

// Beat is a heartbeat. The node's own carry what it counted.
type Beat struct {
	Stats *Stats `json:"stats,omitempty"`
}

// Stats is what a process counted since it began.
type Stats struct {
	Events   int64 `json:"events"`   // messages, timers, calls and ends of syncs handled
	Sent     int64 `json:"sent"`     // messages put on their way
	Received int64 `json:"received"` // messages that came
	Damaged  int64 `json:"damaged"`  // frames that failed their checksum and were dropped
	Overflow int64 `json:"overflow"` // messages dropped because a queue was full
	Broken   int64 `json:"broken"`   // messages lost with a connection, or because there was none
}

// Report is a line from a node to the controller. Exactly one of its parts is set, but for Error.
type Report struct {
	ID uint64 `json:"id,omitempty"` // of the Request that it answers; 0: it answers none

	Ready  *Ready          `json:"ready,omitempty"`
	Done   *Done           `json:"done,omitempty"`
	State  *State          `json:"state,omitempty"`
	Ended  *Ended          `json:"ended,omitempty"`
	Halted *Halted         `json:"halted,omitempty"`
	Error  string          `json:"error,omitempty"` // why the Request was refused
	Died   *Died           `json:"died,omitempty"`  // the last line of a process that ends by itself
	Beat   *Beat           `json:"beat,omitempty"`
	Fact   json.RawMessage `json:"fact,omitempty"` // as protocol.FactCodec writes it
	At     int64           `json:"at,omitempty"`   // of Fact, and of the answer to Beat: ns since 1970 by the clock of the node's machine, whatever rules say
	Call   *Completed      `json:"completed,omitempty"`
}

// Ready tells that a node listens and has read its disk.
type Ready struct {
	Address string `json:"address"`           // that it listens on
	Boot    uint64 `json:"boot"`              // starts of this node before this one; its facts are of this boot
	Records int    `json:"records"`           // of the log that survived
	Wiped   int    `json:"wiped,omitempty"`   // records and snapshots that Configure.Wipe removed
	Damaged bool   `json:"damaged,omitempty"` // damaged records were cut off the end of the log
}

// Done tells that a Request was carried out.
type Done struct{}

// State is what the machine shows: null if it shows nothing.
type State struct {
	Shows json.RawMessage `json:"shows"`
}

// Ended tells that a rule has ended, and its evidence by the names that nemesis gives it: held, dropped, skewed, jumps,
// timers, answered.
type Ended struct {
	Counts map[string]int64 `json:"counts"`
}

// Halted tells that the machine stands still.
type Halted struct {
	Unsynced int                      `json:"unsynced"`         // writes that are lost if the process is killed now
	Counts   map[int]map[string]int64 `json:"counts,omitempty"` // the evidence of the rules in force, by fault: it would go with the process
}

// Died tells why a process ends by itself.
type Died struct {
	Reason string `json:"reason"`
}

// Completed is a front end's reply to an Invoke.
type Completed struct {
	Call  uint64         `json:"call"`
	Reply protocol.Reply `json:"reply"`
}
