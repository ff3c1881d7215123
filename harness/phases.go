package harness

import (
	"cmp"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// PhaseTimes is how long operations stayed in a phase of Fig 14.1, each from its first entry into it to its first entry into
// another one. Operations that were given up in it are not counted.
type PhaseTimes struct {
	Phase       protocol.PhaseName
	Count       int // operations that went on from it
	Median, P99 time.Duration
}

// passagesFirst is for how many operations there is room at first.
const passagesFirst = 256

// passages are the ways of operations through their phases. They are kept apart from other facts: there are several for each
// operation, and no checker reads them.
type passages struct {
	index map[protocol.OperationID]int
	all   []passage // in the order in which they were first heard of
}

// passage is one operation's way: when it first entered each phase, -1 for never.
type passage [protocol.PhasesEnd + 1]time.Duration

// stage is a phase with the time of an entry into it.
type stage struct {
	phase protocol.PhaseName
	at    time.Duration
}

// note takes an entry into account. Entries may come in any order, as from nodes that are processes.
func (p *passages) note(f protocol.Phase, at time.Duration) {
	if int(f.Name) >= len(passage{}) {
		return
	}
	i, known := p.index[f.Operation]
	if !known {
		if p.index == nil {
			p.index = map[protocol.OperationID]int{}
		}
		i = len(p.all)
		if i == cap(p.all) {
			p.all = slices.Grow(p.all, max(passagesFirst, i))
		}
		p.index[f.Operation], p.all = i, append(p.all, passage{-1, -1, -1, -1, -1, -1, -1})
	}
	if first := &p.all[i][f.Name]; *first < 0 || at < *first {
		*first = at
	}
}

// stages puts the way of an operation into the order of time, up to its end, in memory that is given. If its front end could
// not tell of the end, for it crashed, that was at the limit after its beginning.
func (p *passage) stages(memory []stage, limit time.Duration) []stage {
	out := memory[:0]
	for name := protocol.RequestPhase; name < protocol.PhasesEnd; name++ {
		if at := p[name]; at >= 0 {
			out = append(out, stage{name, at})
		}
	}
	slices.SortStableFunc(out, func(a, b stage) int { return cmp.Compare(a.at, b.at) })
	end := p[protocol.PhasesEnd]
	if end < 0 && len(out) > 0 {
		end = out[0].at + limit
	}
	for len(out) > 0 && out[len(out)-1].at > end {
		out = out[:len(out)-1]
	}
	return append(out, stage{protocol.PhasesEnd, end})
}

// phases adds to the result how long operations stayed in each phase, and in which ones they were when each fault began.
func (r *Result) phases(p *passages, limit time.Duration) {
	var stays [protocol.PhasesEnd][]time.Duration
	memory := make([]stage, 0, len(passage{}))
	for i := range p.all {
		stages, answered := p.all[i].stages(memory, limit), false
		for j, s := range stages[:len(stages)-1] {
			next := stages[j+1]
			answered = answered || s.phase == protocol.ResponsePhase
			if next.phase != protocol.PhasesEnd || answered {
				stays[s.phase] = append(stays[s.phase], next.at-s.at)
			}
			r.struck(s, next.at)
		}
	}
	for name, times := range stays {
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		phase := PhaseTimes{Phase: protocol.PhaseName(name), Count: len(times), Median: quantile(times, 50), P99: quantile(times, 99)}
		r.Phases = append(r.Phases, phase)
		r.Figures["phase_"+phase.Phase.String()+"_p50_us"] = phase.Median.Microseconds()
		r.Figures["phase_"+phase.Phase.String()+"_p99_us"] = phase.P99.Microseconds()
	}
}

// struck counts a stay in a phase for the faults that began in it.
func (r *Result) struck(s stage, until time.Duration) {
	for i := range r.Faults {
		f := &r.Faults[i]
		if f.Begun < s.at || f.Begun >= until {
			continue
		}
		if f.Struck == nil {
			f.Struck = map[string]int{}
		}
		f.Struck[s.phase.String()]++
	}
}

// quantile returns the one of sorted times below which so many in a hundred are, the lower one of two.
func quantile(times []time.Duration, percent int) time.Duration {
	return times[(len(times)-1)*percent/100]
}
