package docker

import (
	"context"
	"fmt"

	"github.com/docker/docker/api/types/container"

	"sunder/harness/node"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// strike begins a fault that is done to the processes of nodes.
func (c *running) strike(ctx context.Context, f *fault) error {
	f.struck = c.podsOf(f.Target.Nodes)
	return f.each(func(p *pod) error {
		p.doing.Lock()
		defer p.doing.Unlock()
		if f.Kind == nemesis.Pause {
			return p.pause(ctx, f)
		}
		return p.crash(ctx, f)
	})
}

// relieve ends it.
func (c *running) relieve(ctx context.Context, f *fault) error {
	return f.each(func(p *pod) error {
		p.doing.Lock()
		defer p.doing.Unlock()
		if f.Kind == nemesis.Pause {
			return p.resume(ctx, f)
		}
		return p.comeBack(ctx, f)
	})
}

// each does something to all nodes that the fault is done to, side by side.
func (f *fault) each(do func(*pod) error) error {
	return each(f.struck, do)
}

// crash kills the node's process and keeps it down until comeBack.
func (p *pod) crash(ctx context.Context, f *fault) error {
	p.crashes++
	life := p.alive()
	if life == nil {
		return nil
	}
	unsynced, err := p.kill(ctx, life, node.Halt{Flush: f.Lose == nemesis.LoseNothing || f.Lose == ""})
	if err != nil {
		return err
	}
	f.add("crashed", 1)
	f.add("records_lost", int64(unsynced))
	p.wipe = p.wipe || f.Lose == nemesis.LoseAll
	return nil
}

// kill ends the node's process, and returns how many writes went with it.
func (p *pod) kill(ctx context.Context, life *process, h node.Halt) (unsynced int, err error) {
	if p.paused {
		// It is killed for good. To lose what it should it must first be able to say what that is.
		if err := p.signal(ctx, signalCont); err != nil {
			return 0, err
		}
		p.paused = false
	}
	p.mu.Lock()
	life.asked = true
	p.process = nil
	p.mu.Unlock()
	halted, err := life.remote.Halt(ctx, h)
	if err != nil {
		return 0, fmt.Errorf("%s: %w%s", p.id, err, lastLines(life.log.String()))
	}
	if err := p.signal(ctx, signalKill); err != nil {
		return 0, err
	}
	if err := p.ended(ctx); err != nil {
		return 0, err
	}
	_ = life.remote.Close() // its process is gone
	p.ruling.Lock()
	defer p.ruling.Unlock()
	for number, counts := range halted.Counts {
		if r, inForce := p.rules[number]; inForce {
			r.fault.addAll(counts)
		}
	}
	return halted.Unsynced, nil
}

// ended waits until the engine knows that the node's process has ended: before that it would not start it again.
func (p *pod) ended(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	over, failed := p.cluster.engine.ContainerWait(ctx, p.nodeID, container.WaitConditionNotRunning)
	select {
	case <-over:
		return nil
	case err := <-failed:
		return fmt.Errorf("%s was killed, and the engine does not notice: %w", p.id, err)
	}
}

// rise starts the node's process when nothing else keeps it down; else it returns nil.
func (p *pod) rise(ctx context.Context) (*process, error) {
	p.crashes--
	if p.crashes > 0 {
		return nil, nil
	}
	life, err := p.launch(ctx)
	if err != nil {
		return nil, err
	}
	return life, p.begin(ctx, life)
}

// comeBack starts the node's process again when no other fault keeps it down.
func (p *pod) comeBack(ctx context.Context, f *fault) error {
	life, err := p.rise(ctx)
	if life == nil || err != nil {
		return err
	}
	f.add("restarted", 1)
	f.add("records_lost", int64(life.ready.Wiped))
	if life.ready.Damaged {
		f.add("torn", 1)
	}
	return nil
}

// pause stops the node's process, and counts what comes for it meanwhile. There is nothing to pause of a node that is
// down.
func (p *pod) pause(ctx context.Context, f *fault) error {
	if p.alive() == nil {
		return nil
	}
	if err := p.signal(ctx, signalStop); err != nil {
		return err
	}
	p.paused = true
	rules, err := p.cluster.place(ctx, rule{Kind: ruleCount}, func(_, to protocol.NodeID) bool { return to == p.id })
	f.mu.Lock()
	f.rules = append(f.rules, rules...)
	f.mu.Unlock()
	return err
}

// resume lets the node's process go on.
func (p *pod) resume(ctx context.Context, f *fault) error {
	for _, r := range f.rules {
		if r.pod != p {
			continue
		}
		a, err := p.do(ctx, order{Lift: &lift{r.number}})
		if err != nil {
			return err
		}
		f.add("delayed", a.Counts[countPackets])
	}
	if !p.paused {
		return nil // a crash has ended it, or there was nothing to pause
	}
	p.paused = false
	return p.signal(ctx, signalCont)
}

func (p *pod) signal(ctx context.Context, s signal) error {
	_, err := p.do(ctx, order{Signal: &s})
	return err
}

// instruct begins a fault that nodes do to themselves.
func (c *running) instruct(ctx context.Context, f *fault) error {
	rules := map[*pod]node.Rule{}
	for _, p := range c.pods {
		if r, some := c.ruleFor(p.id, f); some {
			rules[p] = r
			f.struck = append(f.struck, p)
		}
	}
	return f.each(func(p *pod) error { return p.obey(ctx, ruled{rules[p], f}) })
}

// release ends it.
func (c *running) release(ctx context.Context, f *fault) error {
	return f.each(func(p *pod) error { return p.disobey(ctx, f) })
}

// ruleFor returns what a node has to do for a fault, and whether it has to do anything.
func (c *running) ruleFor(id protocol.NodeID, f *fault) (node.Rule, bool) {
	r := node.Rule{Fault: f.index}
	if f.Kind == nemesis.ClockSkew {
		r.Kind, r.Offset, r.Strobe, r.Rate = node.Clock, f.Offset, f.Strobe, int64(f.Rate)
		for _, target := range f.Target.Nodes {
			if target == id {
				return r, true
			}
		}
		return r, false
	}
	if f.Kind == nemesis.Join {
		r.Kind = node.Watch
		for _, target := range f.Target.Nodes {
			if target != id {
				r.From = append(r.From, target)
			}
		}
		return r, len(r.From) > 0
	}
	r.Kind, r.Message = node.Hold, f.Message
	if f.Kind == nemesis.Drop {
		r.Kind, r.Count = node.Drop, f.Count
	}
	links := named(f.Fault)
	for _, p := range c.pods {
		if p.id != id && links(id, p.id) {
			r.To = append(r.To, p.id)
		}
	}
	return r, len(r.To) > 0
}

// obey makes the node's process carry out a rule, now and whenever it is started again.
func (p *pod) obey(ctx context.Context, r ruled) error {
	p.ruling.Lock()
	defer p.ruling.Unlock()
	p.rules[r.Rule.Fault] = r
	life := p.alive()
	if life == nil || !life.begun {
		return nil // it is told when it starts
	}
	if err := life.remote.Begin(ctx, r.Rule); err != nil && p.alive() == life {
		return fmt.Errorf("%s: %w", p.id, err)
	}
	return nil
}

// disobey ends that, and counts what it did in the present life of the process; what it did in others was counted when
// they ended.
func (p *pod) disobey(ctx context.Context, f *fault) error {
	p.ruling.Lock()
	defer p.ruling.Unlock()
	delete(p.rules, f.index)
	life := p.alive()
	if life == nil || !life.begun {
		return nil
	}
	counts, err := life.remote.End(ctx, f.index)
	if err != nil && p.alive() == life {
		return fmt.Errorf("%s: %w", p.id, err)
	}
	f.addAll(counts)
	return nil
}
