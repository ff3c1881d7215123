package linearizable

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// classifyBank says what is wrong with a witness on an account if one operation shows it: by what must and what may have
// been paid before it in the whole history, the balance was not what it met.
func classifyBank(in checkers.Input, ops []int) finding {
	if flaw := checkers.FindMiscount(in, ops); flaw != nil {
		return finding{anomaly: guarantee.NotLinearizable, parts: flaw.Operations, sentence: flaw.Sentence}
	}
	for _, i := range ops {
		op := &in.History.Operations[i]
		low, high := balanceAt(in, i)
		n, _ := op.Input.Int()
		what := ""
		switch got, answered := op.Output.Int(); {
		case checkers.Optional(op):
		case op.F == "read" && answered && (got < low || got > high):
			what = fmt.Sprintf("%s, when the balance was %s", checkers.Deed(op), within(low, high))
		case op.F == "withdraw" && op.Refused() && n <= low:
			what = fmt.Sprintf("%s was refused, when the balance was %s", checkers.Noun(op), within(low, high))
		case op.F == "withdraw" && !op.Refused() && n > high:
			what = fmt.Sprintf("%s succeeded, when the balance was %s", checkers.Noun(op), within(low, high))
		}
		if what != "" {
			return finding{anomaly: guarantee.NotLinearizable, parts: []int{i}, sentence: what}
		}
	}
	return finding{anomaly: guarantee.NotLinearizable}
}

// balanceAt returns the least and the greatest balance that an operation can have met.
func balanceAt(in checkers.Input, at int) (low, high int64) {
	op := &in.History.Operations[at]
	for _, i := range checkers.Considered(in) {
		other := &in.History.Operations[i]
		n, ok := checkers.Amount(other)
		if !ok || i == at || other.Key != op.Key || other.Refused() || op.Precedes(other) {
			continue
		}
		if sure(other, op) {
			low, high = low+n, high+n
		} else {
			low, high = low+min(n, 0), high+max(n, 0)
		}
	}
	return max(low, 0), high
}

// sure tells whether a payment was made before an operation in every order.
func sure(payment, op *history.Operation) bool {
	return payment.Outcome == protocol.OK && payment.Precedes(op)
}

func within(low, high int64) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("at least %d and at most %d", low, high)
}
