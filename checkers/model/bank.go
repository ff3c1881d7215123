package model

import "sunder/harness/protocol"

// Bank has an account under each key, with the balance 0 at first. Its operations are deposit and withdraw, which add
// and take away a whole number above 0, and read, which answers the balance. A withdrawal of more than the balance, and
// no other, is refused.
func Bank() Object {
	return Object{
		Name:     "bank",
		Init:     func(protocol.Value) State { return counter{} },
		Step:     stepBank,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: wholeNumber()},
			{F: "deposit", Input: positive(), Output: done()},
			{F: "withdraw", Input: positive(), Output: done()},
		},
	}
}

func stepBank(s State, c Call) (State, bool) {
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
