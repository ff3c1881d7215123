package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sunder/checkers"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/history"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// headline is one run in one line.
func headline(p palette, o *campaign.Outcome) string {
	r := &o.Result
	name := r.Scenario
	if r.Mutant != "" {
		name += " with " + r.Mutant
	}
	where := "simulated"
	if r.Backend != defaultBackend {
		where = "run"
	}
	return fmt.Sprintf("%s  %s  seed %d  %s", p.status(r.Status, fmt.Sprintf("%-9s", r.Status)), p.bold(name), r.Seed,
		p.dim(fmt.Sprintf("%d ok, %d fail, %d info; %v %s in %v",
			r.Operations.OK, r.Operations.Fail, r.Operations.Info, r.Simulated.Round(time.Millisecond), where, r.Wall.Round(time.Millisecond))))
}

// explain writes all that a person wants to know of one run: what was expected and found, the few operations that prove
// it, what the faults did, and how to run it again.
func explain(w io.Writer, p palette, o *campaign.Outcome) {
	r := &o.Result
	fmt.Fprintln(w, headline(p, o))
	if r.Reason != "" {
		fmt.Fprintf(w, "\n  %s\n", p.status(r.Status, r.Reason))
	}
	explainFindings(w, p, r)
	for _, f := range r.Findings {
		explainMeasures(w, p, f.Verdict)
	}
	explainPhases(w, p, r)
	explainFaults(w, p, r)
	if o.Record.RunDir != "" {
		fmt.Fprintf(w, "\n  %-10s %s\n  %-10s %s\n", "kept in", o.Record.RunDir, "replay", "sunder replay "+o.Record.RunDir+onBackend(o.Backend))
	}
}

// explainFindings writes a line for each guarantee, and below what is broken its proof.
func explainFindings(w io.Writer, p palette, r *harness.Result) {
	width := 0
	for _, f := range r.Findings {
		width = max(width, len(f.Guarantee))
	}
	var shown shown
	for i, f := range r.Findings {
		if i == 0 || f.Witness != nil || r.Findings[i-1].Witness != nil {
			fmt.Fprintln(w)
		}
		wanted := "must hold"
		if f.Breaks != "" {
			wanted = "must break by " + string(f.Breaks)
		}
		name, verdict := p.bold(fmt.Sprintf("%-*s", width, f.Guarantee)), p.verdict(f.Valid, f.Met, fmt.Sprintf("%-7s", f.Valid))
		if f.Witness == nil {
			fmt.Fprintf(w, "  %s  %s  %s  %s\n", name, verdict, p.dim(wanted), f.Reason)
			continue
		}
		fmt.Fprintf(w, "  %s  %s  %s\n    %s\n", name, verdict, p.dim(wanted), shown.reason(p, f.Verdict))
		shown.witness(w, p, r.History, f.Verdict)
	}
}

// explainMeasures writes what was measured beside a verdict.
func explainMeasures(w io.Writer, p palette, v checkers.Verdict) {
	for i, line := range v.Measures {
		if i == 0 {
			fmt.Fprintf(w, "\n  %s\n", p.bold(string(v.Guarantee)))
		}
		fmt.Fprintf(w, "    %s\n", line)
	}
}

// listedMax is how many operations of a witness are listed, and how many relations between them. Those of one that could not be made small are no help, and
// --json has them all.
const listedMax = 64

// explainWitness lists the operations of a witness by number, and the edges between them.
func explainWitness(w io.Writer, p palette, h *history.History, witness *checkers.Witness) {
	number := make(map[int]int, len(witness.Operations)+len(witness.Context))
	for i, op := range slices.Concat(witness.Operations, witness.Context) {
		number[op] = i + 1
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, op := range witness.Operations[:min(len(witness.Operations), listedMax)] {
		o := &h.Operations[op]
		fmt.Fprintf(t, "      %s\t%s\t%s\n", p.bold(fmt.Sprintf("#%d", i+1)), checkers.Describe(o), p.dim(interval(o)))
	}
	t.Flush()
	if more := len(witness.Operations) - listedMax; more > 0 {
		fmt.Fprintf(w, "      and %s more\n", count(more, "operation"))
	}
	explainContext(w, p, h, witness, number)
	for _, e := range witness.Edges[:min(len(witness.Edges), listedMax)] {
		fmt.Fprintf(w, "      #%d -%s-> #%d  %s\n", number[e.From], e.Relation, number[e.To], p.dim(e.Why))
	}
	if more := len(witness.Edges) - listedMax; more > 0 {
		fmt.Fprintf(w, "      and %s more\n", count(more, "relation"))
	}
	for _, i := range witness.Facts {
		f := h.Facts[i]
		fmt.Fprintf(w, "      %v %s: %+v\n", f.Time, f.Node, f.Fact)
	}
}

// explainContext lists what the operations of a witness rest on.
func explainContext(w io.Writer, p palette, h *history.History, witness *checkers.Witness, number map[int]int) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, op := range witness.Context {
		o := &h.Operations[op]
		fmt.Fprintf(t, "      with %s\t%s\t%s\n", p.bold(fmt.Sprintf("#%d", number[op])), checkers.Describe(o), p.dim(interval(o)))
	}
	t.Flush()
	if witness.MoreContext > 0 {
		fmt.Fprintf(w, "      with %s that these rest on and that are not listed\n", count(witness.MoreContext, "operation"))
	}
}

// interval says when an operation was open; histories without times say where it stands.
func interval(o *history.Operation) string {
	if o.ReturnTime == 0 && o.CallTime == 0 {
		return fmt.Sprintf("event %d", o.Call)
	}
	if o.ReturnTime < 0 {
		return fmt.Sprintf("from %v on", o.CallTime.Round(time.Microsecond))
	}
	return fmt.Sprintf("%v to %v", o.CallTime.Round(time.Microsecond), o.ReturnTime.Round(time.Microsecond))
}

// explainPhases writes how long operations stayed in each phase.
func explainPhases(w io.Writer, p palette, r *harness.Result) {
	if len(r.Phases) == 0 {
		return
	}
	fmt.Fprintf(w, "\n  %s\n", p.bold("phases"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, phase := range r.Phases {
		fmt.Fprintf(t, "    %s\tmedian %v\t99th percentile %v\t%s\n", phase.Phase,
			phase.Median.Round(time.Microsecond), phase.P99.Round(time.Microsecond), p.dim("of "+count(phase.Count, "operation")))
	}
	t.Flush()
}

// explainFaults writes what this seed drew from a swarm, and a line for each fault.
func explainFaults(w io.Writer, p palette, r *harness.Result) {
	if len(r.Faults) == 0 {
		return
	}
	fmt.Fprintf(w, "\n  %s\n", p.bold("faults"))
	for _, m := range r.Mixes {
		fmt.Fprintf(w, "    %s\n", p.dim("this seed's mix: "+m.String()))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Faults {
		text := evidence(f.Evidence)
		if !f.Bites {
			text = p.status(harness.Vacuous, f.Missing)
		}
		fmt.Fprintf(t, "    %s\t%s%s\n", f.Planned, text, struck(f.Struck))
	}
	t.Flush()
}

// struck says in which phases operations were when a fault began.
func struck(phases map[string]int) string {
	var parts []string
	for name := protocol.RequestPhase; name < protocol.PhasesEnd; name++ {
		if n := phases[name.String()]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d in %s", n, name))
		}
	}
	if parts == nil {
		return ""
	}
	return "; met " + strings.Join(parts, ", ")
}

// evidence writes counts in alphabetical order, without those that are zero.
func evidence(e nemesis.Evidence) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if e[name] != 0 {
			parts = append(parts, fmt.Sprintf("%s %d", strings.ReplaceAll(name, "_", " "), e[name]))
		}
	}
	return strings.Join(parts, ", ")
}

// onBackend returns the flag that names a backend, "" if it is the one that is meant without.
func onBackend(name string) string {
	if name == defaultBackend {
		return ""
	}
	return " --backend " + name
}
