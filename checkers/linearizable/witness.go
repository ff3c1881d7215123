package linearizable

import (
	"errors"
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
)

// Bounds of the search for a small witness. A trial that exceeds its steps counts as explained, which keeps what it
// would have left out. All trials together have the budget of a check.
const (
	minimiseTrials = 2000
	trialSteps     = 500_000
)

// invalid builds the verdict on a history of which the last outcome says that one key is not linearizable. What it
// shows is judged again, if it can be, by the plain search of package checkers, or by porcupine if it is too large for
// that. Where that too is too much for them, what was found stands, and says so. If any of them finds an explanation
// the verdict is Unknown.
func invalid(in checkers.Input, key checkers.KeyOperations, outcomes []outcome) checkers.Verdict {
	o := outcomes[len(outcomes)-1]
	fragments := checkers.NewFragments(in, checkers.InRealTime)
	candidates := [][]int{sought(in, key.Operations), o.suspect, key.Operations}
	if o.engine == (search{}).name() { // it suspects all that it has looked at
		candidates = slices.Insert(candidates, 1, obvious(in, key.Operations))
	}
	ops, minimal, valid := smallest(fragments, in.Steps(), candidates...)
	if in.Interrupted() {
		return unknown("interrupted", o.engine, steps(outcomes))
	}
	if valid == checkers.Valid {
		return unknown(fmt.Sprintf("%s found key %q not linearizable, but another search explains its operations", o.engine, checkers.Cut(key.Key)), o.engine, steps(outcomes))
	}
	w := describe(in, fragments, ops, o.found)
	v := checkers.Verdict{
		Guarantee: guarantee.Linearizable, Valid: checkers.Invalid, Reason: w.Sentence,
		Witness: w, Engine: o.engine, Steps: steps(outcomes),
	}
	if !minimal {
		v.Reason += fmt.Sprintf(" (shown by %d operations; the budget for fewer is gone)", len(w.Operations))
	}
	err := confirm(in, fragments, v)
	switch {
	case errors.Is(err, errUndecided):
		v.Reason += fmt.Sprintf(" (%v)", err)
	case err != nil:
		return unknown(fmt.Sprintf("%s found key %q not linearizable, but a second judgement of the witness did not confirm it: %v",
			o.engine, checkers.Cut(key.Key), err), o.engine, steps(outcomes))
	}
	return v
}

// obvious returns operations that may well be a contradiction: what a glance at each read shows.
func obvious(in checkers.Input, ops []int) []int {
	var found finding
	switch in.Object.Name {
	case "counter":
		return classifyCounter(in, ops).parts
	case "set", "board", "log":
		all := make([]history.Operation, len(ops))
		for at, i := range ops {
			all[at] = in.History.Operations[i]
		}
		found = classifyCollection(in, all)
	}
	parts := make([]int, len(found.parts))
	for k, at := range found.parts {
		parts[k] = ops[at]
	}
	return parts
}

// smallest returns a small set of operations that are not linearizable alone, made from the first candidate that is
// known to be so, and tells whether none can be left out. If none is known to be, it returns the last candidate, and
// what is known of that: it is Unknown if the budget is too small.
func smallest(f *checkers.Fragments, budget int64, candidates ...[]int) (ops []int, minimal bool, last checkers.Validity) {
	for _, candidate := range candidates {
		if candidate = slices.Sorted(slices.Values(candidate)); len(candidate) == 0 {
			continue
		}
		ops = candidate
		if last, _ = alone(f, ops, budget); last == checkers.Invalid {
			break
		}
	}
	if last != checkers.Invalid {
		return ops, false, last
	}
	ops, minimal = checkers.Minimise(ops, nil, minimiseTrials, func(ops []int) bool {
		valid, steps := alone(f, ops, min(trialSteps, budget))
		budget -= steps
		return valid == checkers.Invalid
	})
	return ops, minimal && budget > 0, last
}

// alone judges operations alone, and tells in how many steps.
func alone(f *checkers.Fragments, ops []int, budget int64) (checkers.Validity, int64) {
	if f.Interrupted() || budget <= 0 {
		return checkers.Unknown, 0
	}
	in := f.Alone(ops)
	in.Budget = budget
	o := decide(in, checkers.Considered(in), engines())
	return o.valid, o.steps
}

// broken tells whether operations are known not to be linearizable alone.
func broken(f *checkers.Fragments, ops []int, budget int64) bool {
	valid, _ := alone(f, ops, budget)
	return valid == checkers.Invalid
}

// errUndecided says that a witness was not judged again to the end. That takes nothing from what was found.
var errUndecided = errors.New("too large to be judged by a second search")

// confirm judges a witness again.
func confirm(in checkers.Input, f *checkers.Fragments, v checkers.Verdict) error {
	err := checkers.Certify(in, v)
	if !errors.Is(err, checkers.ErrTooLarge) {
		return err
	}
	alone := f.Alone(v.Witness.Operations)
	switch second, _ := (porcupineSearch{}).decide(alone, checkers.Considered(alone)); second.valid {
	case checkers.Invalid:
		return nil
	case checkers.Unknown:
		return errUndecided
	}
	return errors.New("porcupine has found an order")
}

// describe makes the witness of operations that are not linearizable alone.
func describe(in checkers.Input, fragments *checkers.Fragments, ops []int, hint *finding) *checkers.Witness {
	found := classify(in, fragments, ops)
	if found.anomaly == guarantee.NotLinearizable && hint != nil {
		found.anomaly = hint.anomaly
	}
	members := slices.Clone(ops)
	for _, i := range found.parts {
		if !slices.Contains(members, i) {
			members = append(members, i)
		}
	}
	slices.Sort(members)
	w := &checkers.Witness{Anomaly: found.anomaly, Operations: members, Sentence: sentence(in, found, members)}
	w.Context, w.MoreContext = fragments.Context(members)
	if in.Object.Name == "register" {
		if found.anomaly == guarantee.StaleRead && len(found.parts) > 1 {
			w.Sentence += tooOld(in, found, w)
		}
		_, w.Edges = checkers.ExplainWitness(fragments, w, checkers.InRealTime)
	}
	return w
}

// tooOld says who had written what a stale read met before the other write was called, as far as that is one who is shown.
func tooOld(in checkers.Input, found finding, w *checkers.Witness) string {
	reader, newer := &in.History.Operations[found.parts[0]], &in.History.Operations[found.parts[1]]
	v, _ := checkers.Observes(reader)
	for _, i := range w.Context {
		op := &in.History.Operations[i]
		if written, ok := checkers.Writes(op); ok && w.MoreContext == 0 && written.Equal(v) && op.Precedes(newer) {
			return fmt.Sprintf(", which was called after %s had returned", checkers.Noun(op))
		}
	}
	return ""
}

// sentence says in words what is wrong.
func sentence(in checkers.Input, found finding, ops []int) string {
	if found.sentence != "" {
		return found.sentence
	}
	if len(found.parts) == 0 {
		if i := slices.IndexFunc(ops, func(i int) bool { return in.History.Operations[i].Refused() }); i >= 0 {
			cas := &in.History.Operations[ops[i]]
			if cas.F != "cas" {
				return fmt.Sprintf("%s was refused, and no order of these %d operations explains that and their answers", checkers.Noun(cas), len(ops))
			}
			return fmt.Sprintf("%s was refused, though by the other answers the value was the expected one all the while", checkers.Noun(cas))
		}
		if key := in.History.Operations[ops[0]].Key; key != "" {
			return fmt.Sprintf("no order of these %d operations on %q explains their answers", len(ops), checkers.Cut(key))
		}
		return fmt.Sprintf("no order of these %d operations explains their answers", len(ops))
	}
	first := &in.History.Operations[found.parts[0]]
	second := first
	if len(found.parts) > 1 {
		second = &in.History.Operations[found.parts[1]]
	}
	switch found.anomaly {
	case guarantee.ThinAirRead:
		return fmt.Sprintf("%s, which nobody wrote", checkers.Deed(first))
	case guarantee.AbortedRead:
		return fmt.Sprintf("%s though %s had failed", checkers.Deed(first), checkers.Noun(second))
	case guarantee.FutureRead:
		return fmt.Sprintf("%s and returned before %s was called", checkers.Deed(first), checkers.Noun(second))
	case guarantee.StaleRead:
		return fmt.Sprintf("%s after %s had returned", checkers.Deed(first), checkers.Noun(second))
	case guarantee.ReadInversion:
		return fmt.Sprintf("%s after %s had returned, which is newer", checkers.Deed(first), checkers.Noun(second))
	case guarantee.LostUpdate:
		return fmt.Sprintf("%s and %s both succeeded from one value", checkers.Noun(first), checkers.Noun(second))
	}
	return fmt.Sprintf("%s and the other answers on %q fit no one order", checkers.Noun(first), checkers.Cut(first.Key))
}
