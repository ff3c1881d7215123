package cli_test

import (
	"slices"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// club is a toy whose replicas come and go. r1 holds the register and keeps the list of members; a replica that is no
// member serves nobody. Its option makes members stay who were asked to leave, or keeps the door shut.
func club() systems.System {
	s := toy()
	s.Name, s.About = "club", "one copy of a register behind a door, for the tests of the command"
	s.Dynamic = true
	s.Options = []systems.Option{{
		Name: "behaviour", About: "what it does wrong", Default: "honest", Values: []string{"honest", "sticky", "shut"},
	}}
	s.Messages = []protocol.Message{ask{}, reply{}, knock{}, welcome{}, goodbye{}, farewell{}}
	s.Promises = []systems.Promise{{Guarantee: guarantee.Linearizable, Survives: []nemesis.Kind{nemesis.Leave, nemesis.Join}}}
	s.Replica = func(c systems.Config, self protocol.NodeID) protocol.Machine {
		return &member{
			copyHolder: copyHolder{values: map[string]protocol.Value{}}, behaviour: c.Options["behaviour"],
			members: slices.Clone(c.Replicas), inside: slices.Contains(c.Replicas, self),
		}
	}
	return s
}

// What members say to r1, and what it answers.
type (
	knock    struct{}
	welcome  struct{}
	goodbye  struct{}
	farewell struct{}
)

func (knock) Name() string    { return "KNOCK" }
func (welcome) Name() string  { return "WELCOME" }
func (goodbye) Name() string  { return "GOODBYE" }
func (farewell) Name() string { return "FAREWELL" }

type member struct {
	copyHolder
	behaviour string
	members   []protocol.NodeID // r1's list
	inside    bool
}

func (m *member) Start(env *protocol.Env, _ protocol.Saved) {
	if env.Self != "r1" && m.behaviour != "shut" {
		env.Send("r1", knock{})
	}
}

func (m *member) Leave(env *protocol.Env) {
	if m.behaviour != "sticky" {
		env.Send("r1", goodbye{})
	}
}

func (m *member) Receive(env *protocol.Env, from protocol.NodeID, message protocol.Message) {
	switch message := message.(type) {
	case knock:
		m.members = append(m.members, from)
		env.Send(from, welcome{})
	case welcome:
		m.inside = true
	case goodbye:
		m.members = slices.DeleteFunc(m.members, func(id protocol.NodeID) bool { return id == from })
		env.Send(from, farewell{})
	case farewell:
		m.inside = false
		env.Note(protocol.Left{})
	case ask:
		if m.inside {
			m.ask(env, message)
		}
	}
}
