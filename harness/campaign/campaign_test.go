package campaign_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	checkersall "sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/docker"
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
	s, err := scenario.Load(scenarios.FS, "", name, scenario.Catalog{Systems: systemsall.All(), Backends: []cluster.Backend{sim.New(sim.Options{}), docker.New(docker.Options{})}})
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

// broken is a backend with a bug.
type broken struct{ cluster.Backend }

func (broken) Start(context.Context, cluster.Spec) (cluster.Cluster, error) {
	panic("a bug of the backend")
}

// TestCrashOfAWorkerReachesTheCaller checks that a bug in a worker is not lost there: it comes out where the campaign was
// started, with the seed and the place.
func TestCrashOfAWorkerReachesTheCaller(t *testing.T) {
	s := load(t, "gossip/gos-a1-not-linearizable")
	defer func() {
		text := fmt.Sprint(recover())
		for _, want := range []string{"a bug of the backend in seed 7 of gossip/gos-a1-not-linearizable", "broken.Start"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in: %s", want, text)
			}
		}
	}()
	c := campaign.Config{Backend: broken{sim.New(sim.Options{})}, Checkers: checkersall.All(), Workers: 2}
	campaign.Run(context.Background(), func(yield func(campaign.Job) bool) {
		yield(campaign.Job{Scenario: s, Seed: 7})
	}, c, func(campaign.Outcome) { t.Error("there was an outcome") })
	t.Error("the campaign ended as if nothing had happened")
}
