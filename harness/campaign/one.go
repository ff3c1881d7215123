package campaign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"sunder/harness"
	"sunder/harness/history"
	"sunder/harness/scenario"
	"sunder/harness/store"
)

// TraceSink takes one line of a trace.
type TraceSink func(line []byte)

// finished is a run that has ended, and its directory if it has one.
type finished struct {
	outcome Outcome
	run     *store.Run
	crash   any // what sunder itself panicked with, and where; nil: it did not
}

// try is one for a worker: a panic of ours is carried to the caller of the campaign.
func (c Config) try(ctx context.Context, job Job) (f *finished) {
	defer func() {
		if p := recover(); p != nil {
			f = &finished{crash: fmt.Sprintf("%v in seed %d of %s\n%s", p, job.Seed, job.Scenario.Name, debug.Stack())}
		}
	}()
	return c.one(ctx, job)
}

// fail notes an error of the disk, if there is one.
func (f *finished) fail(err error) {
	if err != nil && f.outcome.Status != harness.Interrupted {
		f.outcome.Status, f.outcome.Reason = harness.Infra, err.Error()
		f.outcome.Record.Status, f.outcome.Record.Reason = harness.Infra, err.Error()
	}
}

// one does one run from its beginning to its directory. Whatever cannot be written makes the run infra: a result that
// is not on disk was not obtained. It returns nil if ctx has ended before it began.
func (c Config) one(ctx context.Context, job Job) *finished {
	if ctx.Err() != nil {
		return nil
	}
	f := &finished{}
	digest := ""
	options := harness.Options{Checkers: c.Checkers, Budget: c.Budget}
	options.Recorded = func(h *history.History, faults []harness.FaultReport) (err error) {
		f.run, digest, err = c.write(job, h, faults)
		return err
	}
	started := time.Now()
	result := harness.Run(ctx, job.Scenario, job.Seed, c.Backend, options)
	if f.run != nil && c.Traced != nil && (c.Trace || result.Status != harness.Pass && result.Status != harness.Interrupted) {
		c.retrace(ctx, job, f.run, &result)
	}
	result.Wall = time.Since(started)
	f.outcome = Outcome{Result: result, Record: record(&result)}
	f.outcome.Record.HistoryDigest = digest
	if f.run != nil {
		f.outcome.Record.RunDir = f.run.Dir()
		f.fail(c.conclude(f))
	}
	return f
}

// write puts the run's directory on disk, as far as it is known before any checker starts.
func (c Config) write(job Job, h *history.History, faults []harness.FaultReport) (*store.Run, string, error) {
	sum := sha256.New()
	if c.Store == "" {
		err := history.Write(sum, h)
		return nil, hex.EncodeToString(sum.Sum(nil)[:16]), err
	}
	s := job.Scenario
	run, err := store.Create(c.Store, s.System.Name, s.Name, c.Backend.Name(), job.Seed, time.Now())
	if err != nil {
		return nil, "", err
	}
	resolved := *s
	resolved.Seed = job.Seed
	if err := run.WriteScenario(scenario.Encode(resolved)); err != nil {
		return run, "", err
	}
	if err := run.WriteFaults(lines(faultRecords(faults))); err != nil {
		return run, "", err
	}
	if err := history.Write(io.MultiWriter(run.History(), sum), h); err != nil {
		return run, "", err
	}
	return run, hex.EncodeToString(sum.Sum(nil)[:16]), run.CloseHistory()
}

// lines encodes records as JSON lines.
func lines(records []FaultRecord) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for _, r := range records {
		if err := encoder.Encode(r); err != nil {
			panic(fmt.Sprintf("campaign: a fault that is not JSON: %v: %+v", err, r))
		}
	}
	return b.Bytes()
}

// retrace runs the seed again with the trace on. The digest must be the same: so every failure has been replayed once
// before it is shown.
func (c Config) retrace(ctx context.Context, job Job, run *store.Run, result *harness.Result) {
	trace, err := run.Trace()
	if err != nil {
		result.Status, result.Reason = harness.Infra, err.Error()
		return
	}
	var failed error
	backend := c.Traced(func(line []byte) {
		if failed == nil {
			_, failed = trace.Write(line)
		}
	})
	again := harness.Run(ctx, job.Scenario, job.Seed, backend, harness.Options{})
	if err := trace.Close(); failed == nil {
		failed = err
	}
	switch {
	case again.Status == harness.Interrupted:
	case failed != nil:
		result.Status, result.Reason = harness.Infra, failed.Error()
	case again.Digest != result.Digest:
		result.Status = harness.Infra
		result.Reason = fmt.Sprintf("the run could not be repeated: its digest was %s, then %s; --verify-determinism shows where they part (first result: %s)",
			result.Digest, again.Digest, result.Reason)
	}
}

// conclude writes the logs, and results.json, the last file of a run.
func (c Config) conclude(f *finished) error {
	for _, l := range f.outcome.Logs {
		if err := f.run.WriteLog(l.Name, l.Text); err != nil {
			return err
		}
	}
	detail := Detail{
		Version:  c.Version,
		Record:   f.outcome.Record,
		Findings: findingRecords(f.outcome.Findings, f.outcome.History),
	}
	text, err := json.MarshalIndent(detail, "", "  ")
	if err != nil {
		return err
	}
	return f.run.WriteResults(append(text, '\n'))
}
