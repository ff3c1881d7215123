package campaign_test

import (
	"context"
	"testing"

	checkersall "sunder/checkers/all"
	"sunder/docker"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/scenarios"
	systemsall "sunder/systems/all"
)

func BenchmarkPartitionHeals(b *testing.B) { benchmarkScenario(b, "gossip/partition-heals") }

func BenchmarkPassiveFive(b *testing.B) { benchmarkScenario(b, "passive/fault-free-five") }

// benchmarkScenario runs a scenario as `sunder run` does: simulation, checks and run directory. The metric is simulated
// seconds for each second of it.
func benchmarkScenario(b *testing.B, name string) {
	b.Helper()
	backend := sim.New(sim.Options{})
	s, err := scenario.Load(scenarios.FS, "", name, scenario.Catalog{
		Systems: systemsall.All(), Backends: []cluster.Backend{backend, docker.New(docker.Options{})},
	})
	if err != nil {
		b.Fatal(err)
	}
	config := campaign.Config{Backend: backend, Checkers: checkersall.All(), Workers: 1, Store: b.TempDir()}
	seed := s.Seed
	jobs := func(yield func(campaign.Job) bool) {
		for b.Loop() {
			seed++
			if !yield(campaign.Job{Scenario: &s, Seed: seed}) {
				return
			}
		}
	}
	simulated := 0.0
	campaign.Run(context.Background(), jobs, config, func(o campaign.Outcome) {
		if o.Status != harness.Pass {
			b.Errorf("seed %d: %s: %s", o.Seed, o.Status, o.Reason)
		}
		simulated += o.Simulated.Seconds()
	})
	b.ReportMetric(simulated/b.Elapsed().Seconds(), "sim-s/s")
}
