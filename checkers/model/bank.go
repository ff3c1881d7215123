package model

import "sunder/harness/protocol"

// Bank has an account under each key, with the balance 0 at first. Its operations are deposit and withdraw, which add
// and take away a whole number above 0, and read, which answers the balance. A withdrawal of more than the balance, and
// no other, is refused.
//
// Or it has several accounts under each key, between which transfer moves money, and read answers all their balances: the bank
// of Jepsen's tests. What these hold at first is the initial value, a list of pairs [account, balance], or not known if it is
// none. A transfer of more than the account holds, and no other, is refused.
func Bank() Object { return bank(false) }

// InDebt returns a bank whose accounts may hold less than nothing. No transfer is refused there.
func InDebt() Object { return bank(true) }

func bank(debts bool) Object {
	return Object{
		Name: "bank",
		Init: func(initial protocol.Value) State {
			if balances, ok := BalancesOf(initial); ok {
				known, _ := newLedger(true).learn(holding{spans: exactly(balances), counted: true, total: totalOf(balances)})
				return known
			}
			return counter{}
		},
		Step:     func(s State, c Call) (State, bool) { return stepBank(s, c, debts) },
		ReadOnly: readOnly,
		Debts:    debts,
		Learns:   true,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: balanceForm()},
			{F: "deposit", Input: positive(), Output: done()},
			{F: "withdraw", Input: positive(), Output: done()},
			{F: "transfer", Input: transferForm(), Output: done()},
		},
	}
}

func stepBank(s State, c Call, debts bool) (State, bool) {
	if _, ok := TransferOf(c.Input); c.F == "transfer" && !ok {
		return s, c.Refused || !c.Known
	}
	accounts, together := s.(*ledger)
	if !together && s == (counter{}) && whole(c) {
		accounts, together = newLedger(debts), true
	}
	if together {
		return accounts.step(c, debts)
	}
	balance := s.(counter)
	n, ok := c.Input.Int()
	if (c.F == "deposit" || c.F == "withdraw") && (!ok || n < 1) {
		return balance, c.Refused || !c.Known
	}
	switch c.F {
	case "read":
		got, ok := c.Output.Int()
		return balance, !c.Known || ok && counterOf(got) == balance
	case "deposit":
		if c.Refused {
			return balance, true
		}
		return balance.plus(counterOf(n)), true
	case "withdraw":
		short := balance.below(counterOf(n))
		if short || c.Refused {
			return balance, short && c.Refused || !c.Known
		}
		return balance.plus(counterOf(-n)), true
	}
	return balance, false
}

// Paid returns the state of an account after a payment that nothing is asked of: n is added to the balance, and may be
// below 0.
func Paid(s State, n int64) State { return s.(counter).plus(counterOf(n)) }

// below tells whether one number is less than another.
func (c counter) below(d counter) bool {
	return c.high < d.high || c.high == d.high && c.low < d.low
}

func positive() Form {
	return Form{Is: "a whole number above 0", Fits: func(_, v protocol.Value) bool {
		n, ok := v.Int()
		return ok && n > 0
	}}
}
