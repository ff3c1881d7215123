package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/node"
	"sunder/harness/protocol"
)

// running is a cluster of pods.
type running struct {
	*site
	backend *Backend
	spec    cluster.Spec
	facts   *protocol.FactCodec
	pods    []*pod
	byID    map[protocol.NodeID]*pod
	clock   atomic.Pointer[time.Time] // time 0
	inbox   inbox

	working context.Context // of all that goes on beside the driver
	stop    context.CancelFunc
	work    sync.WaitGroup

	faults map[int]*fault // of the driver

	mu           sync.Mutex
	events       int64
	spoilt       bool // something was given up half done: no other run may have the site
	closing      bool // nothing more is begun
	rules        int  // last number of a nemesis's rule
	disturbed    int  // faults of the network in force,
	disturbances int  // and so far
}

func newRunning(b *Backend, s *site, spec cluster.Spec) *running {
	c := &running{
		site: s, backend: b, spec: spec, facts: protocol.NewFactCodec(spec.System.Facts),
		byID: map[protocol.NodeID]*pod{}, faults: map[int]*fault{},
	}
	c.start(0)
	c.inbox.wake = make(chan struct{}, 1)
	c.working, c.stop = context.WithCancel(context.Background())
	for i, id := range slices.Concat(spec.Config.Everyone(), spec.Config.Clients) {
		p := &pod{hull: s.hullFor(id), id: id, cluster: c, order: i, rules: map[int]ruled{}}
		if slices.Contains(spec.Config.Spares, id) {
			p.putAway()
		}
		c.pods, c.byID[id] = append(c.pods, p), p
	}
	return c
}

// up brings everything up, all pods side by side.
func (c *running) up(ctx context.Context) (err error) {
	lives := make([]*process, len(c.pods)) // nil: the pod is away
	if err := each(c.pods, func(p *pod) (err error) {
		if err := p.occupy(ctx); err != nil || p.away {
			return err
		}
		lives[p.order], err = p.launch(ctx)
		return err
	}); err != nil {
		return err
	}
	if err := c.connected(ctx); err != nil {
		return err
	}
	if err := c.setWeather(ctx); err != nil {
		return err
	}
	c.start(startLead)
	if err := each(c.pods, func(p *pod) error {
		if lives[p.order] == nil {
			return nil
		}
		return p.begin(ctx, lives[p.order])
	}); err != nil {
		return err
	}
	sleep(ctx, c.started())
	return ctx.Err()
}

// startLead is the time in which all nodes are told to start, so that their machines start together. One that is told
// later starts at once.
const startLead = 250 * time.Millisecond

// start makes it time 0 after a while.
func (c *running) start(after time.Duration) {
	at := time.Now().Add(after)
	c.clock.Store(&at)
}

// started is time 0.
func (c *running) started() time.Time { return *c.clock.Load() }

// each does something to pods side by side and returns what went wrong first, in their order.
func each(pods []*pod, do func(*pod) error) error {
	errs := make([]error, len(pods))
	var all sync.WaitGroup
	for i, p := range pods {
		all.Go(func() { errs[i] = do(p) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// addresses returns the IP address of each node.
func (c *running) addresses() map[protocol.NodeID]string {
	out := map[protocol.NodeID]string{}
	for _, p := range c.pods {
		out[p.id] = p.address.String()
	}
	return out
}

// peers returns where each node listens.
func (c *running) peers() map[protocol.NodeID]string {
	out := c.addresses()
	for id, address := range out {
		out[id] = address + ":" + nodePort
	}
	return out
}

// Now is the time since the machines were started.
func (c *running) Now() time.Duration { return time.Since(c.started()) }

// Invoke hands an operation to a front end. One that is down does not hear of it.
func (c *running) Invoke(client protocol.NodeID, call cluster.CallID, op protocol.Op) {
	if life := c.byID[client].alive(); life != nil {
		_ = life.remote.Invoke(uint64(call), op) // a call that does not arrive is given up by the harness, as info
	}
}

// hear takes what a node tells.
func (c *running) hear(p *pod, life *process, e node.Event) {
	switch e := e.(type) {
	case node.Completed:
		c.inbox.put(func() cluster.Notice {
			return cluster.Completion{Call: cluster.CallID(e.Call), Time: c.Now(), Reply: e.Reply}
		})
	case node.Noted:
		told := protocol.Noted{Time: c.when(e.At), Node: p.id, Boot: e.Boot, Fact: e.Fact}
		c.inbox.put(func() cluster.Notice { return cluster.FactNoted{Noted: told} })
		if _, left := e.Fact.(protocol.Left); left {
			c.beside(func() { c.gone(p, life) })
		}
	case node.Gone:
		p.mu.Lock()
		asked := life.asked
		if p.process == life {
			p.process = nil
		}
		p.mu.Unlock()
		if !asked {
			c.died(p, life, e)
		}
	}
	c.mu.Lock()
	c.events++
	c.mu.Unlock()
}

// died tells that a node's process has ended though no fault asked for it.
func (c *running) died(p *pod, life *process, g node.Gone) {
	reason := g.Reason
	if reason == "" {
		reason = "its process ended without a word"
	}
	if g.Err != nil {
		reason += ": " + g.Err.Error()
	}
	c.spoil()
	c.inbox.put(func() cluster.Notice {
		return cluster.NodeDied{Node: p.id, Time: c.Now(), Reason: reason + lastLines(life.log.String())}
	})
}

// lost tells that a pod's nemesis has ended, or has undone the faults by itself: what is in force is not what was asked
// for, and the run cannot go on.
func (c *running) lost(p *pod, err error) {
	c.inbox.fail(fmt.Errorf("the pod of %s: %w%s", p.id, err, lastLines(p.log.String())))
}

// Await returns the next notice.
func (c *running) Await(ctx context.Context, until time.Duration) (cluster.Notice, error) {
	timer := time.NewTimer(time.Until(c.started().Add(until)))
	defer timer.Stop()
	for {
		if n, err := c.inbox.take(); n != nil || err != nil {
			return n, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.inbox.wake:
		case <-timer.C:
			return cluster.Reached{Time: c.Now()}, nil
		}
	}
}

// Gather asks every node for a word, which comes behind all facts that the node has told before. The earliest of these
// words, by the clock of the engine's machine as facts are, is the time up to which nothing is missing: no node tells a
// fact before what caused it elsewhere has been told there.
func (c *running) Gather(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var mu sync.Mutex
	complete := time.Duration(math.MaxInt64)
	err := each(c.pods, func(p *pod) error {
		life := p.alive()
		if life == nil {
			return nil
		}
		at, err := life.remote.Word(ctx)
		if err != nil {
			return fmt.Errorf("the node %s: %w%s", p.id, err, lastLines(life.log.String()))
		}
		mu.Lock()
		defer mu.Unlock()
		complete = min(complete, c.when(at))
		return nil
	})
	if complete == math.MaxInt64 {
		complete = c.Now() // nobody is there to be waited for
	}
	return complete, err
}

// when returns a time of the clock of the engine's machine as one of the run.
func (c *running) when(at time.Time) time.Duration {
	return time.Duration(at.UnixNano() - c.started().UnixNano())
}

// stateTime is how long a node may take to show its state.
const stateTime = 5 * time.Second

// State asks a node what its machine shows.
func (c *running) State(id protocol.NodeID) (any, error) {
	p := c.byID[id]
	if p == nil {
		return nil, fmt.Errorf("there is no node %q", id)
	}
	life := p.alive()
	if life == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(c.working, stateTime)
	defer cancel()
	text, err := life.remote.State(ctx)
	if err != nil {
		return nil, err
	}
	var state any
	return state, json.Unmarshal(text, &state)
}

// Stats counts what nodes have told; a run in containers has no digest, for it cannot be repeated exactly.
func (c *running) Stats() cluster.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cluster.Stats{Events: c.events}
}

// Logs returns the logs of nodes and of their nemeses.
func (c *running) Logs() []cluster.Log {
	var logs []cluster.Log
	for _, p := range c.pods {
		logs = append(logs,
			cluster.Log{Name: string(p.id), Text: []byte(p.nodeLog.String())},
			cluster.Log{Name: string(p.id) + "." + partNemesis, Text: []byte(p.log.String())})
	}
	return logs
}

// Close ends the run. Its pods and its network are kept for the next run, if the backend keeps sites and this one is in
// good order; else they are removed, whatever state they are in.
func (c *running) Close(ctx context.Context) error {
	c.stop()
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	for _, p := range c.pods {
		p.mu.Lock()
		if p.process != nil {
			p.process.asked = true
		}
		p.mu.Unlock()
	}
	if c.backend.options.Keep && ctx.Err() == nil && c.vacate(ctx) && c.backend.keep(c.site) {
		return nil
	}
	err := c.site.remove(ctx)
	c.work.Wait()
	_ = each(c.pods, func(p *pod) error {
		p.close()
		return nil
	})
	return err
}

// vacate makes the site as if no run had had it, and tells whether it is.
func (c *running) vacate(ctx context.Context) bool {
	c.work.Wait()
	for _, f := range c.faults {
		f.moves.Wait() // they end with the run
	}
	if c.unfit() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return each(c.pods, func(p *pod) error { return p.vacate(ctx) }) == nil && c.sound() && !c.unfit()
}

// unfit tells whether something of the run went wrong.
func (c *running) unfit() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spoilt || c.inbox.failed()
}

// beside does something beside the driver, unless the run is over.
func (c *running) beside(what func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.work.Go(what)
	}
}

// spoil says that no other run may have the site.
func (c *running) spoil() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoilt = true
}

// abort removes what there is of a cluster that did not come up.
func (c *running) abort(ctx context.Context, why error) error { return errors.Join(why, c.Close(ctx)) }

// inbox holds the notices that the driver has not taken yet.
type inbox struct {
	wake chan struct{} // holds a token when there is something new

	mu      sync.Mutex
	notices []cluster.Notice
	err     error // why the run cannot go on
}

// put adds a notice. It is made under the lock, so that notices are in the order of their times.
func (i *inbox) put(make func() cluster.Notice) {
	i.mu.Lock()
	i.notices = append(i.notices, make())
	i.mu.Unlock()
	i.poke()
}

// fail notes why the run cannot go on. The first reason counts.
func (i *inbox) fail(err error) {
	i.mu.Lock()
	if i.err == nil {
		i.err = err
	}
	i.mu.Unlock()
	i.poke()
}

// failed tells whether the run could not go on.
func (i *inbox) failed() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err != nil
}

func (i *inbox) poke() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// take returns the first notice if there is one, and else why the run cannot go on, if it cannot.
func (i *inbox) take() (cluster.Notice, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.notices) == 0 {
		return nil, i.err
	}
	n := i.notices[0]
	i.notices[0] = nil
	i.notices = i.notices[1:]
	return n, nil
}
