package checkers

import (
	"math"
	"slices"
	"strconv"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Fragments makes histories of a few operations out of a large one, such that each must satisfy the guarantee if the
// large one does. So a fragment that does not is a proof, however small. Operations cannot simply be left out: a read
// whose write is missing would look like a read out of thin air. Instead, what an operation says is weakened as far
// as it may depend on what is missing.
type Fragments struct {
	in      Input
	order   Order
	updates map[string][]int     // by key: what may have changed its state
	sources map[[2]string][]int  // by key and value: what may have put it there, of those that were looked for or of all
	indexed bool                 // sources has all
	looked  map[string]int       // by key: how many of its values were looked for; more than lookedFor if all were
	project func(*fragment, int) // weakens one operation of a fragment
	value   func(*history.Operation) (protocol.Value, bool)
}

// fragment is one subset at work.
type fragment struct {
	*Fragments
	chosen  map[int]bool
	present []int
	ops     []history.Operation
	missing map[string][]int // updates that were left out, by key; of keys that they were asked of
	stays   map[string]bool  // of a queue, by key and value: whether what is said of the value is kept
}

// NewFragments prepares to make fragments of in.History for a guarantee that keeps the given order.
func NewFragments(in Input, order Order) *Fragments {
	f := &Fragments{in: in, order: order, updates: map[string][]int{}, sources: map[[2]string][]int{}, looked: map[string]int{}}
	switch in.Object.Name {
	case "register":
		f.project, f.value = (*fragment).register, Writes
	case "counter":
		f.project, f.value = (*fragment).counter, noValue
	case "bank":
		f.project, f.value = (*fragment).account, noValue
	case "set", "board", "log":
		f.project, f.value = (*fragment).collection, Adds
	case "queue":
		f.project, f.value = (*fragment).queue, passes
	case "mutex":
		f.project, f.value = (*fragment).mutex, noValue
	case "multi-register":
		f.project, f.value = (*fragment).together, noValue
	default:
		f.project, f.value = (*fragment).anything, noValue
	}
	key, updates := "", []int(nil)
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if in.Object.ReadOnly(op.F) || !Matters(in, op) || op.Refused() {
			continue
		}
		if op.Key != key {
			if len(updates) > 0 {
				f.updates[key] = updates
			}
			key, updates = op.Key, f.updates[op.Key]
		}
		if len(updates) == cap(updates) { // append alone would copy a long list many times
			updates = slices.Grow(updates, max(16, len(updates)))
		}
		updates = append(updates, i)
	}
	if len(updates) > 0 {
		f.updates[key] = updates
	}
	if in.Object.Name == "multi-register" {
		f.indexSteps()
	}
	return f
}

// lookedFor is how many values of a key are looked for one by one. Few are of a proof of few operations, and to find where
// all values of a long history come from takes longer than to judge it.
const lookedFor = 32

// source returns the updates that may have put a value under a key.
func (f *Fragments) source(key string, v protocol.Value) []int {
	at := [2]string{key, v.String()}
	found, known := f.sources[at]
	switch {
	case known || f.indexed || f.looked[key] > lookedFor:
		return found
	case f.looked[key] == lookedFor:
		f.looked[key]++
		f.index(key)
		return f.sources[at]
	}
	f.looked[key]++
	for _, i := range f.updates[key] {
		if w, ok := f.value(&f.in.History.Operations[i]); ok && w.Equal(v) {
			found = append(found, i)
		}
	}
	f.sources[at] = found
	return found
}

// index finds where all values of a key come from.
func (f *Fragments) index(key string) {
	all := map[string][]int{}
	for _, i := range f.updates[key] {
		if v, ok := f.value(&f.in.History.Operations[i]); ok {
			at := v.String()
			all[at] = append(all[at], i)
		}
	}
	for value, from := range all {
		f.sources[[2]string{key, value}] = from
	}
}

// left returns the updates under a key that were left out.
func (g *fragment) left(key string) []int {
	missing, known := g.missing[key]
	if !known {
		missing = slices.DeleteFunc(slices.Clone(g.updates[key]), func(i int) bool { return g.chosen[i] })
		g.missing[key] = missing
	}
	return missing
}

// Interrupted tells whether the check that the fragments are made for is to end.
func (f *Fragments) Interrupted() bool { return f.in.Interrupted() }

func noValue(*history.Operation) (protocol.Value, bool) { return protocol.Value{}, false }

// Alone returns the history of the chosen operations alone. Its i-th operation is what is left of the operation at
// present[i]; one that says nothing any more has failed there. Calls and returns are those of the large history.
func (f *Fragments) Alone(present []int) Input {
	g := &fragment{Fragments: f, chosen: make(map[int]bool, len(present)), present: present, missing: map[string][]int{}, stays: map[string]bool{}}
	g.ops = make([]history.Operation, len(present))
	for at, i := range present {
		g.chosen[i] = true
		g.ops[at] = f.in.History.Operations[i]
	}
	for at := range g.ops {
		if g.ops[at].Outcome != protocol.Fail || g.ops[at].Refused() {
			f.project(g, at)
		}
	}
	object := f.in.Object
	switch object.Name {
	case "counter":
		object = ranged(object)
	case "bank":
		object = guarded(object)
	case "mutex":
		object = counted(object)
	}
	return Input{
		History: &history.History{Operations: g.ops, Initial: f.in.History.Initial},
		Object:  object,
		Budget:  f.in.Budget,
		Memory:  f.in.Memory,
		Context: f.in.Context,
	}
}

// void makes an operation say nothing.
func (g *fragment) void(at int) {
	op := &g.ops[at]
	op.Outcome = protocol.Fail
	op.Note(history.Notes{Node: op.Node(), Via: op.Via()})
}

// complete tells whether all operations are in the fragment that may have put the value there.
func (g *fragment) complete(key string, v protocol.Value) bool {
	for _, i := range g.source(key, v) {
		if !g.chosen[i] {
			return false
		}
	}
	return true
}

// harmless tells whether the write that was left out cannot have been what the observer met: it came after it, or
// another write, which is in the fragment, lies between them.
func (g *fragment) harmless(write int, observer *history.Operation) bool {
	w := &g.in.History.Operations[write]
	if g.order.Before(observer, w) {
		return true
	}
	for _, i := range g.present {
		other := &g.in.History.Operations[i]
		if other.Outcome == protocol.OK && other.Key == w.Key && g.order.Before(w, other) && g.order.Before(other, observer) {
			if _, writes := Writes(other); writes {
				return true
			}
		}
	}
	return false
}

// register weakens an operation on a register. One that observed a value says so as long as all that may have written
// the value is there; without, a read says nothing and a cas is a write. A refused cas says that the value was not
// old as long as no write is missing that may have made it so.
func (g *fragment) register(at int) {
	op := &g.ops[at]
	if op.Refused() {
		old, _, ok := model.CasArguments(op.Input)
		for _, i := range g.left(op.Key) {
			v, _ := Writes(&g.in.History.Operations[i])
			if !ok || !v.Equal(old) && !g.harmless(i, op) {
				g.void(at)
				return
			}
		}
		return
	}
	v, observes := Observes(op)
	if !observes {
		return
	}
	for _, i := range g.source(op.Key, v) {
		if g.chosen[i] || g.harmless(i, op) {
			continue
		}
		if op.F == "cas" {
			op.F = "write"
			op.Input, _ = Writes(&g.in.History.Operations[g.present[at]])
		} else {
			g.void(at)
		}
		return
	}
}

// counter weakens a read: additions that were left out and had surely been made are taken off its sum; of those that
// may have been made it is known only how much they come to at least and at most.
func (g *fragment) counter(at int) {
	op := &g.ops[at]
	sum, isInt := op.Output.Int()
	if !g.in.Object.ReadOnly(op.F) || !isInt {
		return
	}
	if low, high := g.remains(op, sum); low == high {
		op.Output = protocol.Int(low)
	} else {
		op.F, op.Input, op.Output = between, protocol.Ints(low, high), protocol.Value{}
	}
}

// remains takes off a sum that an operation met what was left out. It returns the least and the most that remains.
func (g *fragment) remains(op *history.Operation, sum int64) (low, high int64) {
	return g.remainder(op, sum, func(add *history.Operation) int64 {
		n, _ := Amount(add)
		return n
	})
}

// remainder does what remains does, where adds tells what each update adds.
func (g *fragment) remainder(op *history.Operation, sum int64, adds func(*history.Operation) int64) (low, high int64) {
	low, high = sum, sum
	for _, i := range g.left(op.Key) {
		add := &g.in.History.Operations[i]
		n := adds(add)
		switch {
		case g.order.Before(op, add):
		case add.Outcome == protocol.OK && g.order.Before(add, op):
			low, high = less(low, n), less(high, n)
		case n > 0:
			low = less(low, n)
		default:
			high = less(high, n)
		}
	}
	return low, high
}

// less returns a-b, or the nearest number of 64 bits: where no sum can be, a bound may as well lie at the edge.
func less(a, b int64) int64 {
	switch d := a - b; {
	case b > 0 && d > a:
		return math.MinInt64
	case b < 0 && d < a:
		return math.MaxInt64
	default:
		return d
	}
}

// between is the operation of a fragment that says that the sum of a counter was in a range, both ends included.
const between = "read between"

// ranged returns a counter that answers between, too.
func ranged(counter model.Object) model.Object {
	plain := counter
	counter.ReadOnly = func(f string) bool { return f == between || plain.ReadOnly(f) }
	counter.Step = func(s model.State, c model.Call) (model.State, bool) {
		if c.F != between {
			return plain.Step(s, c)
		}
		ends, _ := c.Input.List()
		low, _ := ends[0].Int()
		high, _ := ends[1].Int()
		sum, err := strconv.ParseInt(s.Key(), 10, 64)
		return s, err == nil && low <= sum && sum <= high
	}
	return counter
}

// collection weakens an operation on a set, a board or a log to the elements all of whose additions are in the fragment.
// What nobody added is among them.
func (g *fragment) collection(at int) {
	op := &g.ops[at]
	if !g.in.Object.ReadOnly(op.F) {
		if v, ok := Adds(op); ok && !g.complete(op.Key, v) {
			g.void(at)
		}
		return
	}
	list, ok := op.Output.List()
	if !ok {
		return
	}
	op.Output = protocol.List(slices.DeleteFunc(slices.Clone(list), func(v protocol.Value) bool {
		return !g.complete(op.Key, v)
	})...)
}

// anything weakens operations on an object of which nothing is known: with an update missing, none says anything.
func (g *fragment) anything(at int) {
	if len(g.left(g.ops[at].Key)) > 0 {
		g.void(at)
	}
}
