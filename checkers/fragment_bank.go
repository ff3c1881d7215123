package checkers

import (
	"math"
	"strconv"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// pay is the operation of a fragment that says that the balance of an account was in a range, both ends included, and
// then changed by an amount, which may be 0. It is given [low, high, amount].
const pay = "pay between"

// account weakens what an operation says of a balance: payments that were left out and had surely been made are taken
// off; of those that may have been made it is known only how much they come to at least and at most.
func (g *fragment) account(at int) {
	op := &g.ops[at]
	if together(op) {
		g.accounts(at)
		return
	}
	if len(g.left(op.Key)) == 0 {
		return
	}
	n, isInt := op.Input.Int()
	switch {
	case g.in.Object.ReadOnly(op.F):
		sum, answered := op.Output.Int()
		if !answered {
			return
		}
		low, high := g.remains(op, sum)
		op.Input = protocol.Ints(low, high, 0)
	case op.F != "withdraw" || !isInt:
		return
	case op.Refused():
		_, high := g.remains(op, n-1)
		op.Input = protocol.Ints(math.MinInt64, high, 0)
		op.Outcome = protocol.OK
		op.Note(history.Notes{Node: op.Node(), Via: op.Via()})
	default:
		low, _ := g.remains(op, n)
		op.Input = protocol.Ints(low, math.MaxInt64, -n)
	}
	op.F, op.Output = pay, protocol.Value{}
}

// guarded returns a bank that answers pay and hold, too. Balances below 0 are none of its business: what was left out may have
// been paid in.
func guarded(bank model.Object) model.Object {
	plain := bank
	bank.Step = func(s model.State, c model.Call) (model.State, bool) {
		switch c.F {
		case hold:
			return model.Hold(s, c, bank.Debts)
		case pay:
		default:
			return plain.Step(s, c)
		}
		list, _ := c.Input.List()
		low, _ := list[0].Int()
		high, _ := list[1].Int()
		balance, err := strconv.ParseInt(s.Key(), 10, 64)
		if err != nil || balance < low || balance > high {
			return s, !c.Known
		}
		change, _ := list[2].Int()
		return model.Paid(s, change), true
	}
	return bank
}
