package sequential

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/interleave"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Bounds of the search for a small witness. A trial that exceeds its steps counts as explained, which keeps what it
// would have left out.
const (
	minimiseTrials = 2000
	trialSteps     = 500_000
)

// invalid builds the verdict on a history of which suspects contradict one another. What it shows is judged again, if
// it can be, by the plain search of package checkers or, if it is too large for that, by this package's search alone.
// Where that too is too much for them, what was found stands, and says so. If any of them finds an explanation the
// verdict is Unknown.
func invalid(in checkers.Input, suspects []int, engine string, steps int64) checkers.Verdict {
	f := checkers.NewFragments(in, checkers.InProcess)
	if valid, _ := alone(f, suspects, trialSteps); valid != checkers.Invalid {
		suspects = checkers.Considered(in)
	}
	budget := in.Steps()
	ops, minimal := checkers.Minimise(suspects, groups(in, suspects), minimiseTrials, func(ops []int) bool {
		valid, steps := alone(f, ops, min(trialSteps, budget))
		budget -= steps
		return valid == checkers.Invalid
	})
	if in.Interrupted() {
		return unknown("interrupted", engine, steps)
	}
	w := describe(in, f, ops)
	v := checkers.Verdict{
		Guarantee: guarantee.Sequential, Valid: checkers.Invalid, Reason: w.Sentence,
		Witness: w, Engine: engine, Steps: steps,
	}
	if !minimal || budget <= 0 {
		v.Reason += fmt.Sprintf(" (shown by %d operations; the budget for fewer is gone)", len(w.Operations))
	}
	err := confirm(in, f, v)
	switch {
	case errors.Is(err, errUndecided):
		v.Reason += fmt.Sprintf(" (%v)", err)
	case err != nil:
		return unknown(fmt.Sprintf("%s found no order, but a second judgement of the witness did not confirm it: %v", engine, err), engine, steps)
	}
	return v
}

// alone judges operations alone, and tells in how many steps.
func alone(f *checkers.Fragments, ops []int, budget int64) (checkers.Validity, int64) {
	if f.Interrupted() || budget <= 0 {
		return checkers.Unknown, 0
	}
	in := f.Alone(ops)
	in.Budget = budget
	p := newProblem(in)
	s, suspects := saturate(p)
	if suspects != nil {
		return checkers.Invalid, s.steps
	}
	r, _, _ := s.decide(budget)
	return r.Valid, s.steps + r.Steps
}

// errUndecided says that a witness was not judged again to the end. That takes nothing from what was found.
var errUndecided = errors.New("too large to be judged by a second search")

// confirm judges a witness again.
func confirm(in checkers.Input, f *checkers.Fragments, v checkers.Verdict) error {
	err := checkers.Certify(in, v)
	if !errors.Is(err, checkers.ErrTooLarge) {
		return err
	}
	switch interleave.Explore(newProblem(f.Alone(v.Witness.Operations)), in.Steps()).Valid {
	case checkers.Invalid:
		return nil
	case checkers.Unknown:
		return errUndecided
	}
	return errors.New("the search has found an order")
}

// groups returns what is worth leaving out at once: all of a key, all of a process.
func groups(in checkers.Input, ops []int) [][]int {
	var out [][]int
	keys := checkers.ByKey(in, ops)
	for _, key := range keys {
		if len(keys) > 1 {
			out = append(out, key.Operations)
		}
	}
	processes := map[int][]int{}
	var order []int
	for _, i := range ops {
		p := in.History.Operations[i].Process
		if processes[p] == nil {
			order = append(order, p)
		}
		processes[p] = append(processes[p], i)
	}
	for _, p := range order {
		if len(order) > 1 {
			out = append(out, processes[p])
		}
	}
	return out
}

// describe makes the witness of operations that have no order alone.
func describe(in checkers.Input, f *checkers.Fragments, ops []int) *checkers.Witness {
	w := &checkers.Witness{Anomaly: guarantee.NotSequential, Operations: ops}
	w.Context, w.MoreContext = f.Context(ops)
	if in.Object.Name == "bank" {
		if flaw := checkers.FindMiscount(in, ops); flaw != nil {
			w.Sentence = flaw.Sentence
			return w
		}
	}
	if len(ops) == 1 && readsFromNowhere(in, ops[0]) {
		fromNowhere(in, w)
		return w
	}
	doubles := checkers.NewDoubles(in)
	for _, i := range ops {
		op := &in.History.Operations[i]
		if v, twice := doubles.Of(op); twice && in.Object.Name != "register" {
			w.Anomaly, w.Sentence = guarantee.Duplicated, fmt.Sprintf("%s, which shows %s more than once", checkers.Deed(op), checkers.Brief(v))
			return w
		}
	}
	if w.Sentence = plain(in, w); w.Sentence != "" {
		return w
	}
	var cycle []int
	if in.Object.Name == "register" {
		cycle, w.Edges = checkers.ExplainWitness(f, w, checkers.InProcess)
	}
	if cycle == nil {
		w.Sentence = fmt.Sprintf("no order of these %d operations keeps the order of each process and explains all answers", len(ops))
		return w
	}
	names := make([]string, len(cycle))
	for k, i := range cycle {
		names[k] = checkers.Noun(&in.History.Operations[i])
	}
	w.Sentence = fmt.Sprintf("each of these must come before the next, and the last before the first: %s", strings.Join(names, ", "))
	return w
}

// readsFromNowhere tells whether an operation met something that no operation that may have happened has put there.
func readsFromNowhere(in checkers.Input, i int) bool {
	_, ok := strange(in, &in.History.Operations[i])
	return ok
}

// strange returns a value that an operation met and that nobody put there, if there is one.
func strange(in checkers.Input, reader *history.Operation) (protocol.Value, bool) {
	for _, v := range met(in, reader) {
		known := in.Object.Name == "register" && v.Equal(in.History.Initial)
		for _, i := range checkers.Considered(in) {
			op := &in.History.Operations[i]
			put, ok := puts(in, op)
			known = known || ok && op.Key == reader.Key && put.Equal(v)
		}
		if !known {
			return v, true
		}
	}
	return protocol.Value{}, false
}

// met returns what an operation found: one value of a register, any number of elements of a set, a board or a log.
func met(in checkers.Input, op *history.Operation) []protocol.Value {
	switch in.Object.Name {
	case "register":
		if v, ok := checkers.Observes(op); ok {
			return []protocol.Value{v}
		}
	case "set", "board", "log":
		if list, ok := op.Output.List(); ok && in.Object.ReadOnly(op.F) {
			return list
		}
	}
	return nil
}

func puts(in checkers.Input, op *history.Operation) (protocol.Value, bool) {
	if in.Object.Name == "register" {
		return checkers.Writes(op)
	}
	return checkers.Adds(op)
}

// fromNowhere makes w the witness of a read of what nobody wrote, or of what a failed operation would have written.
func fromNowhere(in checkers.Input, w *checkers.Witness) {
	reader := &in.History.Operations[w.Operations[0]]
	v, _ := strange(in, reader)
	w.Anomaly, w.Sentence = guarantee.ThinAirRead, fmt.Sprintf("%s, but nobody wrote %s", checkers.Deed(reader), checkers.Brief(v))
	for i := range in.History.Operations {
		op := in.History.Operations[i]
		if op.Outcome != protocol.Fail || op.Refused() || op.Key != reader.Key {
			continue
		}
		op.Outcome = protocol.OK
		if put, ok := puts(in, &op); ok && put.Equal(v) {
			w.Anomaly = guarantee.AbortedRead
			w.Sentence = fmt.Sprintf("%s though %s had failed", checkers.Deed(reader), checkers.Noun(&op))
			w.Operations = append(w.Operations, i)
			slices.Sort(w.Operations)
			return
		}
	}
}
