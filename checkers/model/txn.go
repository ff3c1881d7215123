package model

import (
	"maps"
	"slices"
	"strings"

	"sunder/harness/protocol"
)

// Transactional tells whether the operations of an object are transactions.
func Transactional(object string) bool { return object == "list-append" || object == "rw-register" }

// MicroOp is one step of a transaction: ["r", key, value], ["append", key, value] or ["w", key, value], as Elle has
// them (Kingsbury & Alvaro, VLDB 2020). The value of a read is null as long as it is not known.
type MicroOp struct {
	F          string
	Key, Value protocol.Value
}

// MicroOpOf takes a step of a transaction apart, and tells whether it has the form of one.
func MicroOpOf(v protocol.Value) (MicroOp, bool) {
	list, ok := v.List()
	if !ok || len(list) != 3 {
		return MicroOp{}, false
	}
	f, ok := list[0].Text()
	return MicroOp{F: f, Key: list[1], Value: list[2]}, ok
}

// MicroOps takes a transaction apart, and tells whether it is a list of steps.
func MicroOps(v protocol.Value) ([]MicroOp, bool) {
	list, ok := v.List()
	if !ok {
		return nil, false
	}
	out := make([]MicroOp, len(list))
	for i := range list {
		if out[i], ok = MicroOpOf(list[i]); !ok {
			return nil, false
		}
	}
	return out, true
}

// ListAppend is a store of lists under keys, all empty at first. Its one operation is txn, a list of reads, which
// answer the whole list, and appends of one element, which take effect together.
func ListAppend() Object {
	is := "a list of steps [\"r\", key, null] and [\"append\", key, value]"
	return transactions("list-append", "append", is, func(v protocol.Value) bool {
		return v.IsNull() || v.Kind() == protocol.Sequence
	})
}

// ReadWriteRegister is a store of registers under keys. Its one operation is txn, a list of reads and writes, which
// take effect together. A register that was never written is read as null, or as the initial value.
func ReadWriteRegister() Object {
	is := "a list of steps [\"r\", key, null] and [\"w\", key, value]"
	return transactions("rw-register", "w", is, func(protocol.Value) bool { return true })
}

// transactions makes an object of transactions whose steps are reads and one kind of update.
func transactions(name, update, is string, answers func(protocol.Value) bool) Object {
	asked := func(_, v protocol.Value) bool {
		steps, ok := v.List()
		return ok && !slices.ContainsFunc(steps, func(step protocol.Value) bool {
			m, ok := MicroOpOf(step)
			return !ok || m.F != "r" && m.F != update
		})
	}
	answered := func(input, v protocol.Value) bool {
		steps, ok := v.List()
		given, wellFormed := input.List()
		if !ok || !wellFormed || len(given) != len(steps) {
			return false
		}
		for i := range steps {
			m, ok := MicroOpOf(steps[i])
			g, was := MicroOpOf(given[i])
			if !ok || !was || m.F != g.F || !m.Key.Equal(g.Key) || m.F != "r" && !m.Value.Equal(g.Value) || m.F == "r" && !answers(m.Value) {
				return false
			}
		}
		return true
	}
	return Object{
		Name:     name,
		Init:     func(initial protocol.Value) State { return store{initial: initial} },
		Step:     func(s State, c Call) (State, bool) { return s.(store).transact(c, asked) },
		ReadOnly: func(string) bool { return false },
		Operations: []Operation{{
			F: "txn", Input: Form{Is: is, Fits: asked},
			Output: Form{Is: "the same steps with what the reads found", Fits: answered},
		}},
	}
}

// store holds what is under each key, by the text of the key.
type store struct {
	initial protocol.Value
	values  map[string]protocol.Value
}

// Key implements State.
func (s store) Key() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		parts = append(parts, key+"="+s.values[key].String())
	}
	return strings.Join(parts, " ")
}

// transact runs all steps of a transaction, or none if it was refused.
func (s store) transact(c Call, fits func(input, v protocol.Value) bool) (State, bool) {
	if c.F != "txn" {
		return s, false
	}
	steps, _ := MicroOps(c.Input)
	if !fits(c.Input, c.Input) || c.Refused {
		return s, c.Refused || !c.Known
	}
	if c.Known {
		answered, ok := MicroOps(c.Output)
		if !ok || len(answered) != len(steps) {
			return s, false
		}
		steps = answered
	}
	next := store{initial: s.initial, values: maps.Clone(s.values)}
	if next.values == nil {
		next.values = map[string]protocol.Value{}
	}
	for _, m := range steps {
		key := m.Key.String()
		now, written := next.values[key]
		switch {
		case m.F == "append":
			list, _ := now.List()
			next.values[key] = protocol.List(append(slices.Clip(slices.Clone(list)), m.Value)...)
		case m.F == "w":
			next.values[key] = m.Value
		case c.Known && !s.found(m.Value, now, written):
			return s, false
		}
	}
	return next, true
}

// found tells whether a read can have answered v where there is now, or nothing yet.
func (s store) found(v, now protocol.Value, written bool) bool {
	if written {
		return v.Equal(now)
	}
	list, isList := v.List()
	return v.IsNull() || isList && len(list) == 0 || v.Equal(s.initial)
}
