package campaign_test

import (
	"slices"
	"testing"

	"sunder/checkers/guarantee"
	"sunder/harness/campaign"
	"sunder/harness/scenario"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

// TestChanceChangesTheMembersOfSystemsThatSurviveIt sees that a spare joins and a replica leaves where that is promised to do
// no harm, and that no swarm is asked to draw what is for good.
func TestChanceChangesTheMembersOfSystemsThatSurviveIt(t *testing.T) {
	for _, test := range []struct {
		survives []nemesis.Kind
		spares   int
		steps    []nemesis.Kind // of the actions
		drawn    []nemesis.Kind // of the swarm
	}{
		{[]nemesis.Kind{nemesis.Crash, nemesis.Pause, nemesis.Leave, nemesis.Join}, 1, []nemesis.Kind{nemesis.Join, nemesis.Leave}, []nemesis.Kind{nemesis.Crash, nemesis.Pause}},
		{[]nemesis.Kind{nemesis.Leave}, 0, []nemesis.Kind{nemesis.Leave}, nil},
		{[]nemesis.Kind{nemesis.Crash}, 0, nil, []nemesis.Kind{nemesis.Crash}},
	} {
		trigger := &scenario.Scenario{
			System: systems.System{
				Name: "open", Dynamic: true, Serves: []systems.Service{{Object: "register", Operations: []string{"read", "write"}}},
				Promises: []systems.Promise{{Guarantee: guarantee.Causal, Survives: test.survives}},
			},
			Replicas: 3, Spares: 2, Clients: 2, Workload: workload.Spec{Object: "register"}, Holds: []guarantee.Name{guarantee.Causal},
		}
		s := campaign.ByChance(trigger, systems.Mutant{CaughtBy: []guarantee.Name{guarantee.Causal}})
		if s.Spares != test.spares {
			t.Errorf("%v: %d spares, want %d", test.survives, s.Spares, test.spares)
		}
		var steps, drawn []nemesis.Kind
		for _, step := range s.Nemesis {
			if step.Action != nil {
				steps = append(steps, step.Action.Kind)
				continue
			}
			drawn = step.Random.Kinds
			if wrong := step.Random.Check(); len(wrong) > 0 {
				t.Errorf("%v: %v", test.survives, wrong)
			}
		}
		if !slices.Equal(drawn, test.drawn) || !slices.Equal(steps, test.steps) {
			t.Errorf("%v: %v are drawn besides %v, want %v besides %v", test.survives, drawn, steps, test.drawn, test.steps)
		}
	}
}
