package docker

import (
	"context"
	"errors"
	"sync"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// setWeather brings about the weather of the whole run.
func (c *running) setWeather(ctx context.Context) error {
	w := weather{
		Latency: c.spec.Weather.Latency, Loss: c.spec.Weather.Loss, Duplicate: c.spec.Weather.Duplicate, Reorder: c.spec.Weather.Reorder,
	}
	if w == (weather{}) {
		return nil
	}
	_, err := c.place(ctx, rule{Kind: ruleWeather, Weather: w}, func(_, _ protocol.NodeID) bool { return true })
	return err
}

// ruleOf returns what a fault of the network does to packets.
func ruleOf(f nemesis.Fault) rule {
	r := rule{Kind: ruleWeather}
	switch f.Kind {
	case nemesis.Partition:
		r.Kind = ruleCut
	case nemesis.Loss:
		r.Weather.Loss = f.Chance
	case nemesis.Delay:
		r.Weather.Latency = f.Latency
	case nemesis.Duplicate:
		r.Weather.Duplicate = f.Chance
	case nemesis.Reorder:
		r.Weather.Reorder = f.Chance
	case nemesis.Corrupt:
		r.Weather.Corrupt = f.Chance
	case nemesis.Bandwidth:
		r.Weather.Limit = f.Limit
	}
	return r
}

// place puts a rule into force at the receiving ends of links, all side by side.
func (c *running) place(ctx context.Context, r rule, links func(from, to protocol.NodeID) bool) ([]placed, error) {
	c.mu.Lock()
	c.rules++
	r.Number = c.rules
	c.mu.Unlock()
	var mu sync.Mutex
	var out []placed
	err := each(c.pods, func(p *pod) error {
		mine := r
		for _, q := range c.pods {
			if q != p && links(q.id, p.id) {
				mine.From = append(mine.From, q.id)
			}
		}
		if mine.From == nil {
			return nil
		}
		_, err := p.do(ctx, order{Apply: &mine})
		mu.Lock()
		defer mu.Unlock()
		out = append(out, placed{p, r.Number})
		return err
	})
	return out, err
}

// disturb begins a fault of the network.
func (c *running) disturb(ctx context.Context, f *fault) error {
	c.mu.Lock()
	c.disturbed++
	c.disturbances++
	c.mu.Unlock()
	began := time.Now()
	rules, err := c.place(ctx, ruleOf(f.Fault), chosen(c.spec.Config, f.Fault, 0))
	f.rules = rules
	if err != nil {
		return err
	}
	if times := turns(f.Fault); len(times) > 0 {
		f.moves.Go(func() {
			for _, at := range times {
				if !sleep(ctx, began.Add(at)) {
					return
				}
				// An order that is under way is not given up when the fault is to end.
				if err := c.turn(c.working, f, at); err != nil {
					c.broke(f, "go on", err)
					return
				}
			}
		})
	}
	return nil
}

// turn makes a fault what it is at a later time. The new rules come before the old ones go, so that no link opens that is
// to stay cut.
func (c *running) turn(ctx context.Context, f *fault, at time.Duration) error {
	rules, err := c.place(ctx, ruleOf(f.Fault), chosen(c.spec.Config, f.Fault, at))
	f.mu.Lock()
	old := f.rules
	f.rules = rules
	f.mu.Unlock()
	return errors.Join(err, c.lift(ctx, f, old))
}

// lift takes rules away, all side by side, and counts what they did.
func (c *running) lift(ctx context.Context, f *fault, rules []placed) error {
	errs := make([]error, len(rules))
	var all sync.WaitGroup
	for i, r := range rules {
		all.Go(func() {
			a, err := r.pod.do(ctx, order{Lift: &lift{r.number}})
			errs[i] = err
			for name, n := range a.Counts {
				if name == countPackets {
					name = "dropped"
				}
				f.add(name, n)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// calm ends a fault of the network. When none is left, all pods must reach each other again.
func (c *running) calm(ctx context.Context, f *fault) error {
	if err := c.lift(ctx, f, f.rules); err != nil {
		return err
	}
	c.mu.Lock()
	c.disturbed--
	calm, before := c.disturbed == 0, c.disturbances
	c.mu.Unlock()
	if !calm {
		return nil
	}
	err := c.connected(ctx)
	c.mu.Lock()
	again := c.disturbances != before
	c.mu.Unlock()
	if again {
		return nil // another fault has begun meanwhile; when it ends is the time to look
	}
	if err == nil {
		f.add("links_open", int64(c.links()))
	}
	return err
}
