package checkers

import (
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Necessary leaves out of the operations under one key the updates of unknown outcome that no answer depends on. That
// is exact: whatever an order puts right behind such an update can do without it. A refused cas may depend on any
// write, and a sum on any addition: then nothing is left out. Of a queue an enqueue is left out whose value nobody is
// known to have dequeued: a dequeue of unknown outcome that took it can be left out with it.
func Necessary(in Input, ops []int) []int {
	n := necessity{in: in, needed: map[string]bool{}}
	var waiting []int
	for _, i := range ops {
		op := &in.History.Operations[i]
		switch {
		case op.Refused() && op.F == "cas":
			return ops
		case Optional(op):
			waiting = append(waiting, i)
		}
	}
	if len(waiting) == 0 || !n.known() {
		return ops
	}
	for _, i := range ops {
		if op := &in.History.Operations[i]; !Optional(op) {
			n.need(op)
		}
	}
	kept := n.close(waiting)
	var out []int
	for _, i := range ops {
		if kept[i] || !Optional(&in.History.Operations[i]) {
			out = append(out, i)
		}
	}
	return out
}

// necessity collects the values that are needed under one key.
type necessity struct {
	in     Input
	needed map[string]bool
}

// known tells whether it is known what the operations of the object depend on.
func (n *necessity) known() bool {
	switch n.in.Object.Name {
	case "register", "set", "board", "log", "queue":
		return true
	}
	return false
}

// close returns the updates whose effect is needed, by others or by one another.
func (n *necessity) close(waiting []int) map[int]bool {
	kept := map[int]bool{}
	for changed := true; changed; {
		changed = false
		for _, i := range waiting {
			op := &n.in.History.Operations[i]
			if v, ok := n.effect(op); !kept[i] && (ok && n.needed[v.String()] || op.F == "dequeue") {
				kept[i], changed = true, true
				n.need(op)
			}
		}
	}
	return kept
}

func (n *necessity) effect(op *history.Operation) (protocol.Value, bool) {
	switch n.in.Object.Name {
	case "register":
		return Writes(op)
	case "queue":
		return op.Input, op.F == "enqueue"
	}
	return Adds(op)
}

// need notes what an operation needs to find.
func (n *necessity) need(op *history.Operation) {
	switch n.in.Object.Name {
	case "register":
		if v, ok := Observes(op); ok {
			n.needed[v.String()] = true
		}
		return
	case "queue":
		if v, ok := passes(op); ok && op.F == "dequeue" {
			n.needed[v.String()] = true
		}
		return
	}
	if list, ok := op.Output.List(); ok && n.in.Object.ReadOnly(op.F) {
		for _, v := range list {
			n.needed[v.String()] = true
		}
	}
}

// Adds returns what an update of a set, a board, a log or a group adds.
func Adds(op *history.Operation) (protocol.Value, bool) {
	switch op.F {
	case "add", "append", "multicast":
		return op.Input, true
	case "post":
		id, _, ok := model.PostArguments(op.Input)
		return id, ok
	}
	return protocol.Value{}, false
}
