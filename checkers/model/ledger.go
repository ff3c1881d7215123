package model

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sunder/harness/protocol"
)

// ledger is all accounts of a bank together, between which money is transferred. What they held at first may not be known, so
// it is what is known of them: each holds a number within a span, and all together hold a certain sum once they were read. Every
// choice of balances that agrees with that is possible, and none else. So a read, which changes no balance, may well tell more
// than was known.
type ledger struct {
	accounts map[string]span // by the text of the account
	others   span            // what each account holds that is not among these
	total    counter
	counted  bool // the total is known
}

// span is the numbers between two, both included. The least and the greatest number of 64 bits stand for no bound.
type span struct{ low, high int64 }

var anyBalance = span{math.MinInt64, math.MaxInt64}

func (s span) shifted(n int64) span {
	if s.low != math.MinInt64 {
		s.low += n
	}
	if s.high != math.MaxInt64 {
		s.high += n
	}
	return s
}

// newLedger returns what is known of a bank at first: of one without debts, that no account holds less than nothing.
func newLedger(debts bool) ledger {
	if debts {
		return ledger{others: anyBalance}
	}
	return ledger{others: span{0, math.MaxInt64}}
}

// Key implements State.
func (l ledger) Key() string {
	var b strings.Builder
	for _, account := range slices.Sorted(maps.Keys(l.accounts)) {
		s := l.accounts[account]
		fmt.Fprintf(&b, "%s=%d..%d ", account, s.low, s.high)
	}
	fmt.Fprintf(&b, "others=%d..%d", l.others.low, l.others.high)
	if l.counted {
		b.WriteString(" total=" + l.total.Key())
	}
	return b.String()
}

// whole tells whether a call is one on all accounts together.
func whole(c Call) bool {
	return c.F == "transfer" || c.F == "read" && c.Output.Kind() == protocol.Sequence
}

func (l ledger) step(c Call, debts bool) (State, bool) {
	switch c.F {
	case "read":
		if !c.Known {
			return l, true
		}
		balances, ok := BalancesOf(c.Output)
		if !ok || !debts && Overdrawn(balances) {
			return l, false
		}
		return l.settle(c, holding{spans: exactly(balances), counted: true, total: totalOf(balances)})
	case "transfer":
		t, _ := TransferOf(c.Input)
		switch {
		case debts && c.Refused:
			return l, true
		case debts:
			return l.settle(c, holding{transfer: t})
		case c.Refused:
			return l.settle(c, holding{spans: map[string]span{t.From.String(): {math.MinInt64, t.Amount - 1}}})
		}
		return l.settle(c, holding{spans: map[string]span{t.From.String(): {t.Amount, math.MaxInt64}}, transfer: t})
	}
	return l, false
}

// holding says what some accounts hold and, if all were counted, what they hold together, the others nothing; and what is
// transferred then.
type holding struct {
	spans    map[string]span
	counted  bool
	total    counter
	transfer Transfer
}

// settle learns what a call says and does it. One of unknown outcome that cannot have happened changes nothing.
func (l ledger) settle(c Call, h holding) (State, bool) {
	next, ok := l.learn(h)
	if !ok {
		return l, !c.Known
	}
	next.move(h.transfer)
	return next, true
}

// learn returns what is known once a holding is known, and whether that is possible.
func (l ledger) learn(h holding) (ledger, bool) {
	next := ledger{accounts: make(map[string]span, len(l.accounts)+len(h.spans)), others: l.others, total: l.total, counted: l.counted}
	maps.Copy(next.accounts, l.accounts)
	for account := range h.spans {
		if _, known := next.accounts[account]; !known {
			next.accounts[account] = l.others
		}
	}
	if h.counted {
		if l.counted && l.total != h.total || next.others.low > 0 || next.others.high < 0 {
			return l, false
		}
		next.others, next.total, next.counted = span{}, h.total, true
	}
	for account, s := range next.accounts {
		said, says := h.spans[account]
		if !says && h.counted {
			said, says = span{}, true
		}
		if says {
			s = span{max(s.low, said.low), min(s.high, said.high)}
		}
		if s.low > s.high {
			return l, false
		}
		next.accounts[account] = s
	}
	return next, next.adds()
}

// adds tells whether the accounts can come to the total.
func (l ledger) adds() bool {
	if !l.counted { // then the others may hold anything
		return true
	}
	low, high := counter{}, counter{}
	least, most := false, false // there is no least sum, no greatest one
	for _, s := range l.accounts {
		low, high = low.plus(counterOf(s.low)), high.plus(counterOf(s.high))
		least, most = least || s.low == math.MinInt64, most || s.high == math.MaxInt64
	}
	return (least || !l.total.below(low)) && (most || !high.below(l.total))
}

// move does a transfer. The ledger must be its own.
func (l ledger) move(t Transfer) {
	if t.Amount == 0 {
		return
	}
	for account, n := range map[string]int64{t.From.String(): -t.Amount, t.To.String(): t.Amount} {
		s, known := l.accounts[account]
		if !known {
			s = l.others
		}
		if !t.From.Equal(t.To) {
			l.accounts[account] = s.shifted(n)
		}
	}
}

func exactly(balances []Balance) map[string]span {
	out := make(map[string]span, len(balances))
	for _, b := range balances {
		out[b.Account.String()] = span{b.Amount, b.Amount}
	}
	return out
}

func totalOf(balances []Balance) counter {
	var sum counter
	for _, b := range balances {
		sum = sum.plus(counterOf(b.Amount))
	}
	return sum
}
