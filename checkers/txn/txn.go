// Package txn judges histories of transactions, on lists that are appended to or on registers, after Adya's theory of
// dependencies and Elle (Kingsbury & Alvaro, VLDB 2020): what reads show of the order of writes makes a graph, and a
// cycle in it is what a guarantee forbids.
//
// What the eight guarantees mean here is in the table of levels. The package must not know how its verdicts are rechecked.
package txn

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// level is how much is asked of a history; a higher one implies a lower one, except that causal, which keeps the order of
// each process, does not follow from those between it and strongSession.
type level int

const (
	readCommitted level = iota
	readAtomic
	causal
	parallelSnapshot
	snapshot
	serializable
	strongSession
	strict
)

var levelNames = [...]guarantee.Name{
	readCommitted: guarantee.ReadCommitted, readAtomic: guarantee.ReadAtomic, causal: guarantee.Causal,
	parallelSnapshot: guarantee.ParallelSnapshotIsolation, snapshot: guarantee.SnapshotIsolation,
	serializable: guarantee.Serializable, strongSession: guarantee.StrongSessionSerializable, strict: guarantee.StrictSerializable,
}

// Checkers returns the checkers of transactions, strongest first. The causal one is for objects of transactions only.
func Checkers() []checkers.Checker {
	var out []checkers.Checker
	for l := strict; l >= readCommitted; l-- {
		out = append(out, checkers.Checker{Guarantee: levelNames[l], Check: func(in checkers.Input) checkers.Verdict { return check(in, l) }})
	}
	return out
}

const engineName = "dependency-graph"

// check judges one level.
func check(in checkers.Input, l level) checkers.Verdict { return load(in).judge(l) }

// smallest returns transactions that alone break a level as in does, and none of which can be left out, if ops break it
// alone.
func smallest(in checkers.Input, l level, ops []int) []int {
	if len(ops) > maxTried {
		return nil
	}
	few := checkers.AloneTransactions(in, ops)
	broken := func(some []int) bool {
		alone := load(checkers.AloneTransactions(few, some))
		alone.bare = true
		return alone.judge(l).Valid == checkers.Invalid
	}
	all := make([]int, len(ops))
	for i := range all {
		all[i] = i
	}
	if !broken(all) {
		return nil
	}
	kept, _ := checkers.Minimise(all, nil, maxTrials, broken)
	out := make([]int, len(kept))
	for i, at := range kept {
		out[i] = ops[at]
	}
	return out
}

// A proof is tried with less at most so often, and only if it has no more transactions than that: a longer one comes of a
// shortest cycle.
const (
	maxTrials = 1000
	maxTried  = 64
)

// minimal returns a proof with as few transactions as can be and still rule out as much: that of a cycle, or of what takes no
// cycle once other transactions are left out.
func (t *trace) minimal(l level, w *checkers.Witness) *checkers.Witness {
	if t.bare || t.source != nil {
		return w
	}
	ops := smallest(t.in, t.weakest(l, w.Anomaly), w.Operations)
	if len(ops) == 0 || len(ops) == len(w.Operations) {
		return w
	}
	alone := load(checkers.AloneTransactions(t.in, ops))
	alone.source, alone.origin = t, ops
	v := alone.judge(l)
	for i, at := range v.Witness.Operations {
		v.Witness.Operations[i] = ops[at]
	}
	for i, at := range v.Witness.Context {
		v.Witness.Context[i] = ops[at]
	}
	for i, e := range v.Witness.Edges {
		v.Witness.Edges[i].From, v.Witness.Edges[i].To = ops[e.From], ops[e.To]
	}
	return v.Witness
}

// weakest returns the lowest level that an anomaly rules out, by which a history breaks the given one.
func (t *trace) weakest(l level, a guarantee.Anomaly) level {
	broken, _ := guarantee.RuledOut(t.in.Object.Name, levelNames[l], a)
	for low := range l {
		if slices.Contains(broken, levelNames[low]) {
			return low
		}
	}
	return l
}

func (t *trace) judge(l level) checkers.Verdict {
	if t.unclear != "" {
		return checkers.Verdict{Valid: checkers.Unknown, Reason: t.unclear, Engine: engineName}
	}
	if w := t.worstFlaw(l); w != nil {
		return t.invalid(l, w, 0)
	}
	if l <= causal {
		return t.weak(l)
	}
	return t.cyclic(l)
}

// valid is the verdict on a history without what the level forbids.
func (t *trace) valid(l level, steps int64, certificate *checkers.Certificate) checkers.Verdict {
	return checkers.Verdict{
		Valid: checkers.Valid, Engine: engineName, Steps: steps, Certificate: certificate,
		Reason: fmt.Sprintf("%s explains %d transactions on %d keys", explanations[l], len(t.nodes), len(t.keys)),
	}
}

var explanations = [...]string{
	readCommitted: "an order of the writes that no reader contradicts", readAtomic: "an order in which nobody sees a part",
	causal:           "an order that keeps causality",
	parallelSnapshot: "an order of the writes of each key, each snapshot with its causes,", snapshot: "an order of snapshots and commits",
	serializable: "one order", strongSession: "one order that keeps that of each process", strict: "one order that keeps real time",
}

// invalid is the verdict on a history with a proof against it.
func (t *trace) invalid(l level, w *checkers.Witness, steps int64) checkers.Verdict {
	return checkers.Verdict{
		Valid: checkers.Invalid, Reason: w.Sentence + "; " + t.rulesOut(l, w.Anomaly), Witness: w, Engine: engineName, Steps: steps,
	}
}
