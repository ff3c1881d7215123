package checkers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sunder/checkers/model"
	"sunder/harness/history"
)

// Limits of the search that rechecks witnesses.
const (
	maxBruteOperations = 256
	maxBruteStates     = 200_000
)

// members is a set of the operations at hand.
type members [maxBruteOperations / 64]uint64

func (m members) has(at int) bool { return m[at/64]&(1<<(at%64)) != 0 }

func (m members) with(at int) members {
	m[at/64] |= 1 << (at % 64)
	return m
}

// includes tells whether all of other are in m.
func (m members) includes(other members) bool {
	for i := range m {
		if other[i]&^m[i] != 0 {
			return false
		}
	}
	return true
}

// ErrTooLarge is wrapped by what Certify returns for a witness that is too large for its search.
var ErrTooLarge = errors.New("too large to be rechecked by brute force")

// explicable searches all orders of a small history for one that explains all answers and keeps the given order. It
// is deliberately plain: it is what witnesses are rechecked with. One thing it does not try: of operations that asked for
// the same and were answered the same, one goes first for which at least as much waits. Two that an order has the
// other way round can change places.
func explicable(in Input, order Order) (bool, error) {
	ops := Considered(in)
	if len(ops) > maxBruteOperations {
		return false, fmt.Errorf("%d operations: %w", len(ops), ErrTooLarge)
	}
	b := &brute{in: in, seen: map[bruteState]bool{}, states: map[string]model.State{}}
	for at, i := range ops {
		op := &in.History.Operations[i]
		b.ops = append(b.ops, op)
		b.states[op.Key] = in.Object.Init(in.History.Initial)
		if !Optional(op) {
			b.goal = b.goal.with(at)
		}
	}
	b.keys = slices.Sorted(maps.Keys(b.states))
	b.relate(order)
	found := b.search(members{})
	if b.exhausted {
		return false, fmt.Errorf("over %d states: %w", maxBruteStates, ErrTooLarge)
	}
	return found, nil
}

type brute struct {
	in        Input
	ops       []*history.Operation
	keys      []string
	before    []members // what must have been placed before each operation
	twins     [][]int   // of each operation: others like it that may as well go first
	goal      members
	states    map[string]model.State
	seen      map[bruteState]bool
	exhausted bool
}

type bruteState struct {
	placed members
	states string
}

// relate finds what comes before what, and twins.
func (b *brute) relate(order Order) {
	after := make([]members, len(b.ops))
	b.before, b.twins = make([]members, len(b.ops)), make([][]int, len(b.ops))
	for at, p := range b.ops {
		for first, o := range b.ops {
			if order.Before(o, p) {
				b.before[at] = b.before[at].with(first)
				after[first] = after[first].with(at)
			}
		}
	}
	for at, p := range b.ops {
		for other, o := range b.ops {
			if other != at && alike(o, p) && after[other].includes(after[at]) && (after[other] != after[at] || other < at) {
				b.twins[at] = append(b.twins[at], other)
			}
		}
	}
}

// alike tells whether two operations asked for the same and were answered the same.
func alike(o, p *history.Operation) bool {
	return o.F == p.F && o.Key == p.Key && o.Outcome == p.Outcome && o.Noted().Error == p.Noted().Error && o.Input.Equal(p.Input) && o.Output.Equal(p.Output)
}

// possible tells whether an operation may come next.
func (b *brute) possible(at int, placed members) bool {
	return !placed.has(at) && placed.includes(b.before[at])
}

func (b *brute) search(placed members) bool {
	if placed.includes(b.goal) {
		return true
	}
	here := bruteState{placed, b.fingerprint()}
	if b.seen[here] {
		return false
	}
	b.seen[here] = true
	if len(b.seen) > maxBruteStates || len(b.seen)%1024 == 0 && b.in.Interrupted() {
		b.exhausted = true
	}
	for at, op := range b.ops {
		twin := func(other int) bool { return b.possible(other, placed) }
		if b.exhausted || !b.possible(at, placed) || slices.ContainsFunc(b.twins[at], twin) {
			continue
		}
		old := b.states[op.Key]
		next, possible := b.in.Object.Step(old, CallOf(op))
		if !possible {
			continue
		}
		b.states[op.Key] = next
		if b.search(placed.with(at)) {
			return true
		}
		b.states[op.Key] = old
	}
	return false
}

// fingerprint writes down the states of all keys, each with its length, so that no two lists of states look alike.
func (b *brute) fingerprint() string {
	var out []byte
	for _, key := range b.keys {
		text := b.states[key].Key()
		out = strconv.AppendInt(out, int64(len(text)), 10)
		out = append(append(out, ':'), text...)
	}
	return string(out)
}
