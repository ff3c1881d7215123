// Package sim is the backend that simulates: the machines of a run in one process and one goroutine, in virtual time,
// on a simulated network and simulated disks. One seed gives one run, bit for bit, on every processor.
//
// # Time and order
//
// Virtual time is a count of nanoseconds since the start. Whatever happens is an event; events are handled in the order
// of their time, and at one instant in the order in which they were made. A machine's call takes no time. Every random
// thing is drawn from a named split of the run's seed: `network`, `disk/r1`, the machine's own `node/r1/boot/0`, and
// `fault/3` for what a fault draws, so that no part shifts another part's draws.
//
// # Nodes
//
// The replicas and then the front ends are started at time 0, a spare when it joins. A replica that leaves is stopped when
// it has noted that it left, and what it recorded with that is done; one that is down when it is asked is asked when it
// comes back. A crash ends a node's process: its memory, its timers,
// its calls and whatever a Sync still held back are gone. The restarted process is a new machine with the next boot
// number. A pause stops the process: what is due for it waits and is handled at the instant of its resumption, in
// order. A crash kills a paused process for good, so that the restarted one is not paused; there is nothing to pause of
// a node that is down. A slow node takes a time for each event and works on one at a time, in order; what an event makes
// it do is done at the end of that time. When it is slow no longer, what still waits is handled at once. A restarted
// process is as slow as the one before. A clock that is put forward or back moves no timer; one that runs at another rate
// moves those that are set and those that will be. When the last rate is undone, the clock is set right. Front ends have the same mechanics; their protocols keep nothing on disk.
//
// # Network
//
// A link leads from one node to another. Each message draws its latency; messages on one link arrive in the order in
// which they were sent, unless one is let off: it is then late by a further time and may be overtaken. The cuts of a
// link count when a message is sent and again when it arrives. A message to a node that is down is lost; one that
// arrives at a restarted node is delivered, whomever it was meant for. Where bandwidth is limited a message first waits for
// its turn and takes the time of its bytes, and then its latency. A reordering is over when the last message that it let off
// has arrived: only then is it known whether that was overtaken. A node's messages to itself never meet the
// network: they arrive at once and no fault touches them.
//
// # Disk
//
// See protocol.Env. A sync takes the time of cluster.Disk; the syncs of one node end in order. What survives a crash
// that loses nothing is still not covered by a Sync; what survives one that loses unsynced data is.
// A write to a full disk ends the call in which it is made: what was recorded before it is done, what comes after is not,
// and the node is down until the disk has room. Damaged records are cut off, with all after them, before a machine starts.
//
// The package must not know why a fault is done, nor how a run is judged.
package sim

import (
	"context"

	"sunder/harness/cluster"
	"sunder/nemesis"
)

// The limits that count when Options leaves them 0.
const (
	DefaultTraceMax int64 = 200_000
	DefaultStormMax int   = 100_000
)

// Options are what a simulation can do besides running. None of them changes what happens in it.
type Options struct {
	// Encode makes every message travel as JSON, as it does between processes. A message that does not come back equal
	// is an error of the run.
	Encode bool
	// Trace is called with everything that happens, in order, by whoever calls the cluster. It may be nil.
	Trace func(Entry)
	// TraceMax is how many entries Trace is given of a run; one more says that it was cut.
	TraceMax int64
	// StormMax is how many messages and timers the machines may make for the very instant at which they make them.
	// More is a storm, and an error of the run: virtual time would never go on.
	StormMax int
}

// Backend is the simulator as a backend. It has no state: it may start several clusters at a time.
type Backend struct{ options Options }

// New returns the simulator.
func New(o Options) *Backend {
	if o.TraceMax == 0 {
		o.TraceMax = DefaultTraceMax
	}
	if o.StormMax == 0 {
		o.StormMax = DefaultStormMax
	}
	return &Backend{options: o}
}

// Name is "sim".
func (*Backend) Name() string { return "sim" }

// Does tells whether the simulator can carry out a kind of fault: all that there are.
func (*Backend) Does(k nemesis.Kind) bool {
	_, known := nemesis.Lookup(k)
	return known
}

// Lacks returns what the simulator cannot do of a kind of fault: nothing.
func (*Backend) Lacks(nemesis.Kind) []cluster.Lack { return nil }

// Start sets a cluster up. Its machines are started by the first Await, at time 0.
func (b *Backend) Start(ctx context.Context, spec cluster.Spec) (cluster.Cluster, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if errs := b.Refuses(spec, nil); len(errs) > 0 {
		return nil, errs[0]
	}
	return newSimulation(b.options, spec), nil
}

var _ cluster.Backend = (*Backend)(nil)
