package scenarios_test

import (
	"os"
	"slices"
	"testing"

	checkersall "sunder/checkers/all"
	"sunder/docker"
	"sunder/harness"
	"sunder/harness/cli"
	"sunder/harness/scenario"
	"sunder/scenarios"
)

// TestMain makes the test binary the command when a container runs it: the image holds the binary of whoever makes it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"node", "nemesis"}, os.Args[1]) {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestScenariosInContainers runs a scenario with faults and an anomaly where an engine answers; where none does it is
// skipped, which go test tells with -v only. All that name docker are run by .ci/run, which needs an engine.
func TestScenariosInContainers(t *testing.T) {
	backend := docker.New(docker.Options{})
	if c := backend.Examine(t.Context())[0]; !c.OK {
		t.Skipf("there is no engine to run containers: %s", c.Found)
	}
	for _, name := range []string{"gossip/partition-heals", "gossip/gos-a1-not-linearizable"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := scenario.Load(scenarios.FS, "scenarios/", name, catalog())
			if err != nil {
				t.Fatal(err)
			}
			r := harness.Run(t.Context(), &s, s.Seed, backend, harness.Options{Checkers: checkersall.All()})
			if r.Status != harness.Pass {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
		})
	}
}
