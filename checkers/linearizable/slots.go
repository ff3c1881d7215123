package linearizable

import (
	"cmp"
	"container/heap"
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
)

// slots decides counters whose additions are all of one size, by sorting and a heap.
//
// Reads of one sum stand together in every linearization: an addition between two of them would change it. So the
// sums put the reads into groups, in one order, and the additions into the slots between them; each slot must receive
// just as many as its two sums differ by. An addition cannot be ahead of a group of which a read had returned before
// it was called, nor behind one of which a read was called after it had returned. Which addition goes to which slot
// is a matter of deadlines: the earliest first.
//
// Of additions of several sizes only this is decided: a sum must be at least what had been added for sure when
// its read began, and at most what may have been added when it ended. If all are, the search goes on.
type slots struct{}

func (slots) name() string { return "fast" }

func (slots) decide(in checkers.Input, ops []int) (outcome, bool) {
	c := &counterKey{in: in, ops: ops}
	if in.Object.Name != "counter" || !c.load() {
		return outcome{}, false
	}
	if suspect := c.outOfBounds(); suspect != nil {
		return c.invalid(suspect), true
	}
	if !c.oneSize() {
		return outcome{}, false
	}
	c.groupReads()
	order, suspect := c.fill()
	if suspect != nil {
		return c.invalid(suspect), true
	}
	return outcome{valid: checkers.Valid, order: order, steps: int64(len(ops))}, true
}

// counterKey is one counter's history.
type counterKey struct {
	in        checkers.Input
	ops       []int
	reads     []int   // positions in the history
	additions []int   // positions in the history, in the order of calls
	size      int64   // of each addition, if all are of one
	groups    []group // in the order of sums, counted in additions
	return1   []int   // by group: of it and those after it, the read that returned first
	call2     []int   // by group: of it and those before it, the read that was called last
}

// group is the reads of one sum.
type group struct {
	sum     int64 // in additions
	reads   []int // in the order of calls
	return1 int   // the read that returned first
	call2   int   // the read that was called last
}

func (c *counterKey) op(i int) *history.Operation { return &c.in.History.Operations[i] }

func (c *counterKey) invalid(suspect []int) outcome {
	return outcome{valid: checkers.Invalid, suspect: suspect, steps: int64(len(c.ops))}
}

// load sorts operations by kind, and tells whether there are only additions and reads of whole numbers, and no sum of
// any of them is too large for 64 bits.
func (c *counterKey) load() bool {
	most := int64(0)
	for _, i := range c.ops {
		op := c.op(i)
		_, adds := op.Input.Int()
		_, answers := op.Output.Int()
		switch {
		case op.F == "add" && adds && !op.Refused():
			c.additions = append(c.additions, i)
			n := c.amount(i)
			if n < -maxSum || n > maxSum || most > maxSum {
				return false
			}
			most += max(n, -n)
		case op.F == "read" && answers:
			c.reads = append(c.reads, i)
		default:
			return false
		}
	}
	return true
}

// maxSum is what additions of either sign may come to together: twice that still fits 64 bits.
const maxSum = 1 << 61

func (c *counterKey) amount(i int) int64 {
	n, _ := c.op(i).Input.Int()
	return n
}

func (c *counterKey) sum(i int) int64 {
	n, _ := c.op(i).Output.Int()
	return n
}

// oneSize tells whether all additions are of one size, by which every sum can be divided.
func (c *counterKey) oneSize() bool {
	if len(c.additions) == 0 {
		c.size = 1
		return true
	}
	c.size = c.amount(c.additions[0])
	return c.size != 0 && !slices.ContainsFunc(c.additions, func(i int) bool { return c.amount(i) != c.size }) &&
		!slices.ContainsFunc(c.reads, func(i int) bool { return c.sum(i)%c.size != 0 })
}

// outOfBounds returns a read whose sum no choice of the additions explains, for one had surely been made when it began
// or could not have been when it ended.
func (c *counterKey) outOfBounds() []int {
	sure := tally{at: func(i int) int { return c.op(i).Return }}
	begun := tally{at: func(i int) int { return c.op(i).Call }}
	for _, i := range c.additions {
		if c.op(i).Return != history.Pending {
			sure.all = append(sure.all, i)
		}
	}
	slices.SortFunc(sure.all, func(a, b int) int { return cmp.Compare(c.op(a).Return, c.op(b).Return) })
	begun.all = c.additions
	sure.count(c)
	begun.count(c)
	for _, r := range c.reads {
		up, down := sure.before(c.op(r).Call)
		mayUp, mayDown := begun.before(c.op(r).Return)
		if sum := c.sum(r); sum < up+mayDown || sum > mayUp+down {
			return []int{r}
		}
	}
	return nil
}

// tally sums up additions in the order of some event of theirs.
type tally struct {
	at       func(i int) int
	all      []int
	up, down []int64 // by number of additions: what the positive and the negative ones of them come to
}

func (t *tally) count(c *counterKey) {
	t.up, t.down = make([]int64, len(t.all)+1), make([]int64, len(t.all)+1)
	for k, i := range t.all {
		n := c.amount(i)
		t.up[k+1], t.down[k+1] = t.up[k]+max(n, 0), t.down[k]+min(n, 0)
	}
}

// before returns what the additions whose event was before a moment come to.
func (t *tally) before(moment int) (up, down int64) {
	k, _ := slices.BinarySearchFunc(t.all, moment, func(i, moment int) int { return cmp.Compare(t.at(i), moment) })
	return t.up[k], t.down[k]
}

func (c *counterKey) groupReads() {
	slices.SortStableFunc(c.reads, func(a, b int) int { return cmp.Compare(c.sum(a)/c.size, c.sum(b)/c.size) })
	for from := 0; from < len(c.reads); {
		g := group{sum: c.sum(c.reads[from]) / c.size, return1: c.reads[from], call2: c.reads[from]}
		to := from
		for ; to < len(c.reads) && c.sum(c.reads[to])/c.size == g.sum; to++ {
			i := c.reads[to]
			if c.op(i).Return < c.op(g.return1).Return {
				g.return1 = i
			}
			if c.op(i).Call > c.op(g.call2).Call {
				g.call2 = i
			}
		}
		g.reads = c.reads[from:to]
		c.groups = append(c.groups, g)
		from = to
	}
}

// window is an addition with the slots that it may go to. Slot k is just ahead of group k; the last is behind all.
type window struct {
	op       int
	from, to int
}

// orderGroups notes which reads bound the groups, or returns operations that show that a larger sum was read first.
func (c *counterKey) orderGroups() []int {
	m := len(c.groups)
	c.return1, c.call2 = make([]int, m), make([]int, m)
	for k := m - 1; k >= 0; k-- {
		c.return1[k] = c.groups[k].return1
		if k+1 < m && c.op(c.return1[k+1]).Return < c.op(c.return1[k]).Return {
			c.return1[k] = c.return1[k+1]
		}
	}
	for k := range m {
		c.call2[k] = c.groups[k].call2
		if k == 0 {
			continue
		}
		if before := c.call2[k-1]; c.op(c.return1[k]).Return < c.op(before).Call {
			return c.around(before, c.return1[k])
		} else if c.op(before).Call > c.op(c.call2[k]).Call {
			c.call2[k] = before
		}
	}
	return nil
}

// windows returns the additions by the first slot that each may go to, or operations that contradict one another.
func (c *counterKey) windows() (out []window, suspect []int) {
	out = make([]window, 0, len(c.additions))
	for _, i := range c.additions {
		add := c.op(i)
		from, _ := slices.BinarySearchFunc(c.return1, add.Call, func(r, call int) int { return cmp.Compare(c.op(r).Return, call) })
		to, _ := slices.BinarySearchFunc(c.call2, add.Return, func(r, back int) int {
			if c.op(r).Call > back {
				return 1
			}
			return -1
		})
		if from > to {
			return nil, c.around(c.return1[to], c.call2[to])
		}
		out = append(out, window{op: i, from: from, to: to})
	}
	slices.SortStableFunc(out, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	return out, nil
}

// around returns reads with the additions that were open beside any of them: all others are surely in their sums, or
// surely not.
func (c *counterKey) around(reads ...int) []int {
	out := reads
	for _, i := range c.additions {
		if slices.ContainsFunc(reads, func(r int) bool { return !c.op(i).Precedes(c.op(r)) && !c.op(r).Precedes(c.op(i)) }) {
			out = append(out, i)
		}
	}
	return out
}

// fill gives each slot its additions, and returns the order that comes of it, or operations that contradict one
// another.
func (c *counterKey) fill() (order, suspect []int) {
	if suspect := c.orderGroups(); suspect != nil {
		return nil, suspect
	}
	windows, suspect := c.windows()
	if suspect != nil {
		return nil, suspect
	}
	order = make([]int, 0, len(c.ops))
	var open byDeadline
	sum := int64(0)
	for k, g := range c.groups {
		for ; len(windows) > 0 && windows[0].from <= k; windows = windows[1:] {
			heap.Push(&open, windows[0])
		}
		begin := len(order)
		for ; sum < g.sum && len(open) > 0; sum++ {
			order = append(order, heap.Pop(&open).(window).op)
		}
		if sum != g.sum || len(open) > 0 && open[0].to <= k {
			return nil, c.around(c.relevant(k)...)
		}
		slices.Sort(order[begin:])
		order = append(order, g.reads...)
	}
	begin := len(order)
	for _, w := range append(open, windows...) {
		if c.op(w.op).Return != history.Pending {
			order = append(order, w.op)
		}
	}
	slices.Sort(order[begin:])
	return order, nil
}

// relevant returns reads that show that the slots up to the k-th cannot be filled: of each group the read that returned
// first and the one that was called last, and what keeps later additions out.
func (c *counterKey) relevant(k int) []int {
	out := []int{c.return1[k]}
	for _, g := range c.groups[:k+1] {
		out = append(out, g.return1, g.call2)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// byDeadline is a heap of additions, that which has the least time on top. Of equals the one called first is: so an
// addition never goes ahead of one that had returned before it was called.
type byDeadline []window

func (h byDeadline) Len() int { return len(h) }
func (h byDeadline) Less(a, b int) bool {
	return cmp.Or(cmp.Compare(h[a].to, h[b].to), cmp.Compare(h[a].op, h[b].op)) < 0
}
func (h byDeadline) Swap(a, b int) { h[a], h[b] = h[b], h[a] }
func (h *byDeadline) Push(x any)   { *h = append(*h, x.(window)) }
func (h *byDeadline) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
