package oracle

import (
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// transfer lets an operation on a bank of several accounts take effect, or end without one. What an account holds is reckoned
// here, not by the specification.
func (s *simulation) transfer(op *timed) {
	bank := s.banks[op.Key]
	if bank == nil {
		for range s.Accounts {
			bank = append(bank, s.rand.Int64N(4))
		}
		s.banks[op.Key] = bank
	}
	op.Outcome, op.Output = protocol.OK, op.Input
	unsure := s.rand.IntN(100) < s.Unsure
	if unsure {
		op.Outcome = []protocol.Outcome{protocol.Fail, protocol.Info}[s.rand.IntN(2)]
	}
	if op.F == "read" {
		if !unsure {
			op.Output = balances(bank)
		}
		return
	}
	if unsure && (op.Outcome == protocol.Fail || s.rand.IntN(2) == 0) {
		return
	}
	list, _ := op.Input.List()
	from, _ := list[0].Int()
	to, _ := list[1].Int()
	n, _ := list[2].Int()
	if bank[from] < n {
		op.Outcome = protocol.Fail
		op.Note(history.Notes{Node: op.Node(), Error: protocol.Refused})
		return
	}
	bank[from] -= n
	bank[to] += n
}

func balances(bank []int64) protocol.Value {
	list := make([]protocol.Value, len(bank))
	for account, n := range bank {
		list[account] = protocol.Ints(int64(account), n)
	}
	return protocol.List(list...)
}

// nearlyBalances returns balances of which one is another, or of which one unit is in another account.
func (s *simulation) nearlyBalances(v protocol.Value) protocol.Value {
	list, _ := v.List()
	out := slices.Clone(list)
	change := func(n int64) {
		i := s.rand.IntN(len(out))
		pair, _ := out[i].List()
		held, _ := pair[1].Int()
		out[i] = protocol.List(pair[0], protocol.Int(held+n))
	}
	change(1)
	if s.rand.IntN(4) > 0 {
		change(-1)
	}
	return protocol.List(out...)
}

// LinearizableBank tells whether some balances at first, each from 0 to most, make a history of a bank of so many accounts, and
// of one key, linearizable. It tries all of them.
func LinearizableBank(in checkers.Input, accounts int, most int64) bool {
	return someBalances(make([]int64, 0, accounts), accounts, most, func(bank []int64) bool {
		h := *in.History
		h.Initial = balances(bank)
		known := in
		known.History = &h
		return Linearizable(known)
	})
}

func someBalances(bank []int64, accounts int, most int64, holds func([]int64) bool) bool {
	if len(bank) == accounts {
		return holds(bank)
	}
	for n := range most + 1 {
		if someBalances(append(bank, n), accounts, most, holds) {
			return true
		}
	}
	return false
}
