package scenario_test

import (
	"context"
	"errors"
	"testing"

	"sunder/checkers/guarantee"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/nemesis"
	"sunder/systems"
)

type ping struct{}

func (ping) Name() string { return "PING" }

type pong struct{}

func (pong) Name() string { return "PONG" }

// fake is a backend that carries out everything but some kinds of faults, and never runs.
type fake struct {
	name  string
	lacks nemesis.Kind
}

func (f fake) Name() string                                 { return f.name }
func (f fake) Does(k nemesis.Kind) bool                     { return k != f.lacks }
func (fake) Lacks(nemesis.Kind) []cluster.Lack              { return nil }
func (fake) Refuses(cluster.Spec, nemesis.Schedule) []error { return nil }
func (fake) Start(context.Context, cluster.Spec) (cluster.Cluster, error) {
	return nil, errors.New("a fake never runs")
}

// catalog is two systems and two backends, which between them have everything that a scenario can name.
func catalog() scenario.Catalog {
	holds := func([]protocol.Noted) *systems.Violation { return nil }
	return scenario.Catalog{
		Systems: []systems.System{
			{
				Name:    "echo",
				Dynamic: true,
				Serves: []systems.Service{
					{Object: "register", Operations: []string{"read", "write", "tell", "hear"}},
					{Object: "set", Operations: []string{"read", "add"}},
					{Object: "counter", Operations: []string{"add"}},
					{Object: "board", Operations: []string{"tell", "hear"}},
				},
				Options: []systems.Option{
					{Name: "copies", Default: "1", Values: []string{"1", "2"}},
					{Name: "interval", Default: "100ms"},
				},
				Messages:   []protocol.Message{ping{}, pong{}},
				Invariants: []systems.Invariant{{Name: "in-step", Check: holds}},
				Mutants:    []systems.Mutant{{Name: "ECHO-M1", CaughtBy: []guarantee.Name{guarantee.Session}}},
			},
			{
				Name:   "mute",
				Serves: []systems.Service{{Object: "register", Operations: []string{"read", "write", "cas"}}},
			},
		},
		Backends: []cluster.Backend{fake{name: "sim"}, fake{name: "docker", lacks: nemesis.ClockSkew}},
	}
}

// parse reads a scenario that must be right.
func parse(t *testing.T, source string) scenario.Scenario {
	t.Helper()
	s, errs := scenario.Parse("test.yaml", []byte(source), catalog())
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errors.Join(errs...), source)
	}
	return s
}
