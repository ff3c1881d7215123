package harness_test

import (
	"container/heap"
	"context"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// fake is a backend that does what a test says: how operations end, and what becomes of faults.
type fake struct {
	// answer says how a call ends and how long after it; a negative time is never.
	answer func(client protocol.NodeID, op protocol.Op) (protocol.Reply, time.Duration)
	// evidence is what every fault shows in the end; nil: faults never end.
	evidence nemesis.Evidence
	undoing  time.Duration    // how long a fault takes to end
	starting time.Duration    // and to begin
	missing  time.Duration    // how long before the end of the run facts begin to be missing
	facts    []protocol.Noted // told in this order, not before the first call
	busy     time.Duration    // how long the controller takes to take a notice
	dies     time.Duration    // when r1 ends by itself; 0: never
	refuses  []error
	left     error         // why the cluster does not close
	calls    []protocol.Op // that were asked for
	begun    []nemesis.Fault
}

func (f *fake) Name() string                                   { return "fake" }
func (f *fake) Does(nemesis.Kind) bool                         { return true }
func (f *fake) Lacks(nemesis.Kind) []cluster.Lack              { return nil }
func (f *fake) Refuses(cluster.Spec, nemesis.Schedule) []error { return f.refuses }
func (f *fake) Start(context.Context, cluster.Spec) (cluster.Cluster, error) {
	c := &fakeCluster{fake: f}
	if f.dies > 0 {
		c.at(f.dies, cluster.NodeDied{Node: "r1", Time: f.dies, Reason: "it was told to"})
	}
	return c, nil
}

// fakeCluster hands out notices at their times.
type fakeCluster struct {
	*fake
	now   time.Duration
	queue notices
	count int
}

func (c *fakeCluster) at(t time.Duration, n cluster.Notice) {
	c.count++
	heap.Push(&c.queue, timed{t, c.count, n})
}

func (c *fakeCluster) Now() time.Duration { return c.now }

func (c *fakeCluster) Invoke(client protocol.NodeID, id cluster.CallID, op protocol.Op) {
	if len(c.calls) == 0 {
		for _, f := range c.facts {
			c.at(c.now, cluster.FactNoted{Noted: f})
		}
	}
	c.calls = append(c.calls, op)
	if reply, after := c.answer(client, op); after >= 0 {
		c.at(c.now+after, cluster.Completion{Call: id, Time: c.now + after, Reply: reply})
	}
}

func (c *fakeCluster) Begin(index int, f nemesis.Fault) {
	c.begun = append(c.begun, f)
	c.at(c.now+c.starting, cluster.FaultBegun{Index: index, Time: c.now + c.starting})
}

func (c *fakeCluster) End(index int) {
	if c.evidence != nil {
		c.at(c.now+c.undoing, cluster.FaultEnded{Index: index, Time: c.now + c.undoing, Evidence: c.evidence})
	}
}

func (c *fakeCluster) Await(ctx context.Context, until time.Duration) (cluster.Notice, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(c.queue) > 0 && c.queue[0].at <= until {
		next := heap.Pop(&c.queue).(timed)
		c.now = max(c.now, next.at+c.busy)
		return next.notice, nil
	}
	c.now = max(c.now, until)
	return cluster.Reached{Time: c.now}, nil
}

func (c *fakeCluster) Gather(context.Context) (time.Duration, error) {
	return c.now - c.missing, nil
}

func (c *fakeCluster) State(protocol.NodeID) (any, error) { return nil, nil }
func (c *fakeCluster) Logs() []cluster.Log {
	return []cluster.Log{{Name: "r1", Text: []byte("awake\n")}}
}
func (c *fakeCluster) Stats() cluster.Stats        { return cluster.Stats{Events: 1, Digest: "fake"} }
func (c *fakeCluster) Close(context.Context) error { return c.left }

type timed struct {
	at     time.Duration
	number int
	notice cluster.Notice
}

type notices []timed

func (n notices) Len() int { return len(n) }
func (n notices) Less(i, j int) bool {
	return n[i].at < n[j].at || n[i].at == n[j].at && n[i].number < n[j].number
}
func (n notices) Swap(i, j int) { n[i], n[j] = n[j], n[i] }
func (n *notices) Push(x any)   { *n = append(*n, x.(timed)) }
func (n *notices) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

// ok answers every call at once: a read with 0, or with nothing else to tell, null.
func ok(_ protocol.NodeID, op protocol.Op) (protocol.Reply, time.Duration) {
	r := protocol.Reply{Outcome: protocol.OK}
	if op.F == "read" {
		r.Value = protocol.Int(0)
	}
	return r, time.Millisecond
}

// silent answers nothing.
func silent(protocol.NodeID, protocol.Op) (protocol.Reply, time.Duration) {
	return protocol.Reply{}, -1
}

// imaginary is a system whose machines are never built.
func imaginary() systems.System {
	return systems.System{Name: "imaginary", Serves: []systems.Service{{Object: "register", Operations: []string{"read", "write"}}}}
}
