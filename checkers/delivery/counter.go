package delivery

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// fewMax is how many additions a witness lists beside the read; a proof that needs more names the read alone.
const fewMax = 12

// addition is one that did not fail.
type addition struct {
	operation int
	n         int64
}

// tally are the additions to one counter, in the order of their calls.
type tally struct {
	additions []addition
	low, high []int64 // of the first k: the least and the greatest sum, where each of unknown outcome may count or not
	positive  []int64 // of the first k: the sum of those above zero
	negative  bool    // some take away
}

// tallies returns the additions by key.
func tallies(h *history.History) map[string]*tally {
	out := map[string]*tally{}
	for i := range h.Operations {
		op := &h.Operations[i]
		n, ok := op.Input.Int()
		if !ok || op.F != "add" || op.Outcome == protocol.Fail {
			continue
		}
		t := out[op.Key]
		if t == nil {
			t = &tally{low: []int64{0}, high: []int64{0}, positive: []int64{0}}
			out[op.Key] = t
		}
		t.add(i, n, op.Outcome == protocol.OK)
	}
	return out
}

func (t *tally) add(i int, n int64, sure bool) {
	low, high := t.low[len(t.low)-1], t.high[len(t.high)-1]
	switch {
	case sure:
		low, high = low+n, high+n
	case n < 0:
		low += n
	default:
		high += n
	}
	t.additions = append(t.additions, addition{i, n})
	t.low, t.high = append(t.low, low), append(t.high, high)
	t.positive = append(t.positive, t.positive[len(t.positive)-1]+max(n, 0))
	t.negative = t.negative || n < 0
}

// begun returns how many additions had been called before the read returned.
func (t *tally) begun(h *history.History, read *history.Operation) int {
	return sort.Search(len(t.additions), func(k int) bool {
		return h.Operations[t.additions[k].operation].Call > read.Return
	})
}

// most returns what no read may exceed, however late it learns of additions that take away.
func (t *tally) most(h *history.History, read *history.Operation) int64 {
	if t == nil {
		return 0
	}
	return t.positive[t.begun(h, read)]
}

// bounds returns the least and the greatest answer of a final read. What had not returned when the read was called may
// not count yet; what was called after it returned cannot.
func (t *tally) bounds(h *history.History, read *history.Operation) (low, high int64) {
	if t == nil {
		return 0, 0
	}
	begun := t.begun(h, read)
	low, high = t.low[begun], t.high[begun]
	for _, a := range t.additions[:begun] {
		if op := &h.Operations[a.operation]; op.Outcome == protocol.OK && !op.Precedes(read) {
			low -= max(a.n, 0)
			high -= min(a.n, 0)
		}
	}
	return low, high
}

// lostSum finds a final read that answered less than the additions that ended ok.
func lostSum(in checkers.Input, finals checkers.Finals) (*checkers.Witness, string) {
	doubt, all := "", tallies(in.History)
	for _, i := range finals.Positions() {
		if in.Interrupted() {
			break
		}
		read := &in.History.Operations[i]
		t := all[read.Key]
		got, ok := read.Output.Int()
		low, high := t.bounds(in.History, read)
		switch {
		case !ok:
			doubt = fmt.Sprintf("a counter was read as %s", checkers.Brief(read.Output))
		case t != nil && t.negative && (got < low || got > high):
			doubt = mixed(read, got, low, high)
		case got < low:
			return &checkers.Witness{
				Anomaly: guarantee.Lost, Operations: t.enough(in.History, i, got),
				Sentence: fmt.Sprintf("%s answered %s = %d in the end, though the additions that ended ok come to %d",
					read.Via(), subject(read.Key), got, low),
			}, ""
		}
	}
	return nil, doubt
}

// mixed says why an answer out of bounds is not judged where additions have both signs: one that is missing and one
// of the other sign that counted twice look alike.
func mixed(read *history.Operation, got, low, high int64) string {
	return fmt.Sprintf("%s was read as %d and must be between %d and %d, but as additions of both signs were made it is unclear whether some are missing or some counted twice",
		subject(read.Key), got, low, high)
}

// enough returns the read, and additions whose sum alone exceeds what it answered if these are few, the largest first.
func (t *tally) enough(h *history.History, read int, got int64) []int {
	sure := slices.DeleteFunc(slices.Clone(t.additions), func(a addition) bool {
		op := &h.Operations[a.operation]
		return op.Outcome != protocol.OK || !op.Precedes(&h.Operations[read])
	})
	slices.SortStableFunc(sure, func(a, b addition) int { return cmp.Compare(b.n, a.n) })
	out, sum := []int{read}, int64(0)
	for _, a := range sure {
		if len(out) > fewMax {
			return []int{read}
		}
		out = append(out, a.operation)
		if sum += a.n; sum > got {
			break
		}
	}
	return ascending(out)
}

func ascending(ops []int) []int {
	slices.Sort(ops)
	return ops
}

// doubledSum finds a read that answered more than all additions that can have happened.
func doubledSum(in checkers.Input, finals checkers.Finals) (*checkers.Witness, string) {
	all := tallies(in.History)
	for i := range in.History.Operations {
		read := &in.History.Operations[i]
		if read.F != "read" || read.Outcome != protocol.OK {
			continue
		}
		got, ok := read.Output.Int()
		most := all[read.Key].most(in.History, read)
		if !ok {
			return nil, fmt.Sprintf("a counter was read as %s", checkers.Brief(read.Output))
		}
		if got > most {
			return &checkers.Witness{
				Anomaly: guarantee.Duplicated, Operations: []int{i},
				Sentence: fmt.Sprintf("%s read %s = %d, though all additions that can have happened come to %d",
					checkers.Actor(read), subject(read.Key), got, most),
			}, ""
		}
	}
	for _, i := range finals.Positions() {
		if in.Interrupted() {
			break
		}
		read := &in.History.Operations[i]
		t := all[read.Key]
		got, _ := read.Output.Int()
		if low, high := t.bounds(in.History, read); t != nil && t.negative && (got < low || got > high) {
			return nil, mixed(read, got, low, high)
		}
	}
	return nil, ""
}

func subject(key string) string { return checkers.Subject(key, "the counter") }
