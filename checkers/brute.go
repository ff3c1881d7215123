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
	maxBruteOperations = 64
	maxBruteStates     = 200_000
)

// ErrTooLarge is wrapped by what Certify returns for a witness that is too large for its search.
var ErrTooLarge = errors.New("too large to be rechecked by brute force")

// explicable searches all orders of a small history for one that explains all answers and keeps the given order. It
// is deliberately plain: it is what witnesses are rechecked with.
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
			b.goal |= 1 << at
		}
	}
	b.keys = slices.Sorted(maps.Keys(b.states))
	for _, p := range b.ops {
		var before uint64
		for at, o := range b.ops {
			if order.Before(o, p) {
				before |= 1 << at
			}
		}
		b.before = append(b.before, before)
	}
	found := b.search(0)
	if b.exhausted {
		return false, fmt.Errorf("over %d states: %w", maxBruteStates, ErrTooLarge)
	}
	return found, nil
}

type brute struct {
	in        Input
	ops       []*history.Operation
	keys      []string
	before    []uint64 // what must have been placed before each operation
	goal      uint64
	states    map[string]model.State
	seen      map[bruteState]bool
	exhausted bool
}

type bruteState struct {
	placed uint64
	states string
}

func (b *brute) search(placed uint64) bool {
	if placed&b.goal == b.goal {
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
		if b.exhausted || placed&(1<<at) != 0 || b.before[at]&^placed != 0 {
			continue
		}
		old := b.states[op.Key]
		next, possible := b.in.Object.Step(old, CallOf(op))
		if !possible {
			continue
		}
		b.states[op.Key] = next
		if b.search(placed | 1<<at) {
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
