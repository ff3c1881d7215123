package docker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// probeTime is how long a link may take to be found open. A busy machine and weather that loses packets make it slow.
const probeTime = 15 * time.Second

// connected measures that every pod reaches every other. The error names the links that are cut.
func (c *running) connected(ctx context.Context) error {
	var mu sync.Mutex
	var cut []string
	err := each(c.pods, func(p *pod) error {
		a, err := p.do(ctx, order{Probe: &probe{Patience: probeTime}})
		mu.Lock()
		defer mu.Unlock()
		for _, id := range a.Deaf {
			cut = append(cut, fmt.Sprintf("%s -> %s", p.id, id))
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(cut) > 0 {
		return fmt.Errorf("%d of %d links are cut though no fault is in force: %s", len(cut), c.links(), strings.Join(cut, ", "))
	}
	return nil
}

// links is how many directed links there are.
func (c *running) links() int { return len(c.pods) * (len(c.pods) - 1) }
