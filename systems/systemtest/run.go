package systemtest

import (
	"context"
	"fmt"
	"strings"

	checkersall "sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/docker"
	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/systems"
)

// run runs a scenario and judges it, and remembers the marks of a healthy system.
func (s *suite) run(sc *scenario.Scenario, seed uint64) harness.Result {
	return s.runOn(sim.New(sim.Options{}), sc, seed, harness.Options{Checkers: checkersall.All()})
}

func (s *suite) runOn(b cluster.Backend, sc *scenario.Scenario, seed uint64, o harness.Options) harness.Result {
	result := harness.Run(context.Background(), sc, seed, b, o)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.runs++
	if sc.Mutant == "" {
		for name, count := range result.Marks {
			s.marks[name] += count
		}
	}
	return result
}

// catalog is what the scenarios of the system may name.
func (s *suite) catalog() scenario.Catalog {
	return scenario.Catalog{Systems: []systems.System{s.system}, Backends: []cluster.Backend{sim.New(sim.Options{}), docker.New(docker.Options{})}}
}

// broken tells why a run could not be made, "" if it could: what it showed is no matter here.
func broken(r harness.Result) string {
	if r.Status == harness.Infra || r.Status == harness.Interrupted {
		return r.Reason
	}
	return ""
}

// replay is the command that makes the run of a scenario again, whether sunder knows the scenario or not. It can be pasted
// into a shell as it stands in the output of go test, which indents it.
func replay(sc *scenario.Scenario, seed uint64, flags ...string) string {
	quoted := strings.ReplaceAll(text(sc), "'", `'\''`)
	command := fmt.Sprintf("sunder replay conformance.yaml --seed %d", seed)
	return fmt.Sprintf("replay with:\nprintf %%s '\n%s' >conformance.yaml && %s", quoted, strings.Join(append([]string{command}, flags...), " "))
}

// text is the scenario as a file. A file must expect something; what, does not change the run.
func text(sc *scenario.Scenario) string {
	whole := *sc
	if len(whole.Holds)+len(whole.Breaks) == 0 {
		whole.Holds = []guarantee.Name{guarantee.Available}
	}
	return string(scenario.Encode(whole))
}
