package group

import (
	"slices"

	"sunder/harness/protocol"
)

// agreement is what a proposer keeps in memory. Acceptors are the nodes of the view, restarted ones too; each view is
// decided as one instance of consensus (Lamport, "The part-time parliament", ACM TOCS 1998).
type agreement struct {
	ballot    Ballot // of this node's own proposal; none if it does not propose
	value     *Value // proposed in the second phase
	promises  map[protocol.NodeID]Promise
	votes     map[protocol.NodeID]bool
	began     uint64 // the phase
	highest   uint64 // the highest round seen
	wanted    uint64 // since when the view should change; 0: it should not
	lastHeard uint64 // the last message of any ballot
}

func newAgreement() agreement { return agreement{} }

// propel goes on with what depends on time: it begins a ballot, asks again, or gives one up.
func (g *Group) propel(env *protocol.Env) {
	switch {
	case g.ballot.Round > 0:
		g.pursue(env)
	case g.shouldPropose() && !g.owes(env, g.config.Self):
		g.propose(env)
	}
}

// shouldPropose tells whether it is time for this node to begin a ballot.
func (g *Group) shouldPropose() bool {
	if g.me < 0 {
		return g.orphaned() || g.founds()
	}
	if g.blocked {
		return g.reaches() && g.now-g.lastHeard > uint64(flushTicks+rankTicks*(1+g.turn()))
	}
	if !g.wantsChange() {
		g.wanted = 0
		return false
	}
	if g.wanted == 0 {
		g.wanted = g.now
	}
	return g.reaches() && g.now-g.wanted >= uint64(rankTicks*(1+g.turn()))
}

// orphaned tells whether this restarted node must see to the next view, for no member of the view it knows is alive.
func (g *Group) orphaned() bool {
	rank := g.View.at(g.config.Self)
	if rank < 0 || g.now-g.lastHeard <= uint64(flushTicks+rankTicks*(1+rank)) || !g.reaches() {
		return false
	}
	return !slices.ContainsFunc(g.View.Members, func(p PID) bool {
		_, told := g.stateful[p]
		return told && !g.suspected(p)
	})
}

// propose begins a ballot higher than any that was seen.
func (g *Group) propose(env *protocol.Env) {
	g.highest++
	g.ballot, g.value, g.began, g.wanted = Ballot{g.highest, g.config.Self}, nil, g.now, 0
	g.promises, g.votes = map[protocol.NodeID]Promise{}, map[protocol.NodeID]bool{}
	env.Mark(markProposed)
	m := Prepare{g.View.Number + 1, g.ballot}
	g.sendAll(env, g.nodes(), m)
	g.prepare(env, g.config.Self, m)
}

// pursue asks those who have not answered again, and ends a phase that has lasted too long.
func (g *Group) pursue(env *protocol.Env) {
	late := g.now-g.began >= flushTicks
	switch {
	case g.value == nil && late:
		if !g.conclude(env, true) {
			g.abort()
		}
	case late:
		g.abort()
	case g.now%retryTicks != 0:
	case g.value == nil:
		for _, node := range g.nodes() {
			if _, answered := g.promises[node]; !answered && node != g.config.Self {
				env.Send(node, Prepare{g.View.Number + 1, g.ballot})
			}
		}
	default:
		for _, node := range g.nodes() {
			if !g.votes[node] && node != g.config.Self {
				env.Send(node, Accept{g.View.Number + 1, g.ballot, *g.value})
			}
		}
	}
}

// abort gives a ballot up. The group stays blocked: what was reported may still be used.
func (g *Group) abort() {
	g.ballot, g.value, g.lastHeard, g.wanted = Ballot{}, nil, g.now, 0
}

// receiveAgreement handles messages of ballots, and tells whether it was one.
func (g *Group) receiveAgreement(env *protocol.Env, from protocol.NodeID, m protocol.Message) bool {
	switch m := m.(type) {
	case Prepare:
		if g.keepUp(env, from, m.View-1) {
			g.prepare(env, from, m)
		}
	case Promise:
		g.meet(m.From)
		g.promise(env, from, m)
	case Refusal:
		if m.View == g.View.Number+1 {
			g.highest = max(g.highest, m.Ballot.Round)
			if g.ballot.Round > 0 && m.Ballot.compare(g.ballot) > 0 {
				env.Mark(markRefused)
				g.abort()
			}
		}
	case Accept:
		if g.keepUp(env, from, m.View-1) {
			g.accept(env, from, m)
		}
	case Accepted:
		g.vote(env, from, m)
	case Decide:
		g.decide(env, m)
	case Need:
		if g.View.Number >= m.View {
			g.tell(env, from)
		}
	default:
		return false
	}
	return true
}

// isAcceptor tells whether the node has a vote on the next view.
func (g *Group) isAcceptor() bool { return slices.Contains(g.nodes(), g.config.Self) }

// seen notes a ballot of another node.
func (g *Group) seen(b Ballot) {
	g.highest = max(g.highest, b.Round)
	g.lastHeard, g.wanted = g.now, 0
	if g.ballot.Round > 0 && b.compare(g.ballot) > 0 {
		g.abort()
	}
}

// prepare promises to take part in no lower ballot, and stops what goes on in the view.
func (g *Group) prepare(env *protocol.Env, from protocol.NodeID, m Prepare) {
	switch c := m.Ballot.compare(g.Promised); {
	case !g.isAcceptor() || c > 0 && g.owes(env, from):
		return
	case c < 0:
		env.Send(from, Refusal{m.View, g.Promised})
		return
	case c > 0:
		g.seen(m.Ballot)
		g.Promised = m.Ballot
		g.blocked = g.me >= 0
		g.store(env, record{Promised: &m.Ballot})
	}
	answer := g.report(m)
	if from == g.config.Self {
		g.promise(env, from, answer)
		return
	}
	env.Send(from, answer)
}

// promise takes an acceptor's answer.
func (g *Group) promise(env *protocol.Env, from protocol.NodeID, m Promise) {
	if m.View != g.View.Number+1 || m.Ballot != g.ballot || g.ballot.Round == 0 || g.value != nil {
		return
	}
	g.promises[from] = m
	g.conclude(env, false)
}

// accept accepts a value.
func (g *Group) accept(env *protocol.Env, from protocol.NodeID, m Accept) {
	if !g.isAcceptor() {
		return
	}
	if m.Ballot.compare(g.Promised) < 0 {
		env.Send(from, Refusal{m.View, g.Promised})
		return
	}
	if from != g.config.Self {
		g.seen(m.Ballot)
	}
	if g.Accepted == nil || g.Accepted.Ballot != m.Ballot {
		g.Promised, g.Accepted, g.blocked = m.Ballot, &Proposal{m.Ballot, m.Value}, g.me >= 0
		g.store(env, record{Promised: &m.Ballot, Accepted: g.Accepted})
	}
	answer := Accepted{m.View, m.Ballot}
	if from == g.config.Self {
		g.vote(env, from, answer)
		return
	}
	env.Send(from, answer)
}

// vote counts an acceptance. With a majority the value is decided.
func (g *Group) vote(env *protocol.Env, from protocol.NodeID, m Accepted) {
	if m.View != g.View.Number+1 || m.Ballot != g.ballot || g.value == nil {
		return
	}
	g.votes[from] = true
	if len(g.votes) < g.majority() && g.config.Mutant != mutantNoMajority {
		return
	}
	g.noteDecision(env)
	decision := Decide{g.View.Number + 1, *g.value}
	told := slices.Clone(g.nodes())
	for _, p := range g.value.Members {
		if !slices.Contains(told, p.Node) {
			told = append(told, p.Node)
		}
	}
	g.sendAll(env, told, decision)
	g.decide(env, decision)
}
