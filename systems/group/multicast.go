package group

import "sunder/harness/protocol"

// channels is what a member keeps in memory of the messages of its view, by rank.
type channels struct {
	sent      uint64
	delivered []uint64
	position  uint64     // places of the total order that are delivered
	placed    []uint64   // by the sequencer: how many of each sender have a place
	acks      [][]uint64 // what each member is known to have without a gap, of each sender
	orderAcks []uint64   // and of the total order
	known     []uint64   // the highest message of each sender that is known to exist
	lastOrder uint64     // and the last place
	gap       gap
}

func (g *Group) resetChannels() {
	n := len(g.View.Members)
	g.channels = channels{delivered: make([]uint64, n), placed: make([]uint64, n), orderAcks: make([]uint64, n), known: make([]uint64, n)}
	g.gap.skipped = map[uint64]bool{}
	for range n {
		g.acks = append(g.acks, make([]uint64, n))
	}
}

// Multicast sends a payload to the members of the view, this one among them. While the view changes it waits for the next
// one. A process that is no member sends nothing.
func (g *Group) Multicast(env *protocol.Env, payload string) {
	switch {
	case g.me < 0:
		return
	case g.blocked:
		env.Mark(markSendWaits)
		g.waiting = append(g.waiting, payload)
		return
	}
	g.sent++
	vc := append([]uint64(nil), g.delivered...)
	vc[g.me] = g.sent
	g.sentEver++
	d := Data{View: g.View.Number, Rank: g.me, Seq: g.sent, Number: g.sentEver, VC: vc, Payload: payload}
	d.Sum = d.sum()
	g.hold(env, d)
	env.Note(protocol.Multicast{ID: g.id(d), View: g.View.Number, Order: g.config.Order})
	g.sendAll(env, g.nodes(), d)
	g.progress(env)
}

// id names a message in facts.
func (g *Group) id(d Data) protocol.MessageID {
	sender := g.View.Members[d.Rank]
	return protocol.MessageID{Sender: sender.Node, Boot: sender.Inc, Seq: d.Number}
}

// hold puts a message on disk.
func (g *Group) hold(env *protocol.Env, d Data) {
	g.put(&d)
	g.store(env, record{Data: &d})
}

// prefix returns how many messages of a sender are held without a gap.
func (g *Group) prefix(s int) uint64 {
	n := g.acksOf(s)
	for n < uint64(len(g.Held[s])) && g.Held[s][n] != nil {
		n++
	}
	return n
}

// acksOf is what was found to be without a gap before.
func (g *Group) acksOf(s int) uint64 {
	if g.me < 0 {
		return 0
	}
	return g.acks[g.me][s]
}

// receiveData takes a message of the view. From a promise on nothing is taken: what is delivered then is decided.
func (g *Group) receiveData(env *protocol.Env, from protocol.NodeID, d Data) {
	if g.config.Mutant == mutantLateDelivery && g.me >= 0 && d.View+1 == g.View.Number && g.Decided != nil {
		g.deliverLate(env, from, d)
		return
	}
	if g.me < 0 || !g.keepUp(env, from, d.View) || g.blocked && g.config.Mutant != mutantKeepsDelivering {
		return
	}
	if d.Seq <= uint64(len(g.Held[d.Rank])) && g.Held[d.Rank][d.Seq-1] != nil {
		return
	}
	g.hold(env, d)
	g.progress(env)
	switch {
	case !g.config.Uniform || g.blocked:
	case g.config.Quiet:
		env.Send(g.View.Members[d.Rank].Node, g.stability())
	default:
		g.sendStability(env)
	}
}

// deliverLate is what a mutant does: it delivers a message of the view before, which it takes for one of its sender's first life.
func (g *Group) deliverLate(env *protocol.Env, from protocol.NodeID, d Data) {
	if d.Seq > g.Decided.Cut[d.Rank] {
		env.Note(protocol.Delivered{ID: protocol.MessageID{Sender: from, Boot: 1, Seq: d.Number}, View: g.View.Number})
		g.app.Deliver(env, d.Payload)
	}
}

// progress delivers all that may be, after the sequencer has given places.
func (g *Group) progress(env *protocol.Env) {
	for s := range g.Held {
		g.acks[g.me][s] = g.prefix(s)
		g.known[s] = max(g.known[s], uint64(len(g.Held[s])))
	}
	if g.config.Order == Total && g.sequences() && !g.blocked {
		g.sequence(env)
	}
	g.orderAcks[g.me] = g.orderPrefix()
	for again := true; again; {
		again = false
		g.leap()
		for s := range g.Held {
			for g.deliverable(s) {
				again = true
				g.handOver(env, *g.Held[s][g.delivered[s]])
			}
		}
	}
}

// deliverable tells whether the next message of a sender may be delivered.
func (g *Group) deliverable(s int) bool {
	next := g.delivered[s]
	if g.blocked && g.config.Mutant != mutantKeepsDelivering || next >= uint64(len(g.Held[s])) || g.Held[s][next] == nil {
		return false
	}
	d := g.Held[s][next]
	if g.config.Order == Total {
		p := g.nextPlace()
		if p == nil || p.Rank != s || p.Seq != d.Seq {
			return false
		}
	}
	if g.config.Order == Causal && g.config.Mutant != mutantNoHoldBack {
		for t, n := range d.VC {
			if t != s && n > g.delivered[t] {
				return false
			}
		}
	}
	return !g.config.Uniform || g.isStable(s, d.Seq)
}

// nextPlace returns the next place of the total order, nil if it is not known.
func (g *Group) nextPlace() *Place {
	if g.position >= uint64(len(g.Orders)) {
		return nil
	}
	return g.Orders[g.position]
}

// isStable tells whether as many members are known to have a message, and its place if there is one, as must: all of them,
// or a majority at least, so that one of any majority that goes on into the next view has it.
func (g *Group) isStable(s int, seq uint64) bool {
	missing := 0
	for q := range g.acks {
		if g.acks[q][s] < seq || g.config.Order == Total && g.orderAcks[q] <= g.position {
			missing++
		}
	}
	return missing == 0 || g.config.Copies > 0 && len(g.acks)-missing >= g.config.Copies
}

// stable returns how many messages of each sender, and places, every member is known to have.
func (g *Group) stable() (have []uint64, orders uint64) {
	have = make([]uint64, len(g.View.Members))
	orders = g.orderAcks[g.me]
	for s := range have {
		have[s] = g.acks[g.me][s]
		for q := range g.acks {
			have[s] = min(have[s], g.acks[q][s])
		}
	}
	for q := range g.orderAcks {
		orders = min(orders, g.orderAcks[q])
	}
	return have, orders
}

// handOver delivers a message, in this view. Until a process that has joined has the state, messages wait for it.
func (g *Group) handOver(env *protocol.Env, d Data) {
	g.delivered[d.Rank] = d.Seq
	g.position++
	env.Note(protocol.Delivered{ID: g.id(d), View: g.View.Number, Position: g.position})
	if !g.hasState {
		g.buffer = append(g.buffer, d.Payload)
		if g.config.Mutant != mutantAppliesEarly {
			return
		}
	}
	g.app.Deliver(env, d.Payload)
}

// sendStability tells all members what this one has.
func (g *Group) sendStability(env *protocol.Env) {
	if g.blocked {
		return
	}
	g.sendAll(env, g.nodes(), g.stability())
}

// stability is what this member has.
func (g *Group) stability() Stability {
	return Stability{g.View.Number, append([]uint64(nil), g.acks[g.me]...), g.orderAcks[g.me]}
}

// receiveStability notes what a member has, and with it what there is. Most heartbeats tell nothing new; but the turn of a bug
// that has two sequencers comes by time alone.
func (g *Group) receiveStability(env *protocol.Env, from protocol.NodeID, m Stability) {
	q := g.View.at(from)
	if g.me < 0 || q < 0 || m.View != g.View.Number {
		return
	}
	news := raise(&g.orderAcks[q], m.Orders)
	for s, n := range m.Have {
		news = raise(&g.acks[q][s], n) || news
		g.known[s] = max(g.known[s], n)
	}
	g.lastOrder = max(g.lastOrder, m.Orders)
	if news || g.config.Mutant == mutantTwoSequencers {
		g.progress(env)
	}
}

// raise makes a count what a member tells, and tells whether it was less: messages overtake one another.
func raise(count *uint64, to uint64) bool {
	if to <= *count {
		return false
	}
	*count = to
	return true
}
