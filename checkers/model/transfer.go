package model

import (
	"math"
	"slices"

	"sunder/harness/protocol"
)

// Transfer is what a transfer between two accounts is given, [from, to, amount].
type Transfer struct {
	From, To protocol.Value
	Amount   int64
}

// TransferOf takes the input of a transfer apart, and tells whether it is one. The amount is not below 0.
func TransferOf(input protocol.Value) (Transfer, bool) {
	list, _ := input.List()
	if len(list) != 3 {
		return Transfer{}, false
	}
	n, ok := list[2].Int()
	return Transfer{list[0], list[1], n}, ok && n >= 0 && isAccount(list[0]) && isAccount(list[1])
}

// On returns what a transfer adds to an account.
func (t Transfer) On(account protocol.Value) int64 {
	n := int64(0)
	if t.From.Equal(account) {
		n -= t.Amount
	}
	if t.To.Equal(account) {
		n += t.Amount
	}
	return n
}

func isAccount(v protocol.Value) bool {
	return v.Kind() == protocol.Integer || v.Kind() == protocol.Text
}

// Balance is what an account holds.
type Balance struct {
	Account protocol.Value
	Amount  int64
}

// BalancesOf takes the answer of a read of all accounts apart, [[account, balance], ...], and tells whether it says of each how
// much it holds. An account that it does not name holds nothing.
func BalancesOf(output protocol.Value) ([]Balance, bool) {
	list, ok := output.List()
	out := make([]Balance, len(list))
	for i, v := range list {
		pair, _ := v.List()
		if len(pair) != 2 {
			return nil, false
		}
		n, isInt := pair[1].Int()
		ok = ok && isInt
		out[i] = Balance{pair[0], n}
	}
	return out, ok
}

// Overdrawn tells whether some account holds less than nothing.
func Overdrawn(balances []Balance) bool {
	return slices.ContainsFunc(balances, func(b Balance) bool { return b.Amount < 0 })
}

// Total returns what accounts hold together.
func Total(balances []Balance) protocol.Value {
	text := totalOf(balances).Key()
	var v protocol.Value
	if err := v.UnmarshalJSON([]byte(text)); err != nil {
		return protocol.String(text) // more than 64 bits hold
	}
	return v
}

// balanceForm is what a read of a bank answers: of one account or of all.
func balanceForm() Form {
	return Form{Is: "a whole number, or a list of pairs [account, balance]", Fits: func(_, v protocol.Value) bool {
		if v.Kind() == protocol.Integer {
			return true
		}
		list, ok := v.List()
		named := map[string]bool{}
		for _, pair := range list {
			p, _ := pair.List()
			if len(p) != 2 || !isAccount(p[0]) || p[1].Kind() != protocol.Integer && !p[1].IsNull() || named[p[0].String()] {
				return false
			}
			named[p[0].String()] = true
		}
		return ok
	}}
}

func transferForm() Form {
	return Form{Is: "a list [from, to, amount] whose amount is not below 0", Fits: func(_, v protocol.Value) bool {
		_, ok := TransferOf(v)
		return ok
	}}
}

// Bounds says that an account held a number between two, both included.
type Bounds struct {
	Account   protocol.Value
	Low, High int64
}

// Holding writes down what an operation says of accounts, for Hold: what some held; what all held together, and that those that
// are not named held nothing, unless the total is null; and, unless it is null, the transfer that was made then.
func Holding(bounds []Bounds, total, transfer protocol.Value) protocol.Value {
	list := make([]protocol.Value, len(bounds))
	for i, b := range bounds {
		list[i] = protocol.List(b.Account, protocol.Int(b.Low), protocol.Int(b.High))
	}
	return protocol.List(protocol.List(list...), total, transfer)
}

// Hold lets a call with the input Holding take effect on a bank without debts, or on one with debts.
func Hold(s State, c Call, debts bool) (State, bool) {
	l, ok := s.(*ledger)
	if !ok {
		l = newLedger(debts)
	}
	parts, _ := c.Input.List()
	bounds, _ := parts[0].List()
	var h holding
	for _, b := range bounds {
		three, _ := b.List()
		low, _ := three[1].Int()
		high, _ := three[2].Int()
		h.spans = append(h.spans, named{three[0].String(), span{low, high}})
	}
	if !parts[1].IsNull() {
		n, _ := parts[1].Int()
		h.counted, h.total = true, counterOf(n)
	}
	h.transfer, _ = TransferOf(parts[2])
	return l.settle(c, h)
}

// maxMoney bounds what is reckoned with in a bank, such that no sum of two such numbers is too large.
const maxMoney = math.MaxInt64 / 4

// Reckonable tells whether money can be reckoned with: it is far from what 64 bits hold.
func Reckonable(n int64) bool { return -maxMoney < n && n < maxMoney }
