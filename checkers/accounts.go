package checkers

import (
	"fmt"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Transfers tells whether a history is of a bank between whose accounts money is transferred, or that is read as a whole.
func Transfers(in Input) bool {
	if in.Object.Name != "bank" {
		return false
	}
	for i := range in.History.Operations {
		if together(&in.History.Operations[i]) {
			return true
		}
	}
	return false
}

// Miscount is a read of all accounts of a bank that is wrong whatever was transferred before it.
type Miscount struct {
	Anomaly    guarantee.Anomaly
	Operations []int // the read, and the one that it is at odds with, if it is
	Sentence   string
}

// FindMiscount finds among operations a read that says of an account no balance, or less than nothing where there are no debts; or
// two reads of balances that do not come to the same, though transfers change no sum. It returns nil if there is none.
func FindMiscount(in Input, ops []int) *Miscount {
	first := map[string]int{} // by key: the first read
	for _, i := range ops {
		op := &in.History.Operations[i]
		if !together(op) || op.F != "read" || op.Outcome != protocol.OK {
			continue
		}
		if flaw := badBalance(in, i); flaw != nil {
			return flaw
		}
		former, some := first[op.Key]
		if !some {
			first[op.Key] = i
			former = i
		}
		if flaw := badTotal(in, former, i); flaw != nil {
			return flaw
		}
	}
	return nil
}

// badBalance looks at each account of a read.
func badBalance(in Input, read int) *Miscount {
	op := &in.History.Operations[read]
	list, _ := op.Output.List()
	for _, v := range list {
		pair, _ := v.List()
		if len(pair) != 2 {
			continue
		}
		switch n, ok := pair[1].Int(); {
		case !ok:
			return &Miscount{guarantee.NotConserved, []int{read}, fmt.Sprintf("%s read no balance of account %s", Actor(op), Brief(pair[0]))}
		case n < 0 && !in.Object.Debts:
			return &Miscount{guarantee.Overdrawn, []int{read}, fmt.Sprintf("%s read the balance %d of account %s", Actor(op), n, Brief(pair[0]))}
		}
	}
	return nil
}

// badTotal compares the total of a read with what there was at first, and with that of a former read of the same accounts.
func badTotal(in Input, former, read int) *Miscount {
	op, other := &in.History.Operations[read], &in.History.Operations[former]
	total, known := readTotal(op)
	if initial, ok := model.BalancesOf(in.History.Initial); ok && known && !model.Total(initial).Equal(total) {
		return &Miscount{guarantee.NotConserved, []int{read},
			fmt.Sprintf("%s read balances of %s in all, where there was %s at first", Actor(op), total, model.Total(initial))}
	}
	before, ok := readTotal(other)
	if !known || !ok || total.Equal(before) {
		return nil
	}
	return &Miscount{guarantee.NotConserved, []int{former, read},
		fmt.Sprintf("%s read balances of %s in all, and %s ones of %s", Actor(other), before, Actor(op), total)}
}

func readTotal(op *history.Operation) (protocol.Value, bool) {
	balances, ok := model.BalancesOf(op.Output)
	return model.Total(balances), ok
}

// tooMuchMoney tells why nothing can be said of what accounts hold together: more was read or transferred than can be reckoned
// with. It returns "" if that is not so.
func tooMuchMoney(in Input) string {
	moved := map[string]int64{} // by key: what was transferred so far
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if !together(op) || op.Outcome == protocol.Fail {
			continue
		}
		t, _ := model.TransferOf(op.Input)
		moved[op.Key] += t.Amount
		balances, _ := model.BalancesOf(op.Output)
		total, isInt := model.Total(balances).Int()
		ok := isInt && model.Reckonable(total) && model.Reckonable(t.Amount) && model.Reckonable(moved[op.Key])
		for _, b := range balances {
			ok = ok && model.Reckonable(b.Amount)
		}
		if !ok {
			return fmt.Sprintf("the money under key %q comes to nearly what 64 bits hold, or to more: nothing is known of its sums", Cut(op.Key))
		}
	}
	return ""
}
