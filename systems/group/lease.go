package group

import (
	"time"

	"sunder/harness/protocol"
)

// LeaseRequest asks the members of the view to promise their senior that they will let the view be as it is for a while.
type LeaseRequest struct {
	View  uint64        `json:"view"`
	Clock time.Duration `json:"clock"` // the senior's, when it sent this
}

// LeaseGrant promises it.
type LeaseGrant struct {
	View  uint64        `json:"view"`
	Clock time.Duration `json:"clock"` // of the request
}

// Name is the message's name.
func (LeaseRequest) Name() string { return "LEASE_REQ" }

// Name is the message's name.
func (LeaseGrant) Name() string { return "LEASE" }

// leases is what a process knows of leases. All of it is lost in a crash, so a node that is started again must wait for as
// long as a lease may last that it has granted before (after Gray & Cheriton, "Leases", SOSP 1989).
type leases struct {
	granted map[protocol.NodeID]time.Duration // to the senior: its clock when it asked
	owed    time.Duration                     // until when, by its own clock, this node promises no ballot
	refused bool                              // it had to put a ballot off, and grants no more in this view
}

// leaseDrift is by how many hundredths the rates of two clocks may differ.
const leaseDrift = 5

// leaseStart keeps the promises of the life before this one.
func (g *Group) leaseStart(env *protocol.Env, boot uint64) {
	if g.config.Lease > 0 && boot > 0 {
		g.owed = env.Now + g.config.Lease*(100+leaseDrift)/100
	}
}

// leaseReset forgets what was granted in the view before.
func (g *Group) leaseReset() { g.granted, g.refused = nil, false }

// askLease asks for the next lease, if this is the senior.
func (g *Group) askLease(env *protocol.Env) {
	if _, senior := g.Senior(); senior && g.config.Lease > 0 && !g.blocked {
		g.sendAll(env, g.nodes(), LeaseRequest{g.View.Number, env.Now})
	}
}

// grant promises the senior not to take part in a ballot, unless one is waiting.
func (g *Group) grant(env *protocol.Env, from protocol.NodeID, m LeaseRequest) {
	senior, _ := g.Senior()
	if g.me < 0 || m.View != g.View.Number || from != senior || g.blocked || g.refused || g.config.Lease == 0 {
		return
	}
	g.owed = max(g.owed, env.Now+g.config.Lease)
	env.Send(from, LeaseGrant(m))
}

// granting takes a promise.
func (g *Group) granting(from protocol.NodeID, m LeaseGrant) {
	if m.View != g.View.Number || g.me < 0 {
		return
	}
	if g.granted == nil {
		g.granted = map[protocol.NodeID]time.Duration{}
	}
	g.granted[from] = max(g.granted[from], m.Clock)
}

// owes tells whether a ballot has to wait for a lease. The senior's own need not: it stops before anybody answers it. From
// the time when one has to, no lease is granted in this view, else the view could never change.
func (g *Group) owes(env *protocol.Env, proposer protocol.NodeID) bool {
	if senior, _ := g.Senior(); proposer == senior || env.Now >= g.owed {
		return false
	}
	g.refused = true
	return true
}

// Leased tells whether this is the senior, and a majority of the nodes of the view has promised to let it be as it is, by
// clocks that differ in their rates by leaseDrift at most: no later view can have begun.
func (g *Group) Leased(env *protocol.Env) bool {
	if _, senior := g.Senior(); !senior || g.blocked || g.config.Lease == 0 {
		return false
	}
	n := 1
	for _, at := range g.granted {
		if at+g.config.Lease*(100-leaseDrift)/100 > env.Now {
			n++
		}
	}
	return n >= g.majority()
}
