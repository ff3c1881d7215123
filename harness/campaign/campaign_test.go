package campaign_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	checkersall "sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/scenarios"
	systemsall "sunder/systems/all"
)

func load(t *testing.T, name string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Load(scenarios.FS, "", name, scenario.Catalog{Systems: systemsall.All(), Backends: []cluster.Backend{sim.New(sim.Options{})}})
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// seeds runs a scenario from three seeds and returns the outcomes.
func seeds(t *testing.T, s *scenario.Scenario, c campaign.Config) []campaign.Outcome {
	t.Helper()
	c.Backend, c.Checkers, c.Workers = sim.New(sim.Options{}), checkersall.All(), 2
	var out []campaign.Outcome
	campaign.Run(context.Background(), func(yield func(campaign.Job) bool) {
		for seed := range uint64(3) {
			if !yield(campaign.Job{Scenario: s, Seed: seed}) {
				return
			}
		}
	}, c, func(o campaign.Outcome) { out = append(out, o) })
	for i, o := range out {
		if o.Seed != uint64(i) {
			t.Errorf("outcome %d is of seed %d", i, o.Seed)
		}
	}
	return out
}

// TestWhatIsKept counts the run directories that a campaign leaves.
func TestWhatIsKept(t *testing.T) {
	fine := load(t, "gossip/gos-a1-not-linearizable")
	wrong := *fine
	wrong.Breaks = map[guarantee.Name]guarantee.Anomaly{guarantee.Sequential: guarantee.Any}
	for _, test := range []struct {
		name     string
		scenario *scenario.Scenario
		keep     campaign.Keep
		left     int
	}{
		{"of those that pass, the last", fine, campaign.KeepFailing, 1},
		{"all", fine, campaign.KeepAll, 3},
		{"all that do not pass", &wrong, campaign.KeepFailing, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			outcomes := seeds(t, test.scenario, campaign.Config{Store: root, Keep: test.keep})
			left, err := filepath.Glob(filepath.Join(root, "gossip", "*", "2*", "results.json"))
			if err != nil || len(left) != test.left {
				t.Errorf("%d run directories are left (%v), not %d", len(left), err, test.left)
			}
			if last := outcomes[2].Record.RunDir; !strings.HasSuffix(last, "-sim-2") {
				t.Errorf("the last run is in %q", last)
			}
		})
	}
}

// shifted runs another seed than it is asked for: a backend that does not repeat.
type shifted struct{ cluster.Backend }

func (s shifted) Start(ctx context.Context, spec cluster.Spec) (cluster.Cluster, error) {
	spec.Seed++
	return s.Backend.Start(ctx, spec)
}

// TestARunThatDoesNotRepeatIsInfra has a failing run repeated by a backend that does something else.
func TestARunThatDoesNotRepeatIsInfra(t *testing.T) {
	s := load(t, "gossip/gos-a1-not-linearizable")
	s.Breaks = map[guarantee.Name]guarantee.Anomaly{guarantee.Sequential: guarantee.Any}
	for name, traced := range map[string]campaign.Tracer{
		"the same": func(campaign.TraceSink) cluster.Backend { return sim.New(sim.Options{}) },
		"another":  func(campaign.TraceSink) cluster.Backend { return shifted{sim.New(sim.Options{})} },
	} {
		for _, o := range seeds(t, s, campaign.Config{Store: t.TempDir(), Keep: campaign.KeepAll, Traced: traced}) {
			want := harness.Vacuous
			if name == "another" {
				want = harness.Infra
			}
			if o.Status != want || o.Record.Status != want {
				t.Errorf("%s: seed %d ended as %s: %s", name, o.Seed, o.Status, o.Reason)
			}
		}
	}
}
