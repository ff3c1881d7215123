package docker

import (
	"context"
	"fmt"

	"sunder/harness/node"
	"sunder/harness/protocol"
)

// putAway takes a pod out of the cluster: nothing starts its node but a join.
func (p *pod) putAway() {
	p.away = true
	p.crashes++
}

// dismiss asks nodes to leave. One that is down is asked when it has started again.
func (c *running) dismiss(ctx context.Context, f *fault) error {
	f.struck = c.podsOf(f.Target.Nodes)
	return f.each(func(p *pod) error {
		p.ruling.Lock()
		p.leaving = f
		life := p.alive()
		told := life != nil && life.begun
		p.ruling.Unlock()
		if !told {
			return nil
		}
		if err := life.remote.Leave(ctx); err != nil && p.alive() == life {
			return fmt.Errorf("%s: %w", p.id, err)
		}
		return nil
	})
}

// gone stops a node that says that it has left. One that was killed meanwhile says it again in its next life.
func (c *running) gone(p *pod, life *process) {
	p.doing.Lock()
	defer p.doing.Unlock()
	if p.alive() != life {
		return
	}
	p.ruling.Lock()
	f := p.leaving
	p.leaving = nil
	p.ruling.Unlock()
	if f == nil {
		return
	}
	if _, err := p.kill(c.working, life, node.Halt{Flush: true}); err != nil {
		c.broke(f, "end", err)
		return
	}
	f.add("left", 1)
	p.putAway()
}

// admit starts nodes that are not in the cluster, while all others count what they hear of them.
func (c *running) admit(ctx context.Context, f *fault) error {
	if err := c.instruct(ctx, f); err != nil {
		return err
	}
	return each(c.podsOf(f.Target.Nodes), func(p *pod) error {
		p.doing.Lock()
		defer p.doing.Unlock()
		if !p.away {
			return nil
		}
		p.away = false
		life, err := p.rise(ctx)
		if life != nil && err == nil {
			f.add("joined", 1)
		}
		return err
	})
}

// podsOf returns the pods of nodes.
func (c *running) podsOf(ids []protocol.NodeID) []*pod {
	pods := make([]*pod, len(ids))
	for i, id := range ids {
		pods[i] = c.byID[id]
	}
	return pods
}
