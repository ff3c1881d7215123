package checkers

import (
	"maps"
	"math"
	"slices"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// maxContext is how many operations are shown beside the core of a witness.
const maxContext = 8

// Context returns the operations that a fragment of the members stands for without having them, as few as show why the members
// contradict one another: who wrote what they met, or what the sums that they met are made of. It returns at most eight of
// them, ascending, and how many more there are.
func (f *Fragments) Context(members []int) (context []int, more int) {
	switch f.in.Object.Name {
	case "counter", "bank", "mutex":
		context = f.addends(members)
		more = max(0, len(context)-maxContext)
		return context[more:], more
	case "register", "set", "board", "log", "queue", "multi-register":
		return f.origins(members)
	}
	return nil, 0
}

// addends returns the updates outside of the members that count in what these say of a sum.
func (f *Fragments) addends(members []int) []int {
	first, counted := math.MaxInt, map[string][]*history.Operation{}
	for _, i := range members {
		op := &f.in.History.Operations[i]
		first = min(first, op.Call)
		if f.weighs(op) {
			counted[op.Key] = append(counted[op.Key], op)
		}
	}
	var out []int
	for key, by := range counted {
		for _, i := range f.updates[key] {
			update := &f.in.History.Operations[i]
			matters := slices.ContainsFunc(by, func(op *history.Operation) bool { return !f.order.Before(op, update) })
			if matters && !slices.Contains(members, i) {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	if f.order != InRealTime || slices.ContainsFunc(out, func(i int) bool { return f.in.History.Operations[i].F == "transfer" }) {
		return out
	}
	return out[f.settled(out, first):]
}

// weighs tells whether an operation says something of a sum.
func (f *Fragments) weighs(op *history.Operation) bool {
	if op.Outcome == protocol.Fail && !op.Refused() {
		return false
	}
	return f.in.Object.ReadOnly(op.F) || op.F == "withdraw" || op.F == "transfer" || f.in.Object.Name == "mutex"
}

// settled returns how many of the first updates come to nothing, and had surely all been made before anything else began: before
// the call of the first member and those of the other updates.
func (f *Fragments) settled(updates []int, first int) int {
	calls := make([]int, len(updates)+1) // the earliest from each update on
	calls[len(updates)] = first
	for k, i := range slices.Backward(updates) {
		calls[k] = min(calls[k+1], f.in.History.Operations[i].Call)
	}
	done, sum, last := 0, int64(0), -1
	for k, i := range updates {
		op := &f.in.History.Operations[i]
		if op.Outcome != protocol.OK {
			break
		}
		n, _ := Amount(op)
		sum, last = sum+n, max(last, op.Return)
		if sum == 0 && last < calls[k+1] {
			done = k + 1
		}
	}
	return done
}

// origins returns who put there what the members met, and what those met in turn.
func (f *Fragments) origins(members []int) (context []int, more int) {
	shown, hidden := map[int]bool{}, map[int]bool{}
	for _, i := range members {
		shown[i] = true
	}
	for next := slices.Clone(members); len(next) > 0; next = next[1:] {
		for _, at := range f.met(&f.in.History.Operations[next[0]]) {
			for k, i := range f.unseen(next[0], f.source(at.key, at.value), shown) {
				if len(shown)-len(members) >= maxContext || k > 0 && f.in.Object.Name == "register" {
					hidden[i] = true
					continue
				}
				shown[i] = true
				next = append(next, i)
			}
		}
	}
	for _, i := range members {
		delete(shown, i)
	}
	maps.DeleteFunc(hidden, func(i int, _ bool) bool { return shown[i] })
	if collects(f.in.Object) && len(hidden) > 0 { // a few out of many additions say nothing
		return nil, len(shown) + len(hidden)
	}
	return slices.Sorted(maps.Keys(shown)), len(hidden)
}

// collects tells whether reads of an object return all that was ever added.
func collects(object model.Object) bool {
	return object.Name == "set" || object.Name == "board" || object.Name == "log"
}

// unseen returns those among the sources of what an operation met that are not shown, the latest first. If others may have been
// met, those that came after the operation are left out.
func (f *Fragments) unseen(observer int, sources []int, shown map[int]bool) []int {
	op := &f.in.History.Operations[observer]
	late := func(i int) bool { return f.order.Before(op, &f.in.History.Operations[i]) }
	out := slices.DeleteFunc(slices.Clone(sources), late)
	if len(out) == 0 {
		out = slices.Clone(sources)
	}
	if f.in.Object.Name == "register" && slices.ContainsFunc(out, func(i int) bool { return shown[i] }) {
		return nil
	}
	out = slices.DeleteFunc(out, func(i int) bool { return shown[i] })
	slices.Reverse(out)
	return out
}

// place is a value under a key, as Fragments.source takes them.
type place struct {
	key   string
	value protocol.Value
}

// met returns what an operation found or, on a queue, what it passed on.
func (f *Fragments) met(op *history.Operation) []place {
	var out []place
	switch f.in.Object.Name {
	case "register":
		if v, ok := Observes(op); ok {
			out = append(out, place{op.Key, v})
		}
	case "queue":
		if v, ok := passes(op); ok {
			out = append(out, place{op.Key, v})
		}
	case "multi-register":
		steps, _ := model.MicroOps(op.Output)
		for _, m := range steps {
			if reads(m) && op.Outcome == protocol.OK {
				out = append(out, place{register(op.Key, m), m.Value})
			}
		}
	default:
		list, _ := op.Output.List()
		for _, v := range list {
			if f.in.Object.ReadOnly(op.F) {
				out = append(out, place{op.Key, v})
			}
		}
	}
	return out
}

// Shown returns the core of a witness together with its context, ascending.
func (w *Witness) Shown() []int {
	return slices.Sorted(slices.Values(slices.Concat(w.Operations, w.Context)))
}
