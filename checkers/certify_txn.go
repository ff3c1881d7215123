package checkers

import (
	"errors"
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// transactionCertifiers say how verdicts on transactions are rechecked. Causal, which is for other objects too, is not
// among them.
func transactionCertifiers() map[guarantee.Name]certifier {
	out := map[guarantee.Name]certifier{}
	for _, name := range []guarantee.Name{
		guarantee.StrictSerializable, guarantee.StrongSessionSerializable, guarantee.Serializable, guarantee.SnapshotIsolation,
		guarantee.ParallelSnapshotIsolation, guarantee.ReadAtomic, guarantee.ReadCommitted,
	} {
		out[name] = certifier{invalid: transactionWitness(name)}
	}
	for name, before := range map[guarantee.Name]func(o, p *history.Operation) bool{
		guarantee.StrictSerializable:        InRealTime.Before,
		guarantee.StrongSessionSerializable: InProcess.Before,
		guarantee.Serializable:              func(_, _ *history.Operation) bool { return false },
	} {
		c := out[name]
		c.valid = func(in Input, certificate *Certificate) error { return certifyCommits(in, certificate, before) }
		out[name] = c
	}
	return out
}

// certifyCommits replays an order of all transactions on one copy of the data. None may come behind one that had to come
// later; of each process, and of all, it is enough to look at the one that was called last.
func certifyCommits(in Input, c *Certificate, before func(o, p *history.Operation) bool) error {
	if len(c.Orders) != 1 {
		return fmt.Errorf("transactions have one order, not %d", len(c.Orders))
	}
	if err := complete(in, c.Orders); err != nil {
		return err
	}
	b := &bruteTransactions{initial: in.History.Initial, lists: in.Object.Name == "list-append"}
	values := map[string]protocol.Value{}
	latest := map[int]*history.Operation{} // of each process, and of all under -1
	for _, i := range c.Orders[0] {
		op := &in.History.Operations[i]
		for _, group := range [...]int{-1, op.Process} {
			if last := latest[group]; last != nil && before(op, last) {
				return fmt.Errorf("operation %d comes too late: %s", i, Describe(op))
			}
			if last := latest[group]; last == nil || last.Call < op.Call {
				latest[group] = op
			}
		}
		steps, _ := model.MicroOps(op.Input)
		if !Optional(op) {
			steps, _ = model.MicroOps(op.Output)
		}
		for _, m := range steps {
			if m.F != "r" {
				b.apply(values, m)
			} else if !Optional(op) && !b.answers(values, m) {
				return fmt.Errorf("operation %d cannot have read %s under %s: %s", i, m.Value, m.Key, Describe(op))
			}
		}
	}
	return nil
}

// transactionWitness rechecks a proof that a guarantee of transactions is broken: what a read says by itself is looked up
// in the history; a cycle is followed, edge by edge; and all else is left to brute force over the few transactions alone.
func transactionWitness(name guarantee.Name) func(Input, *Witness) error {
	return func(in Input, w *Witness) error {
		if err := wellFormed(in, w); err != nil {
			return err
		}
		p := &transactionProof{in: in, w: w, lists: in.Object.Name == "list-append"}
		for _, i := range w.Operations {
			op := &in.History.Operations[i]
			steps, _ := model.MicroOps(op.Input)
			if op.Outcome == protocol.OK {
				steps, _ = model.MicroOps(op.Output)
			}
			p.steps = append(p.steps, steps)
		}
		if len(w.Edges) > 0 {
			return p.cycle(name)
		}
		if plain, err := p.plain(name); plain {
			return err
		}
		possible, err := ExplainsTransactions(AloneTransactions(in, w.Operations), name)
		if err == nil && possible {
			err = errors.New("the transactions of the witness alone have an explanation")
		}
		return err
	}
}

type transactionProof struct {
	in    Input
	w     *Witness
	lists bool
	steps [][]model.MicroOp // of each operation of the witness
}

func (p *transactionProof) of(op int) []model.MicroOp {
	return p.steps[slices.Index(p.w.Operations, op)]
}

// cycle checks that edges follow one another around, that each is what it says, and that the guarantee forbids them.
func (p *transactionProof) cycle(name guarantee.Name) error {
	anti := 0
	for i, e := range p.w.Edges {
		next := p.w.Edges[(i+1)%len(p.w.Edges)]
		if e.To != next.From || !slices.Contains(p.w.Operations, e.From) || !slices.Contains(p.w.Operations, e.To) {
			return fmt.Errorf("edge %d does not lead to the next", i)
		}
		if !p.holds(e) {
			return fmt.Errorf("the edge %d → %d is no %s", e.From, e.To, e.Relation)
		}
		inReal := name == guarantee.StrictSerializable
		inSession := inReal || name == guarantee.StrongSessionSerializable
		switch {
		case e.Relation == ProcessOrder && !inSession, e.Relation == RealTime && !inReal:
			return fmt.Errorf("%s keeps no %s", name, e.Relation)
		case e.Relation == ReadWrite && next.Relation == ReadWrite && name == guarantee.SnapshotIsolation:
			return errors.New("snapshot isolation allows two anti-dependencies in a row")
		case e.Relation == ReadWrite:
			anti++
		}
	}
	if weak := name != guarantee.SnapshotIsolation && !slices.Contains(serializables(), name); weak && (anti > 1 || name != guarantee.ParallelSnapshotIsolation) {
		return fmt.Errorf("%s allows such a cycle", name)
	}
	return nil
}

func serializables() []guarantee.Name {
	return []guarantee.Name{guarantee.Serializable, guarantee.StrongSessionSerializable, guarantee.StrictSerializable}
}

func (p *transactionProof) holds(e Edge) bool {
	from, to := &p.in.History.Operations[e.From], &p.in.History.Operations[e.To]
	if e.From == e.To || !p.committed(e.From) || !p.committed(e.To) {
		return false
	}
	switch e.Relation {
	case ProcessOrder:
		return InProcess.Before(from, to)
	case RealTime:
		return InRealTime.Before(from, to)
	case ReadsFrom:
		return slices.ContainsFunc(p.of(e.From), func(m model.MicroOp) bool { return m.F != "r" && p.found(e.To, m.Key, m.Value) })
	case WriteWrite:
		return p.pairs(e, func(m, n model.MicroOp) bool { return p.earlier(e, m.Key, m.Value, n.Value) })
	case ReadWrite:
		return slices.ContainsFunc(p.of(e.To), func(n model.MicroOp) bool { return n.F != "r" && p.missed(e, n) })
	}
	return false
}

// pairs tells whether something holds of two writes of the ends of an edge under one key.
func (p *transactionProof) pairs(e Edge, holds func(m, n model.MicroOp) bool) bool {
	return slices.ContainsFunc(p.of(e.From), func(m model.MicroOp) bool {
		return m.F != "r" && slices.ContainsFunc(p.of(e.To), func(n model.MicroOp) bool {
			return n.F != "r" && m.Key.Equal(n.Key) && holds(m, n)
		})
	})
}

// committed tells whether a transaction was answered, or seen by one of the witness that was.
func (p *transactionProof) committed(op int) bool {
	o := &p.in.History.Operations[op]
	return o.Outcome == protocol.OK || Optional(o) && slices.ContainsFunc(p.of(op), func(m model.MicroOp) bool {
		return m.F != "r" && slices.ContainsFunc(p.w.Operations, func(r int) bool { return r != op && p.found(r, m.Key, m.Value) })
	})
}

// answered returns what a transaction found under a key of what others had done, and whether it looked: a register before it
// wrote there, a list without what it had appended itself.
func (p *transactionProof) answered(op int, key protocol.Value) (protocol.Value, bool) {
	if p.in.History.Operations[op].Outcome != protocol.OK {
		return protocol.Value{}, false
	}
	own := 0
	for _, m := range p.of(op) {
		switch {
		case !m.Key.Equal(key):
		case m.F != "r" && !p.lists:
			return protocol.Value{}, false
		case m.F != "r":
			own++
		case p.lists:
			list, _ := m.Value.List()
			return protocol.List(list[:max(0, len(list)-own)]...), len(list) >= own
		default:
			return m.Value, true
		}
	}
	return protocol.Value{}, false
}

// found tells whether a transaction found a value under a key.
func (p *transactionProof) found(op int, key, value protocol.Value) bool {
	return p.in.History.Operations[op].Outcome == protocol.OK && slices.ContainsFunc(p.of(op), func(m model.MicroOp) bool {
		list, _ := m.Value.List()
		return m.F == "r" && m.Key.Equal(key) && (p.lists && slices.ContainsFunc(list, value.Equal) || !p.lists && m.Value.Equal(value))
	})
}

// earlier tells whether the first value stands before the second in the order of a key: for lists the writer of the first
// did not see the second, or somebody saw the first and not the second, or not before it; for registers the writer of the second found the first, or every place up to the
// first is taken.
func (p *transactionProof) earlier(e Edge, key, first, second protocol.Value) bool {
	if p.lists {
		if seen, ok := p.answered(e.From, key); ok {
			if list, _ := seen.List(); !slices.ContainsFunc(list, second.Equal) {
				return true
			}
		}
		return slices.ContainsFunc(p.w.Operations, func(op int) bool {
			if p.in.History.Operations[op].Outcome != protocol.OK {
				return false
			}
			return slices.ContainsFunc(p.of(op), func(m model.MicroOp) bool {
				list, _ := m.Value.List()
				at, behind := slices.IndexFunc(list, first.Equal), slices.IndexFunc(list, second.Equal)
				return m.F == "r" && m.Key.Equal(key) && at >= 0 && (behind < 0 || behind > at)
			})
		})
	}
	if read, ok := p.answered(e.To, key); ok && read.Equal(first) {
		return true
	}
	return p.filled(e, key, first)
}

// filled walks from the initial value of a register along those who wrote next to what they read, and tells whether it
// comes by a value and not by the transaction at the end of an edge.
func (p *transactionProof) filled(e Edge, key, value protocol.Value) bool {
	now, isInitial := p.in.History.Initial, true
	for range p.w.Operations {
		next := slices.IndexFunc(p.w.Operations, func(op int) bool {
			read, ok := p.answered(op, key)
			return ok && (read.Equal(now) || isInitial && read.IsNull()) && p.last(op, key) != nil
		})
		if next < 0 || p.w.Operations[next] == e.To {
			return false
		}
		now, isInitial = *p.last(p.w.Operations[next], key), false
		if now.Equal(value) {
			return true
		}
	}
	return false
}

// last returns what a transaction wrote under a key last, nil if nothing.
func (p *transactionProof) last(op int, key protocol.Value) *protocol.Value {
	var out *protocol.Value
	for _, m := range p.of(op) {
		if m.F != "r" && m.Key.Equal(key) {
			out = &m.Value
		}
	}
	return out
}

// missed tells whether the first of an edge read a key before a write of the second.
func (p *transactionProof) missed(e Edge, n model.MicroOp) bool {
	read, ok := p.answered(e.From, n.Key)
	switch {
	case !ok:
		return false
	case p.lists:
		list, _ := read.List()
		return !slices.ContainsFunc(list, n.Value.Equal)
	case read.IsNull() || read.Equal(p.in.History.Initial):
		return true
	}
	return p.earlier(e, n.Key, read, n.Value)
}
