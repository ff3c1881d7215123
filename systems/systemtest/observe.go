package systemtest

import (
	"sunder/harness/protocol"
	"sunder/systems"
)

// call is a call of a machine that has just returned. Its effects are still in the Env.
type call struct {
	env     *protocol.Env
	machine protocol.Machine
}

// observed returns the system with every call of every machine reported. The machines of one run are called one at a time.
func observed(s systems.System, after func(call)) systems.System {
	plain := s
	s.Replica = func(c systems.Config, id protocol.NodeID) protocol.Machine {
		return observer{plain.Replica(c, id), after}
	}
	s.FrontEnd = func(c systems.Config, id protocol.NodeID) protocol.FrontEnd {
		f := plain.FrontEnd(c, id)
		return frontEndObserver{observer{f, after}, f}
	}
	return s
}

// observer is a machine whose calls are reported.
type observer struct {
	machine protocol.Machine
	after   func(call)
}

// Start passes on and reports.
func (o observer) Start(env *protocol.Env, saved protocol.Saved) {
	o.machine.Start(env, saved)
	o.after(call{env, o.machine})
}

// Receive passes on and reports.
func (o observer) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	o.machine.Receive(env, from, m)
	o.after(call{env, o.machine})
}

// Timeout passes on and reports.
func (o observer) Timeout(env *protocol.Env, t protocol.Timer) {
	o.machine.Timeout(env, t)
	o.after(call{env, o.machine})
}

// Leave passes on and reports.
func (o observer) Leave(env *protocol.Env) {
	o.machine.(protocol.Leaver).Leave(env)
	o.after(call{env, o.machine})
}

// frontEndObserver is a front end whose calls are reported.
type frontEndObserver struct {
	observer
	frontEnd protocol.FrontEnd
}

// Request passes on and reports.
func (o frontEndObserver) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	o.frontEnd.Request(env, id, op)
	o.after(call{env, o.frontEnd})
}
