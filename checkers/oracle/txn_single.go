package oracle

import (
	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// AsTransactions makes a transaction of each operation on a register, and tells whether that says the same: not of a cas that
// was refused, nor of one of unknown outcome, which would have done nothing but for what it found.
func AsTransactions(in checkers.Input) (checkers.Input, bool) {
	out := &history.History{Initial: in.History.Initial}
	for _, op := range in.History.Operations {
		if op.Refused() || op.F == "cas" && checkers.Optional(&op) {
			return checkers.Input{}, false
		}
		step := func(f string, v protocol.Value) protocol.Value {
			return protocol.List(protocol.String(f), protocol.String(op.Key), v)
		}
		var asked, answered []protocol.Value
		if op.F == "read" || op.F == "cas" {
			found, _ := checkers.Observes(&op)
			asked, answered = append(asked, step("r", protocol.Value{})), append(answered, step("r", found))
		}
		if op.F != "read" {
			written := op.Input
			if _, replacement, ok := model.CasArguments(op.Input); op.F == "cas" && ok {
				written = replacement
			}
			asked, answered = append(asked, step("w", written)), append(answered, step("w", written))
		}
		op.F, op.Key, op.Input, op.Output = "txn", "", protocol.List(asked...), protocol.List(asked...)
		if op.Outcome == protocol.OK {
			op.Output = protocol.List(answered...)
		}
		out.Operations = append(out.Operations, op)
	}
	object, _ := model.Lookup("rw-register")
	return checkers.Input{History: out, Object: object}, true
}
