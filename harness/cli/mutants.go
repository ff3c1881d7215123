package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/scenario"
	"sunder/systems"
)

// mutantRecord is one line of `sunder mutants --json`.
type mutantRecord struct {
	System      string           `json:"system"`
	Mutant      string           `json:"mutant"`
	Caught      bool             `json:"caught"`
	By          []guarantee.Name `json:"by"`
	CaughtRuns  int              `json:"caught_runs"`
	Runs        int              `json:"runs"`
	HealthyPass bool             `json:"healthy_pass"`
	// ByChance is how many runs of random faults alone each try took to catch it; more than ChanceLimit: it did not. Median is
	// theirs. They are missing if nobody tried.
	ByChance    []uint64 `json:"chance_runs,omitempty"`
	Median      uint64   `json:"chance_median,omitempty"`
	ChanceLimit uint64   `json:"chance_limit,omitempty"`
	About       string   `json:"about"`
	Scenario    string   `json:"scenario"`
}

// chanceTries is how often random faults try to find a mutant.
const chanceTries = 3

func (a *app) mutantsCommand() *cobra.Command {
	var f campaignFlags
	var seeds, chance uint64
	c := &cobra.Command{
		Use:   "mutants [SYSTEM...]",
		Short: "Plant known bugs and see that each is caught",
		Long: `For each bug that can be planted in a system, run the scenario that triggers it with the bug and without it, from the
same seeds. The bug must be caught by a guarantee or invariant named for it, and the healthy twin must pass.

Besides, look for each bug as somebody would who does not know it: with random operations under a swarm of faults. The
column "by chance" is the median number of runs that this takes, of three tries. It is no demand.

Exit code 1 if a bug was missed or a healthy twin failed.`,
		RunE: func(c *cobra.Command, args []string) error { return a.mutants(c.Context(), args, &f, seeds, chance) },
	}
	f.addMany(c)
	c.Flags().Uint64Var(&seeds, "seeds", 5, "from how many seeds to run each")
	c.Flags().Uint64Var(&chance, "chance", 24, "how many runs of random faults each try to find a bug by chance has; 0: do not try")
	return c
}

func (a *app) mutants(ctx context.Context, names []string, f *campaignFlags, seeds, chance uint64) error {
	config, err := a.config(f)
	if err != nil {
		return err
	}
	if f.backend != defaultBackend {
		return usagef("mutants are planted in the simulator; their scenarios do not name %s", f.backend)
	}
	if seeds < 1 || seeds > seedsMax {
		return usagef("--seeds is from 1 to %d, not %d", seedsMax, seeds)
	}
	if chance > seedsMax {
		return usagef("--chance is at most %d, not %d", seedsMax, chance)
	}
	chosen, err := a.chooseSystems(names)
	if err != nil {
		return err
	}
	var records []mutantRecord
	status := newLive(a.err, isTerminal(a.err), "mutant", mutantsIn(chosen))
	for _, s := range chosen {
		for _, m := range s.Mutants {
			status.now(m.Name)
			r, err := a.tryMutant(ctx, config, s, m, seeds, chance)
			status.clear()
			if err != nil {
				return err
			}
			if ctx.Err() != nil {
				return a.interrupted()
			}
			records = append(records, r)
			status.done++
			if f.json {
				if err := json.NewEncoder(a.out).Encode(r); err != nil {
					return err
				}
			}
		}
	}
	status.clear()
	if !f.json {
		a.printMatrix(records)
	}
	if slices.ContainsFunc(records, func(r mutantRecord) bool { return !r.Caught || !r.HealthyPass }) {
		return statusError{harness.Violated.Exit()}
	}
	return nil
}

func mutantsIn(chosen []systems.System) int {
	n := 0
	for _, s := range chosen {
		n += len(s.Mutants)
	}
	return n
}

// chooseSystems returns the systems of the names, each once; all if there are no names.
func (a *app) chooseSystems(names []string) ([]systems.System, error) {
	if len(names) == 0 {
		return a.systems, nil
	}
	var chosen []systems.System
	for n, name := range names {
		i := slices.IndexFunc(a.systems, func(s systems.System) bool { return s.Name == name })
		if i < 0 {
			return nil, usagef("there is no system %q; `sunder list systems` shows them", name)
		}
		if !slices.Contains(names[:n], name) {
			chosen = append(chosen, a.systems[i])
		}
	}
	return chosen, nil
}

// tryMutant runs the trigger of a mutant with it and without it. Runs with a planted bug are not kept: they are meant to
// fail.
func (a *app) tryMutant(ctx context.Context, config campaign.Config, s systems.System, m systems.Mutant, seeds, chance uint64) (mutantRecord, error) {
	r := mutantRecord{System: s.Name, Mutant: m.Name, About: m.About, Scenario: m.Scenario, HealthyPass: true, By: []guarantee.Name{}}
	healthy, err := a.find(m.Scenario)
	if err != nil {
		return r, fmt.Errorf("the trigger of %s: %w", m.Name, err)
	}
	sick := *healthy
	sick.Mutant = m.Name
	quiet := config
	quiet.Store = ""
	campaign.Run(ctx, seedsOf(&sick, seeds), quiet, func(o campaign.Outcome) {
		r.Runs++
		if by := caughtBy(o.Findings, m); len(by) > 0 {
			r.CaughtRuns++
			for _, n := range by {
				if !slices.Contains(r.By, n) {
					r.By = append(r.By, n)
				}
			}
		}
	})
	campaign.Run(ctx, seedsOf(healthy, seeds), config, func(o campaign.Outcome) {
		if o.Status != harness.Pass {
			r.HealthyPass = false
			explain(a.err, paletteFor(a.err), &o)
		}
	})
	r.Caught = r.CaughtRuns > 0
	if chance > 0 {
		r.ChanceLimit = chance
		for try := range uint64(chanceTries) {
			r.ByChance = append(r.ByChance, untilCaught(ctx, quiet, healthy, m, 1+try*chance, chance))
		}
		r.Median = slices.Sorted(slices.Values(r.ByChance))[chanceTries/2]
	}
	return r, nil
}

// untilCaught returns which run of random faults, from the seed on, is the first that catches the mutant; one more than
// the limit if none is.
func untilCaught(ctx context.Context, config campaign.Config, trigger *scenario.Scenario, m systems.Mutant, seed, limit uint64) uint64 {
	sick := campaign.ByChance(trigger, m)
	sick.Mutant = m.Name
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	n, found := uint64(0), limit+1
	campaign.Run(ctx, func(yield func(campaign.Job) bool) {
		for k := range limit {
			if !yield(campaign.Job{Scenario: sick, Seed: seed + k}) {
				return
			}
		}
	}, config, func(o campaign.Outcome) {
		n++
		if found > limit && len(caughtBy(o.Findings, m)) > 0 {
			found = n
			stop()
		}
	})
	return found
}

// seedsOf lists runs of a scenario from its own seed on.
func seedsOf(s *scenario.Scenario, seeds uint64) func(func(campaign.Job) bool) {
	return func(yield func(campaign.Job) bool) {
		for k := range seeds {
			if !yield(campaign.Job{Scenario: s, Seed: s.Seed + k}) {
				return
			}
		}
	}
}

// caughtBy returns the guarantees named for the mutant that were found broken.
func caughtBy(findings []harness.Finding, m systems.Mutant) []guarantee.Name {
	var by []guarantee.Name
	for _, f := range findings {
		if f.Valid == checkers.Invalid && f.Breaks == "" && slices.Contains(m.CaughtBy, f.Guarantee) {
			by = append(by, f.Guarantee)
		}
	}
	return by
}

// byChance writes the median number of runs that finding a mutant by chance takes.
func byChance(r mutantRecord) string {
	switch {
	case r.ChanceLimit == 0:
		return "-"
	case r.Median > r.ChanceLimit:
		return fmt.Sprintf(">%d", r.ChanceLimit)
	}
	return fmt.Sprint(r.Median)
}

func (a *app) printMatrix(records []mutantRecord) {
	p := paletteFor(a.out)
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "mutant\tcaught\truns\thealthy twin\tby chance\tby\tthe bug\n")
	missed := 0
	for _, r := range records {
		caught, healthy := "yes", "pass"
		if !r.Caught {
			caught = "NO"
			missed++
		}
		if !r.HealthyPass {
			healthy = "FAILS"
			missed++
		}
		fmt.Fprintf(t, "%s\t%s\t%d/%d\t%s\t%s\t%s\t%s\n", r.Mutant, caught, r.CaughtRuns, r.Runs, healthy, byChance(r), join(r.By), r.About)
	}
	t.Flush()
	verdict := p.status(harness.Pass, "all caught, all healthy twins pass")
	if missed > 0 {
		verdict = p.status(harness.Violated, fmt.Sprintf("%d missed or unhealthy", missed))
	}
	fmt.Fprintf(a.out, "%d mutants: %s\n", len(records), verdict)
}
