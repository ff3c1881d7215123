package object

import (
	"fmt"

	"sunder/harness/protocol"
)

// newBank returns accounts, each with the balance 0 at first. A withdrawal of more than the balance is refused, so that
// no account is ever overdrawn.
func newBank() Object {
	return &keyed[int64]{
		name: "bank",
		operations: []operation[int64]{
			{name: "read", readOnly: true, check: nothing, apply: readCounter},
			{name: "deposit", check: amount, apply: deposit},
			{name: "withdraw", check: amount, apply: withdraw},
		},
		clone:  func(n int64) int64 { return n },
		states: map[string]int64{},
	}
}

// maxBalance is the most that 64 bits hold.
const maxBalance = 1<<63 - 1

// deposit fails if the sum is more than 64 bits hold.
func deposit(balance int64, v protocol.Value) (int64, protocol.Reply) {
	n, _ := v.Int()
	if balance > maxBalance-n {
		return balance, protocol.Reply{Outcome: protocol.Fail, Error: "an account does not hold that much"}
	}
	return balance + n, ok(protocol.Value{})
}

func withdraw(balance int64, v protocol.Value) (int64, protocol.Reply) {
	n, _ := v.Int()
	if n > balance {
		return balance, protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}
	}
	return balance - n, ok(protocol.Value{})
}

func amount(v protocol.Value) error {
	if n, isInt := v.Int(); !isInt || n < 1 {
		return fmt.Errorf("wants an integer above 0, not %s", v)
	}
	return nil
}
