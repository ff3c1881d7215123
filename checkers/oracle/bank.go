package oracle

import (
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Conserved tells whether no read of a bank shows less than nothing, and each final read answers what some choice of
// the payments comes to: all that had ended ok before it, and any of those that it may have seen. It tries all choices,
// and each final read counts, also one that its replica was asked again after.
func Conserved(in checkers.Input) bool {
	finals := in.History.Finals()
	for i := range in.History.Operations {
		read := &in.History.Operations[i]
		got, ok := read.Output.Int()
		if read.F != "read" || read.Outcome != protocol.OK || !ok {
			continue
		}
		if got < 0 || slices.Contains(finals, i) && !comesTo(in.History.Operations, read, got) {
			return false
		}
	}
	return true
}

func comesTo(payments []history.Operation, read *history.Operation, got int64) bool {
	if len(payments) == 0 {
		return got == 0
	}
	op, rest := &payments[0], payments[1:]
	n, ok := op.Input.Int()
	if op.F == "withdraw" {
		n = -n
	}
	pays := ok && op.Key == read.Key && (op.F == "deposit" || op.F == "withdraw") && op.Outcome != protocol.Fail && op.Call < read.Return
	must := pays && op.Outcome == protocol.OK && op.Return < read.Call
	return pays && comesTo(rest, read, got-n) || !must && comesTo(rest, read, got)
}
