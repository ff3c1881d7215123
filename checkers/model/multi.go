package model

import (
	"slices"

	"sunder/harness/protocol"
)

// MultiRegister is registers under keys that are read and written together: one object, judged as a whole. Its one
// operation is txn, a list of reads and writes as of ReadWriteRegister, or with Knossos's words ["read", key, value] and
// ["write", key, value]. A register that was never written is read as null, or as the initial value.
func MultiRegister() Object {
	plain := ReadWriteRegister()
	is := "a list of steps [\"r\", key, null] and [\"w\", key, value]"
	return Object{
		Name:     "multi-register",
		Init:     plain.Init,
		ReadOnly: plain.ReadOnly,
		Step: func(s State, c Call) (State, bool) {
			c.Input, c.Output = shortSteps(c.Input), shortSteps(c.Output)
			return plain.Step(s, c)
		},
		Operations: []Operation{{
			F: "txn", Input: Form{Is: is, Fits: func(_, v protocol.Value) bool {
				short := shortSteps(v)
				return plain.Operations[0].Input.Fits(short, short)
			}},
			Output: Form{Is: plain.Operations[0].Output.Is, Fits: func(input, v protocol.Value) bool {
				return plain.Operations[0].Output.Fits(shortSteps(input), shortSteps(v))
			}},
		}},
	}
}

// shortSteps returns a transaction with "r" and "w" in place of "read" and "write".
func shortSteps(v protocol.Value) protocol.Value {
	list, _ := v.List()
	long := func(step protocol.Value) bool {
		m, ok := MicroOpOf(step)
		return ok && (m.F == "read" || m.F == "write")
	}
	if !slices.ContainsFunc(list, long) {
		return v
	}
	out := slices.Clone(list)
	for i, step := range list {
		if long(step) {
			m, _ := MicroOpOf(step)
			out[i] = protocol.List(protocol.String(m.F[:1]), m.Key, m.Value)
		}
	}
	return protocol.List(out...)
}
