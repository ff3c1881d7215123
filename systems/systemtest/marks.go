package systemtest

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"sunder/harness"
	"sunder/harness/scenario"
	"sunder/harness/sim"
)

// allMarks runs the system's own scenarios, too, and sees that what was noted is what the system lists: a mark that
// nobody reaches is a claim without proof, and one that is not listed is not looked for.
func (s *suite) allMarks(r reporter) {
	r.Run("storms", s.storms)
	r.Run("scenarios", s.scenarios)
	r.Logf("%d runs have reached %d of %d marks", s.runs, len(s.marks), len(s.system.Marks))
	for _, name := range s.system.Marks {
		if s.marks[name] == 0 {
			r.Errorf("the mark %s is listed, and no run of the suite and no scenario reaches it", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.marks)) {
		if !slices.Contains(s.system.Marks, name) {
			r.Errorf("the mark %s is noted, and the system does not list it", name)
		}
	}
}

// stormSeeds is from how many seeds storms are made to reach marks.
const stormSeeds = 3

// storms makes runs in which much happens, so that what this check says of most systems does not depend on which others
// were made before it.
func (s *suite) storms(r reporter) {
	for _, b := range s.subjects() {
		for seed := uint64(1); seed <= stormSeeds; seed++ {
			r.Run(fmt.Sprintf("%s/seed=%d", b.name(), seed), func(r reporter) {
				r.Parallel()
				sc := s.stormy(b)
				if why := broken(s.runOn(sim.New(sim.Options{}), sc, seed, harness.Options{})); why != "" {
					r.Errorf("%s\n%s", why, replay(sc, seed))
				}
			})
		}
	}
}

// scenarios runs every scenario of the system's folder that plants no mutant. Whether it ends as it says is tested where
// the scenarios are.
func (s *suite) scenarios(r reporter) {
	names, err := fs.Glob(s.files, s.system.Name)
	if err == nil && len(names) > 0 {
		names, err = scenario.Names(s.files, s.system.Name)
	}
	if err != nil {
		r.Errorf("%v", err)
		return
	}
	for _, name := range names {
		r.Run(strings.TrimPrefix(name, s.system.Name+"/"), func(r reporter) {
			r.Parallel()
			sc, err := scenario.Load(s.files, "scenarios/", name, s.catalog())
			if err != nil {
				r.Errorf("%v", err)
				return
			}
			if sc.Mutant != "" {
				return
			}
			result := s.runOn(sim.New(sim.Options{}), &sc, sc.Seed, harness.Options{})
			if why := broken(result); why != "" {
				r.Errorf("%s\nreplay with: sunder replay %s", why, name)
			}
		})
	}
}
