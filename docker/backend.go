package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// Options are what the backend can be told. None of them changes what a run is about.
type Options struct {
	// Binary is the Linux binary of sunder that the image holds; "": this process's own, or one that the Go toolchain makes
	// of the same source if this process's own does not run at the engine.
	Binary string
	// Image is an image at the engine that holds sunder, as docker/Dockerfile makes one; "": one is made of the binary.
	Image string
	// Keep has the pods of a run that is over wait for the next one, which then need not make any. Backend.Close removes
	// them.
	Keep bool
}

// Backend is the container engine as a backend. It may start several clusters at a time.
type Backend struct {
	options Options

	mu     sync.Mutex
	free   []*site // that wait for a run
	left   error   // what could not be removed
	closed bool
}

// New returns the backend. It talks to the engine only when a cluster is started.
func New(o Options) *Backend { return &Backend{options: o} }

// Name is "docker".
func (*Backend) Name() string { return "docker" }

// Refuses returns what cannot be done of a run, an error for each.
func (b *Backend) Refuses(spec cluster.Spec, schedule nemesis.Schedule) []error {
	var errs []error
	config := spec.Config
	nodes := slices.Concat(config.Everyone(), config.Clients)
	if spec.System.Replica == nil || spec.System.FrontEnd == nil && len(config.Clients) > 0 {
		errs = append(errs, fmt.Errorf("system %q has no machines that a container could run", spec.System.Name))
	}
	if len(nodes) > subnetPods {
		errs = append(errs, fmt.Errorf("%d nodes are more than the %d that a network of one run has addresses for", len(nodes), subnetPods))
	}
	for i, action := range schedule {
		if why := refuse(action.Fault, nodes); why != "" {
			errs = append(errs, fmt.Errorf("fault %d, %s at %v: docker cannot do it: %s", i+1, action.Kind, action.At, why))
		}
	}
	return errs
}

// refuse tells why a fault cannot be carried out, "" if it can.
func refuse(f nemesis.Fault, nodes []protocol.NodeID) string {
	if _, known := nemesis.Lookup(f.Kind); !known {
		return "there is no such fault"
	}
	for _, l := range lacks() {
		if l.meets(f, nodes) {
			return l.Why
		}
	}
	for _, id := range slices.Concat(f.Target.Nodes, slices.Concat(f.Groups...), f.Links.Nodes(), f.Clogs.Nodes()) {
		if !slices.Contains(nodes, id) {
			return fmt.Sprintf("there is no node %q", id)
		}
	}
	return ""
}

// Start brings a cluster up: its image, its network, a pod for each node, and all pods reach each other. If that fails,
// or ctx ends, all that was made is removed.
func (b *Backend) Start(ctx context.Context, spec cluster.Spec) (cluster.Cluster, error) {
	if errs := b.Refuses(spec, nil); len(errs) > 0 {
		return nil, errs[0]
	}
	s, err := b.site(ctx, slices.Concat(spec.Config.Everyone(), spec.Config.Clients))
	if err != nil {
		return nil, err
	}
	c := newRunning(b, s, spec)
	if err := c.up(ctx); err != nil {
		c.spoil()
		return nil, c.abort(ctx, err)
	}
	return c, nil
}

// site returns one for the nodes: one that waits, or a new one.
func (b *Backend) site(ctx context.Context, nodes []protocol.NodeID) (*site, error) {
	for s := b.next(); s != nil; s = b.next() {
		if s.sound() && s.fits(nodes) {
			return s, nil
		}
		if err := s.remove(ctx); err != nil {
			b.blame(err)
		}
	}
	e, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	return openSite(ctx, e, b.options)
}

// next takes the site that has waited the shortest; nil if none waits.
func (b *Backend) next() *site {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) == 0 {
		return nil
	}
	s := b.free[len(b.free)-1]
	b.free = b.free[:len(b.free)-1]
	return s
}

// blame notes that something could not be removed: Close tells it.
func (b *Backend) blame(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = errors.Join(b.left, err)
}

// keep has a site wait for the next run, and tells whether it does: a backend that is closed keeps none.
func (b *Backend) keep(s *site) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.free = append(b.free, s)
	return true
}

// Close removes what was kept of runs that are over. Clusters that are still running are removed when they are closed.
func (b *Backend) Close(ctx context.Context) error {
	b.mu.Lock()
	free, err := b.free, b.left
	b.free, b.left, b.closed = nil, nil, true
	b.mu.Unlock()
	for _, s := range free { // one after the other: an engine that has much to remove at once takes longer for each
		err = errors.Join(err, s.remove(ctx))
	}
	return err
}

var _ cluster.Backend = (*Backend)(nil)
