package linearizable

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
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
		for _, k := range ops {
			if found, ok := outOfLine(in, i, k); ok {
				return found
			}
		}
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

// outOfLine tells whether a read of all accounts shows a balance that no choice of the transfers since a former one comes to.
func outOfLine(in checkers.Input, former, later int) (finding, bool) {
	o, p := &in.History.Operations[former], &in.History.Operations[later]
	if o.F != "read" || p.F != "read" || o.Key != p.Key || !o.Precedes(p) {
		return finding{}, false
	}
	before, ok1 := model.BalancesOf(o.Output)
	after, ok2 := model.BalancesOf(p.Output)
	if !ok1 || !ok2 {
		return finding{}, false
	}
	for _, b := range after {
		low, high := since(in, o, p, b.Account, balanceOf(before, b.Account))
		if b.Amount < low || b.Amount > high {
			return finding{anomaly: guarantee.NotLinearizable, parts: []int{former, later},
				sentence: fmt.Sprintf("%s read the balance %d of account %s, when it was %s by process %d's read before and the transfers since",
					checkers.Actor(p), b.Amount, checkers.Brief(b.Account), within(low, high), o.Process)}, true
		}
	}
	return finding{}, false
}

// balanceOf returns what an account holds: nothing if it is not named.
func balanceOf(balances []model.Balance, account protocol.Value) int64 {
	for _, b := range balances {
		if b.Account.Equal(account) {
			return b.Amount
		}
	}
	return 0
}

// since returns the least and the greatest balance that an account can have had when it was read, from what a former read showed.
func since(in checkers.Input, former, later *history.Operation, account protocol.Value, balance int64) (low, high int64) {
	low, high = balance, balance
	for _, i := range checkers.Considered(in) {
		op := &in.History.Operations[i]
		t, _ := model.TransferOf(op.Input)
		if n := t.On(account); op.F != "transfer" || op.Refused() || op.Key != later.Key || later.Precedes(op) || sure(op, former) {
			continue
		} else if former.Precedes(op) && sure(op, later) {
			low, high = low+n, high+n
		} else {
			low, high = low+min(n, 0), high+max(n, 0)
		}
	}
	return low, high
}
