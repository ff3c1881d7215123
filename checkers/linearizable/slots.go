package linearizable

import (
	"math"
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
)

// slots decides counters whose additions are all of one size, in one pass over all calls and returns.
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

// counterKey is one counter's history. Reads and additions are named by their positions in its columns.
type counterKey struct {
	in        checkers.Input
	ops       []int
	reads     []counted // in the order of calls
	additions []counted // in the order of calls
	returned  []int32   // the additions that returned, in that order
	size      int64     // of each addition, if all are of one
	sorted    []int32   // the reads by their sums
	groups    []group   // in the order of sums, counted in additions
	return1   []int32   // by group: of it and those after it, the read that returned first
	call2     []int32   // by group: of it and those before it, the read that was called last
}

// counted is a read with its sum, or an addition with its size.
type counted struct {
	n         int64
	op        int32 // position in the history
	call, ret int32 // pending is the return of what never returned
}

// pending is later than every event: nothing has so many.
const pending = int32(math.MaxInt32)

// group is the reads of one sum.
type group struct {
	sum      int64 // in additions
	from, to int32 // in sorted, in the order of calls
	return1  int32 // the read that returned first
	call2    int32 // the read that was called last
}

func (c *counterKey) op(i int) *history.Operation { return &c.in.History.Operations[i] }

func (c *counterKey) invalid(suspect []int) outcome {
	return outcome{valid: checkers.Invalid, suspect: suspect, steps: int64(len(c.ops))}
}

// load sorts operations by kind, and tells whether there are only additions and reads of whole numbers, and no sum of
// any of them is too large for 64 bits.
func (c *counterKey) load() bool {
	if len(c.ops) >= momentsMax {
		return false
	}
	most, additions := int64(0), 0
	for _, i := range c.ops {
		if c.op(i).F == "add" {
			additions++
		}
	}
	c.reads, c.additions = make([]counted, 0, len(c.ops)-additions), make([]counted, 0, additions)
	for _, i := range c.ops {
		op := c.op(i)
		if op.Call >= int(pending) || op.Return >= int(pending) && op.Return != history.Pending {
			return false
		}
		size, adds := op.Input.Int()
		sum, answers := op.Output.Int()
		x := counted{op: int32(i), call: int32(op.Call), ret: int32(min(op.Return, int(pending)))}
		switch {
		case op.F == "add" && adds && !op.Refused():
			x.n = size
			c.additions = append(c.additions, x)
			if size < -maxSum || size > maxSum || most > maxSum {
				return false
			}
			most += max(size, -size)
		case op.F == "read" && answers && x.ret != pending:
			x.n = sum
			c.reads = append(c.reads, x)
		default:
			return false
		}
	}
	return true
}

// maxSum is what additions of either sign may come to together: twice that still fits 64 bits.
const maxSum = 1 << 61

// oneSize tells whether all additions are of one size, by which every sum can be divided.
func (c *counterKey) oneSize() bool {
	if len(c.additions) == 0 {
		c.size = 1
		return true
	}
	c.size = c.additions[0].n
	return c.size != 0 && !slices.ContainsFunc(c.additions, func(x counted) bool { return x.n != c.size }) &&
		!slices.ContainsFunc(c.reads, func(x counted) bool { return x.n%c.size != 0 })
}

// bounds is what additions had come to at some moment: those that had returned, and those that had been called; of the
// positive and of the negative ones.
type bounds struct{ sureUp, sureDown, mayUp, mayDown int64 }

// outOfBounds returns the first read whose sum no choice of the additions explains, for one had surely been made when it
// began or could not have been when it ended. It notes in which order additions returned.
func (c *counterKey) outOfBounds() []int {
	var now bounds
	atCall := make([]struct{ up, down int64 }, len(c.reads)) // of each read: what was sure when it began
	bad := len(c.reads)
	c.returned = make([]int32, 0, len(c.additions))
	for _, e := range c.moments() {
		i := e.at()
		switch e.kind() {
		case readCalled:
			atCall[i].up, atCall[i].down = now.sureUp, now.sureDown
		case readReturned:
			if sum := c.reads[i].n; sum < atCall[i].up+now.mayDown || sum > now.mayUp+atCall[i].down {
				bad = min(bad, int(i))
			}
		case additionCalled:
			n := c.additions[i].n
			now.mayUp, now.mayDown = now.mayUp+max(n, 0), now.mayDown+min(n, 0)
		case additionReturned:
			n := c.additions[i].n
			now.sureUp, now.sureDown = now.sureUp+max(n, 0), now.sureDown+min(n, 0)
			c.returned = append(c.returned, i)
		}
	}
	if bad < len(c.reads) {
		return []int{int(c.reads[bad].op)}
	}
	return nil
}

// groupReads sorts the reads by their sums, which are those of none of the additions up to all of them.
func (c *counterKey) groupReads() {
	begin := make([]int32, len(c.additions)+2)
	for i := range c.reads {
		begin[c.reads[i].n/c.size+1]++
	}
	groups := 0
	for sum, count := range begin[1:] {
		if count > 0 {
			groups++
		}
		begin[sum+1] += begin[sum]
	}
	c.groups = make([]group, 0, groups)
	for sum := range len(c.additions) + 1 {
		if begin[sum] < begin[sum+1] {
			c.groups = append(c.groups, group{sum: int64(sum), from: begin[sum], to: begin[sum+1]})
		}
	}
	c.sorted = make([]int32, len(c.reads))
	for i := range c.reads {
		at := &begin[c.reads[i].n/c.size]
		c.sorted[*at] = int32(i)
		*at++
	}
	for k := range c.groups {
		g := &c.groups[k]
		g.return1, g.call2 = c.sorted[g.from], c.sorted[g.from]
		for _, r := range c.sorted[g.from+1 : g.to] {
			if c.reads[r].ret < c.reads[g.return1].ret {
				g.return1 = r
			}
			if c.reads[r].call > c.reads[g.call2].call {
				g.call2 = r
			}
		}
	}
}

// orderGroups notes which reads bound the groups, or returns operations that show that a larger sum was read first.
func (c *counterKey) orderGroups() []int {
	m := len(c.groups)
	c.return1, c.call2 = make([]int32, m), make([]int32, m)
	for k := m - 1; k >= 0; k-- {
		c.return1[k] = c.groups[k].return1
		if k+1 < m && c.reads[c.return1[k+1]].ret < c.reads[c.return1[k]].ret {
			c.return1[k] = c.return1[k+1]
		}
	}
	for k := range m {
		c.call2[k] = c.groups[k].call2
		if k == 0 {
			continue
		}
		if before := c.call2[k-1]; c.reads[c.return1[k]].ret < c.reads[before].call {
			return c.around(before, c.return1[k])
		} else if c.reads[before].call > c.reads[c.call2[k]].call {
			c.call2[k] = before
		}
	}
	return nil
}

// around returns reads with the additions that were open beside any of them: all others are surely in their sums, or
// surely not.
func (c *counterKey) around(reads ...int32) []int {
	var out []int
	for _, r := range reads {
		out = append(out, int(c.reads[r].op))
	}
	for _, a := range c.additions {
		if slices.ContainsFunc(reads, func(r int32) bool { return a.ret >= c.reads[r].call && c.reads[r].ret >= a.call }) {
			out = append(out, int(a.op))
		}
	}
	return out
}
