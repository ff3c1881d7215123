package harness

import (
	"context"
	"fmt"
	"time"

	"sunder/nemesis"
)

// pace is the clock of the agenda. For scripts it stands still while a fault is on its way into force, or while nodes are on
// their way back: a script says what happens after what, and where processes are really killed and started again, on a
// busy machine, that takes its time. In a simulation nothing is on its way, and the clock is that of the cluster.
type pace struct {
	scripted bool
	lag      time.Duration // how long it has stood still
	stands   bool
	at       time.Duration // where it stands
}

// now returns what it shows at a time of the cluster.
func (p *pace) now(cluster time.Duration) time.Duration {
	if p.stands {
		return p.at
	}
	return cluster - p.lag
}

// when returns the time of the cluster at which it will show t, unless it stands still before.
func (p *pace) when(t time.Duration) time.Duration { return t + p.lag }

// stop makes it stand still at a time of its own.
func (p *pace) stop(at time.Duration) {
	if p.scripted && !p.stands {
		p.stands, p.at = true, at
	}
}

// lets tells whether a chore may be done: while the clock stands still, only what faults there are at that time.
func (p *pace) lets(c chore) bool { return !p.stands || c <= beginFault }

// resume lets it go on.
func (p *pace) resume(cluster time.Duration) {
	if p.stands {
		p.stands, p.lag = false, cluster-p.at
	}
}

// unsettled tells whether a fault is on its way: asked for and not yet in force, or nodes that it was done to are not back
// yet.
func (f *faults) unsettled() bool {
	for i := range f.states {
		s := &f.states[i]
		info, _ := nemesis.Lookup(s.report.Planned.Kind)
		switch {
		case s.asked && s.report.Begun < 0:
			return true
		case s.ending && s.report.Ended < 0 && info.Scope == nemesis.OnNodes:
			return true
		}
	}
	return false
}

// through does what is due until the agenda's clock shows t.
func (r *runner) through(ctx context.Context, t time.Duration) error {
	for {
		if err := r.until(ctx, r.pace.when(t), nil); err != nil {
			return err
		}
		if !r.pace.stands && r.pace.now(r.cluster.Now()) >= t {
			return nil
		}
		settled := func() bool { return !r.pace.stands }
		if err := r.until(ctx, r.cluster.Now()+healTime, settled); err != nil {
			return err
		}
		if r.pace.stands {
			return fmt.Errorf("a fault was not in force, or not undone, within %v", healTime)
		}
	}
}
