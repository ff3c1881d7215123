package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/cluster"
	"sunder/harness/sim"
)

// determinismRecord is one line of `sunder run --verify-determinism --json`.
type determinismRecord struct {
	Scenario   string `json:"scenario"`
	Seed       uint64 `json:"seed"`
	Same       bool   `json:"same"`
	Digest     string `json:"trace_digest"`
	Divergence string `json:"divergence,omitempty"`
}

// verifyDeterminism runs each job twice as it is, and once more with every message encoded and decoded, and compares all
// that happened. A difference is shown with the first event in which the runs part; the exit code is 4 then.
func (a *app) verifyDeterminism(ctx context.Context, jobs iter.Seq[campaign.Job], asJSON bool) error {
	worst := harness.Pass
	for job := range jobs {
		r := determinismRecord{Scenario: job.Scenario.Name, Seed: job.Seed, Same: true}
		for _, second := range []sim.Options{{}, {Encode: true}} {
			d, err := sim.Diverge(func(b cluster.Backend) error {
				result := harness.Run(ctx, job.Scenario, job.Seed, b, harness.Options{})
				r.Digest = result.Digest
				return failed(result)
			}, sim.Options{}, second)
			if ctx.Err() != nil {
				return a.interrupted()
			}
			if d != nil {
				r.Same, r.Divergence = false, d.String()
				break
			}
			if err != nil {
				r.Same, r.Divergence = false, err.Error()
				break
			}
		}
		if !r.Same {
			worst = harness.Infra
		}
		if err := a.printDeterminism(r, asJSON); err != nil {
			return err
		}
	}
	return ended(worst)
}

// failed returns why a run could not be made, nil if it could: what it showed is no matter here.
func failed(r harness.Result) error {
	if r.Status == harness.Infra || r.Status == harness.Interrupted {
		return errors.New(r.Reason)
	}
	return nil
}

func (a *app) printDeterminism(r determinismRecord, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.out).Encode(r)
	}
	p := paletteFor(a.out)
	if r.Same {
		_, err := fmt.Fprintf(a.out, "%s  %s  seed %d  plain, again, and with messages encoded: digest %s\n",
			p.status(harness.Pass, "same     "), p.bold(r.Scenario), r.Seed, r.Digest)
		return err
	}
	_, err := fmt.Fprintf(a.out, "%s  %s  seed %d  %s\n", p.status(harness.Infra, "different"), p.bold(r.Scenario), r.Seed, r.Divergence)
	return err
}
