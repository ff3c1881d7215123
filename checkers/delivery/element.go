package delivery

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// entry is what was tried to add one element under one key.
type entry struct{ key, element string }

// lostElement finds a final read without an element whose add ended ok, or with one that nobody can have added.
func lostElement(in checkers.Input, finals checkers.Finals) (*checkers.Witness, string) {
	adds := map[entry][]int{}
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if v, ok := checkers.Adds(op); ok {
			at := entry{op.Key, v.String()}
			adds[at] = append(adds[at], i)
		}
	}
	for _, i := range finals.Positions() {
		if in.Interrupted() {
			break
		}
		read := &in.History.Operations[i]
		list, isList := read.Output.List()
		if !isList && !read.Output.IsNull() {
			return nil, fmt.Sprintf("a %s was read as %s", in.Object.Name, checkers.Brief(read.Output))
		}
		shown := make(map[string]bool, len(list))
		for _, v := range list {
			shown[v.String()] = true
			if w := phantom(in, i, v, adds[entry{read.Key, v.String()}]); w != nil {
				return w, ""
			}
		}
		if w := lost(in, i, shown); w != nil {
			return w, ""
		}
	}
	return nil, ""
}

// phantom returns the witness that nobody can have added what a read shows, or nil.
func phantom(in checkers.Input, read int, v protocol.Value, adds []int) *checkers.Witness {
	op := &in.History.Operations[read]
	for _, i := range adds {
		if in.History.Operations[i].Outcome != protocol.Fail {
			return nil
		}
	}
	w := &checkers.Witness{
		Anomaly: guarantee.Phantom, Operations: []int{read},
		Sentence: fmt.Sprintf("%s shows %s under %q in the end, which nobody ever asked for", op.Via(), checkers.Brief(v), checkers.Cut(op.Key)),
	}
	if len(adds) > 0 {
		w.Operations = ascending([]int{adds[0], read})
		w.Sentence = fmt.Sprintf("%s shows %s under %q in the end, though the only try to put it there failed: %s",
			op.Via(), checkers.Brief(v), checkers.Cut(op.Key), checkers.Describe(&in.History.Operations[adds[0]]))
	}
	return w
}

// lost returns the witness that a read lacks the element of an update that ended ok before it, or nil. It counts how
// many there are.
func lost(in checkers.Input, read int, shown map[string]bool) *checkers.Witness {
	op := &in.History.Operations[read]
	first, missing, all := -1, 0, 0
	for i := range in.History.Operations {
		add := &in.History.Operations[i]
		v, ok := checkers.Adds(add)
		if !ok || add.Key != op.Key || add.Outcome != protocol.OK || !add.Precedes(op) {
			continue
		}
		all++
		if shown[v.String()] {
			continue
		}
		if checkers.DestroyedAfter(in, add) {
			continue
		}
		if missing++; first < 0 {
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	return &checkers.Witness{
		Anomaly: guarantee.Lost, Operations: ascending([]int{first, read}),
		Sentence: fmt.Sprintf("%s does not show in the end what was answered ok: %s (%d of %d updates of %q are lost)",
			op.Via(), checkers.Describe(&in.History.Operations[first]), missing, all, checkers.Cut(op.Key)),
	}
}

// doubledElement finds a read that shows an element more often than it was put there.
func doubledElement(in checkers.Input, _ checkers.Finals) (*checkers.Witness, string) {
	doubles := checkers.NewDoubles(in)
	for i := range in.History.Operations {
		read := &in.History.Operations[i]
		v, twice := doubles.Of(read)
		if !twice {
			continue
		}
		w := &checkers.Witness{Anomaly: guarantee.Duplicated, Operations: doubleOf(in, i, v)}
		often := "more than once"
		if times := len(w.Operations) - 1; times > 1 && in.Object.Name != "set" && in.Object.Name != "board" {
			often = fmt.Sprintf("more than %d times", times)
		}
		w.Sentence = fmt.Sprintf("%s saw %s %s under %q", checkers.Actor(read), checkers.Brief(v), often, checkers.Cut(read.Key))
		return w, ""
	}
	return nil, ""
}

// doubleOf returns the read and the updates that added the element.
func doubleOf(in checkers.Input, read int, v protocol.Value) []int {
	out := []int{read}
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if added, ok := checkers.Adds(op); ok && op.Key == in.History.Operations[read].Key && added.Equal(v) && op.Outcome != protocol.Fail {
			out = append(out, i)
		}
	}
	return ascending(out)
}
