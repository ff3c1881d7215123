package oracle

import (
	"fmt"

	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Tangle says what histories with arbitrary answers look like.
type Tangle struct {
	Object    string // register, set or board
	Ops       int
	Processes int
	Keys      int
	Messages  bool // clients tell one another
	Unsure    int  // percent of the updates that end with fail or info; after info comes a new process
}

// Tangled draws a history in which reads answer anything that was written before them, and now and then what is
// written only later, or never: many such histories are wrong in one way or another. Updates have values of their own.
func Tangled(r *prng.Rand, shape Tangle) *history.History {
	t := &tangle{Tangle: shape, rand: r, written: map[string][]protocol.Value{}}
	for i := range shape.Ops {
		t.all = append(t.all, t.draw(i))
	}
	for i := range t.all {
		t.answer(&t.all[i].Operation, i)
	}
	return assemble(t.all)
}

type tangle struct {
	Tangle
	rand    *prng.Rand
	all     []timed
	written map[string][]protocol.Value
	known   []map[string]int // before each operation: how many values were written under a key
	renewed [8]int           // of each client: how many of its operations have ended with info
}

// draw makes the i-th operation, but for what it reads.
func (t *tangle) draw(i int) timed {
	seat := t.rand.IntN(t.Processes)
	op := timed{from: 2 * i, to: 2*i + 1}
	op.Process = 1 + seat + t.renewed[seat]*t.Processes
	op.Note(history.Notes{Node: client(seat + 1)})
	op.Outcome = protocol.OK
	op.Key = string(rune('x' + t.rand.IntN(t.Keys)))
	known := map[string]int{}
	for key, values := range t.written {
		known[key] = len(values)
	}
	t.known = append(t.known, known)
	switch kind := t.rand.IntN(8); {
	case t.Messages && kind == 0:
		op.F, op.Key = "tell", ""
		op.Input = protocol.String(string(client(1 + t.rand.IntN(t.Processes))))
		op.Output = op.Input
	case t.Messages && kind == 1:
		op.F, op.Key = "hear", ""
	case kind < 5:
		op.F = "read"
	default:
		t.update(&op.Operation, seat, int64(i+1))
	}
	return op
}

func (t *tangle) update(op *history.Operation, seat int, value int64) {
	v := protocol.Int(value)
	op.F, op.Input = map[string]string{"register": "write", "set": "add", "board": "post"}[t.Object], v
	former := t.written[op.Key]
	t.written[op.Key] = append(former, v)
	switch {
	case t.Object == "board" && len(former) > 0 && t.rand.IntN(2) == 0:
		op.Input = protocol.List(v, former[t.rand.IntN(len(former))])
	case t.Object == "board":
		op.Input = protocol.List(v)
	case t.Object == "register" && t.rand.IntN(4) == 0:
		op.F, op.Input = "cas", protocol.List(protocol.Int(0), v)
	}
	if t.rand.IntN(100) < t.Unsure {
		op.Outcome = protocol.Fail
		if t.rand.IntN(2) == 0 {
			op.Outcome = protocol.Info
			t.renewed[seat]++
		}
	}
	op.Output = op.Input
}

// answer chooses what the i-th operation read. What is heard has been told: a hear without a tell becomes a read.
func (t *tangle) answer(op *history.Operation, i int) {
	if op.F == "hear" {
		if from, ok := t.teller(op.Node()); ok {
			op.Output = protocol.String(string(from))
			return
		}
		op.F, op.Key = "read", "x"
	}
	values := t.written[op.Key]
	switch t.rand.IntN(12) {
	case 0:
	case 1:
		if t.rand.IntN(8) == 0 {
			values = []protocol.Value{protocol.Int(99)}
		}
	default:
		values = values[:t.known[i][op.Key]]
	}
	switch {
	case op.F == "cas":
		list, _ := op.Input.List()
		op.Input = protocol.List(t.one(values), list[1])
		op.Output = op.Input
	case op.F == "read" && t.Object == "register":
		op.Output = t.one(values)
	case op.F == "read":
		var list []protocol.Value
		for _, v := range values {
			if t.rand.IntN(2) == 0 {
				list = append(list, v)
			}
			if len(list) > 0 && t.rand.IntN(40) == 0 {
				list = append(list, list[0])
			}
		}
		op.Output = protocol.List(list...)
	}
}

// one returns one of the values, or the initial one.
func (t *tangle) one(values []protocol.Value) protocol.Value {
	if i := t.rand.IntN(len(values) + 1); i < len(values) {
		return values[i]
	}
	return protocol.Int(0)
}

// teller returns a client that has told the one at node more often than that has heard from it.
func (t *tangle) teller(node protocol.NodeID) (protocol.NodeID, bool) {
	for i := range t.Processes {
		from, open := client(i+1), 0
		for k := range t.all {
			op := &t.all[k].Operation
			to, _ := op.Input.Text()
			heard, _ := op.Output.Text()
			switch {
			case op.F == "tell" && op.Node() == from && to == string(node):
				open++
			case op.F == "hear" && op.Node() == node && heard == string(from):
				open--
			}
		}
		if open > 0 {
			return from, true
		}
	}
	return "", false
}

// String names the shape in the output of tests.
func (t Tangle) String() string {
	text := fmt.Sprintf("%s, %d operations, %d processes, %d keys", t.Object, t.Ops, t.Processes, t.Keys)
	if t.Messages {
		text += ", messages"
	}
	if t.Unsure > 0 {
		text += fmt.Sprintf(", %d%% unsure", t.Unsure)
	}
	return text
}
