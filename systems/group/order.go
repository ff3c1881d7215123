package group

import "sunder/harness/protocol"

// sequences tells whether this member gives messages their places: the most senior one does.
func (g *Group) sequences() bool {
	if g.config.Mutant == mutantTwoSequencers {
		return g.turn() == 0
	}
	return g.me == 0
}

// sequence gives a place to each message that has none, those of a sender in their order, and causes first.
func (g *Group) sequence(env *protocol.Env) {
	for again := true; again; {
		again = false
		for s := range g.Held {
			for g.placed[s] < g.acks[g.me][s] && g.causesPlaced(*g.Held[s][g.placed[s]]) {
				g.placed[s]++
				again = true
				if g.hasPlace(Place{s, g.placed[s]}) {
					continue
				}
				g.give(env, Place{s, g.placed[s]})
			}
		}
	}
}

// hasPlace tells whether a message has a place already, given by another sequencer: only a mutant has two.
func (g *Group) hasPlace(p Place) bool {
	if g.me == 0 {
		return false
	}
	for _, o := range g.Orders {
		if o != nil && *o == p {
			return true
		}
	}
	return false
}

func (g *Group) give(env *protocol.Env, p Place) {
	o := Order{g.View.Number, uint64(len(g.Orders)) + 1, p}
	g.place(o)
	g.store(env, record{Order: &o})
	g.sendAll(env, g.nodes(), o)
}

// causesPlaced tells whether all that happened before a message has a place.
func (g *Group) causesPlaced(d Data) bool {
	for t, n := range d.VC {
		if t != d.Rank && n > g.placed[t] {
			return false
		}
	}
	return true
}

// receiveOrder takes a place of the total order.
func (g *Group) receiveOrder(env *protocol.Env, from protocol.NodeID, o Order) {
	if g.me < 0 || !g.keepUp(env, from, o.View) || g.blocked && g.config.Mutant != mutantKeepsDelivering {
		return
	}
	if o.Position <= uint64(len(g.Orders)) && g.Orders[o.Position-1] != nil {
		return
	}
	g.place(o)
	g.store(env, record{Order: &o})
	g.lastOrder = max(g.lastOrder, o.Position)
	g.progress(env)
	if g.config.Uniform && !g.blocked {
		g.sendStability(env)
	}
}

// orderPrefix returns how many places are held without a gap, with the messages that they are for.
func (g *Group) orderPrefix() uint64 {
	n := g.orderAcks[g.me]
	for g.skips(n) || n < uint64(len(g.Orders)) && g.Orders[n] != nil && g.Orders[n].Seq <= g.acks[g.me][g.Orders[n].Rank] {
		n++
	}
	return n
}

// askMost is how many messages are asked for at once.
const askMost = 64

// repair asks for what others have and this member lacks: the sender or the sequencer, or whoever else has it.
func (g *Group) repair(env *protocol.Env) {
	if g.blocked || g.now%retryTicks != 0 {
		return
	}
	for s := range g.known {
		have := g.acks[g.me][s]
		if have >= g.known[s] {
			continue
		}
		env.Mark(markAskedAgain)
		env.Send(g.holder(s, func(q int) bool { return g.acks[q][s] > have }), Nak{g.View.Number, s, have + 1, min(g.known[s], have+askMost)})
	}
	if have := g.firstMissingPlace(); have < g.lastOrder {
		env.Send(g.holder(0, func(q int) bool { return g.orderAcks[q] > have }), Nak{g.View.Number, -1, have + 1, min(g.lastOrder, have+askMost)})
		g.waitForPlace(env, have)
	}
}

// firstMissingPlace returns how many places are held without a gap.
func (g *Group) firstMissingPlace() uint64 {
	n := g.orderAcks[g.me]
	for g.skips(n) || n < uint64(len(g.Orders)) && g.Orders[n] != nil {
		n++
	}
	return n
}

// holder returns the node of a member if it is not suspected, else of another that has what is asked for, if any does.
func (g *Group) holder(rank int, has func(q int) bool) protocol.NodeID {
	if g.suspected(g.View.Members[rank]) || rank == g.me {
		for q, p := range g.View.Members {
			if q != g.me && has(q) && !g.suspected(p) {
				return p.Node
			}
		}
	}
	return g.View.Members[rank].Node
}

// receiveNak sends what was asked for.
func (g *Group) receiveNak(env *protocol.Env, from protocol.NodeID, m Nak) {
	if g.me < 0 || g.blocked || !g.keepUp(env, from, m.View) {
		return
	}
	for n := m.From; n <= m.To && n-m.From < askMost; n++ {
		switch {
		case m.Rank < 0 && n <= uint64(len(g.Orders)) && g.Orders[n-1] != nil:
			env.Send(from, Order{m.View, n, *g.Orders[n-1]})
		case m.Rank >= 0 && n <= uint64(len(g.Held[m.Rank])) && g.Held[m.Rank][n-1] != nil:
			env.Send(from, *g.Held[m.Rank][n-1])
		}
	}
}
