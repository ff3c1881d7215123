package model

import (
	"math"
	"slices"
	"strconv"

	"sunder/harness/protocol"
)

// ledger is all accounts of a bank together, between which money is transferred. What they held at first may not be known, so
// it is what is known of them: each holds a number within a span, and all together hold a certain sum once they were read. Every
// choice of balances that agrees with that is possible, and none else. So a read, which changes no balance, may well tell more
// than was known. What tells nothing new leads to the same ledger.
type ledger struct {
	names   []string // of the accounts, as JSON, sorted
	spans   []span   // of each
	others  span     // what each account holds that is not among these
	total   counter
	counted bool // the total is known
}

// span is the numbers between two, both included. The least and the greatest number of 64 bits stand for no bound.
type span struct{ low, high int64 }

func (s span) shifted(n int64) span {
	if s.low != math.MinInt64 {
		s.low += n
	}
	if s.high != math.MaxInt64 {
		s.high += n
	}
	return s
}

func (s span) within(t span) span { return span{max(s.low, t.low), min(s.high, t.high)} }

// newLedger returns what is known of a bank at first: of one without debts, that no account holds less than nothing.
func newLedger(debts bool) *ledger {
	if debts {
		return &ledger{others: span{math.MinInt64, math.MaxInt64}}
	}
	return &ledger{others: span{0, math.MaxInt64}}
}

// Key implements State.
func (l *ledger) Key() string {
	b := make([]byte, 0, 24*(len(l.names)+2))
	write := func(s span) {
		b = append(strconv.AppendInt(append(b, '='), s.low, 10), '.', '.')
		b = append(strconv.AppendInt(b, s.high, 10), ' ')
	}
	for i, name := range l.names {
		b = append(b, name...)
		write(l.spans[i])
	}
	b = append(b, "others"...)
	write(l.others)
	if l.counted {
		b = append(b, l.total.Key()...)
	}
	return string(b)
}

// at returns where an account stands, and makes room for it if there is none. The ledger must be its own.
func (l *ledger) at(name string) int {
	i, known := slices.BinarySearch(l.names, name)
	if !known {
		l.names = slices.Insert(slices.Clone(l.names), i, name)
		l.spans = slices.Insert(l.spans, i, l.others)
	}
	return i
}

// whole tells whether a call is one on all accounts together.
func whole(c Call) bool {
	return c.F == "transfer" || c.F == "read" && c.Output.Kind() == protocol.Sequence
}

func (l *ledger) step(c Call, debts bool) (State, bool) {
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
			return l.settle(c, holding{spans: []named{{t.From.String(), span{math.MinInt64, t.Amount - 1}}}})
		}
		return l.settle(c, holding{spans: []named{{t.From.String(), span{t.Amount, math.MaxInt64}}}, transfer: t})
	}
	return l, false
}

// holding says what some accounts hold and, if all were counted, what they hold together, the others nothing; and what is
// transferred then.
type holding struct {
	spans    []named
	counted  bool
	total    counter
	transfer Transfer
}

// named is what an account holds.
type named struct {
	name string
	span
}

// settle learns what a call says and does it. One of unknown outcome that cannot have happened changes nothing.
func (l *ledger) settle(c Call, h holding) (State, bool) {
	next, ok := l.learn(h)
	if !ok {
		return l, !c.Known
	}
	return next.after(h.transfer), true
}

// learn returns what is known once a holding is known, and whether that is possible.
func (l *ledger) learn(h holding) (*ledger, bool) {
	if h.counted && (l.counted && l.total != h.total || l.others.low > 0 || l.others.high < 0) {
		return l, false
	}
	next := &ledger{names: l.names, spans: slices.Clone(l.spans), others: l.others, total: l.total, counted: l.counted}
	for _, s := range h.spans {
		next.at(s.name)
	}
	said := make([]bool, len(next.names))
	for _, s := range h.spans {
		i := next.at(s.name)
		said[i], next.spans[i] = true, next.spans[i].within(s.span)
	}
	if h.counted {
		next.others, next.total, next.counted = span{}, h.total, true
		for i := range said {
			if !said[i] {
				next.spans[i] = next.spans[i].within(span{})
			}
		}
	}
	if slices.ContainsFunc(next.spans, func(s span) bool { return s.low > s.high }) || !next.adds() {
		return l, false
	}
	if next.others == l.others && next.counted == l.counted && slices.Equal(next.spans, l.spans) {
		return l, true
	}
	return next, true
}

// adds tells whether the accounts can come to the total.
func (l *ledger) adds() bool {
	if !l.counted { // then the others may hold anything
		return true
	}
	low, high := counter{}, counter{}
	least, most := false, false // there is no least sum, no greatest one
	for _, s := range l.spans {
		low, high = low.plus(counterOf(s.low)), high.plus(counterOf(s.high))
		least, most = least || s.low == math.MinInt64, most || s.high == math.MaxInt64
	}
	return (least || !l.total.below(low)) && (most || !high.below(l.total))
}

// after returns the ledger after a transfer.
func (l *ledger) after(t Transfer) *ledger {
	if t.Amount == 0 || t.From.Equal(t.To) {
		return l
	}
	next := &ledger{names: l.names, spans: slices.Clone(l.spans), others: l.others, total: l.total, counted: l.counted}
	from, to := t.From.String(), t.To.String()
	next.at(from)
	next.at(to)
	for name, n := range map[string]int64{from: -t.Amount, to: t.Amount} {
		i := next.at(name)
		next.spans[i] = next.spans[i].shifted(n)
	}
	return next
}

func exactly(balances []Balance) []named {
	out := make([]named, len(balances))
	for i, b := range balances {
		out[i] = named{b.Account.String(), span{b.Amount, b.Amount}}
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
