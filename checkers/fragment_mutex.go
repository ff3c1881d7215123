package checkers

import (
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// mutex weakens what an operation says of a mutex, as the number of those who have it: of operations that were left out and
// had surely happened it is known how they change it, of those that may have happened only how much they do at most.
func (g *fragment) mutex(at int) {
	op := &g.ops[at]
	want := int64(0) // how many must have it beforehand
	change, _ := Amount(op)
	if change < 0 {
		want = 1
	}
	if op.Refused() {
		want, change = 1-want, 0
		op.Outcome = protocol.OK
		op.Note(history.Notes{Node: op.Node(), Via: op.Via()})
	}
	low, high := g.remains(op, want)
	op.F, op.Input, op.Output = pay, protocol.Ints(low, high, change), protocol.Value{}
}

// counted returns a mutex that counts those who have it, and answers pay.
func counted(mutex model.Object) model.Object {
	count := guarded(model.Bank())
	mutex.Init, mutex.Step = count.Init, count.Step
	return mutex
}
