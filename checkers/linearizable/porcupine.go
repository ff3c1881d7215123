package linearizable

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// stepsBetween is how many steps are made between two looks at whether the search is to end.
const stepsBetween = 1024

// porcupineSearch decides by porcupine, for any object. It is the second implementation of what search does: witnesses
// that are too large for brute force are judged again by it.
type porcupineSearch struct{}

func (porcupineSearch) name() string { return "porcupine" }

func (porcupineSearch) decide(in checkers.Input, all []int) (outcome, bool) {
	ops := checkers.Necessary(in, all)
	run := &searchRun{in: in, ops: ops, budget: in.Steps(), latest: -1}
	operations := make([]porcupine.Operation, len(ops))
	for at, i := range ops {
		op := &in.History.Operations[i]
		operations[at] = porcupine.Operation{Input: int32(at), Call: int64(op.Call), Return: int64(op.Return)}
	}
	porcupineModel := porcupine.Model{Init: run.init, Step: run.step, Equal: equalNodes, Hash: hashNode}
	linearizable := porcupine.CheckOperations(porcupineModel, operations)
	o := outcome{steps: run.steps, placed: run.placed()}
	switch {
	case linearizable:
		o.valid, o.order = checkers.Valid, run.order()
	case run.exhausted != "":
		o.reason, o.until = run.exhausted, run.until()
	default:
		o.valid, o.suspect = checkers.Invalid, reached(in, ops, run.latest)
	}
	return o, true
}

// node is a state in porcupine's search, with the way that led to it. Nodes are equal if their states are.
type node struct {
	state model.State
	key   string
	last  int32 // the operation that led here
	depth int32
	from  *node
}

func equalNodes(a, b any) bool { return a.(*node).key == b.(*node).key }

func hashNode(a any) uint64 {
	var h protocol.Hash
	h.Text(a.(*node).key)
	return uint64(h)
}

// searchRun is one search. When a bound is exceeded no step is possible any more, so porcupine soon gives up.
type searchRun struct {
	in        checkers.Input
	ops       []int
	budget    int64
	steps     int64
	bytes     int64 // porcupine keeps a set of bits for each configuration that it has seen
	deepest   *node
	latest    int // the latest call that was tried
	exhausted string
}

func (r *searchRun) init() any {
	state := r.in.Object.Init(r.in.History.Initial)
	return &node{state: state, key: state.Key()}
}

func (r *searchRun) step(state, input, _ any) (bool, any) {
	if r.exhausted != "" {
		return false, nil
	}
	r.steps++
	switch {
	case r.steps%stepsBetween == 0 && r.in.Interrupted():
		r.exhausted = "interrupted"
		return false, nil
	case r.steps > r.budget:
		r.exhausted = fmt.Sprintf("the budget of %d steps is gone", r.budget)
		return false, nil
	case r.bytes > r.in.Room():
		r.exhausted = fmt.Sprintf("the search needs more than %d MiB of memory", r.in.Room()>>20)
		return false, nil
	}
	from, at := state.(*node), input.(int32)
	op := &r.in.History.Operations[r.ops[at]]
	r.latest = max(r.latest, op.Call)
	next, possible := r.in.Object.Step(from.state, checkers.CallOf(op))
	if !possible {
		return false, nil
	}
	n := &node{state: next, key: next.Key(), last: at, depth: from.depth + 1, from: from}
	r.bytes += int64(len(r.ops)/8 + len(n.key) + 200)
	if r.deepest == nil || n.depth > r.deepest.depth {
		r.deepest = n
	}
	return true, n
}

func (r *searchRun) placed() int {
	if r.deepest == nil {
		return 0
	}
	return int(r.deepest.depth)
}

// until returns the earliest return of what is not on the way to the deepest node. What was called later is not on it.
func (r *searchRun) until() int {
	placed := make([]bool, len(r.in.History.Operations))
	for _, i := range r.order() {
		placed[i] = true
	}
	out := history.Pending
	for _, i := range r.ops {
		if !placed[i] {
			out = min(out, r.in.History.Operations[i].Return)
		}
	}
	return out
}

// order returns the operations on the way to the deepest node.
func (r *searchRun) order() []int {
	out := make([]int, r.placed())
	for n := r.deepest; n != nil && n.depth > 0; n = n.from {
		out[n.depth-1] = r.ops[n.last]
	}
	return out
}
