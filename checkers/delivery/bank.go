package delivery

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// maxSums bounds how many balances an account may have, as far as is known, for these to be told apart.
const maxSums = 1 << 20

// notConserved finds a read of less than nothing, or a final read of a balance that no choice of the deposits and
// withdrawals explains of which it is not known whether they happened before it.
func notConserved(in checkers.Input, finals checkers.Finals) (w *checkers.Witness, doubt string) {
	accounts := map[string][]int{}
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if _, ok := checkers.Amount(op); ok && op.Outcome != protocol.Fail {
			accounts[op.Key] = append(accounts[op.Key], i)
		}
		if got, ok := op.Output.Int(); ok && op.F == "read" && op.Outcome == protocol.OK && got < 0 {
			return &checkers.Witness{
				Anomaly: guarantee.Overdrawn, Operations: []int{i},
				Sentence: fmt.Sprintf("%s read the balance %d of %s", checkers.Actor(op), got, checkers.Subject(op.Key, "the account")),
			}, ""
		}
	}
	for _, i := range finals.Positions() {
		if in.Interrupted() {
			break
		}
		read := &in.History.Operations[i]
		got, ok := read.Output.Int()
		if !ok {
			doubt = fmt.Sprintf("an account was read as %s", checkers.Brief(read.Output))
			continue
		}
		b := balances(in.History, accounts[read.Key], read)
		switch known, possible := b.includes(got); {
		case !known:
			doubt = fmt.Sprintf("%d deposits and withdrawals of %s may or may not count, which make more balances than can be told apart",
				len(b.open), checkers.Subject(read.Key, "the account"))
		case !possible:
			return b.witness(i, read, got, accounts[read.Key]), ""
		}
	}
	return nil, doubt
}

// balance is what is known of an account when it is read in the end.
type balance struct {
	sure int64   // of what ended ok before the read was called
	open []int64 // what may count or not: of unknown outcome, or under way while the account was read
}

func balances(h *history.History, updates []int, read *history.Operation) balance {
	var b balance
	for _, i := range updates {
		op := &h.Operations[i]
		n, _ := checkers.Amount(op)
		switch {
		case read.Precedes(op):
		case op.Outcome == protocol.OK && op.Precedes(read):
			b.sure += n
		default:
			b.open = append(b.open, n)
		}
	}
	return b
}

// includes tells whether a balance is possible, and whether that is known.
func (b balance) includes(got int64) (known, possible bool) {
	low, high := b.bounds()
	if got < low || got > high {
		return true, false
	}
	sums := map[int64]bool{b.sure: true}
	for _, n := range b.open {
		more := make([]int64, 0, len(sums))
		for sum := range sums {
			more = append(more, sum+n)
		}
		for _, sum := range more {
			sums[sum] = true
		}
		if len(sums) > maxSums {
			return false, false
		}
	}
	return true, sums[got]
}

// bounds returns the least and the greatest balance there can be.
func (b balance) bounds() (low, high int64) {
	low, high = b.sure, b.sure
	for _, n := range b.open {
		low, high = low+min(n, 0), high+max(n, 0)
	}
	return low, high
}

// witness names the read, and all that was done to the account if that is little.
func (b balance) witness(i int, read *history.Operation, got int64, updates []int) *checkers.Witness {
	w := &checkers.Witness{Anomaly: guarantee.NotConserved, Operations: []int{i}}
	if len(updates) <= fewMax {
		w.Operations = ascending(append(w.Operations, updates...))
	}
	w.Sentence = fmt.Sprintf("%s answered %s = %d in the end, though deposits less withdrawals come to %d",
		read.Via(), checkers.Subject(read.Key, "the account"), got, b.sure)
	if low, high := b.bounds(); len(b.open) > 0 {
		w.Sentence += fmt.Sprintf(", and no choice of the %d of unknown outcome, which make it %d to %d, comes to that", len(b.open), low, high)
	}
	return w
}
