package sequential

import (
	"cmp"
	"slices"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/protocol"
)

// maxRemembered bounds how many states are remembered, and with it the memory of a search.
const maxRemembered = 8_000_000

// result is what a search found.
type result struct {
	valid  checkers.Validity
	order  []int // if valid
	placed int   // the most operations that were put in order
	steps  int64 // states visited
}

// explore searches all ways to go through the sessions side by side, remembering the states it has been in: how far
// it is in each session, and what each object holds. A state is remembered by 128 bits of hash.
//
// Three rules spare most of the search. What is possible now and never changes a state is done at once, for it can
// always be done earlier than an order has it. What saturation puts behind an operation waits for that one. And a
// register is not overwritten as long as somebody needs its value and nobody can restore it.
func explore(p *problem, budget int64) result {
	x := newExplorer(p, budget)
	found := x.search()
	r := result{placed: x.deepest, steps: x.steps}
	switch {
	case found:
		r.valid = checkers.Valid
		for _, i := range x.order {
			r.order = append(r.order, p.ops[i])
		}
	case !x.exhausted:
		r.valid = checkers.Invalid
	}
	return r
}

type explorer struct {
	*problem
	budget    int64
	steps     int64
	exhausted bool
	at        []int32 // by session: how many operations are placed
	order     []int32
	required  int // how many operations must still be placed
	deepest   int
	keys      []int32 // by operation: its key's number
	states    []held  // by key
	here      digest
	seen      map[digest]struct{}
	stock     *stock // of registers; else nil
}

// held is what an object holds, with the hash of it.
type held struct {
	state model.State
	hash  digest
}

type digest [2]uint64

func newExplorer(p *problem, budget int64) *explorer {
	x := &explorer{problem: p, budget: budget, at: make([]int32, len(p.sessions)), keys: make([]int32, len(p.ops)), seen: map[digest]struct{}{}}
	numbers := map[string]int32{}
	for i := range p.ops {
		op := p.op(int32(i))
		k, known := numbers[op.Key]
		if !known {
			k = int32(len(x.states))
			numbers[op.Key] = k
			x.states = append(x.states, hold(int(k), p.in.Object.Init(p.in.History.Initial)))
		}
		x.keys[i] = k
		if !checkers.Optional(op) {
			x.required++
		}
	}
	if p.in.Object.Name == "register" {
		x.stock = newStock(p, x.keys)
	}
	return x
}

func hold(key int, s model.State) held { return held{s, hashOf(1, key, s.Key())} }

// hashOf hashes what a state holds: kind tells objects and places in sessions apart.
func hashOf(kind uint64, number int, text string) digest {
	var out digest
	for half := range out {
		var h protocol.Hash
		h.Word(uint64(half))
		h.Word(kind)
		h.Word(uint64(number))
		h.Text(text)
		out[half] = uint64(h)
	}
	return out
}

func placeHash(session, at int32) digest { return hashOf(2, int(session)<<32|int(at), "") }

func (x *explorer) toggle(d digest) { x.here[0], x.here[1] = x.here[0]^d[0], x.here[1]^d[1] }

// search places the remaining operations and tells whether it could; if not, all is as it was.
func (x *explorer) search() bool {
	start := len(x.order)
	x.takeObservers()
	if x.required == 0 {
		return true
	}
	_, been := x.seen[x.here]
	x.steps++
	if x.steps > x.budget || len(x.seen) >= maxRemembered {
		x.exhausted = true
	}
	if !been && !x.exhausted {
		x.seen[x.here] = struct{}{}
		for _, i := range x.candidates() {
			before := x.states[x.keys[i]]
			if !x.place(i) {
				continue
			}
			if x.search() {
				return true
			}
			x.unplace(before)
			if x.exhausted {
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
		for s := range x.sessions {
			for i, ok := x.next(int32(s)); ok && x.observer(i) && x.place(i); i, ok = x.next(int32(s)) {
				again = true
			}
		}
	}
}

func (x *explorer) observer(i int32) bool {
	op := x.op(i)
	return x.in.Object.ReadOnly(op.F) || op.Refused()
}

// next returns the operation that comes next in a session, and whether it may be placed now.
func (x *explorer) next(s int32) (int32, bool) {
	at := x.at[s]
	if int(at) == len(x.sessions[s]) {
		return 0, false
	}
	if b := x.behind[s]; at == 0 && b.count > x.at[b.session] {
		return 0, false
	}
	i := x.sessions[s][at]
	if x.clocks != nil {
		for c, n := range x.clocks[i] {
			if int32(c) != s && n > x.at[c] {
				return 0, false
			}
		}
	}
	return i, true
}

// candidates returns the updates that may be placed next, the earliest called first: real systems are almost
// linearizable, so that order is seldom wrong.
func (x *explorer) candidates() []int32 {
	var out []int32
	for s := range x.sessions {
		if i, ok := x.next(int32(s)); ok && !x.observer(i) && (x.stock == nil || x.stock.allows(i)) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b int32) int { return cmp.Compare(x.op(a).Call, x.op(b).Call) })
	return out
}

// place puts the next operation of its session into the order, if it is possible in the present state.
func (x *explorer) place(i int32) bool {
	op, k, s := x.op(i), x.keys[i], x.session[i]
	after, possible := x.in.Object.Step(x.states[k].state, checkers.CallOf(op))
	if !possible {
		return false
	}
	if !x.observer(i) {
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
	x.move(i, x.session[i], -1)
}

func (x *explorer) move(i, s, by int32) {
	x.toggle(placeHash(s, x.at[s]))
	x.at[s] += by
	x.toggle(placeHash(s, x.at[s]))
	if !checkers.Optional(x.op(i)) {
		x.required -= int(by)
	}
	if x.stock != nil {
		x.stock.move(i, by)
	}
}
