package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
	"sunder/harness/workload"
	"sunder/systems"
)

// realTime is how much longer answers may take in runs that are no simulation, whose machine does other things, too.
const realTime = 8 * time.Second

// judge has the history checked and sets the status. A history of a run that failed by itself is kept but not judged:
// what it shows may be the harness's doing.
func (r *runner) judge(ctx context.Context, result *Result, runErr error) {
	if r.options.Recorded != nil {
		if err := r.options.Recorded(result.History, result.Faults); err != nil {
			result.Status, result.Reason = Infra, errors.Join(runErr, err).Error()
			return
		}
	}
	if result.Status != Pass {
		return
	}
	object, known := model.Lookup(r.scenario.Workload.Object)
	if !known {
		result.Status, result.Reason = Infra, fmt.Sprintf("no model of the object %s", r.scenario.Workload.Object)
		return
	}
	in := checkers.Input{History: result.History, Object: object, Budget: r.options.Budget, Context: ctx}
	if result.Digest == "" {
		in.Slack = realTime
	}
	result.Findings = r.findings(in)
	if ctx.Err() != nil {
		result.Status, result.Reason = Interrupted, "the run was interrupted while its history was judged"
		return
	}
	result.Status, result.Reason = r.status(result)
}

// findings judges all that is expected, each by a goroutine of its own: checkers only read the history.
func (r *runner) findings(in checkers.Input) []Finding {
	expected := expectations(r)
	findings := make([]Finding, len(expected))
	var judges sync.WaitGroup
	for i, e := range expected {
		judges.Go(func() {
			in := in
			in.Seek = e.breaks
			v := r.verdict(in, e.name)
			findings[i] = Finding{Verdict: v, Breaks: e.breaks, Met: met(v, e.breaks)}
		})
	}
	judges.Wait()
	return findings
}

type expectation struct {
	name   guarantee.Name
	breaks guarantee.Anomaly
}

// expectations returns what the scenario expects, in the order of the guarantees' table, and then the system's own
// invariants: those must hold in every run, named or not.
func expectations(r *runner) []expectation {
	var out []expectation
	add := func(n guarantee.Name, always bool) {
		if anomaly, breaks := r.scenario.Breaks[n]; breaks {
			out = append(out, expectation{n, anomaly})
		} else if always || slices.Contains(r.scenario.Holds, n) {
			out = append(out, expectation{name: n})
		}
	}
	for _, info := range guarantee.All() {
		add(info.Name, false)
	}
	for _, invariant := range r.scenario.System.Invariants {
		add(invariant.Guarantee(), true)
	}
	return out
}

func (r *runner) verdict(in checkers.Input, name guarantee.Name) checkers.Verdict {
	if own, ok := name.OwnInvariant(); ok {
		i := slices.IndexFunc(r.scenario.System.Invariants, func(i systems.Invariant) bool { return i.Name == own })
		return holdInvariant(r.scenario.System.Invariants[i], in)
	}
	c, ok := checkers.Find(r.options.Checkers, name)
	if !ok {
		return checkers.Verdict{Guarantee: name, Valid: checkers.Unknown, Reason: "there is no checker of it", Engine: "none"}
	}
	return c.Run(in)
}

// holdInvariant judges a system's own invariant as a checker would.
func holdInvariant(i systems.Invariant, in checkers.Input) checkers.Verdict {
	return checkers.Checker{Guarantee: i.Guarantee(), Check: func(in checkers.Input) checkers.Verdict {
		violation := i.Check(in.History.Facts)
		v := checkers.Verdict{Valid: checkers.Valid, Engine: "facts", Reason: fmt.Sprintf("it held over %d facts", len(in.History.Facts))}
		if violation != nil {
			v.Valid, v.Reason = checkers.Invalid, violation.Sentence
			v.Witness = &checkers.Witness{Anomaly: guarantee.BrokenByItself, Facts: violation.Facts, Sentence: violation.Sentence}
		}
		return v
	}}.Run(in)
}

// met tells whether a verdict is as expected: valid, or broken by the anomaly that was named.
func met(v checkers.Verdict, breaks guarantee.Anomaly) bool {
	if breaks == "" {
		return v.Valid == checkers.Valid
	}
	return v.Valid == checkers.Invalid && (breaks == guarantee.Any || v.Witness != nil && v.Witness.Anomaly == breaks)
}

// status draws the conclusion, the gravest first.
func (r *runner) status(result *Result) (Status, string) {
	for _, f := range result.Findings {
		if f.Valid == checkers.Invalid && !f.Met {
			if f.Breaks != "" {
				return Violated, fmt.Sprintf("%s was to be broken by %s, but by another anomaly it was: %s", f.Guarantee, f.Breaks, f.Reason)
			}
			return Violated, fmt.Sprintf("%s does not hold: %s", f.Guarantee, f.Reason)
		}
	}
	for _, f := range result.Findings {
		if f.Valid == checkers.Unknown {
			return Unknown, fmt.Sprintf("%s could not be decided: %s", f.Guarantee, f.Reason)
		}
	}
	if reason := r.vacuous(result); reason != "" {
		return Vacuous, reason
	}
	return Pass, ""
}

// vacuous tells why a run proves nothing, "" if it does.
func (r *runner) vacuous(result *Result) string {
	for _, f := range result.Findings {
		if !f.Met {
			return fmt.Sprintf("%s was to be broken by %s, and held", f.Guarantee, f.Breaks)
		}
	}
	for i, got := range r.steps {
		step := r.scenario.Workload.Script[i]
		if !got.done {
			return fmt.Sprintf("step %d of the script (%s) was never taken", i+1, step)
		}
		if !step.Gives.Accepts(got.reply) {
			return fmt.Sprintf("step %d of the script (%s) gave %s", i+1, step, answer(got.reply))
		}
	}
	if reason := toothless(result.Faults); reason != "" {
		return reason
	}
	return r.idle(result)
}

func answer(reply protocol.Reply) string {
	text := reply.Outcome.String()
	if reply.Outcome == protocol.OK && !reply.Value.IsNull() {
		text = reply.Value.String()
	}
	if reply.Error != "" {
		text += " (" + reply.Error + ")"
	}
	return text
}

// toothless tells which fault did not take effect: any that was scheduled, or all of the random ones.
func toothless(reports []FaultReport) string {
	random, bitten := 0, 0
	var missing []string
	for i, f := range reports {
		switch {
		case f.Planned.Random:
			random++
			if f.Bites {
				bitten++
			}
		case !f.Bites:
			missing = append(missing, fmt.Sprintf("fault %d (%s) took no effect: %s", i+1, f.Planned, f.Missing))
		}
	}
	if random > 0 && bitten == 0 {
		missing = append(missing, fmt.Sprintf("none of the %d random faults took effect", random))
	}
	return strings.Join(missing, "; ")
}

// idle tells whether clients got nothing done.
func (r *runner) idle(result *Result) string {
	var reads, writes bool
	object, _ := workload.Lookup(r.scenario.Workload.Object)
	// The final reads are the harness's own; they stand for the clients' only where a script has left reading to them.
	drawn := len(r.steps) == 0
	for i := range result.History.Operations {
		op := &result.History.Operations[i]
		if op.Outcome != protocol.OK || workload.Aside(op.F) || drawn && result.History.In(op.Call) == history.Final {
			continue
		}
		if object.ReadOnly(op.F) {
			reads = true
		} else {
			writes = true
		}
	}
	switch {
	case !reads && !writes:
		return "no operation ended ok"
	case !reads:
		return "no read ended ok"
	case !writes:
		return "no write ended ok"
	}
	return ""
}
