package checkers

import (
	"slices"

	"sunder/checkers/model"
	"sunder/harness/protocol"
)

// indexSteps finds where the values of registers that are written together come from.
func (f *Fragments) indexSteps() {
	f.indexed = true
	for _, updates := range f.updates {
		for _, i := range updates {
			op := &f.in.History.Operations[i]
			steps, _ := model.MicroOps(op.Input)
			for _, m := range steps {
				if !reads(m) {
					at := [2]string{register(op.Key, m), m.Value.String()}
					f.sources[at] = append(f.sources[at], i)
				}
			}
		}
	}
}

// register names a register among those under a key.
func register(key string, m model.MicroOp) string { return key + " " + m.Key.String() }

func reads(m model.MicroOp) bool { return m.F == "r" || m.F == "read" }

// together weakens a transaction on several registers: a step that read a value is left out unless all that may have written
// the value are there.
func (g *fragment) together(at int) {
	op := &g.ops[at]
	if op.Outcome != protocol.OK {
		return
	}
	steps, _ := op.Output.List()
	kept := slices.DeleteFunc(slices.Clone(steps), func(step protocol.Value) bool {
		m, ok := model.MicroOpOf(step)
		return ok && reads(m) && !g.complete(register(op.Key, m), m.Value)
	})
	if len(kept) == 0 {
		g.void(at)
		return
	}
	op.Output = protocol.List(kept...)
	op.Input = op.Output
}
