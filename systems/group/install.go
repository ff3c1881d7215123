package group

import (
	"slices"

	"sunder/harness/protocol"
)

// decide does what was decided.
func (g *Group) decide(env *protocol.Env, m Decide) {
	if m.View <= g.View.Number {
		return
	}
	v := m.Value
	next := View{m.View, v.Members, v.Stateful, v.Acts}
	switch {
	case g.me >= 0 && m.View == g.View.Number+1 && len(v.Members) == 0:
		g.dissolve(env, next, v)
	case g.me >= 0 && m.View == g.View.Number+1 && next.rank(g.PID()) >= 0:
		g.goOn(env, next, v)
	case g.me >= 0:
		g.excluded(env, next, v)
	default:
		g.learn(env, next, v)
	}
}

// goOn delivers the rest of the cut in the old view, and installs the new one.
func (g *Group) goOn(env *protocol.Env, next View, v Value) {
	if g.config.Mutant != mutantNoFlush {
		for _, d := range g.remainder(&v) {
			env.Mark(markFlushed)
			g.handOver(env, d)
		}
	}
	hasState := g.hasState && slices.Contains(next.Stateful, g.PID())
	base := ""
	if hasState {
		base = g.app.Snapshot()
	}
	g.replace(env, next, v, hasState, base)
	g.enter(env, hasState)
}

// excluded begins a new life outside of the group, for what this process knows is out of date.
func (g *Group) excluded(env *protocol.Env, next View, v Value) {
	g.left = g.leaving
	g.hasState, g.blocked, g.me = false, false, -1
	g.waiting, g.buffer = nil, nil
	g.Inc++
	g.sentEver = 0
	env.Mark(markExcluded)
	g.replace(env, next, v, false, "")
	g.heardAll()
	g.resetChannels()
	g.app.Changed(env)
}

// learn is of a process that is in no view: it joins the new one if that has it. If the disk has all that is needed, it
// goes on keeping the state of the view's beginning for the life before this one.
func (g *Group) learn(env *protocol.Env, next View, v Value) {
	keeps, base := false, ""
	former := g.View.at(g.config.Self)
	if g.HasBase && former >= 0 && next.Number == g.View.Number+1 {
		keeps = next.rank(g.View.Members[former]) >= 0 || v.Restored && slices.Contains(v.Stateful, g.PID())
	}
	switch {
	case g.founded(next):
		keeps, base = true, g.blank
	case keeps:
		base = g.rebuild(&v)
	}
	stateful := slices.Contains(v.Stateful, g.PID())
	if stateful && !keeps {
		return // it cannot be: what this process reported was damaged on its way, and it will join anew
	}
	joined := next.rank(g.PID()) >= 0
	if joined && !stateful {
		keeps = false
	}
	g.replace(env, next, v, keeps, base)
	if !joined {
		g.heardAll()
		g.resetChannels()
		return
	}
	switch {
	case stateful && v.Restored:
		g.app.Restore(base)
		env.Mark(markRebuilt)
	case stateful:
		g.app.Restore(base)
		env.Mark(markCreated)
	default:
		env.Mark(markJoined)
	}
	g.enter(env, stateful)
}

// rebuild returns the application's state after the cut, from that of the view's beginning and the messages on disk.
func (g *Group) rebuild(v *Value) string {
	g.app.Restore(g.Base)
	g.resetChannels()
	silent := &protocol.Env{Self: g.config.Self}
	for _, d := range g.remainder(v) {
		g.app.Deliver(silent, d.Payload)
	}
	return g.app.Snapshot()
}

// replace puts a new view on disk in place of the old one.
func (g *Group) replace(env *protocol.Env, next View, v Value, hasBase bool, base string) {
	g.durable = durable{
		Inc: g.Inc, View: next, Decided: &v, HasBase: hasBase, Base: base, Held: make([][]*Data, len(next.Members)), Refused: g.durable.Refused,
	}
	g.listed = nil
	g.agreement = newAgreement()
	g.settle()
	g.lastHeard = g.now
	for p := range g.failed {
		if next.rank(p) < 0 {
			delete(g.failed, p)
		}
	}
	g.save(env)
}
