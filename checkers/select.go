package checkers

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// ObjectOperations returns the positions of the operations on the object: all but tell and hear, by which clients
// talk to one another.
func ObjectOperations(in Input) []int {
	out := make([]int, 0, len(in.History.Operations))
	for i := range in.History.Operations {
		if !aside(in.History.Operations[i].F) {
			out = append(out, i)
		}
	}
	return out
}

// aside tells whether an operation is one between clients.
func aside(f string) bool { return f == "tell" || f == "hear" }

// Considered returns the positions of the operations that an explanation of the history is about:
//
//   - what was answered ok, and what was refused by its precondition, which says something of the state it met: each
//     has its place;
//   - updates of unknown outcome: each may have a place, at any time after its call.
//
// Left out are what failed, for it never happened, and reads of unknown outcome, for they say nothing.
func Considered(in Input) []int {
	out := make([]int, 0, len(in.History.Operations))
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if aside(op.F) || op.Outcome != protocol.OK && !op.Refused() && (!Optional(op) || in.Object.ReadOnly(op.F)) {
			continue
		}
		out = append(out, i)
	}
	return out
}

// Optional tells whether the operation may or may not have happened.
func Optional(op *history.Operation) bool {
	return op.Outcome != protocol.OK && op.Outcome != protocol.Fail
}

// CallOf returns the operation as specifications see it.
func CallOf(op *history.Operation) model.Call {
	return model.Call{
		F: op.F, Input: op.Input, Output: op.Output,
		Known:   !Optional(op),
		Refused: op.Refused(),
	}
}

// Stranger returns the position of the first operation that the object does not have, by its name or by what it was
// given, and whether there is one.
func Stranger(in Input) (int, bool) {
	var kind model.Operation // of the last operation: they come in few kinds
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if aside(op.F) {
			continue
		}
		if op.F != kind.F || i == 0 {
			var known bool
			if kind, known = in.Object.Operation(op.F); !known {
				return i, true
			}
		}
		if !kind.Input.Fits(op.Input, op.Input) {
			return i, true
		}
	}
	return 0, false
}

// Amount returns what an update of a counter or an account adds, which is below 0 if it takes away; and whether it is one.
// To a mutex, as the number of those who have it, an acquire adds 1, and a release takes 1 away.
func Amount(op *history.Operation) (int64, bool) {
	n, ok := op.Input.Int()
	switch op.F {
	case "add", "deposit":
		return n, ok
	case "withdraw":
		return -n, ok
	case "acquire":
		return 1, true
	case "release":
		return -1, true
	}
	return 0, false
}

// Overflow tells why nothing can be said of the sums of a counter or of accounts: updates may come to more than 64 bits
// hold, which no read can answer. It returns "" if they cannot, or if the object is neither.
func Overflow(in Input) string {
	if in.Object.Name != "counter" && in.Object.Name != "bank" {
		return ""
	}
	type sums struct{ up, down int64 }
	all := map[string]sums{}
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		n, ok := Amount(op)
		if !ok || op.Outcome == protocol.Fail {
			continue
		}
		s := all[op.Key]
		if n > 0 && s.up > math.MaxInt64-n || n < 0 && s.down < math.MinInt64-n {
			return fmt.Sprintf("the additions under key %q may come to more than 64 bits hold, which no read can answer: nothing is known of its sums", Cut(op.Key))
		}
		all[op.Key] = sums{s.up + max(n, 0), s.down + min(n, 0)}
	}
	return ""
}

// KeyOperations are the operations under one key, in the order of their calls.
type KeyOperations struct {
	Key        string
	Operations []int
}

// ByKey parts operations by key, in the order of keys.
func ByKey(in Input, ops []int) []KeyOperations {
	place := map[string]int32{}
	var out []KeyOperations
	var counts []int
	of := make([]int32, len(ops)) // the place of each operation's key
	for at, i := range ops {
		key := in.History.Operations[i].Key
		if at > 0 && key == out[of[at-1]].Key {
			of[at] = of[at-1]
			counts[of[at]]++
			continue
		}
		k, ok := place[key]
		if !ok {
			k = int32(len(out))
			place[key] = k
			out, counts = append(out, KeyOperations{Key: key}), append(counts, 0)
		}
		of[at] = k
		counts[k]++
	}
	for k := range out {
		out[k].Operations = make([]int, 0, counts[k])
	}
	for at, i := range ops {
		k := &out[of[at]]
		k.Operations = append(k.Operations, i)
	}
	slices.SortFunc(out, func(a, b KeyOperations) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// Order says which operations an explanation must keep in order.
type Order uint8

// The orders.
const (
	InRealTime Order = iota // what had returned before another was called comes first
	InProcess               // the same, within each process only
)

// Before tells whether every explanation puts o before p.
func (order Order) Before(o, p *history.Operation) bool {
	return o.Precedes(p) && (order == InRealTime || o.Process == p.Process)
}

// Writes returns what an operation on a register puts there if it takes effect, and whether it can.
func Writes(op *history.Operation) (protocol.Value, bool) {
	switch {
	case op.Outcome == protocol.Fail:
		return protocol.Value{}, false
	case op.F == "write":
		return op.Input, true
	case op.F == "cas":
		_, replacement, ok := model.CasArguments(op.Input)
		return replacement, ok
	}
	return protocol.Value{}, false
}

// Observes returns what an operation on a register must have found there if it took effect, and whether it must have
// found anything in particular.
func Observes(op *history.Operation) (protocol.Value, bool) {
	switch {
	case op.Outcome == protocol.Fail:
		return protocol.Value{}, false
	case op.F == "read":
		return op.Output, op.Outcome == protocol.OK
	case op.F == "cas":
		old, _, ok := model.CasArguments(op.Input)
		return old, ok
	}
	return protocol.Value{}, false
}
