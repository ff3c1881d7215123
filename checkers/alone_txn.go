package checkers

import (
	"slices"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// AloneTransactions returns the history of some transactions of in alone, such that it has each guarantee that in has:
// one that lacks it is a proof, however small. Elements that others appended are left out of the lists that were read,
// and so are reads of registers that found what others wrote. Its i-th operation is what is left of the i-th of present.
func AloneTransactions(in Input, present []int) Input {
	chosen := slotsOf(in, present)
	others := map[writtenSlot]bool{} // what somebody else wrote that was read; false as long as nobody is found
	for _, i := range present {
		steps, _ := in.History.Operations[i].Output.List()
		for _, v := range steps {
			m, _ := model.MicroOpOf(v)
			if list, ok := m.Value.List(); ok && m.F == "r" {
				for _, e := range list {
					others[slotOf(m.Key, e)] = false
				}
			}
			others[slotOf(m.Key, m.Value)] = false
		}
	}
	for i := range in.History.Operations {
		steps, _ := in.History.Operations[i].Input.List()
		for _, v := range steps {
			if m, ok := model.MicroOpOf(v); ok && m.F != "r" {
				at := slotOf(m.Key, m.Value)
				if _, read := others[at]; read && !chosen[at] {
					others[at] = true
				}
			}
		}
	}
	keep := func(key, value protocol.Value) bool { return !others[slotOf(key, value)] }
	ops := make([]history.Operation, len(present))
	for at, i := range present {
		ops[at] = in.History.Operations[i]
		ops[at].Input = without(ops[at].Input, ops[at].Output, keep)
		ops[at].Output = without(ops[at].Output, ops[at].Output, keep)
	}
	return Input{
		History: &history.History{Operations: ops, Initial: in.History.Initial},
		Object:  in.Object, Budget: in.Budget,
	}
}

// writtenSlot is a value under a key, in a form that can be compared.
type writtenSlot struct{ key, value scalar }

type scalar struct {
	kind protocol.ValueKind
	n    int64
	text string
}

func slotOf(key, value protocol.Value) writtenSlot {
	return writtenSlot{scalarOf(key), scalarOf(value)}
}

func scalarOf(v protocol.Value) scalar {
	s := scalar{kind: v.Kind()}
	switch s.kind {
	case protocol.Integer:
		s.n, _ = v.Int()
	case protocol.Text:
		s.text, _ = v.Text()
	case protocol.Sequence:
		s.text = v.String()
	}
	return s
}

// slotsOf returns what some operations write.
func slotsOf(in Input, present []int) map[writtenSlot]bool {
	out := map[writtenSlot]bool{}
	for _, i := range present {
		steps, _ := model.MicroOps(in.History.Operations[i].Input)
		for _, m := range steps {
			if m.F != "r" {
				out[slotOf(m.Key, m.Value)] = true
			}
		}
	}
	return out
}

// without leaves out of the steps what their reads, of which outputs has the values, found of others.
func without(steps, outputs protocol.Value, keep func(key, value protocol.Value) bool) protocol.Value {
	list, _ := steps.List()
	answers, _ := outputs.List()
	var out []protocol.Value
	for i, v := range list {
		m, ok := model.MicroOpOf(v)
		if !ok || m.F != "r" || i >= len(answers) {
			out = append(out, v)
			continue
		}
		answer, _ := model.MicroOpOf(answers[i])
		elements, isList := m.Value.List()
		switch {
		case isList:
			elements = slices.DeleteFunc(slices.Clone(elements), func(e protocol.Value) bool { return !keep(m.Key, e) })
			out = append(out, protocol.List(protocol.String("r"), m.Key, protocol.List(elements...)))
		case answer.Value.Kind() == protocol.Sequence || answer.Value.IsNull() || keep(m.Key, answer.Value):
			out = append(out, v)
		}
	}
	return protocol.List(out...)
}
