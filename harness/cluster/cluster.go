// Package cluster is what a run needs of a running system, whichever backend it runs on.
//
// A Cluster is driven by one goroutine and nothing blocks but Await, and Gather and Close at the end of a run, so that a simulated second and a real one take
// the same path through the harness. The package must not know what is run, nor why.
package cluster

import (
	"context"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// Weather is how the network is at all times; faults come on top.
type Weather struct {
	Latency   nemesis.Range
	Loss      prng.Ratio
	Duplicate prng.Ratio
	Reorder   prng.Ratio // how many messages may be overtaken; the others stay in order on their link
}

// Disk is how the disks are at all times.
type Disk struct {
	Sync nemesis.Range // how long a sync takes
}

// Spec says what to start.
type Spec struct {
	System  systems.System
	Config  systems.Config
	Weather Weather
	Disk    Disk
	Seed    uint64
}

// CallID numbers the calls of a run.
type CallID uint64

// Backend starts clusters.
type Backend interface {
	Name() string
	// Does tells which kinds of faults it can carry out.
	Does(nemesis.Kind) bool
	// Lacks returns what it cannot do of a kind of fault. Refuses refuses that.
	Lacks(nemesis.Kind) []Lack
	// Refuses returns what it cannot do of a run, an error for each, before anything starts.
	Refuses(Spec, nemesis.Schedule) []error
	Start(context.Context, Spec) (Cluster, error)
}

// Lack is something of a kind of fault that a backend cannot do: a mode, a field, or all of it.
type Lack struct {
	Mode  nemesis.Mode `json:"mode,omitempty"`
	Field string       `json:"field,omitempty"` // by its name in a scenario
	When  string       `json:"when,omitempty"`  // in which case; "": always
	Why   string       `json:"why"`
}

// Cluster is a running system. Times are the controller's, since the start.
type Cluster interface {
	Now() time.Duration
	// Invoke hands an operation to a front end. Its Completion comes at most once.
	Invoke(client protocol.NodeID, call CallID, op protocol.Op)
	// Begin starts to carry out a fault whose target has been resolved to names; FaultBegun tells when it is in force.
	Begin(index int, f nemesis.Fault)
	// End starts to undo it; FaultEnded tells when that is done.
	End(index int)
	// Await returns the next notice, or Reached when until has come. An error is the backend's or ctx's: the run
	// cannot go on.
	Await(ctx context.Context, until time.Duration) (Notice, error)
	// Gather returns a time that has come of which this is true: whatever facts machines have told up to then, all nodes
	// together, can be awaited now. Later ones may be missing causes that are still on their way.
	Gather(context.Context) (time.Duration, error)
	// State returns what a node's machine shows of itself, nil if it shows nothing or is down.
	State(node protocol.NodeID) (any, error)
	// Stats tells what the run has cost so far.
	Stats() Stats
	// Logs returns what processes of the run have written for people, also after Close; nil where there are none.
	Logs() []Log
	// Close ends the run and lets go of everything, also if the context has ended: then it does no more than that.
	Close(context.Context) error
}

// Log is what a process of a run has written for people, over all its lives. Its size is bounded: of a long one it is the
// end.
type Log struct {
	Name string // such as r1
	Text []byte
}

// Stats is what a backend counted.
type Stats struct {
	Events int64  // messages, timers, calls and faults handled
	Digest string // of all that happened, hexadecimal; "" where a run cannot be repeated exactly
}

// Notice is what Await hands out.
type Notice interface{ notice() }

// Completion is an operation's end, as its front end told it.
type Completion struct {
	Call  CallID
	Time  time.Duration
	Reply protocol.Reply
}

// FactNoted is a fact that a machine told.
type FactNoted struct{ protocol.Noted }

// FaultBegun tells that a fault is in force.
type FaultBegun struct {
	Index int
	Time  time.Duration
}

// FaultEnded tells that a fault is undone, and what it did.
type FaultEnded struct {
	Index    int
	Time     time.Duration
	Evidence nemesis.Evidence
}

// NodeDied tells that a node ended by itself: no fault asked for it.
type NodeDied struct {
	Node   protocol.NodeID
	Time   time.Duration
	Reason string
}

// Reached tells that the time waited for has come.
type Reached struct{ Time time.Duration }

func (Completion) notice() {}
func (FactNoted) notice()  {}
func (FaultBegun) notice() {}
func (FaultEnded) notice() {}
func (NodeDied) notice()   {}
func (Reached) notice()    {}
