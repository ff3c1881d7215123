package checkers

import (
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/protocol"
)

// plain rechecks a proof that takes no order of transactions: what single reads say. It tells whether the anomaly is one
// of these.
func (p *transactionProof) plain(name guarantee.Name) (bool, error) {
	var shown bool
	switch p.w.Anomaly {
	case guarantee.ThinAirRead:
		shown = p.anyRead(func(op int, key, v protocol.Value) bool { return !p.writtenBy(key, v, func(int) bool { return true }) })
	case guarantee.G1a:
		shown = p.anyRead(func(op int, key, v protocol.Value) bool {
			failed := func(i int) bool { return p.in.History.Operations[i].Outcome == protocol.Fail }
			return p.writtenBy(key, v, failed) && !p.writtenBy(key, v, func(i int) bool { return !failed(i) })
		})
	case guarantee.G1b:
		shown = p.intermediate()
	case guarantee.DuplicateElements:
		shown = p.anyList(func(list []protocol.Value) bool {
			return slices.ContainsFunc(list, func(v protocol.Value) bool {
				return slices.IndexFunc(list, v.Equal) != len(list)-1-slices.IndexFunc(reversed(list), v.Equal)
			})
		})
	case guarantee.DirtyOrder:
		shown = p.incompatible() && name != guarantee.ReadCommitted && name != guarantee.ReadAtomic
	case guarantee.Internal:
		shown = p.internal()
	case guarantee.NonRepeatableRead:
		shown = p.unrepeatable() && name != guarantee.ReadCommitted
	default:
		return false, nil
	}
	if !shown {
		return true, fmt.Errorf("the transactions of the witness show no %s", p.w.Anomaly)
	}
	return true, nil
}

func reversed(list []protocol.Value) []protocol.Value {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// anyRead tells whether something holds of a value that some transaction of the witness read.
func (p *transactionProof) anyRead(holds func(op int, key, v protocol.Value) bool) bool {
	for _, op := range p.w.Operations {
		if p.in.History.Operations[op].Outcome != protocol.OK {
			continue
		}
		for _, m := range p.of(op) {
			values := []protocol.Value{m.Value}
			if list, ok := m.Value.List(); ok && p.lists {
				values = list
			}
			for _, v := range values {
				if initial := v.IsNull() || !p.lists && v.Equal(p.in.History.Initial); m.F == "r" && !initial && holds(op, m.Key, v) {
					return true
				}
			}
		}
	}
	return false
}

func (p *transactionProof) anyList(holds func(list []protocol.Value) bool) bool {
	for _, op := range p.w.Operations {
		for _, m := range p.of(op) {
			if list, ok := m.Value.List(); ok && m.F == "r" && p.in.History.Operations[op].Outcome == protocol.OK && holds(list) {
				return true
			}
		}
	}
	return false
}

// writtenBy tells whether an operation of the history of which something holds writes a value under a key.
func (p *transactionProof) writtenBy(key, v protocol.Value, holds func(op int) bool) bool {
	for i := range p.in.History.Operations {
		steps, _ := model.MicroOps(p.in.History.Operations[i].Input)
		for _, m := range steps {
			if m.F != "r" && m.Key.Equal(key) && m.Value.Equal(v) && holds(i) {
				return true
			}
		}
	}
	return false
}

// intermediate tells whether a transaction of the witness found what another wrote under a key, and not just behind one
// another all that it wrote there.
func (p *transactionProof) intermediate() bool {
	return p.anyRead(func(reader int, key, v protocol.Value) bool {
		for _, op := range p.w.Operations {
			var wrote []protocol.Value
			for _, m := range p.of(op) {
				if m.F != "r" && m.Key.Equal(key) {
					wrote = append(wrote, m.Value)
				}
			}
			if op == reader || !slices.ContainsFunc(wrote, v.Equal) {
				continue
			}
			if !p.lists {
				return !wrote[len(wrote)-1].Equal(v)
			}
			for _, m := range p.of(reader) {
				if list, _ := m.Value.List(); m.F == "r" && m.Key.Equal(key) && slices.ContainsFunc(list, v.Equal) && !contains(list, wrote) {
					return true
				}
			}
		}
		return false
	})
}

// contains tells whether a list has all of some elements one behind another.
func contains(list, some []protocol.Value) bool {
	for at := range len(list) - len(some) + 1 {
		if slices.EqualFunc(list[at:at+len(some)], some, protocol.Value.Equal) {
			return true
		}
	}
	return false
}

// incompatible tells whether two lists that were read under one key are not one the beginning of the other, what the
// readers appended themselves left out.
func (p *transactionProof) incompatible() bool {
	for _, a := range p.w.Operations {
		for _, m := range p.of(a) {
			for _, b := range p.w.Operations {
				first, _ := p.answered(a, m.Key)
				second, _ := p.answered(b, m.Key)
				one, ok1 := first.List()
				two, ok2 := second.List()
				n := min(len(one), len(two))
				if ok1 && ok2 && !slices.EqualFunc(one[:n], two[:n], protocol.Value.Equal) {
					return true
				}
			}
		}
	}
	return false
}

// internal tells whether one transaction contradicts itself: it does not find what it wrote, or finds what it writes
// later.
func (p *transactionProof) internal() bool {
	steps := p.of(p.w.Operations[0])
	for i, m := range steps {
		if m.F != "r" {
			continue
		}
		wrote, others := p.parts(steps[:i], m)
		list, _ := m.Value.List()
		if n := len(wrote); n > 0 && p.lists && (len(list) < n || !slices.EqualFunc(list[len(list)-n:], wrote, protocol.Value.Equal)) {
			return true
		} else if n > 0 && !p.lists && !wrote[n-1].Equal(m.Value) {
			return true
		}
		if p.lists && p.ahead(steps, m, others) || !p.lists && p.ahead(steps[i:], m, nil) {
			return true
		}
	}
	return false
}

// unrepeatable tells whether one transaction finds two things under one key, though it wrote nothing there in between.
func (p *transactionProof) unrepeatable() bool {
	steps := p.of(p.w.Operations[0])
	for i, m := range steps {
		if m.F != "r" {
			continue
		}
		wrote, others := p.parts(steps[:i], m)
		if p.lists && p.shifted(steps[:i], m.Key, others) {
			return true
		}
		differs := func(o model.MicroOp) bool { return o.F == "r" && o.Key.Equal(m.Key) && !p.same(o.Value, m.Value) }
		if !p.lists && len(wrote) == 0 && slices.ContainsFunc(steps[:i], differs) {
			return true
		}
	}
	return false
}

// parts returns what a transaction had written under the key of a read, and what the read found of others in a list.
func (p *transactionProof) parts(before []model.MicroOp, read model.MicroOp) (wrote, others []protocol.Value) {
	for _, o := range before {
		if o.F != "r" && o.Key.Equal(read.Key) {
			wrote = append(wrote, o.Value)
		}
	}
	list, _ := read.Value.List()
	return wrote, list[:max(0, len(list)-len(wrote))]
}

// same tells whether two reads of a register found the same.
func (p *transactionProof) same(a, b protocol.Value) bool {
	initial := func(v protocol.Value) bool { return v.IsNull() || v.Equal(p.in.History.Initial) }
	return a.Equal(b) || initial(a) && initial(b)
}

// ahead tells whether a read finds, where only others can have written, what some steps of its own transaction write.
func (p *transactionProof) ahead(steps []model.MicroOp, read model.MicroOp, list []protocol.Value) bool {
	return slices.ContainsFunc(steps, func(m model.MicroOp) bool {
		return m.F != "r" && m.Key.Equal(read.Key) && (p.lists && slices.ContainsFunc(list, m.Value.Equal) || !p.lists && m.Value.Equal(read.Value))
	})
}

// shifted tells whether a transaction found another list under the key before, what it had appended itself left out.
func (p *transactionProof) shifted(before []model.MicroOp, key protocol.Value, list []protocol.Value) bool {
	for i, m := range before {
		if m.F != "r" || !m.Key.Equal(key) {
			continue
		}
		if _, others := p.parts(before[:i], m); !slices.EqualFunc(others, list, protocol.Value.Equal) {
			return true
		}
	}
	return false
}
