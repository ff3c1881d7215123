package cli_test

import (
	"time"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// toy is a system of one copy: r1 holds a register for each key, the other replicas pass requests on to it. Its option
// makes it misbehave in the ways that the command must report. It is also what a system of one's own looks like.
func toy() systems.System {
	return systems.System{
		Name:    "toy",
		About:   "one copy of a register, for the tests of the command",
		Figures: "none",
		Serves:  []systems.Service{{Object: "register", Operations: []string{"read", "write"}}},
		Options: []systems.Option{{
			Name: "behaviour", About: "what it does wrong", Default: "honest",
			Values: []string{"honest", "stale", "storm", "panics", "silent", "unordered", "inexact", "unspeakable"},
		}},
		Messages: []protocol.Message{ask{}, reply{}, noise{}},
		Promises: []systems.Promise{{Guarantee: guarantee.Linearizable, Survives: []nemesis.Kind{nemesis.Delay}}},
		Replica: func(c systems.Config, self protocol.NodeID) protocol.Machine {
			return &copyHolder{behaviour: c.Options["behaviour"], values: map[string]protocol.Value{}}
		},
		FrontEnd: func(c systems.Config, self protocol.NodeID) protocol.FrontEnd {
			return &caller{beside: c.Beside(self), timeout: c.Timeout}
		},
	}
}

type ask struct {
	ID protocol.RequestID
	Op protocol.Op
	To protocol.NodeID // who is to get the reply
}

type reply struct {
	ID    protocol.RequestID
	Value protocol.Value
}

type noise struct{ N int }

func (ask) Name() string   { return "ASK" }
func (reply) Name() string { return "REPLY" }
func (noise) Name() string { return "NOISE" }

type copyHolder struct {
	behaviour string
	values    map[string]protocol.Value
	writes    int
}

func (h *copyHolder) Start(env *protocol.Env, _ protocol.Saved) {
	if h.behaviour == "storm" && env.Self == "r1" {
		env.SetTimer("storm", 10*time.Millisecond)
	}
}

func (h *copyHolder) Timeout(env *protocol.Env, _ protocol.Timer) { env.Send(env.Self, noise{}) }

func (h *copyHolder) Receive(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case noise:
		if h.behaviour == "storm" {
			env.Send(env.Self, m)
		}
	case ask:
		h.ask(env, m)
	}
}

func (h *copyHolder) ask(env *protocol.Env, m ask) {
	switch {
	case h.behaviour == "silent":
		return
	case h.behaviour == "panics":
		panic("the toy was told to panic")
	case env.Self != "r1":
		env.Send("r1", m)
		return
	}
	if h.behaviour == "inexact" {
		env.Note(protocol.Own{Name: "toy/load", Fields: 0.5})
	}
	if h.behaviour == "unspeakable" {
		env.Note(protocol.Own{Name: "toy/secret", Fields: unspeakable{}})
	}
	value := h.values[m.Op.Key]
	if value.IsNull() {
		value = protocol.Int(0)
	}
	if m.Op.F == "write" {
		h.writes++
		if h.behaviour != "stale" || h.writes%2 == 1 {
			h.values[m.Op.Key] = m.Op.Value
		}
		value = protocol.Value{}
	}
	if h.behaviour == "unordered" {
		for _, to := range map[int]protocol.NodeID{1: "r2", 2: "r3", 3: "r1", 4: "r2", 5: "r3"} {
			env.Send(to, noise{N: len(to)})
		}
	}
	env.Send(m.To, reply{ID: m.ID, Value: value})
}

// State is what --inspect prints; an unspeakable toy's breaks whoever prints it.
func (h *copyHolder) State() any {
	if h.behaviour == "unspeakable" {
		return unspeakable{}
	}
	return h.values
}

type unspeakable struct{}

func (unspeakable) MarshalJSON() ([]byte, error) { panic("not to be spoken of") }

type caller struct {
	beside  protocol.NodeID
	timeout time.Duration
	open    map[protocol.RequestID]bool
}

func (c *caller) Start(*protocol.Env, protocol.Saved) { c.open = map[protocol.RequestID]bool{} }

func (c *caller) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	to := c.beside
	if op.Via != "" {
		to = op.Via
	}
	c.open[id] = true
	env.Send(to, ask{ID: id, Op: op, To: env.Self})
}

func (c *caller) Receive(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
	if r, ok := m.(reply); ok && c.open[r.ID] {
		delete(c.open, r.ID)
		env.Reply(r.ID, protocol.Reply{Outcome: protocol.OK, Value: r.Value})
	}
}

func (c *caller) Timeout(*protocol.Env, protocol.Timer) {}
