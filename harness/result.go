package harness

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/cluster"
	"sunder/harness/history"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// Result is all that is known of a run.
type Result struct {
	Scenario, System, Mutant, Backend string
	Seed                              uint64
	Status                            Status
	Reason                            string // one sentence; "" for a pass
	History                           *history.History
	Mixes                             []nemesis.Random // what this seed drew from each swarm of the nemesis, in its order
	Faults                            []FaultReport
	Findings                          []Finding
	Operations                        Counts
	Marks                             map[string]int64
	Figures                           map[string]int64 // in microseconds, by name: latencies, and how long there was no primary
	Phases                            []PhaseTimes     // in the order of Fig 14.1; none if the system tells of none
	Logs                              []cluster.Log    // of the processes, where nodes are processes
	Digest                            string           // of all events; "" where runs cannot be repeated exactly
	Events                            int64            // handled by the backend
	Simulated                         time.Duration    // on the controller's clock
	Wall                              time.Duration    // run and checks
}

// Counts counts operations by their outcome.
type Counts struct {
	OK   int `json:"ok"`
	Fail int `json:"fail"`
	Info int `json:"info"`
}

// Finding is a verdict together with what was expected.
type Finding struct {
	checkers.Verdict
	// Breaks is the anomaly by which the guarantee must be broken; "" if it must hold.
	Breaks guarantee.Anomaly
	// Met tells whether the verdict is as expected.
	Met bool
}

// Verdicts returns the verdict of each guarantee that was judged.
func (r *Result) Verdicts() map[guarantee.Name]checkers.Validity {
	out := make(map[guarantee.Name]checkers.Validity, len(r.Findings))
	for _, f := range r.Findings {
		out[f.Guarantee] = f.Valid
	}
	return out
}

func (r *runner) result(backend string, err error) Result {
	h := r.builder.Finish()
	// Nodes that are processes tell their facts in the order in which the controller hears of them.
	slices.SortStableFunc(r.facts, func(a, b protocol.Noted) int { return cmp.Compare(a.Time, b.Time) })
	h.Facts = r.facts
	h.Initial = protocol.Int(0)
	result := Result{
		Scenario:  r.scenario.Name,
		System:    r.scenario.System.Name,
		Mutant:    r.scenario.Mutant,
		Backend:   backend,
		Seed:      r.spec.Seed,
		History:   h,
		Mixes:     r.faults.mixes,
		Faults:    r.faults.reports(),
		Marks:     r.marks,
		Logs:      r.logs,
		Digest:    r.stats.Digest,
		Events:    r.stats.Events,
		Simulated: r.end,
		Status:    Pass,
	}
	result.count()
	result.phases(&r.passages, r.spec.Config.Timeout+grace)
	var infra failure
	switch {
	case err == nil || errors.Is(err, errStopped):
	case errors.As(err, &infra):
		result.Status, result.Reason = Infra, infra.Error()
	default:
		result.Status, result.Reason = Interrupted, "the run was interrupted"
	}
	return result
}

// count fills in the counts of operations and the quantiles of the latencies of those that ended ok.
func (r *Result) count() {
	var latencies []time.Duration
	for i := range r.History.Operations {
		op := &r.History.Operations[i]
		switch op.Outcome {
		case protocol.OK:
			r.Operations.OK++
			latencies = append(latencies, op.ReturnTime-op.CallTime)
		case protocol.Fail:
			r.Operations.Fail++
		default:
			r.Operations.Info++
		}
	}
	r.Figures = map[string]int64{}
	if longest, found := failover(r.History.Facts, r.Faults); found {
		r.Figures["failover_max_us"] = longest.Microseconds()
	}
	if len(latencies) == 0 {
		return
	}
	slices.Sort(latencies)
	for name, percent := range map[string]int{"latency_p50_us": 50, "latency_p99_us": 99, "latency_max_us": 100} {
		r.Figures[name] = quantile(latencies, percent).Microseconds()
	}
}
