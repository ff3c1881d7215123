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

// Considered returns the positions of the operations that an explanation of the history is about, as Matters tells.
func Considered(in Input) []int {
	out := make([]int, 0, len(in.History.Operations))
	for i := range in.History.Operations {
		if Matters(in, &in.History.Operations[i]) {
			out = append(out, i)
		}
	}
	return out
}

// Matters tells whether an explanation of the history is about the operation:
//
//   - what was answered ok, and what was refused by its precondition, which says something of the state it met: each
//     has its place;
//   - updates of unknown outcome: each may have a place, at any time after its call.
//
// Left out are what failed, for it never happened, and reads of unknown outcome, for they say nothing.
func Matters(in Input, op *history.Operation) bool {
	if aside(op.F) {
		return false
	}
	return op.Outcome == protocol.OK || op.Refused() || Optional(op) && !in.Object.ReadOnly(op.F)
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
	k := kinds{object: in.Object}
	for i := range in.History.Operations {
		if op := &in.History.Operations[i]; !aside(op.F) && !k.fits(op) {
			return i, true
		}
	}
	return 0, false
}

// kinds remembers the two kinds of operations of an object that came last: there are few.
type kinds struct {
	object model.Object
	known  [2]model.Operation
}

// fits tells whether the object has such an operation.
func (k *kinds) fits(op *history.Operation) bool {
	if k.known[0].F != op.F {
		k.known[0], k.known[1] = k.known[1], k.known[0]
	}
	if k.known[0].F != op.F {
		kind, known := k.object.Operation(op.F)
		if !known {
			return false
		}
		k.known[0] = kind
	}
	return k.known[0].Input.Fits(op.Input, op.Input)
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
	return tooMuchMoney(in)
}

// KeyOperations are the operations under one key, in the order of their calls.
type KeyOperations struct {
	Key        string
	Operations []int
}

// ByKey parts operations by key, in the order of keys.
func ByKey(in Input, ops []int) []KeyOperations {
	p := parting{places: map[string]int32{}}
	for _, i := range ops {
		p.add(in.History.Operations[i].Key)
	}
	return p.finish(ops)
}

// Survey does in one pass what Stranger, Considered and ByKey do in three: it parts the operations that matter by key,
// in the order of keys. It returns the position of the first stranger, -1 if there is none, and then nothing else.
func Survey(in Input) (keys []KeyOperations, stranger int) {
	k, p := kinds{object: in.Object}, parting{places: map[string]int32{}}
	ops := make([]int, 0, len(in.History.Operations))
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if aside(op.F) {
			continue
		}
		if !k.fits(op) {
			return nil, i
		}
		if op.Outcome == protocol.OK || Matters(in, op) {
			ops = append(ops, i)
			p.add(op.Key)
		}
	}
	return p.finish(ops), -1
}

// parting parts operations by key. As long as all are under one there is nothing to note.
type parting struct {
	keys   []KeyOperations // in the order in which they came
	counts []int           // of their operations
	places map[string]int32
	of     []int32 // the place of each operation's key, once there are two
	last   int32
}

// add takes the next operation.
func (p *parting) add(key string) {
	if len(p.keys) == 0 || key != p.keys[p.last].Key {
		p.turn(key)
	}
	p.counts[p.last]++
	if len(p.keys) > 1 {
		p.of = append(p.of, p.last)
	}
}

// turn goes to another key.
func (p *parting) turn(key string) {
	place, known := p.places[key]
	if !known {
		place = int32(len(p.keys))
		p.places[key] = place
		p.keys, p.counts = append(p.keys, KeyOperations{Key: key}), append(p.counts, 0)
		if len(p.keys) == 2 {
			p.of = make([]int32, p.counts[0], 2*p.counts[0]+1024)
		}
	}
	p.last = place
}

// finish returns the keys with the operations that were added.
func (p *parting) finish(ops []int) []KeyOperations {
	if len(p.keys) == 1 {
		p.keys[0].Operations = ops
		return p.keys
	}
	all := make([]int, len(ops))
	from := 0
	for k, n := range p.counts {
		p.keys[k].Operations = all[from : from : from+n]
		from += n
	}
	for at, i := range ops {
		k := &p.keys[p.of[at]]
		k.Operations = append(k.Operations, i)
	}
	slices.SortFunc(p.keys, func(a, b KeyOperations) int { return cmp.Compare(a.Key, b.Key) })
	return p.keys
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
