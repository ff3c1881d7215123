package oracle

import (
	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// LargeTransactions makes a strictly serializable history of transactions of four steps by so many clients, as Elle's
// generator does: half of the steps are reads; a few keys are in use at a time, and one that has been written writesPerKey
// times is replaced by a new one. Registers are read before they are written.
func LargeTransactions(object string, transactions, clients int, seed uint64) checkers.Input {
	const keysInUse, writesPerKey = 10, 32
	g := &largeMaker{
		Rand: prng.New(seed), lists: object == "list-append", limit: writesPerKey,
		now: make([][]protocol.Value, keysInUse), keys: make([]int64, keysInUse),
		read: protocol.String("r"), update: protocol.String("w"),
	}
	if g.lists {
		g.update = protocol.String("append")
	}
	for i := range g.keys {
		g.keys[i] = g.fresh()
	}
	h := &history.History{Operations: make([]history.Operation, 0, transactions)}
	open := make([]int, clients) // of each client: the position of its open operation, -1
	for i := range open {
		open[i] = -1
	}
	for at, left := 0, transactions; left > 0 || len(h.Operations) > 0 && busy(open); at++ {
		c := g.IntN(clients)
		switch {
		case open[c] >= 0:
			h.Operations[open[c]].Return = at
			open[c] = -1
		case left > 0:
			left--
			op := history.Operation{Process: c, F: "txn", Call: at, Return: history.Pending, Outcome: protocol.OK}
			op.Input, op.Output = g.transaction()
			open[c] = len(h.Operations)
			h.Operations = append(h.Operations, op)
		}
	}
	specification, _ := model.Lookup(object)
	return checkers.Input{History: h, Object: specification}
}

func busy(open []int) bool {
	for _, at := range open {
		if at >= 0 {
			return true
		}
	}
	return false
}

type largeMaker struct {
	*prng.Rand
	lists   bool
	limit   int
	now     [][]protocol.Value // what was written under each key in use, in order
	keys    []int64
	made    int64 // keys
	written int64
	// the names of steps, kept once
	read, update protocol.Value
}

func (g *largeMaker) fresh() int64 {
	g.made++
	return g.made
}

// transaction runs one at the instant of its call.
func (g *largeMaker) transaction() (asked, answered protocol.Value) {
	var in, out []protocol.Value
	read := func(k int) {
		in = append(in, protocol.List(g.read, protocol.Int(g.keys[k]), protocol.Value{}))
		out = append(out, protocol.List(g.read, protocol.Int(g.keys[k]), g.value(k)))
	}
	for len(in) < 4 {
		k := g.IntN(len(g.keys))
		if g.lists && g.IntN(2) == 0 {
			read(k)
			continue
		}
		if !g.lists {
			read(k)
		}
		g.written++
		w := protocol.List(g.update, protocol.Int(g.keys[k]), protocol.Int(g.written))
		in, out = append(in, w), append(out, w)
		g.now[k] = append(g.now[k], protocol.Int(g.written))
		if len(g.now[k]) == g.limit {
			g.keys[k], g.now[k] = g.fresh(), nil
		}
	}
	return protocol.List(in...), protocol.List(out...)
}

func (g *largeMaker) value(k int) protocol.Value {
	list := g.now[k]
	switch {
	case g.lists:
		return protocol.List(list[:len(list):len(list)]...)
	case len(list) == 0:
		return protocol.Value{}
	}
	return list[len(list)-1]
}
