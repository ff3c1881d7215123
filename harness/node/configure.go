package node

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// configure makes the process what it is to be, all but the machine.
func (h *host) configure(c Configure) (Ready, error) {
	if h.listener != nil {
		return Ready{}, errors.New("the process is configured already")
	}
	build, err := h.check(c)
	if err != nil {
		return Ready{}, err
	}
	var f found
	if c.Dir != "" {
		if h.disk, f, err = openDisk(c.Dir, c.Boot, c.Wipe); err != nil {
			return Ready{}, fmt.Errorf("the disk: %w", err)
		}
	}
	f.boots = max(f.boots, c.Boot)
	accepts, err := h.transport.listen(c.Listen)
	if err != nil {
		return Ready{}, errors.Join(fmt.Errorf("listening: %w", err), h.disk.close())
	}
	h.configured, h.build, h.found, h.inbox = c, build, f, make(chan arrival, inboxMax)
	h.codec, h.facts = protocol.NewCodec(build.Messages), protocol.NewFactCodec(build.Facts)
	h.name.Store(string(c.Node))
	h.flusher = newFlusher(h.disk)
	h.serve(accepts)
	if c.Lease > 0 {
		h.lease = time.NewTicker(c.Lease / leaseTicks)
	}
	h.logf("boot %d of a node of %s, listening on %s; %d records on disk, damaged: %t", f.boots, c.System, accepts.Addr(), len(f.records), f.damaged)
	return Ready{
		Address: accepts.Addr().String(), Boot: f.boots, Records: len(f.records), Wiped: f.wiped, Damaged: f.damaged,
	}, nil
}

// check returns the system that a node is asked to be of, or what is wrong with the question.
func (h *host) check(c Configure) (System, error) {
	if c.Version != Version {
		return System{}, fmt.Errorf("the controller speaks version %d of the control protocol, and this node %d", c.Version, Version)
	}
	if c.Lease != 0 && c.Lease < LeaseMin {
		return System{}, fmt.Errorf("a lease of %v is shorter than the least, %v", c.Lease, LeaseMin)
	}
	if !slices.Contains(c.everyone(), c.Node) {
		return System{}, fmt.Errorf("%q is neither a replica, nor a spare, nor a client", c.Node)
	}
	if c.SyncMin < 0 || c.SyncMax < c.SyncMin {
		return System{}, fmt.Errorf("a sync cannot take from %v to %v", c.SyncMin, c.SyncMax)
	}
	i := slices.IndexFunc(h.Systems, func(s System) bool { return s.Name == c.System })
	if i < 0 {
		return System{}, fmt.Errorf("there is no system %q", c.System)
	}
	return h.Systems[i], nil
}

// serve begins to take what other nodes send. It waits in the inbox until the machine is started.
func (h *host) serve(accepts net.Listener) {
	c := h.configured
	expects := func(got hello) error {
		want := hello{Version: Version, System: c.System, Seed: c.Seed, From: got.From, To: c.Node}
		if got != want || got.From == c.Node || !slices.Contains(c.everyone(), got.From) {
			return fmt.Errorf("a stranger: %+v", got)
		}
		return nil
	}
	h.listener = &listener{
		accepts: accepts, expects: expects, codec: h.codec, inbox: h.inbox, counts: &h.counts, logf: h.logf, fail: h.report,
		open: map[net.Conn]bool{}, newest: map[protocol.NodeID]net.Conn{},
	}
	h.workers.Go(func() {
		if err := h.listener.run(h.working); err != nil {
			h.report(err)
		}
	})
}

// start starts the machine.
func (h *host) start(s Start) error {
	if h.listener == nil || h.started {
		return errors.New("a process is started once, after it is configured")
	}
	c := h.configured
	for _, id := range c.everyone() {
		address := s.Peers[id]
		if id == c.Node {
			continue
		}
		if address == "" {
			return fmt.Errorf("%s has no address", id)
		}
		first, err := helloFrame(hello{Version: Version, System: c.System, Seed: c.Seed, From: c.Node, To: id})
		if err != nil {
			return err
		}
		h.peers[id] = &peer{
			id: id, address: address, queue: make(chan protocol.Message, queueMax), dial: h.transport.dial, hello: first,
			codec: h.codec, counts: &h.counts, logf: h.logf, fail: h.report,
		}
	}
	for _, peer := range h.peers {
		h.workers.Go(func() { peer.run(h.working) })
	}
	h.started = true
	h.clock.set(s.Now)
	if s.Now >= 0 {
		h.boot()
	}
	return nil
}
