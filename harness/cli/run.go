package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sunder/docker"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/harness/store"
)

// campaignFlags are what commands that run scenarios have in common.
type campaignFlags struct {
	backend string
	docker  docker.Options
	workers int
	store   string
	keep    string
	json    bool
}

// defaultBackend is the simulator: the only backend in which a run can be done again exactly.
const defaultBackend = "sim"

// add adds the flags of a command that does one run.
func (f *campaignFlags) add(c *cobra.Command) {
	f.workers, f.keep = 1, string(campaign.KeepFailing)
	c.Flags().StringVar(&f.backend, "backend", defaultBackend, "where to run: sim or docker")
	addDocker(c, &f.docker)
	c.Flags().StringVar(&f.store, "store", "store", "folder of the run directories")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object a line")
}

// addDocker adds the flags of what containers hold.
func addDocker(c *cobra.Command, o *docker.Options) {
	c.Flags().StringVar(&o.Image, "image", "", "image for the nodes in containers (default: one made of sunder's own binary)")
	c.Flags().StringVar(&o.Binary, "node-binary", "", "Linux binary of sunder for the nodes in containers (default: sunder's own)")
}

// backendFor returns the backend that the flags ask for.
func (a *app) backendFor(f *campaignFlags) (cluster.Backend, error) {
	b, err := a.backend(f.backend)
	if err != nil || f.docker == (docker.Options{}) {
		return b, err
	}
	if b.Name() == "docker" {
		return docker.New(f.docker), oneOf(f.docker)
	}
	if f.docker.Image != "" || f.docker.Binary != "" {
		return nil, usagef("--image and --node-binary say what containers hold; they have no effect without --backend docker")
	}
	return b, nil
}

// oneOf refuses options of which one would have no effect.
func oneOf(o docker.Options) error {
	if o.Image != "" && o.Binary != "" {
		return usagef("--node-binary has no effect with --image, which holds a binary")
	}
	return nil
}

// addMany adds the flags of a command that does many runs.
func (f *campaignFlags) addMany(c *cobra.Command) {
	f.add(c)
	c.Flags().IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "how many runs at once")
	c.Flags().StringVar(&f.keep, "keep", string(campaign.KeepFailing), "which run directories stay: failing (and the last), or all")
}

// apart refuses flags that would say nothing beside the one named, for the reason given.
func apart(c *cobra.Command, flag, reason string, others ...string) error {
	for _, other := range others {
		if c.Flags().Changed(other) {
			return usagef("--%s has no effect with --%s, which %s", other, flag, reason)
		}
	}
	return nil
}

// config turns the flags into the campaign's configuration.
func (a *app) config(f *campaignFlags) (campaign.Config, error) {
	backend, err := a.backendFor(f)
	if err != nil {
		return campaign.Config{}, err
	}
	if f.workers < 1 {
		return campaign.Config{}, usagef("--workers is at least 1, not %d", f.workers)
	}
	if k := campaign.Keep(f.keep); k != campaign.KeepFailing && k != campaign.KeepAll {
		return campaign.Config{}, usagef("--keep is failing or all, not %q", f.keep)
	}
	trace := traced
	if backend.Name() != defaultBackend {
		trace = nil // only a simulation can be run again exactly
	}
	return campaign.Config{
		Backend: backend, Traced: trace, Checkers: a.checkers, Workers: f.workers,
		Store: f.store, Keep: campaign.Keep(f.keep), Version: version(),
	}, prepare(f.store)
}

// prepare sees that runs can be kept before the first one starts.
func prepare(folder string) error {
	if err := store.Prepare(folder); err != nil {
		return ioError{err}
	}
	return nil
}

// traced is the simulator with its trace on.
func traced(sink campaign.TraceSink) cluster.Backend {
	return sim.New(sim.Options{Trace: func(e sim.Entry) {
		line, err := json.Marshal(e)
		if err != nil {
			panic(fmt.Sprintf("cli: an entry of the trace that is not JSON: %v: %+v", err, e))
		}
		sink(append(line, '\n'))
	}})
}

// runFlags are the flags of run alone.
type runFlags struct {
	campaignFlags
	seed              uint64
	seeds             uint64
	limit             time.Duration
	shard             string
	suite             string
	trace             bool
	verifyDeterminism bool
	junit             string
	github            bool
	seedGiven         bool
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run [SCENARIO...]",
		Short: "Run scenarios and judge what came of them",
		Long: `Run scenarios by name, file or folder; without any, the quick suite.

Each scenario runs once from its own seed, unless --seed or --seeds say otherwise. A run directory holds the scenario,
the history, the faults with their evidence, the verdicts, and of a run that did not pass the trace.`,
		Example: `  sunder run
  sunder run gossip/partition-heals --seed 7
  sunder run gossip/random-faults --seeds 1000 --workers 2 --json
  sunder run my-scenarios/ --shard 1/4`,
		ValidArgsFunction: a.completeScenarios,
		RunE: func(c *cobra.Command, args []string) error {
			f.seedGiven = c.Flags().Changed("seed")
			if err := f.consistent(c); err != nil {
				return err
			}
			return a.run(c.Context(), args, &f)
		},
	}
	f.addMany(c)
	c.Flags().Uint64Var(&f.seed, "seed", 0, "first seed (default: the scenario's own)")
	c.Flags().Uint64Var(&f.seeds, "seeds", 1, "how many seeds, one after the other")
	c.Flags().DurationVar(&f.limit, "for", 0, "go on with further seeds for so long, such as 90s")
	c.Flags().StringVar(&f.shard, "shard", "", "do only part i of n of the runs: i/n")
	c.Flags().StringVar(&f.suite, "suite", "", "scenarios of a suite: quick, full, anomalies")
	c.Flags().BoolVar(&f.trace, "trace", false, "keep the trace of runs that pass, too")
	c.Flags().StringVar(&f.junit, "junit", "", "write a report in JUnit's XML to this file")
	c.Flags().BoolVar(&f.github, "github", false, "write annotations for GitHub of runs that do not pass to standard error")
	c.Flags().BoolVar(&f.verifyDeterminism, "verify-determinism", false, "run each seed several times and show the first event that differs")
	return c
}

// consistent tells whether every flag that was given has an effect.
func (f *runFlags) consistent(c *cobra.Command) error {
	if c.Flags().Changed("for") {
		if f.limit <= 0 {
			return usagef("--for is a time, such as 90s, not %v", f.limit)
		}
		if err := apart(c, "for", "goes on with seeds until the time is over", "seeds"); err != nil {
			return err
		}
	}
	if f.verifyDeterminism {
		return apart(c, "verify-determinism", "runs each seed in the simulator several times and keeps nothing",
			"workers", "trace", "keep", "store", "backend", "junit", "github")
	}
	if f.trace && f.backend != defaultBackend {
		return usagef("--trace is for the simulator; a run in %s can not be done again exactly to trace it", f.backend)
	}
	return nil
}

func (a *app) run(ctx context.Context, args []string, f *runFlags) error {
	scenarios, err := a.selectScenarios(args, f.suite)
	if err != nil {
		return err
	}
	if scenarios, err = a.thatName(f.backend, scenarios); err != nil {
		return err
	}
	jobs, total, err := f.jobs(scenarios)
	if err != nil {
		return err
	}
	if f.verifyDeterminism {
		return a.verifyDeterminism(ctx, jobs, f.json)
	}
	f.docker.Keep = total != 1
	config, err := a.config(&f.campaignFlags)
	if err != nil {
		return err
	}
	config.Trace = f.trace
	if total == 0 && f.limit == 0 {
		a.complain(fmt.Errorf("--shard %s has none of the %s", f.shard, count(len(scenarios)*int(f.seeds), "run")))
	}
	return a.reported(f, func(each func(*campaign.Outcome)) (status harness.Status) {
		defer func() { status = harness.Worse(status, a.closed(ctx, config.Backend)) }() // also if something of ours panics
		return a.campaign(ctx, jobs, total, config, f.json, each)
	})
}

// closed lets go of what a backend has kept between runs. That something is left is infra.
func (a *app) closed(ctx context.Context, b cluster.Backend) harness.Status {
	kept, keeps := b.(*docker.Backend)
	if !keeps {
		return harness.Pass
	}
	if err := kept.Close(ctx); err != nil {
		a.complain(err)
		return harness.Infra
	}
	return harness.Pass
}

// reported does runs and writes of them what CI systems read, as far as the flags ask for it.
func (a *app) reported(f *runFlags, runs func(each func(*campaign.Outcome)) harness.Status) error {
	var report *junit
	if f.junit != "" {
		var err error
		if report, err = newJUnit(f.junit); err != nil {
			return err
		}
		defer report.discard()
	}
	status := runs(func(o *campaign.Outcome) {
		if report != nil {
			report.add(o)
		}
		if f.github {
			annotate(a.err, o)
		}
	})
	if report != nil {
		if err := report.finish(); err != nil {
			a.complain(err)
			status = harness.Worse(status, harness.Infra)
		}
	}
	return ended(status)
}

// jobs lists the runs: for each seed all scenarios, so that a campaign that is cut short has tried each of them.
func (f *runFlags) jobs(scenarios []*scenario.Scenario) (iter.Seq[campaign.Job], int, error) {
	index, of, err := parseShard(f.shard)
	if err != nil {
		return nil, 0, err
	}
	if f.seeds < 1 {
		return nil, 0, usagef("--seeds is at least 1")
	}
	if f.seeds > seedsMax {
		return nil, 0, usagef("--seeds is at most %d; --for 90s goes on for a time", seedsMax)
	}
	for _, s := range scenarios {
		if first := f.first(s); first+f.seeds-1 < first {
			return nil, 0, usagef("--seed %d and %d more are beyond the greatest seed, %d", first, f.seeds-1, uint64(math.MaxUint64))
		}
	}
	all := len(scenarios) * int(f.seeds)
	total := (all + of - 1 - index) / of // of those numbered index, index+of, index+2of, ...
	if f.limit > 0 {
		total = 0
	}
	return func(yield func(campaign.Job) bool) {
		deadline := time.Now().Add(f.limit)
		n := 0
		for k := uint64(0); k < f.seeds || f.limit > 0; k++ {
			for _, s := range scenarios {
				if f.limit > 0 && time.Now().After(deadline) {
					return
				}
				mine := n%of == index
				n++
				if mine && !yield(campaign.Job{Scenario: s, Seed: f.first(s) + k}) {
					return
				}
			}
		}
	}, total, nil
}

// first returns the seed that a scenario begins with.
func (f *runFlags) first(s *scenario.Scenario) uint64 {
	if f.seedGiven {
		return f.seed
	}
	return s.Seed
}

// seedsMax keeps the count of runs a number that a machine has.
const seedsMax = 1_000_000_000

// parseShard reads i/n, from 1/n to n/n, as the remainder and the divisor; "" is the whole.
func parseShard(text string) (index, of int, err error) {
	if text == "" {
		return 0, 1, nil
	}
	i, n, ok := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(i)
	of, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || index < 1 || index > of {
		return 0, 0, usagef("--shard is i/n with i from 1 to n, such as 1/4, not %q", text)
	}
	return index - 1, of, nil
}

// campaign does the jobs and prints them: as JSON lines; one run in full; or many runs a line each, with those that did
// not pass in full. Runs of one scenario from many seeds that pass are only counted. Also, if given, sees every outcome.
func (a *app) campaign(ctx context.Context, jobs iter.Seq[campaign.Job], total int, config campaign.Config, asJSON bool, also func(*campaign.Outcome)) harness.Status {
	p := paletteFor(a.out)
	status := newLive(a.err, isTerminal(a.err), "run", total)
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	names := map[string]int{}
	worst := campaign.Run(ctx, jobs, config, func(o campaign.Outcome) {
		status.clear()
		names[o.Scenario]++
		if also != nil {
			also(&o)
		}
		switch {
		case asJSON:
			if err := encoder.Encode(o.Record); err != nil && a.out.failure() == nil {
				a.complain(err)
			}
		case total == 1 || o.Status != harness.Pass && o.Status != harness.Interrupted:
			explain(a.out, p, &o)
			fmt.Fprintln(a.out)
		case names[o.Scenario] == 1 || o.Status == harness.Interrupted:
			fmt.Fprintln(a.out, headline(p, &o))
		}
		status.tick(&o)
	})
	status.clear()
	if !asJSON && status.done != 1 && (status.done > 0 || total > 0) {
		fmt.Fprintf(a.out, "%s of %s in %v: %s\n", count(status.done, "run"), count(len(names), "scenario"),
			time.Since(status.started).Round(10*time.Millisecond), p.status(worst, tally(status.statuses)))
	}
	if worst == harness.Interrupted && a.out.failure() == nil {
		a.complain(errors.New("interrupted; what there is of the runs on their way is in " + config.Store))
	}
	return worst
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
