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
		keys: make([]inUse, keysInUse),
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
	keys    []inUse
	made    int64 // keys
	written int64
	// the names of steps, kept once
	read, update protocol.Value
}

// inUse is a key with what was written there, in order, and the steps that are the same in many transactions, made once.
type inUse struct {
	key     protocol.Value
	now     []protocol.Value
	ask     protocol.Value // a read that was not answered
	answer  protocol.Value // one that was answered what there is now, if there was any
	current bool           // there was
}

func (g *largeMaker) fresh() inUse {
	g.made++
	key := protocol.Int(g.made)
	return inUse{key: key, now: make([]protocol.Value, 0, g.limit), ask: protocol.List(g.read, key, protocol.Value{})}
}

// transaction runs one at the instant of its call.
func (g *largeMaker) transaction() (asked, answered protocol.Value) {
	var in, out []protocol.Value
	read := func(k *inUse) {
		if !k.current {
			k.answer, k.current = protocol.List(g.read, k.key, g.value(k)), true
		}
		in, out = append(in, k.ask), append(out, k.answer)
	}
	for len(in) < 4 {
		k := &g.keys[g.IntN(len(g.keys))]
		if g.lists && g.IntN(2) == 0 {
			read(k)
			continue
		}
		if !g.lists {
			read(k)
		}
		g.written++
		w := protocol.List(g.update, k.key, protocol.Int(g.written))
		in, out = append(in, w), append(out, w)
		k.now, k.current = append(k.now, protocol.Int(g.written)), false
		if len(k.now) == g.limit {
			*k = g.fresh()
		}
	}
	return protocol.List(in...), protocol.List(out...)
}

func (g *largeMaker) value(k *inUse) protocol.Value {
	list := k.now
	switch {
	case g.lists:
		return protocol.List(list[:len(list):len(list)]...)
	case len(list) == 0:
		return protocol.Value{}
	}
	return list[len(list)-1]
}
