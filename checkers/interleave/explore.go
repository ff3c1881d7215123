package interleave

import (
	"cmp"
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
)

// maxRemembered bounds how many states are remembered, and with it the memory of a search.
const maxRemembered = 8_000_000

// visitsBetween is how many states are visited between two looks at whether the search is to end.
const visitsBetween = 256

// Result is what a search found.
type Result struct {
	Valid  checkers.Validity
	Order  []int // if valid
	Placed int   // the most operations that were put in order
	Steps  int64 // sessions looked at
	Latest int   // the latest call of an operation that could come next
	// Until is, in real time, the latest event of which this is known: all operations that return before it can be put in
	// an order that explains their answers, together with some that were called before it. 0 if nothing is known.
	Until  int
	Reason string // if unknown
}

// Explore searches all ways to go through the sessions side by side, remembering the states it has been in: how far
// it is in each session, and what each object holds. A state is remembered by 128 bits of hash. The budget
// is in sessions looked at, of which each state costs a few.
//
// Three rules spare most of the search. What is possible now and never changes a state is done at once, for it can
// always be done earlier than an order has it. What saturation puts behind an operation waits for that one. And a
// register is not overwritten as long as somebody needs its value and nobody can restore it.
func Explore(p *Problem, budget int64) Result { return newExplorer(p, budget).explore() }

// maxTogether is how many transfers, some of unknown outcome, may be needed to lead from one read of a bank to the next.
const maxTogether = 3

// ExploreSparingly looks for an order of the operations on a bank in which few of those of unknown outcome have a place. It returns
// false if it has found none, which says nothing.
func ExploreSparingly(p *Problem, budget int64) (Result, bool) {
	for together := 1; together <= maxTogether; together++ {
		x := newExplorer(p, budget/maxTogether)
		if x.purse = newPurse(p, together); x.purse == nil {
			break
		}
		if r := x.explore(); r.Valid == checkers.Valid {
			return r, true
		}
	}
	return Result{}, false
}

func (x *explorer) explore() Result {
	p := x.Problem
	found := x.search()
	r := Result{Placed: x.deepest, Steps: x.steps, Latest: x.latest, Until: x.until, Reason: x.exhausted}
	switch {
	case found:
		r.Valid = checkers.Valid
		for _, i := range x.order {
			r.Order = append(r.Order, p.Ops[i])
		}
	case x.exhausted == "":
		r.Valid = checkers.Invalid
	}
	return r
}

type explorer struct {
	*Problem
	budget    int64
	steps     int64
	visits    int64  // of states
	exhausted string // why the search was given up
	latest    int
	until     int
	at        []int32 // by session: how many operations are placed
	open      []bool  // by session: it is one operation of unknown outcome, which never returns
	low       int     // the sessions before this one have been gone through
	order     []int32
	observer  []bool // by operation: it never changes a state, unless more is known of the object then
	required  int    // how many operations must still be placed
	deepest   int
	keys      []int32 // by operation: its key's number
	twin      []int32 // by operation: a number that all have that ask for the same
	states    []held  // by key
	here      digest
	seen      digests
	stock     *stock // of registers; else nil
	purse     *purse // of a bank, if an order is looked for sparingly; else nil
}

// held is what an object holds, with the hash of it.
type held struct {
	state model.State
	hash  digest
}

func newExplorer(p *Problem, budget int64) *explorer {
	n := len(p.Ops)
	x := &explorer{
		Problem: p, budget: budget, latest: -1, at: make([]int32, len(p.Sessions)),
		keys: make([]int32, n), twin: make([]int32, n), observer: make([]bool, n),
	}
	keys, twins := numbering[string]{}, numbering[[3]string]{}
	for i := range p.Ops {
		op := p.Op(int32(i))
		x.keys[i] = keys.number(op.Key)
		x.twin[i] = twins.number([3]string{op.F, op.Key, op.Input.String()})
		x.observer[i] = p.In.Object.ReadOnly(op.F) || op.Refused()
		if !checkers.Optional(op) {
			x.required++
		}
	}
	x.open = make([]bool, len(p.Sessions))
	for s, ops := range p.Sessions {
		x.open[s] = checkers.Optional(p.Op(ops[0]))
	}
	for k := range len(keys) {
		x.states = append(x.states, hold(k, p.In.Object.Init(p.In.History.Initial)))
	}
	if p.In.Object.Name == "register" {
		x.stock = newStock(p, x.keys)
	}
	return x
}

// numbering numbers things from 0 in the order in which they come.
type numbering[T comparable] map[T]int32

func (n numbering[T]) number(thing T) int32 {
	id, known := n[thing]
	if !known {
		id = int32(len(n))
		n[thing] = id
	}
	return id
}

func hold(key int, s model.State) held { return held{s, stateHash(key, s.Key())} }

func (x *explorer) toggle(d digest) { x.here[0], x.here[1] = x.here[0]^d[0], x.here[1]^d[1] }

// search places the remaining operations and tells whether it could; if not, all is as it was.
func (x *explorer) search() bool {
	start := len(x.order)
	x.takeObservers()
	if x.required == 0 {
		return true
	}
	x.visits++
	switch {
	case x.visits%visitsBetween == 0 && x.In.Interrupted():
		x.exhausted = "interrupted"
	case x.steps > x.budget:
		x.exhausted = fmt.Sprintf("the budget of %d steps is gone", x.budget)
	case x.seen.count >= maxRemembered:
		x.exhausted = fmt.Sprintf("more than %d states would have to be remembered", maxRemembered)
	}
	if x.exhausted == "" && x.seen.add(x.here) {
		for _, i := range x.candidates() {
			before := x.states[x.keys[i]]
			if !x.place(i) {
				continue
			}
			if x.search() {
				return true
			}
			x.unplace(before)
			if x.exhausted != "" {
				break
			}
		}
	}
	for len(x.order) > start {
		x.unplace(x.states[x.keys[x.order[len(x.order)-1]]])
	}
	return false
}

// takeObservers places, as long as there are any, operations that are possible and never change a state.
func (x *explorer) takeObservers() {
	for again := true; again; {
		again = false
		horizon := x.horizon()
		for s := x.low; s < len(x.Sessions) && !x.beyond(s, horizon); s++ {
			if x.open[s] {
				continue
			}
			for i, ok := x.next(int32(s), horizon); ok && x.observer[i] && !x.teaches(i) && x.place(i); i, ok = x.next(int32(s), horizon) {
				again = true
			}
		}
	}
}

// horizon returns the earliest return of what has not been placed: in real time, what was called later must wait.
func (x *explorer) horizon() int {
	out := history.Pending
	if x.Keep == checkers.InProcess {
		return out
	}
	for s := x.low; s < len(x.Sessions) && !x.beyond(s, out); s++ {
		if at := int(x.at[s]); !x.open[s] && at < len(x.Sessions[s]) {
			out = min(out, x.Op(x.Sessions[s][at]).Return)
		}
	}
	if out != history.Pending {
		x.until = max(x.until, out) // what returns earlier has been placed, and nothing that was called later
	}
	return out
}

// beyond tells whether a session, and with it all that come after it, was first called later than the horizon.
func (x *explorer) beyond(s, horizon int) bool {
	return x.at[s] == 0 && x.Op(x.Sessions[s][0]).Call > horizon
}

// next returns the operation that comes next in a session, and whether it may be placed now.
func (x *explorer) next(s int32, horizon int) (int32, bool) {
	x.steps++
	at := x.at[s]
	if int(at) == len(x.Sessions[s]) {
		return 0, false
	}
	i := x.Sessions[s][at]
	if b := x.Behind[s]; at == 0 && b.Count > x.at[b.Session] || x.Op(i).Call > horizon {
		return 0, false
	}
	if x.Clocks != nil {
		for c, n := range x.Clocks[i] {
			if int32(c) != s && n > x.at[c] {
				return 0, false
			}
		}
	}
	x.latest = max(x.latest, x.Op(i).Call)
	return i, true
}

// candidates returns the updates that may be placed next, what is due first: in real time the earliest return, else
// the earliest call, for real systems are almost linearizable.
func (x *explorer) candidates() []int32 {
	var out, next []int32
	horizon := x.horizon()
	for s := x.low; s < len(x.Sessions) && !x.beyond(s, horizon); s++ {
		if x.open[s] && x.at[s] > 0 {
			continue
		}
		i, ok := x.next(int32(s), horizon)
		if !ok {
			continue
		}
		if next = append(next, i); (!x.observer[i] || x.teaches(i)) && (x.stock == nil || x.stock.allows(i)) {
			out = append(out, i)
		}
	}
	if x.purse != nil {
		out = x.purse.useful(out, next)
	}
	out = x.withoutTwins(out)
	slices.SortFunc(out, func(a, b int32) int {
		if x.Keep == checkers.InRealTime {
			return cmp.Or(cmp.Compare(x.Op(a).Return, x.Op(b).Return), cmp.Compare(a, b))
		}
		return cmp.Compare(x.Op(a).Call, x.Op(b).Call)
	})
	return out
}

// withoutTwins leaves out operations that can change places with another that may be placed now as well, and is not
// due later: whatever comes of the one comes of the other.
func (x *explorer) withoutTwins(ops []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(ops), func(a int32) bool {
		return slices.ContainsFunc(ops, func(b int32) bool { return a != b && x.twin[a] == x.twin[b] && x.prefers(b, a) })
	})
}

// prefers tells whether of two operations that ask for the same the first can always go first. Those of unknown
// outcome have nothing behind them. One that must have a place goes ahead of one that may, if answers do not matter.
// In real time nothing can depend on one and not on the other that returned before it.
func (x *explorer) prefers(b, a int32) bool {
	o, p := x.Op(b), x.Op(a)
	switch {
	case checkers.Optional(o) != checkers.Optional(p):
		return (x.stock != nil || o.F == "transfer" && !o.Refused()) && checkers.Optional(p)
	case checkers.Optional(o):
		return b < a
	}
	return x.Keep == checkers.InRealTime && o.Output.Equal(p.Output) && o.Refused() == p.Refused() && o.Return < p.Return
}

// teaches tells whether more is known of the object after an operation that does not change it: then it may matter when it comes.
func (x *explorer) teaches(i int32) bool {
	if !x.In.Object.Learns {
		return false
	}
	now := x.states[x.keys[i]].state
	after, possible := x.In.Object.Step(now, checkers.CallOf(x.Op(i)))
	return possible && after != now && after.Key() != now.Key()
}

// place puts the next operation of its session into the order, if it is possible in the present state.
func (x *explorer) place(i int32) bool {
	op, k, s := x.Op(i), x.keys[i], x.Session[i]
	after, possible := x.In.Object.Step(x.states[k].state, checkers.CallOf(op))
	if !possible {
		return false
	}
	if !x.observer[i] || x.In.Object.Learns {
		x.toggle(x.states[k].hash)
		x.states[k] = hold(int(k), after)
		x.toggle(x.states[k].hash)
	}
	x.move(i, s, 1)
	x.order = append(x.order, i)
	x.deepest = max(x.deepest, len(x.order))
	return true
}

// unplace takes the last operation out of the order; before is what its object held.
func (x *explorer) unplace(before held) {
	i := x.order[len(x.order)-1]
	x.order = x.order[:len(x.order)-1]
	k := x.keys[i]
	x.toggle(x.states[k].hash)
	x.states[k] = before
	x.toggle(before.hash)
	x.move(i, x.Session[i], -1)
}

func (x *explorer) move(i, s, by int32) {
	x.toggle(placeHash(s, x.at[s]))
	x.at[s] += by
	x.toggle(placeHash(s, x.at[s]))
	x.low = min(x.low, int(s))
	for x.low < len(x.Sessions) && int(x.at[x.low]) == len(x.Sessions[x.low]) {
		x.low++
	}
	if !checkers.Optional(x.Op(i)) {
		x.required -= int(by)
	}
	if x.stock != nil {
		x.stock.move(i, by)
	}
	if x.purse != nil {
		x.purse.move(i, by)
	}
}
