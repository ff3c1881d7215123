package group

import "sunder/harness/protocol"

// detector is the failure detector. It suspects who was not heard of for a while, and is sure of processes whose node has
// shown a later life.
type detector struct {
	heard    map[protocol.NodeID]uint64 // ticks
	failed   map[PID]bool
	joining  map[PID]uint64 // when each last asked to be let in
	leavers  map[PID]uint64 // when each last asked to be let out
	stateful map[PID]bool   // members who have said whether they have the state
}

func newDetector() detector {
	return detector{
		heard: map[protocol.NodeID]uint64{}, failed: map[PID]bool{}, joining: map[PID]uint64{}, leavers: map[PID]uint64{}, stateful: map[PID]bool{},
	}
}

// heardAll begins a view with no suspicion but of those who have failed for sure.
func (g *Group) heardAll() {
	for _, p := range g.View.Members {
		g.heard[p.Node] = g.now
	}
	clear(g.stateful)
	clear(g.leavers)
	for p := range g.joining {
		if g.View.rank(p) >= 0 {
			delete(g.joining, p)
		}
	}
}

// meet notes that a process is alive: whoever was on its node before it is not.
func (g *Group) meet(p PID) {
	for _, member := range g.View.Members {
		if member.Node == p.Node && member.Inc < p.Inc {
			g.failed[member] = true
		}
	}
	for other := range g.joining {
		if other.Node == p.Node && other.Inc < p.Inc {
			delete(g.joining, other)
		}
	}
}

// recent tells whether a node was heard of lately.
func (g *Group) recent(node protocol.NodeID) bool {
	at, ever := g.heard[node]
	return node == g.config.Self || ever && g.now-at <= suspectTicks
}

// suspected tells whether a member is suspected. The bug suspects whom it cannot send to, and not who is silent: a datagram
// can always be sent.
func (g *Group) suspected(p PID) bool {
	return p != g.PID() && (g.failed[p] || !g.recent(p.Node) && g.config.Mutant != mutantNeverSuspects)
}

// wantsOut tells whether a member has lately asked to leave.
func (g *Group) wantsOut(p PID) bool {
	at, asked := g.leavers[p]
	return p == g.PID() && g.leaving || asked && g.now-at <= suspectTicks
}

// joiners returns the processes that have lately asked to be let in, in the order of nodes. A process that is in the view
// is none, even if an old request of it is still under way.
func (g *Group) joiners() []PID {
	var out []PID
	for _, node := range g.config.Nodes {
		best := PID{}
		for p, at := range g.joining {
			if p.Node == node && g.now-at <= joinEndsTicks && p.Inc > best.Inc && g.View.rank(p) < 0 {
				best = p
			}
		}
		if best.Inc > 0 {
			out = append(out, best)
		}
	}
	return out
}

// turn returns the rank of this member among those that are not suspected.
func (g *Group) turn() int {
	before := 0
	for _, p := range g.View.Members[:g.me] {
		if !g.suspected(p) {
			before++
		}
	}
	return before
}

// reaches tells whether a majority of the view's nodes was heard of lately.
func (g *Group) reaches() bool {
	n := 0
	for _, node := range g.nodes() {
		if g.recent(node) {
			n++
		}
	}
	return n >= g.majority() || g.config.Mutant == mutantNoMajority
}

// wantsChange tells whether the view should change, as this member sees it.
func (g *Group) wantsChange() bool {
	for _, p := range g.View.Members {
		if g.suspected(p) || g.wantsOut(p) && !g.lastWithState(p) {
			return true
		}
	}
	return g.destruction != nil || g.turn() == 0 && len(g.joiners()) > 0
}

// lastWithState tells whether nobody else who stays is known to have the state.
func (g *Group) lastWithState(p PID) bool {
	for _, q := range g.View.Members {
		has := g.stateful[q] || q == g.PID() && g.hasState
		if q != p && has && !g.suspected(q) && !g.wantsOut(q) {
			return false
		}
	}
	return true
}
