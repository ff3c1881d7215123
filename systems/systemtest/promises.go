package systemtest

import (
	"fmt"

	"sunder/checkers"
	"sunder/harness"
	"sunder/harness/scenario"
	"sunder/nemesis"
)

// From so many seeds each promise is tried, fewer where an option is not the default one; from more, up to the limit, as long
// as the faults have not taken effect.
const (
	promiseSeeds      = 6
	promiseSeedsOther = 3
	promiseSeedsMax   = 12
)

// sized is the scenario with another number of replicas for each seed in turn: 3, 4 and 5. Four can be halved, and of five two
// may fail. There is a front end beside each: one that stays at its replica must not be the one that reads another in the
// end, for what is promised to those that stay is not promised to those that roam.
func sized(sc *scenario.Scenario, seed uint64) *scenario.Scenario {
	out := *sc
	out.Replicas = sc.Replicas + int((seed-1)%3)
	out.Clients = max(sc.Clients, out.Replicas)
	return &out
}

// promises tries everything that the system promises under every single kind of fault that it claims to survive.
func (s *suite) promises(r reporter) {
	for _, b := range s.subjects() {
		for _, k := range s.system.Survived() {
			sc := s.draw(b, k)
			if len(sc.Holds) == 0 {
				continue
			}
			r.Run(b.name()+"/"+string(k), func(r reporter) {
				r.Parallel()
				seeds := uint64(promiseSeedsOther)
				if b.setting.name == defaultSetting {
					seeds = promiseSeeds
				}
				s.keeps(r, sc, k, seeds)
			})
		}
	}
}

// keeps runs a scenario from several seeds. What must hold must be seen to hold: a verdict that could not be reached is a
// failure. That a run proves nothing is none, as long as another one does.
func (s *suite) keeps(r reporter, drawn *scenario.Scenario, k nemesis.Kind, seeds uint64) {
	sc := drawn
	proven := false
	why := ""
	for seed := uint64(1); seed <= seeds || !proven && seed <= promiseSeedsMax; seed++ {
		sc = sized(drawn, seed)
		result := s.run(sc, seed)
		if problem := broken(result); problem != "" {
			r.Errorf("%s\n%s", problem, replay(sc, seed))
			return
		}
		if why := unkept(sc, result); why != "" {
			r.Errorf("under %s %s\n%s", k, why, replay(sc, seed))
			return
		}
		if result.Status == harness.Pass {
			proven = true
		} else {
			why = result.Reason
		}
	}
	if !proven {
		r.Errorf("%d runs under %s prove nothing, the last one because %s\n%s", promiseSeedsMax, k, why, replay(sc, promiseSeedsMax))
	}
}

// unkept tells which guarantee that must hold, or which invariant, was not found to hold; "" if all were.
func unkept(sc *scenario.Scenario, result harness.Result) string {
	for _, f := range result.Findings {
		if f.Valid != checkers.Valid {
			return fmt.Sprintf("%s is %s: %s", f.Guarantee, f.Valid, f.Reason)
		}
	}
	verdicts := result.Verdicts()
	for _, name := range sc.Holds {
		if verdicts[name] != checkers.Valid {
			return fmt.Sprintf("%s was not judged", name)
		}
	}
	return ""
}
