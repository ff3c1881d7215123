package systemtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunder/checkers/guarantee"
	"sunder/harness"
	"sunder/harness/prng"
	"sunder/harness/scenario"
	"sunder/nemesis"
	"sunder/systems"
)

// How often random faults alone try to find a mutant, and how many runs each try has.
const (
	chanceTries = 3
	chanceRuns  = 24
)

// caughtByChance tells how many runs of random operations and faults it takes until one catches the mutant, where nobody
// knows what triggers it. It is no demand, except that such a run is green without the mutant.
func (s *suite) caughtByChance(r reporter, m systems.Mutant, trigger *scenario.Scenario) {
	sc := s.chance(trigger, m)
	if len(sc.Holds) == 0 && len(s.system.Invariants) == 0 {
		return
	}
	sick := infected(sc, m)
	counts := make([]int, chanceTries)
	for try := range counts {
		first := uint64(try*chanceRuns) + 1
		counts[try] = s.runsUntilCaught(sick, m, first)
		if counts[try] > chanceRuns {
			continue
		}
		seed := first + uint64(counts[try]) - 1
		if result := s.run(sc, seed); result.Status != harness.Pass {
			r.Errorf("a random run that catches %s ends with %s without it, too: %s\n%s", m.Name, result.Status, result.Reason, replay(sc, seed))
		}
	}
	r.Logf("%s: runs of random faults until one catches it: %s", m.Name, medianOf(counts))
}

// runsUntilCaught returns which run from the seed on is the first that catches the mutant, chanceRuns+1 if none is.
func (s *suite) runsUntilCaught(sick *scenario.Scenario, m systems.Mutant, seed uint64) int {
	for n := 1; n <= chanceRuns; n++ {
		if len(catchesOf(m, s.run(sick, seed))) > 0 {
			return n
		}
		seed++
	}
	return chanceRuns + 1
}

// medianOf tells of the runs that each try took; more than chanceRuns means that none of them caught it.
func medianOf(counts []int) string {
	slices.Sort(counts)
	words := make([]string, len(counts))
	for i, n := range counts {
		words[i] = strconv.Itoa(n)
		if n > chanceRuns {
			words[i] = fmt.Sprintf("more than %d", chanceRuns)
		}
	}
	return fmt.Sprintf("median %s (of %s)", words[len(words)/2], strings.Join(words, ", "))
}

// chance is the cluster of a trigger with random operations and faults in place of its own. It holds the system to what
// is named for the mutant and must hold there, so that only faults are drawn which all of that survives.
func (s *suite) chance(trigger *scenario.Scenario, m systems.Mutant) *scenario.Scenario {
	service, _ := s.system.Service(trigger.Workload.Object)
	b := subject{service, setting{options: trigger.Options}}
	holds := slices.DeleteFunc(slices.Clone(trigger.Holds), func(n guarantee.Name) bool { return !slices.Contains(m.CaughtBy, n) })
	kinds := slices.DeleteFunc(s.survived(), func(k nemesis.Kind) bool { return !impliesAll(s.promised(b, k), holds) })
	sc := s.draw(b, kinds...)
	sc.Holds = holds
	sc.Replicas, sc.Clients = trigger.Replicas, max(trigger.Clients, sc.Clients)
	for kind, share := range map[nemesis.Kind]*prng.Ratio{
		nemesis.Loss: &sc.Weather.Loss, nemesis.Duplicate: &sc.Weather.Duplicate, nemesis.Reorder: &sc.Weather.Reorder,
	} {
		if slices.Contains(kinds, kind) {
			*share = prng.One / 50
		}
	}
	return sc
}

// impliesAll tells whether who has the one guarantees has all of the others.
func impliesAll(has, wanted []guarantee.Name) bool {
	return !slices.ContainsFunc(wanted, func(w guarantee.Name) bool {
		return !slices.ContainsFunc(has, func(h guarantee.Name) bool { return guarantee.Implies(h, w) })
	})
}
