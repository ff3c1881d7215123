package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sunder/harness/cluster"
	"sunder/nemesis"
)

// fault is a fault that was begun.
type fault struct {
	nemesis.Fault
	index int
	begun chan struct{} // closed when its beginning is over
	stop  context.CancelFunc
	moves sync.WaitGroup // of what changes by itself while it is in force

	mu     sync.Mutex
	counts nemesis.Evidence
	rules  []placed // at nemeses
	struck []*pod   // nodes that it is done to
}

// placed is a rule in force at the nemesis of a pod.
type placed struct {
	pod    *pod
	number int
}

// add counts something as evidence.
func (f *fault) add(name string, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[name] += n
}

// addAll counts what a node has counted.
func (f *fault) addAll(counts map[string]int64) {
	for name, n := range counts {
		f.add(name, n)
	}
}

// evidence returns what the fault did.
func (f *fault) evidence() nemesis.Evidence {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := nemesis.Evidence{}
	for name, n := range f.counts {
		out[name] = n
	}
	return out
}

// Begin starts to carry out a fault.
func (c *running) Begin(index int, what nemesis.Fault) {
	ctx, cancel := context.WithCancel(c.working)
	f := &fault{Fault: what, index: index, begun: make(chan struct{}), stop: cancel, counts: nemesis.Evidence{}}
	info, _ := nemesis.Lookup(what.Kind)
	for _, name := range info.Counts() {
		f.counts[name] = 0
	}
	c.faults[index] = f
	c.work.Go(func() {
		defer close(f.begun)
		if err := c.carryOut(ctx, f); err != nil {
			c.broke(f, "begin", err)
			return
		}
		c.inbox.put(func() cluster.Notice { return cluster.FaultBegun{Index: index, Time: c.Now()} })
	})
}

// End starts to undo it.
func (c *running) End(index int) {
	f := c.faults[index]
	c.work.Go(func() {
		<-f.begun
		f.stop()
		f.moves.Wait()
		if err := c.undo(c.working, f); err != nil {
			c.broke(f, "end", err)
			return
		}
		c.inbox.put(func() cluster.Notice {
			return cluster.FaultEnded{Index: index, Time: c.Now(), Evidence: f.evidence()}
		})
	})
}

// broke ends the run: what is in force is not what was asked for. Of a run that is over nobody wants to know.
func (c *running) broke(f *fault, verb string, err error) {
	c.spoil()
	if c.working.Err() == nil {
		c.inbox.fail(fmt.Errorf("the fault %s did not %s: %w", f.Fault, verb, err))
	}
}

func (c *running) carryOut(ctx context.Context, f *fault) error {
	switch f.Kind {
	case nemesis.Partition, nemesis.Loss, nemesis.Delay, nemesis.Duplicate, nemesis.Reorder, nemesis.Corrupt, nemesis.Bandwidth:
		return c.disturb(ctx, f)
	case nemesis.Hold, nemesis.Drop, nemesis.ClockSkew:
		return c.instruct(ctx, f)
	case nemesis.Crash, nemesis.Pause:
		return c.strike(ctx, f)
	case nemesis.Leave:
		return c.dismiss(ctx, f)
	case nemesis.Join:
		return c.admit(ctx, f)
	}
	return errors.New("docker cannot do it")
}

func (c *running) undo(ctx context.Context, f *fault) error {
	switch f.Kind {
	case nemesis.Hold, nemesis.Drop, nemesis.ClockSkew, nemesis.Join:
		return c.release(ctx, f)
	case nemesis.Leave:
		return nil // it is for good
	case nemesis.Crash, nemesis.Pause:
		return c.relieve(ctx, f)
	}
	return c.calm(ctx, f)
}

// sleep waits until a time, and returns false if ctx ends before.
func sleep(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
