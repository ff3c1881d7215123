package available

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// measures says in lines how available the object was: in each phase of the run, how many operations were answered and how
// long that took; on each side of each partition the same, by the front ends that were there; and how stale reads were.
func measures(in checkers.Input) []string {
	var out []string
	h := in.History
	ops := checkers.ObjectOperations(in)
	for k, phase := range h.Phases {
		until := history.Pending
		if k+1 < len(h.Phases) {
			until = h.Phases[k+1].Start
		}
		out = appendTally(out, phase.Name, tallyOf(h, ops, phase.Start, until, nil))
	}
	for _, p := range partitions(h) {
		for _, side := range p.sides {
			name := fmt.Sprintf("partition from %v to %v, beside %v", p.from, p.to, side)
			out = appendTally(out, name, tallyOf(h, ops, p.start, p.end, side))
		}
	}
	if line := staleness(in, ops); line != "" {
		out = append(out, line)
	}
	return out
}

// tally is what became of some operations: how many were answered, as one that was refused was, and how long each took.
type tally struct {
	all, answered int
	latencies     []time.Duration
}

// tallyOf looks at the operations that were called from one event to before another, of the front ends given if any are.
func tallyOf(h *history.History, ops []int, from, until int, nodes []protocol.NodeID) tally {
	var t tally
	for _, i := range ops {
		op := &h.Operations[i]
		if op.Call < from || op.Call >= until || nodes != nil && !slices.Contains(nodes, op.Node()) {
			continue
		}
		t.all++
		if op.Outcome == protocol.OK || op.Refused() {
			t.answered++
			t.latencies = append(t.latencies, op.ReturnTime-op.CallTime)
		}
	}
	slices.Sort(t.latencies)
	return t
}

// quantile returns a value such that so many percent of the sorted ones are at most that: the nearest rank. Long ones are
// rounded to microseconds.
func quantile(sorted []time.Duration, percent int) time.Duration {
	d := sorted[max(0, (len(sorted)*percent+99)/100-1)]
	if d >= time.Millisecond {
		d = d.Round(time.Microsecond)
	}
	return d
}

// appendTally appends a line about operations, if there are any.
func appendTally(out []string, name string, t tally) []string {
	if t.all == 0 {
		return out
	}
	line := fmt.Sprintf("%s: %d of %d answered", name, t.answered, t.all)
	if t.answered > 0 {
		line += fmt.Sprintf(", in %v (median), %v (99 %%), %v (most)", quantile(t.latencies, 50), quantile(t.latencies, 99), quantile(t.latencies, 100))
	}
	return append(out, line)
}

// partition is a stretch of a run in which the network was cut.
type partition struct {
	start, end int // positions of events
	from, to   time.Duration
	sides      [][]protocol.NodeID
}

// partitions returns the partitions of a run that had sides.
func partitions(h *history.History) []partition {
	var out []partition
	open := map[int]int{} // by the number of the fault: its place in out
	last := time.Duration(0)
	for at, e := range h.Events() {
		last = e.Time
		if e.Process != history.Nemesis || e.F != "partition" {
			continue
		}
		var detail struct {
			ID    int                 `json:"id"`
			State string              `json:"state"`
			Sides [][]protocol.NodeID `json:"sides"`
		}
		if json.Unmarshal(e.Detail, &detail) != nil {
			continue // it is no fault of a run of sunder's
		}
		k, begun := open[detail.ID]
		switch {
		case detail.State == "begun":
			open[detail.ID] = len(out)
			out = append(out, partition{start: at, end: history.Pending, from: e.Time, to: -1, sides: detail.Sides})
		case detail.State == "ended" && begun:
			out[k].end, out[k].to = at, e.Time
		}
	}
	for k := range out {
		if out[k].to < 0 {
			out[k].to = last
		}
	}
	return out
}
