package group

import (
	"slices"

	"sunder/harness/protocol"
)

// A group that was destroyed leaves a view without members behind. The nodes that the system began with decide, by a
// majority as ever, on the view after it: that of whoever creates the group again, alone. So views stay one sequence.

// Act is a request that creates or destroys the group, by the front end that asked for it.
type Act struct {
	From FrontEndID `json:"from"`
	Seq  uint64     `json:"seq"`
}

// Destroy tells members that the group is to be destroyed.
type Destroy struct {
	View uint64 `json:"view"`
	Act  Act    `json:"act"`
}

// Name is the message's name.
func (Destroy) Name() string { return "DESTROY" }

// lifecycle is what a process was asked for that no view shows yet.
type lifecycle struct {
	creation    *Act
	destruction *Act
}

// Exists tells whether there is a group, as far as this node knows.
func (g *Group) Exists() bool { return len(g.View.Members) > 0 }

// Acted tells whether a request has created or destroyed the group: each does so once, however often it comes.
func (g *Group) Acted(a Act) bool { return slices.Contains(g.View.Acts, a) }

// Refused tells whether this node has refused a request before.
func (g *Group) Refused(a Act) bool { return slices.Contains(g.durable.Refused, a) }

// Refuse keeps it on disk that a request was refused, so that this node will not do it when it comes again.
func (g *Group) Refuse(env *protocol.Env, a Act) {
	g.durable.Refused = append(g.durable.Refused, a)
	g.store(env, record{Refused: &a})
}

// Create creates the group if there is none when that is decided, with this process as its only member.
func (g *Group) Create(a Act) { g.creation = &a }

// Destroy destroys the group that this process is a member of.
func (g *Group) Destroy(a Act) { g.destruction = &a }

// settle forgets what a new view has done, or made void.
func (g *Group) settle() {
	if g.Exists() {
		g.creation = nil
	} else {
		g.destruction = nil
	}
	if g.creation != nil && g.Acted(*g.creation) {
		g.creation = nil
	}
}

// founds tells whether it is time for this node to propose the first view of a new group.
func (g *Group) founds() bool {
	place := slices.Index(g.config.Nodes, g.config.Self)
	return !g.Exists() && g.creation != nil && g.reaches() && g.now-g.lastHeard > uint64(rankTicks*(1+place))
}

// found is the first view of a new group.
func (g *Group) found() Value {
	return Value{Members: []PID{g.PID()}, Stateful: []PID{g.PID()}, Acts: append(slices.Clone(g.View.Acts), *g.creation)}
}

// founded tells whether a view is the first of a group that this node has created, in this life or in one before it: its
// state is that of an application that was never used.
func (g *Group) founded(next View) bool {
	return !g.Exists() && next.Number == g.View.Number+1 && next.at(g.config.Self) >= 0
}

// dissolve delivers the rest of the cut in the last view of the group, and leaves it.
func (g *Group) dissolve(env *protocol.Env, next View, v Value) {
	for _, d := range g.remainder(&v) {
		env.Mark(markFlushed)
		g.handOver(env, d)
	}
	env.Mark(markDestroyed)
	g.excluded(env, next, v)
}
