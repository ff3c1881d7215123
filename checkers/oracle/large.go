package oracle

import (
	"strconv"
	"time"

	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Load says what a long history of a correct register, counter, set, log or queue looks like. Unlike Shape it can be drawn with
// millions of operations.
type Load struct {
	Object  string // register, counter, set, log or queue
	Ops     int
	Clients int
	Keys    int
	Values  int // of a register: it takes so many; 0: every write has a value of its own. Additions to counters are of 1
	Reads   int // of 10,000 operations, of a queue the dequeues; 0: one half
	Unknown int // percent of the operations that end without an answer; after that the client is a new process
	Events  bool
}

// Large draws a history in which each operation takes effect at one instant between its call and its return. It has
// events only if the load says so: no checker looks at them.
func Large(load Load, seed uint64) *history.History {
	g := &loader{
		Load: load, Rand: prng.New(seed), seats: make([]seat, load.Clients), values: make([]int64, load.Keys), shown: make([][]protocol.Value, load.Keys),
		h: &history.History{Initial: protocol.Int(0), Operations: make([]history.Operation, 0, load.Ops)},
	}
	for k := range load.Keys {
		g.keys = append(g.keys, "k"+strconv.Itoa(k))
	}
	for c := range g.seats {
		g.seats[c] = seat{process: c, notes: &history.Notes{Node: client(c + 1)}, open: -1}
	}
	for len(g.h.Operations) < load.Ops || g.open > 0 {
		g.advance(&g.seats[g.IntN(load.Clients)])
	}
	return g.h
}

// seat is a client.
type seat struct {
	process, open int // the position of its open operation, -1
	done          bool
	notes         *history.Notes
}

type loader struct {
	Load
	*prng.Rand
	seats  []seat
	keys   []string
	values []int64            // of each key: what a register or a counter holds
	shown  [][]protocol.Value // of each key: the elements of a set or a log, or those that wait in a queue
	h      *history.History
	open   int
	moment int
	unique int64
}

// advance takes a client one step further: a call, the moment of effect, a return.
func (g *loader) advance(s *seat) {
	switch {
	case s.open < 0 && len(g.h.Operations) < g.Ops:
		s.open, s.done = len(g.h.Operations), false
		g.open++
		g.call(s)
	case s.open < 0:
	case !s.done:
		s.done = true
		g.execute(&g.h.Operations[s.open])
	default:
		g.end(s)
		s.open = -1
		g.open--
	}
}

func (g *loader) call(s *seat) {
	k := g.IntN(g.Keys)
	op := history.Operation{
		Process: s.process, Notes: s.notes, F: "read", Key: g.keys[k], Outcome: protocol.Info,
		Call: g.moment, Return: history.Pending, CallTime: time.Duration(g.moment), ReturnTime: -1,
	}
	reads := g.Reads
	if reads == 0 {
		reads = 5000
	}
	if g.IntN(10_000) >= reads {
		op.F = map[string]string{"register": "write", "counter": "add", "set": "add", "log": "append", "queue": "enqueue"}[g.Object]
		op.Input = g.operand()
	} else if g.Object == "queue" {
		op.F = "dequeue"
	}
	op.Output = op.Input
	g.h.Operations = append(g.h.Operations, op)
	if g.Events {
		g.h.Begin()
	}
	g.moment++
}

func (g *loader) operand() protocol.Value {
	switch {
	case g.Object == "counter":
		return protocol.Int(1)
	case g.Values > 0:
		return protocol.Int(g.Int64N(int64(g.Values)))
	}
	g.unique++
	return protocol.Int(g.unique)
}

// execute lets an operation take effect, or end without one, which nobody is told.
func (g *loader) execute(op *history.Operation) {
	k, _ := strconv.Atoi(op.Key[1:])
	if g.IntN(100) >= g.Unknown {
		op.Outcome = protocol.OK
	} else if g.IntN(2) == 0 {
		return
	}
	n, _ := op.Input.Int()
	switch {
	case op.F == "write":
		g.values[k] = n
	case op.F == "add" && g.Object == "counter":
		g.values[k] += n
	case op.F == "dequeue":
		var front protocol.Value
		if len(g.shown[k]) > 0 {
			front, g.shown[k] = g.shown[k][0], g.shown[k][1:]
		}
		if op.Outcome == protocol.OK {
			op.Output = front
		}
	case op.F == "add", op.F == "append", op.F == "enqueue":
		g.shown[k] = append(g.shown[k], op.Input)
	case op.Outcome != protocol.OK:
	case g.Object == "set", g.Object == "log":
		op.Output = protocol.List(g.shown[k][:len(g.shown[k]):len(g.shown[k])]...)
	default:
		op.Output = protocol.Int(g.values[k])
	}
}

func (g *loader) end(s *seat) {
	op := &g.h.Operations[s.open]
	op.ReturnTime = time.Duration(g.moment)
	if op.Outcome == protocol.OK {
		op.Return = g.moment
	} else {
		s.process += g.Clients
	}
	if g.Events {
		g.h.End(s.open)
	}
	g.moment++
}
