package systemtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/scenario"
	"sunder/systems"
)

// How often random faults alone try to find a mutant, and how many runs each try has.
const (
	chanceTries   = 3
	chanceRuns    = 24
	chanceHealthy = 6 // runs of each try that are made without the mutant, too
)

// caughtByChance tells how many runs of random operations and faults it takes until one catches the mutant, where nobody
// knows what triggers it. It is no demand, except that such runs are green without the mutant.
func (s *suite) caughtByChance(r reporter, m systems.Mutant, trigger *scenario.Scenario) {
	sc := campaign.ByChance(trigger, m)
	if len(sc.Holds) == 0 && len(s.system.Invariants) == 0 {
		return
	}
	sick := infected(sc, m)
	counts := make([]int, chanceTries)
	for try := range counts {
		first := uint64(try*chanceRuns) + 1
		counts[try] = s.runsUntilCaught(sick, m, first)
		for seed := first; seed < first+chanceHealthy; seed++ {
			if result := s.run(sc, seed); result.Status != harness.Pass {
				r.Errorf("a random run that looks for %s ends with %s without it, too: %s\n%s", m.Name, result.Status, result.Reason, replay(sc, seed))
				return
			}
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
