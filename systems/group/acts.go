package group

import (
	"slices"

	"sunder/harness/protocol"
)

// pendingAct is a request to create or to destroy the group that is not answered yet.
type pendingAct struct {
	act    Act
	create bool
}

// act takes a request to create or to destroy the group. Who cannot see to it does not answer: the front end will ask
// another replica.
func (r *Replica) act(env *protocol.Env, q Request) {
	p := pendingAct{Act{q.From, q.Seq}, q.Op.F == opCreate}
	env.Phase(operation(q.From, q.Seq, false), protocol.CoordinationPhase)
	switch {
	case r.answerAct(env, p):
	case slices.Contains(r.acts, p):
		env.Mark(markKnownRequest)
	case p.create:
		r.acts = append(r.acts, p)
		r.group.Create(p.act)
	case r.group.Ready():
		r.acts = append(r.acts, p)
		r.group.Destroy(p.act)
	}
}

// answerAct answers a request that has been done, or is refused: there is a group already, or none. What was refused once is
// refused for good.
func (r *Replica) answerAct(env *protocol.Env, p pendingAct) bool {
	reply := protocol.Reply{Outcome: protocol.OK}
	refused := r.group.Refused(p.act)
	switch {
	case r.group.Acted(p.act):
	case refused || r.group.Exists() == p.create:
		env.Mark(markRefusedAct)
		if !refused {
			r.group.Refuse(env, p.act)
		}
		reply = protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}
	default:
		return false
	}
	env.Phase(operation(p.act.From, p.act.Seq, false), protocol.ResponsePhase)
	env.Send(p.act.From.Node, Reply{p.act.From, p.act.Seq, false, reply})
	return true
}

// conclude answers what a new view has decided. Who was to destroy a group and is no member of it any more cannot say.
func (r *Replica) conclude(env *protocol.Env) {
	acts := r.acts
	r.acts = nil
	for _, p := range acts {
		if !r.answerAct(env, p) && (p.create || r.group.Ready()) {
			r.acts = append(r.acts, p)
		}
	}
}

// absent is of a replica that is no member. If there is no group, there is nothing to read; an update may be under way
// elsewhere, so that nobody can say that it was not done.
func (r *Replica) absent(env *protocol.Env, q Request) {
	if r.group.Exists() || !r.value.ReadOnly(q.Op.F) {
		return
	}
	op := operation(q.From, q.Seq, true)
	env.Phase(op, protocol.CoordinationPhase)
	env.Phase(op, protocol.ResponsePhase)
	env.Send(q.From.Node, Reply{q.From, q.Seq, true, protocol.Reply{Outcome: protocol.Fail, Error: "there is no group"}})
}
