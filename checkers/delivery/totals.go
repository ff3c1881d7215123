package delivery

import (
	"fmt"

	"sunder/checkers"
	"sunder/harness/protocol"
)

// judgeTotals judges a bank between whose accounts money is transferred, by every read of all accounts: each shows the same
// total, and none less than nothing.
func judgeTotals(in checkers.Input) checkers.Verdict {
	v := checkers.Verdict{Engine: "comparison of totals", Steps: int64(len(in.History.Operations))}
	ops := checkers.Considered(in)
	if flaw := checkers.FindMiscount(in, ops); flaw != nil {
		v.Valid, v.Reason = checkers.Invalid, flaw.Sentence
		v.Witness = &checkers.Witness{Anomaly: flaw.Anomaly, Operations: flaw.Operations, Sentence: flaw.Sentence}
		return v
	}
	reads := 0
	for _, i := range ops {
		if op := &in.History.Operations[i]; op.F == "read" && op.Outcome == protocol.OK {
			reads++
		}
	}
	if reads == 0 {
		v.Reason = "no read of all accounts ended ok"
		return v
	}
	v.Valid, v.Reason = checkers.Valid, fmt.Sprintf("%d reads of all accounts agree on what these hold together", reads)
	return v
}
