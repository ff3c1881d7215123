package oracle

import (
	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Linearizable tells whether some order of the operations explains all answers and keeps real time. It tries all
// orders: histories must be tiny.
func Linearizable(in checkers.Input) bool {
	return explained(in, func(o, p *history.Operation) bool { return o.Return < p.Call })
}

// Sequential tells whether some order of the operations explains all answers and keeps the order of each process.
func Sequential(in checkers.Input) bool {
	return explained(in, func(o, p *history.Operation) bool { return o.Process == p.Process && o.Return < p.Call })
}

// explained tries all orders in which no operation comes ahead of one that is before it. What was answered ok or
// refused must be in the order, updates of unknown outcome may be.
func explained(in checkers.Input, before func(o, p *history.Operation) bool) bool {
	var must, may []*history.Operation
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		switch {
		case op.F == "tell" || op.F == "hear":
		case op.Outcome == protocol.OK || op.Refused():
			must = append(must, op)
		case op.Outcome == protocol.Info && op.F != "read":
			may = append(may, op)
		}
	}
	for subset := range 1 << len(may) {
		ops := must[:len(must):len(must)]
		for i, op := range may {
			if subset&(1<<i) != 0 {
				ops = append(ops, op)
			}
		}
		if permute(in, ops, map[string]model.State{}, before) {
			return true
		}
	}
	return false
}

// permute tells whether the remaining operations can follow one another from the given states.
func permute(in checkers.Input, remaining []*history.Operation, states map[string]model.State, before func(o, p *history.Operation) bool) bool {
	if len(remaining) == 0 {
		return true
	}
next:
	for i, op := range remaining {
		for j, other := range remaining {
			if i != j && before(other, op) {
				continue next
			}
		}
		state, ok := states[op.Key]
		if !ok {
			state = in.Object.Init(in.History.Initial)
		}
		after, possible := in.Object.Step(state, model.Call{F: op.F, Input: op.Input, Output: op.Output, Known: op.Outcome != protocol.Info, Refused: op.Refused()})
		if !possible {
			continue
		}
		rest := append(append([]*history.Operation{}, remaining[:i]...), remaining[i+1:]...)
		states[op.Key] = after
		if permute(in, rest, states, before) {
			return true
		}
		states[op.Key] = state
	}
	return false
}
