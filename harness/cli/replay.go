package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/store"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	campaignFlags
	seed      uint64
	seedGiven bool
	until     time.Duration
	inspect   string
}

func (a *app) replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay RUN|SCENARIO",
		Short: "Run the same again, identically",
		Long: `Run again what a run directory holds, or a scenario from its seed. Of a run directory the digest of all events must be the
same, else the exit code is 4.

With --until and --inspect, stop at a time and print what a node's machine shows of itself there.`,
		Example: `  sunder replay store/gossip/partition-heals/latest
  sunder replay gossip/partition-heals --seed 7 --until 5s --inspect r2`,
		ValidArgsFunction: a.completeScenarios,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("replay what? a run directory or a scenario")
			}
			f.seedGiven = c.Flags().Changed("seed")
			if c.Flags().Changed("until") != c.Flags().Changed("inspect") {
				return usagef("--until and --inspect go together")
			}
			if c.Flags().Changed("until") && f.until <= 0 {
				return usagef("--until is a time of the run, such as 5s, not %v", f.until)
			}
			if err := apart(c, "inspect", "keeps no run directory", "store"); f.inspect != "" && err != nil {
				return err
			}
			return a.replay(c.Context(), args[0], &f)
		},
	}
	f.add(c)
	c.Flags().Uint64Var(&f.seed, "seed", 0, "another seed than the recorded one")
	c.Flags().DurationVar(&f.until, "until", 0, "stop at this time of the run")
	c.Flags().StringVar(&f.inspect, "inspect", "", "print this node's state at the time of --until")
	return c
}

func (a *app) replay(ctx context.Context, what string, f *replayFlags) error {
	s, recorded, err := a.recorded(what)
	if err != nil {
		return err
	}
	seed := s.Seed
	if f.seedGiven {
		seed, recorded = f.seed, ""
	}
	if f.backend != defaultBackend {
		recorded = "" // a run there has no digest, for it cannot be repeated exactly
	}
	if f.until > 0 {
		return a.inspect(ctx, s, seed, f)
	}
	config, err := a.config(&f.campaignFlags)
	if err != nil {
		return err
	}
	config.Trace = true
	var digest string
	jobs := func(yield func(campaign.Job) bool) { yield(campaign.Job{Scenario: s, Seed: seed}) }
	status := a.campaign(ctx, jobs, 1, config, f.json, func(o *campaign.Outcome) { digest = o.Digest })
	if recorded == "" || status == harness.Interrupted {
		return ended(status)
	}
	if digest != recorded {
		a.complain(fmt.Errorf("this is another run: its digest is %s, the recorded one's %s; it was recorded by another version, or the system is not deterministic", digest, recorded))
		return ended(harness.Infra)
	}
	fmt.Fprintf(a.err, "sunder: the same run again: digest %s\n", digest)
	return ended(status)
}

// recorded returns the scenario of a run directory with the run's digest, or a scenario by name or file without one.
func (a *app) recorded(what string) (*scenario.Scenario, string, error) {
	info, err := os.Stat(what)
	if err != nil || !info.IsDir() {
		if _, several, err := a.family(what, ""); several && err == nil {
			return nil, "", usagef("%s is a folder of scenarios; replay takes one of them, or a run directory", what)
		}
		s, err := a.find(what)
		return s, "", err
	}
	if latest := filepath.Join(what, "latest"); isDir(latest) {
		return nil, "", usagef("%s holds several runs, the last of them in %s", what, latest)
	}
	run, err := store.Open(what)
	if err != nil {
		return nil, "", usageError{err}
	}
	s, err := a.parse(filepath.Join(what, "scenario.yaml"), run.Scenario)
	if err != nil {
		return nil, "", err
	}
	var record campaign.Record
	if err := json.Unmarshal(run.Results, &record); err != nil {
		return nil, "", usagef("%s: %v", filepath.Join(what, "results.json"), err)
	}
	if record.Scenario != "" {
		s.Name = record.Scenario
	}
	return s, record.TraceDigest, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// inspection is what `sunder replay --inspect --json` prints.
type inspection struct {
	Node  protocol.NodeID `json:"node"`
	AtMS  float64         `json:"at_ms"` // of the run
	State any             `json:"state"`
}

// inspect runs until a time and prints a node's state there.
func (a *app) inspect(ctx context.Context, s *scenario.Scenario, seed uint64, f *replayFlags) error {
	b, err := a.backendFor(&f.campaignFlags)
	if err != nil {
		return err
	}
	stopped := false
	result := harness.Run(ctx, s, seed, b, harness.Options{Stop: f.until, AtStop: func(c cluster.Cluster) error {
		stopped = true
		state, err := c.State(protocol.NodeID(f.inspect))
		if err != nil {
			return usageError{err}
		}
		if state == nil {
			return usagef("%s shows nothing at %v: it is down, or its machine does not show its state", f.inspect, c.Now())
		}
		if f.json {
			at := float64(c.Now()) / float64(time.Millisecond)
			return json.NewEncoder(a.out).Encode(inspection{protocol.NodeID(f.inspect), at, state})
		}
		text, err := json.MarshalIndent(state, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s at %v:\n%s\n", f.inspect, c.Now(), text)
		return err
	}})
	switch {
	case result.Status != harness.Pass:
		return usageError{errors.New(result.Reason)}
	case !stopped:
		return usagef("the run ended at %v, before --until %v", result.Simulated, f.until)
	}
	return nil
}
