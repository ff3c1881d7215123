package checkers

import (
	"math"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// hold is the operation of a fragment that says what accounts of a bank held, and then makes a transfer or none. It is given a
// model.Holding.
const hold = "hold between"

// together tells whether an operation is one on all accounts of a bank.
func together(op *history.Operation) bool {
	return op.F == "transfer" || op.F == "read" && op.Output.Kind() == protocol.Sequence
}

// accounts weakens what an operation says of the accounts of a bank, as account does of a single one. What all hold together no
// transfer that was left out can change.
func (g *fragment) accounts(at int) {
	op := &g.ops[at]
	if len(g.left(op.Key)) == 0 {
		return
	}
	if op.F == "read" {
		g.balances(op)
		return
	}
	t, ok := model.TransferOf(op.Input)
	if !ok || g.in.Object.Debts {
		return
	}
	bounds, made := model.Bounds{Account: t.From, Low: math.MinInt64, High: math.MaxInt64}, op.Input
	if op.Refused() {
		_, bounds.High = g.rest(op, t.From, t.Amount-1)
		made, op.Outcome = protocol.Value{}, protocol.OK
		op.Note(history.Notes{Node: op.Node(), Via: op.Via()})
	} else {
		bounds.Low, _ = g.rest(op, t.From, t.Amount)
	}
	op.F, op.Input, op.Output = hold, model.Holding([]model.Bounds{bounds}, protocol.Value{}, made), protocol.Value{}
}

// balances weakens a read of all accounts. One that says of some account no balance, or less than nothing where there are no
// debts, stays as it is: nothing explains it.
func (g *fragment) balances(op *history.Operation) {
	found, ok := model.BalancesOf(op.Output)
	if op.Outcome != protocol.OK || !ok || !g.in.Object.Debts && model.Overdrawn(found) {
		return
	}
	total := model.Total(found)
	named := map[string]bool{}
	for _, b := range found {
		named[b.Account.String()] = true
	}
	for _, i := range g.left(op.Key) {
		t, _ := model.TransferOf(g.in.History.Operations[i].Input)
		for _, account := range []protocol.Value{t.From, t.To} {
			if !named[account.String()] {
				named[account.String()] = true
				found = append(found, model.Balance{Account: account})
			}
		}
	}
	bounds := make([]model.Bounds, len(found))
	for i, b := range found {
		bounds[i].Account = b.Account
		bounds[i].Low, bounds[i].High = g.rest(op, b.Account, b.Amount)
	}
	op.F, op.Input, op.Output = hold, model.Holding(bounds, total, protocol.Value{}), protocol.Value{}
}

// rest takes off a balance that an operation met what was left out, as remains does.
func (g *fragment) rest(op *history.Operation, account protocol.Value, balance int64) (low, high int64) {
	return g.remainder(op, balance, func(other *history.Operation) int64 {
		t, _ := model.TransferOf(other.Input)
		return t.On(account)
	})
}
