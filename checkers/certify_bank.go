package checkers

import (
	"errors"
	"fmt"
	"math/big"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// maxChoices bounds the choices that certifyNotConserved tries.
const maxChoices = 1 << 22

// certifyNotConserved checks that a balance below 0 was read, or that a final read answered what no choice of the
// payments that are not known to count comes to. It tries the choices one by one.
func certifyNotConserved(in Input, w *Witness) error {
	if err := wellFormed(in, w); err != nil {
		return err
	}
	if Transfers(in) {
		return certifyMiscount(in, w)
	}
	for _, i := range w.Operations {
		read := &in.History.Operations[i]
		got, ok := read.Output.Int()
		switch {
		case read.F != "read" || read.Outcome != protocol.OK || !ok:
		case w.Anomaly == guarantee.Overdrawn && got < 0:
			return nil
		case w.Anomaly == guarantee.NotConserved && isFinalRead(in, i):
			return certifyBalance(in, i, got)
		}
	}
	return errors.New("no read of the witness shows that an account is wrong")
}

func certifyBalance(in Input, read int, got int64) error {
	h, rest := in.History, got
	var open []int64
	for i := range h.Operations {
		op := &h.Operations[i]
		n, ok := Amount(op)
		if !ok || op.Key != h.Operations[read].Key || op.Outcome == protocol.Fail || op.Call > h.Operations[read].Return {
			continue
		}
		if op.Outcome == protocol.OK && op.Return < h.Operations[read].Call {
			rest -= n
		} else {
			open = append(open, n)
		}
	}
	low, high := make([]int64, len(open)+1), make([]int64, len(open)+1) // of the payments from each on
	for k := len(open) - 1; k >= 0; k-- {
		low[k], high[k] = low[k+1]+min(open[k], 0), high[k+1]+max(open[k], 0)
	}
	tried := 0
	var reaches func(k int, rest int64) bool
	reaches = func(k int, rest int64) bool {
		if tried++; tried > maxChoices || rest < low[k] || rest > high[k] {
			return false
		}
		return k == len(open) || reaches(k+1, rest-open[k]) || reaches(k+1, rest)
	}
	switch {
	case reaches(0, rest):
		return fmt.Errorf("the balance %d is what some payments come to", got)
	case tried > maxChoices:
		return fmt.Errorf("%d payments that may count or not: %w", len(open), ErrTooLarge)
	}
	return nil
}

// certifyMiscount checks that a read shows less than nothing where there are no debts, or no balance, or another total than there
// was at first; or that two reads show two totals.
func certifyMiscount(in Input, w *Witness) error {
	totals := map[string]bool{}
	key := in.History.Operations[w.Operations[0]].Key
	if first, ok := totalIn(in.History.Initial); ok {
		totals[first.String()] = true
	}
	for _, i := range w.Operations {
		read := &in.History.Operations[i]
		if read.F != "read" || read.Outcome != protocol.OK || read.Key != key {
			return fmt.Errorf("operation %d is no read of the accounts under %q", i, key)
		}
		list, _ := read.Output.List()
		for _, v := range list {
			pair, _ := v.List()
			n, ok := pair[1].Int()
			if w.Anomaly == guarantee.Overdrawn && ok && n < 0 && !in.Object.Debts || w.Anomaly == guarantee.NotConserved && !ok {
				return nil
			}
		}
		if total, ok := totalIn(read.Output); ok {
			totals[total.String()] = true
		}
	}
	if w.Anomaly == guarantee.NotConserved && len(totals) > 1 {
		return nil
	}
	return errors.New("no read of the witness shows that an account, or a total, is wrong")
}

// totalIn adds up balances, and tells whether there are any and all are numbers.
func totalIn(balances protocol.Value) (*big.Int, bool) {
	list, ok := balances.List()
	sum := new(big.Int)
	for _, v := range list {
		pair, _ := v.List()
		if len(pair) != 2 {
			return nil, false
		}
		n, isInt := pair[1].Int()
		ok = ok && isInt
		sum.Add(sum, big.NewInt(n))
	}
	return sum, ok
}
