// Package campaign runs many scenarios from many seeds on all cores, and decides what of it is kept on disk.
//
// Results come in the order of the jobs, whatever the number of workers, and each run is the same whoever runs it. The
// package must not know how results are shown.
package campaign

import (
	"context"
	"iter"
	"sync"

	"sunder/checkers"
	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
)

// Job is one run to be done.
type Job struct {
	Scenario *scenario.Scenario
	Seed     uint64
}

// Keep says which run directories stay.
type Keep string

// What can be kept. Besides what did not pass, the last run is always kept.
const (
	KeepFailing Keep = "failing"
	KeepAll     Keep = "all"
)

// Tracer returns a backend whose runs hand every event to the sink, and which is otherwise the same.
type Tracer func(sink TraceSink) cluster.Backend

// Config says how a campaign is run. None of it changes what happens in a run.
type Config struct {
	Backend  cluster.Backend
	Traced   Tracer // nil if the backend cannot repeat a run
	Checkers []checkers.Checker
	Budget   int64
	Workers  int    // at least 1
	Store    string // the folder of run directories; "" keeps nothing
	Keep     Keep
	Trace    bool // trace runs that pass, too
	Version  string
}

// Outcome is a run that has ended, with its place on disk.
type Outcome struct {
	harness.Result
	Record Record
}

// ahead is how many runs may be finished before an earlier one is: it bounds the memory of waiting results.
const ahead = 4

// Run does the jobs and calls each with their outcomes, one at a time, in the order of the jobs. It returns the worst
// status. When ctx ends, no new run is started, and those on their way end as interrupted; it is the worst status then.
func Run(ctx context.Context, jobs iter.Seq[Job], c Config, each func(Outcome)) harness.Status {
	type numbered struct {
		job  Job
		done chan *finished
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan numbered)
	line := make(chan numbered, ahead*c.Workers)
	var workers sync.WaitGroup
	for range c.Workers {
		workers.Go(func() {
			for n := range work {
				n.done <- c.try(ctx, n.job)
			}
		})
	}
	go func() {
		defer close(line)
		defer close(work)
		for job := range jobs {
			n := numbered{job, make(chan *finished, 1)}
			select {
			case line <- n:
				work <- n
			case <-ctx.Done():
				return
			}
		}
	}()
	worst := harness.Pass
	keeper := keeper{keep: c.Keep}
	for n := range line {
		f := <-n.done
		if f == nil {
			continue
		}
		if f.crash != nil {
			cancel()
			workers.Wait() // so that the runs beside it leave nothing behind
			panic(f.crash) // where the caller can see it
		}
		keeper.settle(f)
		worst = harness.Worse(worst, f.outcome.Status)
		each(f.outcome)
	}
	workers.Wait()
	if ctx.Err() != nil {
		worst = harness.Worse(worst, harness.Interrupted)
	}
	return worst
}

// keeper removes the directories that need not stay: those of runs that passed, but for the last.
type keeper struct {
	keep Keep
	last *finished
}

func (k *keeper) settle(f *finished) {
	if f.run == nil {
		return
	}
	f.fail(f.run.Latest())
	if k.keep == KeepAll {
		return
	}
	if k.last != nil {
		f.fail(k.last.run.Remove())
		k.last = nil
	}
	if f.outcome.Status == harness.Pass {
		k.last = f
	}
}
