package systemtest

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/systems"
)

// mutantSeeds is from how many seeds the trigger of a mutant is run, with it and without.
const mutantSeeds = 5

// mutants sees that each mutant is caught where it says, by a witness that can be rechecked, and that the same runs
// without it are green.
func (s *suite) mutants(r reporter) {
	for _, m := range s.system.Mutants {
		r.Run(m.Name, func(r reporter) {
			r.Parallel()
			trigger, err := scenario.Load(s.files, "scenarios/", m.Scenario, s.catalog())
			if err != nil {
				r.Errorf("the trigger of %s: %v", m.Name, err)
				return
			}
			if trigger.Mutant != "" {
				r.Errorf("the trigger of %s plants %s itself: there is no healthy twin", m.Name, trigger.Mutant)
				return
			}
			s.caughtThere(r, m, &trigger)
			s.healthyThere(r, &trigger)
			s.caughtByChance(r, m, &trigger)
		})
	}
}

// infected is the scenario with the mutant planted.
func infected(sc *scenario.Scenario, m systems.Mutant) *scenario.Scenario {
	sick := *sc
	sick.Mutant = m.Name
	return &sick
}

func (s *suite) caughtThere(r reporter, m systems.Mutant, trigger *scenario.Scenario) {
	sick := infected(trigger, m)
	caught, why := 0, ""
	for seed := sick.Seed; seed < sick.Seed+mutantSeeds; seed++ {
		result := s.run(sick, seed)
		catches := catchesOf(m, result)
		for _, f := range catches {
			if err := s.certify(sick, result, f); err != nil {
				r.Errorf("the witness by which %s catches %s does not stand: %v: %s\n%s", f.Guarantee, m.Name, err, f.Reason, replay(sick, seed))
			}
		}
		if len(catches) > 0 {
			caught++
		} else {
			why = fmt.Sprintf("%s: %s", result.Status, result.Reason)
		}
	}
	r.Logf("%s: caught from %d of %d seeds", m.Name, caught, mutantSeeds)
	if caught == 0 {
		r.Errorf("%s (%s) is caught by none of %v; the last run ended with %s\n%s", m.Name, m.About, m.CaughtBy, why, replay(sick, sick.Seed))
	}
}

func (s *suite) healthyThere(r reporter, trigger *scenario.Scenario) {
	for seed := trigger.Seed; seed < trigger.Seed+mutantSeeds; seed++ {
		if result := s.run(trigger, seed); result.Status != harness.Pass {
			r.Errorf("without the mutant, too, the run ends with %s: %s\n%s", result.Status, result.Reason, replay(trigger, seed))
			return
		}
	}
}

// catchesOf returns the findings that a guarantee named for the mutant is broken.
func catchesOf(m systems.Mutant, result harness.Result) []harness.Finding {
	var out []harness.Finding
	for _, f := range result.Findings {
		if f.Valid == checkers.Invalid && f.Breaks == "" && slices.Contains(m.CaughtBy, f.Guarantee) {
			out = append(out, f)
		}
	}
	return out
}

// certify rechecks a witness without the code that found it. An invariant of the system's own has no other code: the
// facts that its witness names must break it by themselves.
func (s *suite) certify(sc *scenario.Scenario, result harness.Result, f harness.Finding) error {
	if own, ok := f.Guarantee.OwnInvariant(); ok {
		return s.certifyOwn(own, result.History.Facts, f.Witness)
	}
	object, _ := model.Lookup(sc.Workload.Object)
	return checkers.Certify(checkers.Input{History: result.History, Object: object}, f.Verdict)
}

func (s *suite) certifyOwn(name string, facts []protocol.Noted, w *checkers.Witness) error {
	var alone []protocol.Noted
	for _, at := range w.Facts {
		if at < 0 || at >= len(facts) {
			return fmt.Errorf("there is no fact %d", at)
		}
		alone = append(alone, facts[at])
	}
	for _, i := range s.system.Invariants {
		if i.Name == name && i.Check(alone) == nil {
			return fmt.Errorf("the %d facts that it names do not break the invariant by themselves", len(alone))
		}
	}
	return nil
}
