package scenarios_test

import (
	"context"
	"os"
	"reflect"
	"slices"
	"testing"

	checkersall "sunder/checkers/all"
	"sunder/docker"
	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/scenarios"
	systemsall "sunder/systems/all"
)

func catalog() scenario.Catalog {
	return scenario.Catalog{Systems: systemsall.All(), Backends: []cluster.Backend{sim.New(sim.Options{}), docker.New(docker.Options{})}}
}

// load returns every built-in scenario.
func load(t *testing.T) []scenario.Scenario {
	t.Helper()
	names, err := scenario.Names(scenarios.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	var out []scenario.Scenario
	for _, name := range names {
		s, err := scenario.Load(scenarios.FS, "scenarios/", name, catalog())
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		out = append(out, s)
	}
	return out
}

// TestEveryScenarioEndsAsItSays runs each file once from its own seed: what must hold holds, what must break breaks by the
// anomaly that is named, every step of a script gives what is written and every fault takes effect.
func TestEveryScenarioEndsAsItSays(t *testing.T) {
	for _, s := range load(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r := harness.Run(context.Background(), &s, s.Seed, sim.New(sim.Options{}), harness.Options{Checkers: checkersall.All()})
			if r.Status != harness.Pass {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
		})
	}
}

// TestEveryFileIsEmbedded sees that no folder lies too deep for the pattern.
func TestEveryFileIsEmbedded(t *testing.T) {
	here, err := scenario.Names(os.DirFS("."), ".")
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := scenario.Names(scenarios.FS, ".")
	if err != nil || len(here) == 0 || !slices.Equal(here, embedded) {
		t.Errorf("%d files are embedded, %d are here (%v)", len(embedded), len(here), err)
	}
}

// TestResolvedScenariosReadBack writes every scenario with all its defaults, as into a run directory, and reads it back.
func TestResolvedScenariosReadBack(t *testing.T) {
	for _, s := range load(t) {
		text := scenario.Encode(s)
		again, problems := scenario.Parse("resolved.yaml", text, catalog())
		if len(problems) > 0 {
			t.Errorf("%s: %v\n%s", s.Name, problems, text)
			continue
		}
		if second := scenario.Encode(again); string(second) != string(text) {
			t.Errorf("%s: written again it is\n%s\nnot\n%s", s.Name, second, text)
		}
		if !reflect.DeepEqual(again.Workload, s.Workload) || !reflect.DeepEqual(again.Nemesis, s.Nemesis) || !reflect.DeepEqual(again.Options, s.Options) {
			t.Errorf("%s: read back it is\n%+v\nnot\n%+v", s.Name, again, s)
		}
	}
}
