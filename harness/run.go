// Package harness runs a scenario on a backend and judges what came of it: chaos (clients and faults), heal, recover,
// final reads from every replica, check.
//
// It is the one loop of sunder: a simulated second and a real one take the same path through it. The package must not
// know which backend carries a run, nor what a system does inside.
package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunder/checkers"
	"sunder/harness/cluster"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
)

// grace is how much longer than a front end the harness waits: a front end that gives up says so itself, one that is
// down or paused cannot.
const grace = 500 * time.Millisecond

// Options are what a run needs besides its scenario. None of them changes what happens in it.
type Options struct {
	Checkers []checkers.Checker
	Budget   int64 // steps of each checker; 0: checkers.DefaultBudget
	// Recorded is called with the history before any checker starts, so that no checker can lose it. An error makes the
	// run infra. It may be nil.
	Recorded func(*history.History, []FaultReport) error
	// Stop, if above 0, ends the run at that time without healing or checking, and calls AtStop.
	Stop   time.Duration
	AtStop func(cluster.Cluster) error
}

// Run runs the scenario once from the seed. Whatever happens is in the Result; ctx ends the run early, as Interrupted,
// with the history so far.
func Run(ctx context.Context, s *scenario.Scenario, seed uint64, b cluster.Backend, o Options) Result {
	r := newRunner(s, seed, o)
	started := time.Now()
	err := r.run(ctx, b)
	result := r.result(b.Name(), err)
	if o.Stop == 0 {
		r.judge(ctx, &result, err)
	}
	result.Wall = time.Since(started)
	return result
}

// runner is one run on its way.
type runner struct {
	scenario *scenario.Scenario
	spec     cluster.Spec
	options  Options
	rand     *prng.Rand
	cluster  cluster.Cluster
	agenda   agenda
	pace     pace
	builder  history.Builder
	recorded time.Duration // of the last event
	clients  clients
	faults   faults
	facts    []protocol.Noted
	passages passages
	marks    map[string]int64
	primary  protocol.NodeID
	members  []protocol.NodeID // the replicas in the cluster, those that were asked to leave not counted
	steps    []stepResult
	unserved bool // all is healed, and no operation has ended ok since
	stats    cluster.Stats
	logs     []cluster.Log
	end      time.Duration
}

func newRunner(s *scenario.Scenario, seed uint64, o Options) *runner {
	r := &runner{
		scenario: s,
		spec:     s.Spec(seed),
		options:  o,
		rand:     prng.New(seed),
		marks:    map[string]int64{},
	}
	r.members = slices.Clone(r.spec.Config.Replicas)
	r.clients = newClients(s, r.spec, r.rand.Split("workload"))
	r.faults = newFaults(s, r.spec, r.rand.Split("nemesis"))
	r.builder.Grow(expected(s))
	return r
}

// expected is about how many operations a run has, with an eighth more; but not more than a mistyped rate should cost.
func expected(s *scenario.Scenario) int {
	drawn := s.Workload.Rate * int64(s.Duration/time.Millisecond) / 1000
	return int(min(drawn+drawn/8, 1<<16)) + len(s.Workload.Script) + s.Replicas*s.Workload.Keys
}

// errStopped ends a run at Options.Stop.
var errStopped = errors.New("stopped as asked")

// failure is an error that makes the run infra.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func (r *runner) run(ctx context.Context, b cluster.Backend) (err error) {
	if refused := b.Refuses(r.spec, r.faults.schedule); len(refused) > 0 {
		return failure{errors.Join(refused...)}
	}
	r.cluster, err = b.Start(ctx, r.spec)
	if err != nil {
		return r.blame(ctx, fmt.Errorf("starting: %w", err))
	}
	defer func() {
		r.stats, r.end = r.cluster.Stats(), r.cluster.Now()
		if left := r.cluster.Close(ctx); left != nil {
			err = errors.Join(err, r.blame(ctx, fmt.Errorf("the cluster did not close: %w", left)))
		}
		r.logs = r.cluster.Logs()
	}()
	for _, phase := range []func(context.Context) error{r.chaos, r.heal, r.recover, r.final, r.gather} {
		if err := phase(ctx); err != nil {
			return r.blame(ctx, err)
		}
	}
	return nil
}

// blame tells an interrupt from a failure of ours.
func (r *runner) blame(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, errStopped) {
		return err
	}
	return failure{err}
}

// chaos lets clients work while the nemesis acts.
func (r *runner) chaos(ctx context.Context) error {
	r.enter(history.Chaos)
	for i, action := range r.faults.schedule {
		r.agenda.add(entry{at: action.At, chore: beginFault, index: i})
	}
	for i, step := range r.scenario.Workload.Script {
		r.agenda.add(entry{at: step.At, chore: takeStep, index: i})
	}
	r.steps = make([]stepResult, len(r.scenario.Workload.Script))
	r.pace.scripted = len(r.steps) > 0
	if len(r.steps) == 0 {
		r.agenda.add(entry{at: r.clients.generator.Gap(), chore: nextOperation})
	}
	if r.options.Stop > 0 {
		r.agenda.add(entry{at: r.options.Stop, chore: stopHere})
	}
	return r.through(ctx, r.scenario.Duration)
}

// heal ends every fault that is still in force, and waits until each says that it is undone.
func (r *runner) heal(ctx context.Context) error {
	r.enter(history.Heal)
	r.faults.waiting, r.faults.over = nil, true
	r.pace = pace{}
	for i := range r.faults.states {
		r.endFault(i)
	}
	return r.until(ctx, r.cluster.Now()+healTime, func() bool { return r.faults.open == 0 })
}

// healTime is how long a backend may take to undo the faults.
const healTime = 30 * time.Second

// recover gives the system its quiet time, and open operations the time to end. Until one of them ends ok, clients go on:
// that shows how soon the system is back.
func (r *runner) recover(ctx context.Context) error {
	if r.faults.open > 0 {
		return fmt.Errorf("%d faults were not undone within %v", r.faults.open, healTime)
	}
	r.enter(history.Recover)
	end := r.cluster.Now() + r.scenario.Recovery
	if len(r.steps) == 0 {
		r.unserved = true
		r.agenda.add(entry{at: r.cluster.Now(), chore: nextOperation})
	}
	if err := r.until(ctx, end, nil); err != nil {
		return err
	}
	r.unserved = false
	return r.drain(ctx)
}

// final reads every key that was used from every replica that is in the cluster.
func (r *runner) final(ctx context.Context) error {
	r.enter(history.Final)
	reads := r.clients.finalReads(r.spec.Config, r.members)
	for _, q := range reads {
		r.enqueue(q)
	}
	return r.drain(ctx)
}

// gather takes the facts that are still on their way, and drops those behind them: of a message that was delivered it must
// be known who sent it.
func (r *runner) gather(ctx context.Context) error {
	complete, err := r.cluster.Gather(ctx)
	if err != nil {
		return fmt.Errorf("the last facts: %w", err)
	}
	if err := r.until(ctx, r.cluster.Now(), nil); err != nil {
		return err
	}
	r.facts = slices.DeleteFunc(r.facts, func(n protocol.Noted) bool { return n.Time > complete })
	return nil
}

// drain waits until no operation is open or waiting. Each has a deadline, so that it ends.
func (r *runner) drain(ctx context.Context) error {
	for r.clients.busy() {
		limit := r.next(r.cluster.Now() + r.spec.Config.Timeout + grace)
		if err := r.until(ctx, limit, func() bool { return !r.clients.busy() }); err != nil {
			return err
		}
	}
	return nil
}

// until does what is due and takes notices until the time has come, or done, if given, is true.
func (r *runner) until(ctx context.Context, t time.Duration, done func() bool) error {
	for {
		if err := r.whatIsDue(min(t, r.cluster.Now())); err != nil {
			return err
		}
		if done != nil && done() {
			return nil
		}
		notice, err := r.cluster.Await(ctx, r.next(t))
		if err != nil {
			return err
		}
		if reached, ok := notice.(cluster.Reached); ok {
			if reached.Time >= t && r.next(t+1) > t {
				return nil
			}
			continue
		}
		if err := r.take(notice); err != nil {
			return err
		}
	}
}

// next returns when something is due, but not later than limit.
func (r *runner) next(limit time.Duration) time.Duration {
	if !r.pace.stands {
		limit = r.pace.when(r.agenda.next(r.pace.now(limit)))
	}
	return r.clients.deadline(limit)
}

// whatIsDue gives up the calls that took too long, and does what the agenda says.
func (r *runner) whatIsDue(now time.Duration) error {
	for id, late := r.clients.overdue(now); late; id, late = r.clients.overdue(now) {
		r.giveUp(id)
	}
	for {
		e, due := r.agenda.due(r.pace.now(now), r.pace.lets)
		if !due {
			return nil
		}
		if err := r.do(e); err != nil {
			return err
		}
		if r.pace.scripted && r.faults.unsettled() {
			r.pace.stop(e.at)
		}
	}
}

func (r *runner) do(e entry) error {
	switch e.chore {
	case beginFault:
		return r.beginFault(e.index)
	case endFault:
		r.endFault(e.index)
	case takeStep:
		r.takeStep(e.index)
	case nextOperation:
		r.nextOperation()
	case stopHere:
		if err := r.options.AtStop(r.cluster); err != nil {
			return err
		}
		return errStopped
	}
	return nil
}

func (r *runner) take(n cluster.Notice) error {
	switch n := n.(type) {
	case cluster.Completion:
		r.finish(n.Call, n.Reply, n.Time)
	case cluster.FactNoted:
		r.noted(n.Noted)
	case cluster.FaultBegun:
		defer r.settle()
		return r.faultBegun(n)
	case cluster.FaultEnded:
		defer r.settle()
		return r.faultEnded(n)
	case cluster.NodeDied:
		return fmt.Errorf("%s died by itself at %v: %s", n.Node, n.Time, n.Reason)
	}
	return nil
}

// settle lets the agenda's clock go on when no fault is on its way any more.
func (r *runner) settle() {
	if r.pace.stands && !r.faults.unsettled() {
		r.pace.resume(r.cluster.Now())
	}
}

// factsFirst is for how many facts there is room at first.
const factsFirst = 1024

// noted takes a fact.
func (r *runner) noted(n protocol.Noted) {
	if phase, is := n.Fact.(protocol.Phase); is {
		r.passages.note(phase, n.Time)
		return
	}
	if len(r.facts) == cap(r.facts) {
		// A slice this long grows by a quarter, and what that copies would be a fifth of all that a run allocates.
		r.facts = slices.Grow(r.facts, max(factsFirst, len(r.facts)))
	}
	r.facts = append(r.facts, n)
	switch f := n.Fact.(type) {
	case protocol.Mark:
		r.marks[f.Name]++
	case protocol.Left:
		if r.primary == n.Node {
			r.primary = ""
		}
	case protocol.Role:
		if f.Name == primaryRole {
			r.primary = n.Node
		} else if r.primary == n.Node {
			r.primary = ""
		}
	}
}

// enter writes the beginning of a phase into the history.
func (r *runner) enter(phase string) {
	r.record(history.Event{Process: history.Nemesis, Type: history.Info, F: "phase", Detail: []byte(`"` + phase + `"`)})
}

// record appends an event at the present time.
func (r *runner) record(e history.Event) { r.recordAt(r.cluster.Now(), e) }

// recordAt appends an event at a time that has been, or at that of the event before it if that was later. An event that
// does not fit its history is a bug of the harness.
func (r *runner) recordAt(at time.Duration, e history.Event) {
	r.recorded = max(r.recorded, at)
	e.Time = r.recorded
	if err := r.builder.Add(e); err != nil {
		panic(fmt.Sprintf("harness: recorded a history that is none: %v: %+v", err, e))
	}
}
