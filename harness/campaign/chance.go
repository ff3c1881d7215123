package campaign

import (
	"slices"
	"time"

	"sunder/checkers/guarantee"
	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/scenario"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

// The times of runs by chance: some dozen operations under each of some faults, and time for the system to come to rest.
const (
	chanceTime     = 8000 * time.Millisecond
	chanceRecovery = 4 * time.Second
	chanceTimeout  = time.Second
	chanceRate     = 60 // operations a second
)

// ByChance is the cluster of a mutant's trigger with random operations and a swarm of faults in place of its script:
// what somebody would run who does not know what to look for. It holds the system to what is named for the mutant and must
// hold in the trigger, besides its invariants, under all faults that all of that survives.
func ByChance(trigger *scenario.Scenario, m systems.Mutant) *scenario.Scenario {
	s := *trigger
	object := trigger.Workload.Object
	service, _ := s.System.Service(object)
	s.Holds = slices.DeleteFunc(slices.Clone(trigger.Holds), func(n guarantee.Name) bool { return !slices.Contains(m.CaughtBy, n) })
	s.Breaks, s.Evidence = nil, nil
	kinds := slices.DeleteFunc(s.System.Survived(), func(k nemesis.Kind) bool {
		return !impliesAll(s.System.Promised(object, s.Options, k), s.Holds)
	})
	s.Clients, s.Concurrency, s.Seed = max(trigger.Clients, 4), 2, 1
	s.Duration, s.Recovery = chanceTime, chanceRecovery
	s.Workload = workload.Spec{
		Object: object, Keys: 2, Rate: chanceRate, Mix: workload.MixOf(object, service.Operations, true), Timeout: chanceTimeout,
	}
	s.Weather = cluster.Weather{Latency: nemesis.Range{Min: time.Millisecond, Max: 10 * time.Millisecond}}
	s.Disk = cluster.Disk{Sync: nemesis.Range{Min: time.Millisecond, Max: 20 * time.Millisecond}}
	for kind, share := range map[nemesis.Kind]*prng.Ratio{
		nemesis.Loss: &s.Weather.Loss, nemesis.Duplicate: &s.Weather.Duplicate, nemesis.Reorder: &s.Weather.Reorder,
	} {
		if slices.Contains(kinds, kind) {
			*share = prng.One / 50
		}
	}
	s.Spares, s.Nemesis = 0, changes(kinds)
	if slices.Contains(kinds, nemesis.Join) {
		s.Spares = 1
	}
	if kinds = slices.DeleteFunc(kinds, nemesis.Kind.ForGood); len(kinds) > 0 {
		s.Nemesis = append(s.Nemesis, nemesis.Step{Random: &nemesis.Random{
			Kinds: kinds, Swarm: true,
			Start: 100 * time.Millisecond, End: chanceTime - 100*time.Millisecond,
			Every: nemesis.Range{Min: 50 * time.Millisecond, Max: 500 * time.Millisecond},
			For:   nemesis.Range{Min: 100 * time.Millisecond, Max: 800 * time.Millisecond},
		}})
	}
	return &s
}

// changes lets a spare join and later a replica leave, of a system that survives it: what is for good is not drawn.
func changes(kinds []nemesis.Kind) []nemesis.Step {
	var steps []nemesis.Step
	for _, a := range []nemesis.Action{
		{At: chanceTime / 4, Fault: nemesis.Fault{Kind: nemesis.Join, Target: nemesis.Target{Word: nemesis.One}}},
		{At: chanceTime / 2, Fault: nemesis.Fault{Kind: nemesis.Leave, Target: nemesis.Target{Word: nemesis.One}}},
	} {
		if slices.Contains(kinds, a.Kind) {
			steps = append(steps, nemesis.Step{Action: &a})
		}
	}
	return steps
}

// impliesAll tells whether who has the one guarantees has all of the others.
func impliesAll(has, wanted []guarantee.Name) bool {
	return !slices.ContainsFunc(wanted, func(w guarantee.Name) bool {
		return !slices.ContainsFunc(has, func(h guarantee.Name) bool { return guarantee.Implies(h, w) })
	})
}
