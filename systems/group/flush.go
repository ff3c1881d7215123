package group

import (
	"cmp"
	"slices"

	"sunder/harness/protocol"
)

// report answers a prepare. A live member reports what others may lack; a node that was started again all that its disk
// has of the view, for it no longer knows what others have.
func (g *Group) report(m Prepare) Promise {
	out := Promise{View: m.View, Ballot: m.Ballot, From: g.PID(), HasState: g.me >= 0 && g.hasState, HasBase: g.HasBase, Accepted: g.Accepted}
	stable := make([]uint64, len(g.View.Members))
	if g.me >= 0 {
		stable, out.Ordered = g.stable()
		for s := range stable {
			stable[s] = min(stable[s], g.delivered[s])
		}
		out.Ordered = min(out.Ordered, g.position)
	}
	for s := range g.Held {
		out.Have = append(out.Have, g.prefix(s))
		for _, d := range g.Held[s] {
			if d != nil && d.Seq > stable[s] {
				out.Messages = append(out.Messages, *d)
			}
		}
	}
	for _, p := range g.Orders[min(int(out.Ordered), len(g.Orders)):] {
		if p == nil {
			break
		}
		out.Orders = append(out.Orders, *p)
	}
	return out
}

// conclude ends the first phase if enough have answered: a majority of nodes, and everybody who is expected to, unless it
// is too late to wait for more. It tells whether it did.
func (g *Group) conclude(env *protocol.Env, late bool) bool {
	if len(g.promises) < g.majority() && g.config.Mutant != mutantNoMajority {
		return false
	}
	live, restarted := g.answers()
	for _, p := range g.View.Members {
		if _, answered := g.promises[p.Node]; !late && !answered && !g.suspected(p) {
			return false
		}
	}
	stateful := slices.ContainsFunc(live, func(p Promise) bool { return p.HasState })
	if g.Exists() && !stateful && (len(restarted) == 0 || !late && len(g.promises) < len(g.View.Members)) {
		return false
	}
	v := g.chosen(env)
	if v == nil {
		fresh := g.compose(live, restarted, stateful)
		v = &fresh
	}
	g.value, g.began = v, g.now
	m := Accept{g.View.Number + 1, g.ballot, *v}
	g.sendAll(env, g.nodes(), m)
	g.accept(env, g.config.Self, m)
	return true
}

// answers returns the promises of members, and of those that were started again and have what they need to rebuild the
// state; in the order of ranks.
func (g *Group) answers() (live, restarted []Promise) {
	for _, p := range g.View.Members {
		m, answered := g.promises[p.Node]
		switch {
		case !answered:
		case m.From == p:
			live = append(live, m)
		case m.HasBase:
			restarted = append(restarted, m)
		}
	}
	return live, restarted
}

// chosen returns the value that may have been decided already, nil if none may.
func (g *Group) chosen(env *protocol.Env) *Value {
	var best *Proposal
	for _, node := range g.nodes() {
		if m, answered := g.promises[node]; answered && m.Accepted != nil && (best == nil || m.Accepted.Ballot.compare(best.Ballot) > 0) {
			best = m.Accepted
		}
	}
	if best == nil || g.config.Mutant == mutantIgnoresAccepted || g.config.Mutant == mutantOtherCut {
		return nil
	}
	env.Mark(markAdopted)
	return &best.Value
}

// compose makes a value of what was reported. If nobody alive has the state, those who were started again rebuild it, and
// who was about to get it must join anew: among what is on disk may be messages that never left their sender.
func (g *Group) compose(live, restarted []Promise, stateful bool) Value {
	if !g.Exists() {
		return g.found()
	}
	stay := slices.DeleteFunc(slices.Clone(live), func(m Promise) bool { return g.wantsOut(m.From) })
	if !slices.ContainsFunc(stay, func(m Promise) bool { return m.HasState }) {
		stay = live
	}
	reporters, v := live, Value{Acts: g.View.Acts}
	if stateful && g.destruction != nil {
		v.Acts = append(slices.Clone(v.Acts), *g.destruction)
		g.cut(&v, reporters)
		return v
	}
	for _, m := range stay {
		v.Members = append(v.Members, m.From)
		if m.HasState {
			v.Stateful = append(v.Stateful, m.From)
		}
	}
	if !stateful {
		v.Restored, reporters = true, slices.Concat(live, restarted)
		v.Members = nil
		for _, m := range restarted {
			v.Members, v.Stateful = append(v.Members, m.From), append(v.Stateful, m.From)
		}
	}
	for _, p := range g.joiners() {
		if !slices.ContainsFunc(v.Members, func(m PID) bool { return m.Node == p.Node }) {
			v.Members = append(v.Members, p)
		}
	}
	if g.config.Mutant == mutantOwnCut {
		reporters = []Promise{g.promises[g.config.Self]}
	}
	g.cut(&v, reporters)
	return v
}

// cut says what is delivered in the old view: all that somebody who goes on has, but what depends on a message that is lost.
func (g *Group) cut(v *Value, reporters []Promise) {
	v.Cut = make([]uint64, len(g.View.Members))
	known := map[Place]Data{}
	orders := map[uint64]Place{}
	for _, m := range reporters {
		for s, n := range m.Have {
			v.Cut[s] = max(v.Cut[s], n)
		}
		for _, d := range m.Messages {
			known[Place{d.Rank, d.Seq}] = d
		}
		v.Ordered = max(v.Ordered, m.Ordered)
		for i, p := range m.Orders {
			orders[m.Ordered+uint64(i)+1] = p
		}
	}
	if g.config.Order != FIFO {
		lower(v.Cut, known)
	}
	for _, d := range known {
		if d.Seq <= v.Cut[d.Rank] {
			v.Messages = append(v.Messages, d)
		}
	}
	slices.SortFunc(v.Messages, func(a, b Data) int { return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Seq, b.Seq)) })
	for position := v.Ordered + 1; ; position++ {
		p, ordered := orders[position]
		if !ordered || p.Seq > v.Cut[p.Rank] {
			return
		}
		v.Orders = append(v.Orders, p)
	}
}

// lower takes messages out of a cut whose causes are not in it, with all later ones of their senders, until none is left.
func lower(cut []uint64, known map[Place]Data) {
	for changed := true; changed; {
		changed = false
		for at, d := range known {
			if at.Seq > cut[at.Rank] {
				continue
			}
			for t, n := range d.VC {
				if t != at.Rank && n > cut[t] {
					cut[at.Rank], changed = at.Seq-1, true
					break
				}
			}
		}
	}
}

// remainder returns what of a decided cut this node has not delivered, in the order in which everybody delivers it: what
// has a place in the total order by that, the rest causes first. Messages come from the disk and from the decision.
func (g *Group) remainder(v *Value) []Data {
	all := map[Place]Data{}
	for s := range g.Held {
		for _, d := range g.Held[s] {
			if d != nil {
				all[Place{s, d.Seq}] = *d
			}
		}
	}
	for _, d := range v.Messages {
		all[Place{d.Rank, d.Seq}] = d
	}
	var out []Data
	take := func(p Place) {
		d, there := all[p]
		if there && p.Seq > g.delivered[p.Rank] && p.Seq <= v.Cut[p.Rank] {
			out = append(out, d)
		}
		delete(all, p)
	}
	for _, p := range g.Orders[:min(v.Ordered, uint64(len(g.Orders)))] {
		if p != nil {
			take(*p)
		}
	}
	for _, p := range v.Orders {
		take(p)
	}
	rest := make([]Place, 0, len(all))
	for p := range all {
		rest = append(rest, p)
	}
	slices.SortFunc(rest, func(a, b Place) int {
		return cmp.Or(cmp.Compare(causes(all[a]), causes(all[b])), cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Seq, b.Seq))
	})
	for _, p := range rest {
		take(p)
	}
	return out
}

// causes counts the messages that happened before one in its view, and itself.
func causes(d Data) uint64 {
	sum := uint64(0)
	for _, n := range d.VC {
		sum += n
	}
	return sum
}
