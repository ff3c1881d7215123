package docker

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync"
	"time"

	"sunder/harness/node"
	"sunder/harness/protocol"
)

// site is a network at the engine, and the containers of pods on it, all under one label. A run has a site to itself. When
// it is over, the next one may have it, if the backend keeps sites: to make and remove containers takes an engine longer
// than many a run, and disturbs the runs beside it. What a run has left in a pod is wiped off before that.
type site struct {
	engine  *engine
	image   string
	run     runID
	network string
	subnet  netip.Prefix

	joining sync.Mutex // held while a container joins the network

	mu    sync.Mutex
	hulls map[protocol.NodeID]*hull
}

// hull is the two containers of a pod, whichever run has it.
type hull struct {
	address   netip.Addr
	nemesisID string // of the container; "": there is none yet
	nodeID    string
	nemesis   *remote
	said      spout // by the nemesis, for a person

	mu     sync.Mutex
	used   bool        // its disk may hold something of an earlier run
	vacant *vacant     // a process of the node that waits to be told what to be
	lost   func(error) // hears that the nemesis is gone
	broken error       // why no run may have it
}

// vacant is a process of a node that is not configured.
type vacant struct {
	said   *spout
	remote *node.Remote
}

// openSite makes a site without pods. The image is there already.
func openSite(ctx context.Context, e *engine, o Options) (*site, error) {
	s := &site{engine: e, run: newRunID(), hulls: map[protocol.NodeID]*hull{}}
	var err error
	if s.image, err = e.imageFor(ctx, o); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if s.network, s.subnet, err = e.createNetwork(ctx, s.run); err != nil {
		return nil, errors.Join(err, s.remove(ctx))
	}
	return s, nil
}

// hullFor returns the hull of a node, without containers if no run had it yet.
func (s *site) hullFor(id protocol.NodeID) *hull {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hulls[id]
	if h == nil {
		h = &hull{address: podAddress(s.subnet, len(s.hulls))}
		s.hulls[id] = h
	}
	return h
}

// all returns all hulls.
func (s *site) all() []*hull {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*hull
	for _, h := range s.hulls {
		out = append(out, h)
	}
	return out
}

// fits tells whether there is room for nodes beside those that there are.
func (s *site) fits(nodes []protocol.NodeID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	pods := len(s.hulls)
	for _, id := range nodes {
		if s.hulls[id] == nil {
			pods++
		}
	}
	return pods <= subnetPods
}

// sound tells whether another run may have the site.
func (s *site) sound() bool {
	for _, h := range s.all() {
		h.mu.Lock()
		broken := h.broken != nil
		h.mu.Unlock()
		if broken {
			return false
		}
	}
	return true
}

// How long the removal of a site may take, and how much longer for each of its pods: an engine on a busy machine is slow.
const (
	removeTime = 60 * time.Second
	hullTime   = 5 * time.Second
)

// remove removes everything, whatever state it is in.
func (s *site) remove(ctx context.Context) error {
	hulls := s.all()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTime+time.Duration(len(hulls))*hullTime)
	defer cancel()
	for _, h := range hulls {
		h.onLoss(nil)
	}
	err := s.engine.remove(ctx, s.run)
	var all sync.WaitGroup
	for _, h := range hulls {
		all.Go(h.close)
	}
	all.Wait()
	return errors.Join(err, s.engine.Close())
}

// close lets go of the streams. The containers are gone, and their streams with them.
func (h *hull) close() {
	if h.nemesis != nil {
		_ = h.nemesis.Close()
	}
	h.mu.Lock()
	v := h.vacant
	h.mu.Unlock()
	if v != nil {
		_ = v.remote.Close()
	}
}

// onLoss says who is to hear that the nemesis is gone: nil is for a hull that nobody has, which is broken then.
func (h *hull) onLoss(hear func(error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = hear
}

// isLost takes the news that the nemesis is gone, or has undone its faults by itself.
func (h *hull) isLost(err error) {
	h.mu.Lock()
	h.broken = err
	hear := h.lost
	h.mu.Unlock()
	if hear != nil {
		hear(err)
	}
}

// leave keeps a process that is to be configured again by whoever has the hull next.
func (h *hull) leave(v *vacant) {
	v.remote.Attend(protocol.NewFactCodec(nil), func(e node.Event) {
		if gone, over := e.(node.Gone); over {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.broken = errors.Join(errors.New("a node that waits has ended"), gone.Err)
		}
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.vacant = v
	if v.remote.Over() { // nobody was told who could have noted it
		h.broken = errors.New("a node that waits has ended")
	}
}

// enter takes the process that waits; nil if there is none.
func (h *hull) enter() *vacant {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.vacant
	h.vacant = nil
	return v
}

// use notes that the node's disk is used from now on, and tells whether it was before.
func (h *hull) use() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.used
	h.used = true
	return before
}

// spout passes on what is written to it to whoever it is for at the time.
type spout struct {
	mu sync.Mutex
	to io.Writer
}

func (s *spout) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to == nil {
		return len(p), nil
	}
	return s.to.Write(p)
}

func (s *spout) turn(to io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
}
