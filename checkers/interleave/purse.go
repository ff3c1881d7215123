package interleave

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// purse knows what the accounts of a bank hold, as a sum of what they hold times a weight of each, in 64 bits: sums of different
// balances are hardly ever the same. It tells which transfers of unknown outcome are of use: those that lead to what a read found,
// alone or together with few others. What is of use otherwise, if anything is, it passes over; so it can help to find an order,
// and cannot tell that there is none.
type purse struct {
	sums     []uint64 // by operation: of what a read found, or of what a transfer changes
	reads    []bool   // by operation
	optional []bool   // by operation
	now      uint64
	known    bool
	former   []purseBefore
	together int // how many transfers may lead to a read together
}

// purseBefore is what was known before an operation was placed.
type purseBefore struct {
	now   uint64
	known bool
}

// newPurse returns nil if the operations are on anything but the accounts of one bank together. At most so many transfers lead to a
// read together.
func newPurse(p *Problem, together int) *purse {
	w := &purse{together: together, sums: make([]uint64, len(p.Ops)), reads: make([]bool, len(p.Ops)), optional: make([]bool, len(p.Ops))}
	for i := range p.Ops {
		op := p.Op(int32(i))
		switch t, isTransfer := model.TransferOf(op.Input); {
		case op.Key != p.Op(0).Key:
			return nil
		case op.F == "read" && op.Output.Kind() == protocol.Sequence:
			w.reads[i], w.sums[i] = true, sumOf(op)
		case op.F == "transfer" && isTransfer && !op.Refused():
			w.optional[i] = checkers.Optional(op)
			w.sums[i] = weight(t.To)*uint64(t.Amount) - weight(t.From)*uint64(t.Amount)
		default:
			return nil
		}
	}
	return w
}

func sumOf(read *history.Operation) uint64 {
	balances, _ := model.BalancesOf(read.Output)
	sum := uint64(0)
	for _, b := range balances {
		sum += weight(b.Account) * uint64(b.Amount)
	}
	return sum
}

func weight(account protocol.Value) uint64 {
	var h protocol.Hash
	h.Text(account.String())
	return uint64(h) | 1
}

// move notes that an operation was placed (1) or taken back (-1).
func (w *purse) move(i, by int32) {
	switch {
	case by < 0:
		last := w.former[len(w.former)-1]
		w.now, w.known, w.former = last.now, last.known, w.former[:len(w.former)-1]
		return
	case w.reads[i]:
		w.former = append(w.former, purseBefore{w.now, w.known})
		w.now, w.known = w.sums[i], true
	default:
		w.former = append(w.former, purseBefore{w.now, w.known})
		w.now += w.sums[i]
	}
}

// useful leaves out transfers of unknown outcome that lead to none of the reads that may come next, nor do so together with others
// that may. As long as no read is placed none is of use: what was there at first is not known, and the read says what there is then.
func (w *purse) useful(candidates, next []int32) []int32 {
	var wanted []uint64
	for _, i := range next {
		if w.reads[i] && w.known {
			wanted = append(wanted, w.sums[i]-w.now)
		}
	}
	others := w.others(candidates)
	var out []int32
	for _, i := range candidates {
		leads := func(sum uint64) bool { return w.leads(sum-w.sums[i], w.together-1, candidates, others) }
		if !w.optional[i] || slices.ContainsFunc(wanted, leads) {
			out = append(out, i)
		}
	}
	return out
}

// others returns what each transfer changes that may come next.
func (w *purse) others(candidates []int32) map[uint64]bool {
	out := map[uint64]bool{}
	for _, i := range candidates {
		if !w.reads[i] {
			out[w.sums[i]] = true
		}
	}
	return out
}

// leads tells whether at most so many transfers come to a sum.
func (w *purse) leads(sum uint64, most int, candidates []int32, others map[uint64]bool) bool {
	if sum == 0 || most > 0 && others[sum] {
		return true
	}
	return most > 1 && slices.ContainsFunc(candidates, func(i int32) bool {
		return !w.reads[i] && w.leads(sum-w.sums[i], most-1, candidates, others)
	})
}
