package sim_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
	"sunder/systems"
)

const ms = time.Millisecond

// note is the message of most tests.
type note struct {
	N    int    `json:"n"`
	Text string `json:"text,omitempty"`
}

func (note) Name() string { return "NOTE" }

// other is a message of another name.
type other struct {
	N int `json:"n"`
}

func (other) Name() string { return "OTHER" }

// puppet is a machine whose calls are functions of a test; those that are nil do nothing.
type puppet struct {
	start   func(*protocol.Env, protocol.Saved)
	receive func(*protocol.Env, protocol.NodeID, protocol.Message)
	timeout func(*protocol.Env, protocol.Timer)
	request func(*protocol.Env, protocol.RequestID, protocol.Op)
	leave   func(*protocol.Env)
	state   any
}

func (p *puppet) Start(env *protocol.Env, saved protocol.Saved) {
	if p.start != nil {
		p.start(env, saved)
	}
}

func (p *puppet) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	if p.receive != nil {
		p.receive(env, from, m)
	}
}

func (p *puppet) Timeout(env *protocol.Env, t protocol.Timer) {
	if p.timeout != nil {
		p.timeout(env, t)
	}
}

func (p *puppet) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	if p.request != nil {
		p.request(env, id, op)
	}
}

func (p *puppet) Leave(env *protocol.Env) {
	if p.leave != nil {
		p.leave(env)
	}
}

func (p *puppet) State() any { return p.state }

// lab is a running cluster and what it has told so far.
type lab struct {
	t       *testing.T
	cluster cluster.Cluster
	notices []cluster.Notice
}

// plan describes a lab; the zero values are one replica and no front end, no latency and no fault.
type plan struct {
	replicas, clients int
	weather           cluster.Weather
	disk              cluster.Disk
	seed              uint64
	options           sim.Options
	node              func(id protocol.NodeID) *puppet // builds the machine of each boot; nil: does nothing
}

func (p plan) spec() cluster.Spec {
	build := p.node
	if build == nil {
		build = func(protocol.NodeID) *puppet { return &puppet{} }
	}
	config := systems.Config{Timeout: time.Second}
	for i := range max(p.replicas, 1) {
		config.Replicas = append(config.Replicas, protocol.NodeID(fmt.Sprintf("r%d", i+1)))
	}
	for i := range p.clients {
		config.Clients = append(config.Clients, protocol.NodeID(fmt.Sprintf("c%d", i+1)))
	}
	return cluster.Spec{
		System: systems.System{
			Name:     "puppets",
			Dynamic:  true,
			Messages: []protocol.Message{note{}, other{}},
			Replica:  func(_ systems.Config, id protocol.NodeID) protocol.Machine { return build(id) },
			FrontEnd: func(_ systems.Config, id protocol.NodeID) protocol.FrontEnd { return build(id) },
		},
		Config:  config,
		Weather: p.weather,
		Disk:    p.disk,
		Seed:    p.seed,
	}
}

func (p plan) run(t *testing.T) *lab {
	t.Helper()
	c, err := sim.New(p.options).Start(context.Background(), p.spec())
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return &lab{t: t, cluster: c}
}

// until awaits a time and collects the notices on the way.
func (l *lab) until(at time.Duration) {
	l.t.Helper()
	if err := l.untilError(at); err != nil {
		l.t.Fatalf("Await: %v", err)
	}
}

func (l *lab) untilError(at time.Duration) error {
	for {
		n, err := l.cluster.Await(context.Background(), at)
		if err != nil {
			return err
		}
		if reached, ok := n.(cluster.Reached); ok {
			if reached.Time != at || l.cluster.Now() != at {
				l.t.Fatalf("reached %v at %v, waited for %v", reached.Time, l.cluster.Now(), at)
			}
			return nil
		}
		l.notices = append(l.notices, n)
	}
}

// facts returns the texts of the marks told so far, each with its node and time: "r1@5ms text".
func (l *lab) facts() []string {
	var out []string
	for _, n := range l.notices {
		if f, ok := n.(cluster.FactNoted); ok {
			out = append(out, fmt.Sprintf("%s@%v %s", f.Node, f.Time, f.Fact.(protocol.Mark).Name))
		}
	}
	return out
}

// evidence returns what a fault that has ended reported.
func (l *lab) evidence(index int) nemesis.Evidence {
	l.t.Helper()
	for _, n := range l.notices {
		if f, ok := n.(cluster.FaultEnded); ok && f.Index == index {
			return f.Evidence
		}
	}
	l.t.Fatalf("fault %d has not ended: %v", index, l.notices)
	return nil
}

func (l *lab) completions() []cluster.Completion {
	var out []cluster.Completion
	for _, n := range l.notices {
		if c, ok := n.(cluster.Completion); ok {
			out = append(out, c)
		}
	}
	return out
}

// on builds machines for the named nodes and silent ones for the others.
func on(machines map[protocol.NodeID]func() *puppet) func(protocol.NodeID) *puppet {
	return func(id protocol.NodeID) *puppet {
		if build, ok := machines[id]; ok {
			return build()
		}
		return &puppet{}
	}
}

// ticker sends a numbered note to each of the nodes, once every interval from the first interval on, for ever.
func ticker(every time.Duration, to ...protocol.NodeID) func() *puppet {
	return func() *puppet {
		n := 0
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", every) },
			timeout: func(env *protocol.Env, t protocol.Timer) {
				n++
				for _, id := range to {
					env.Send(id, note{N: n})
				}
				env.SetTimer(t, every)
			},
		}
	}
}

// teller tells every message that it gets, as "n" or "name n from sender".
func teller() *puppet {
	return &puppet{receive: func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
		switch m := m.(type) {
		case note:
			env.Mark(fmt.Sprint(m.N))
		case other:
			env.Mark(fmt.Sprintf("other %d", m.N))
		}
	}}
}

// constant is a latency without spread.
func constant(d time.Duration) cluster.Weather {
	return cluster.Weather{Latency: nemesis.Range{Min: d, Max: d}}
}

// replicaOf makes a machine the replica of every boot.
func replicaOf(m protocol.Machine) func(systems.Config, protocol.NodeID) protocol.Machine {
	return func(systems.Config, protocol.NodeID) protocol.Machine { return m }
}
