package linearizable

import "slices"

// windows returns of each addition the last slot that it may go to; that it may go to the first one that it cannot go
// ahead of, fill sees by itself. Slot k is just ahead of group k; the last is behind all. Or it returns operations that
// contradict one another.
func (c *counterKey) windows() (from, to []int32, suspect []int) {
	m := int32(len(c.groups))
	from, to = make([]int32, len(c.additions)), make([]int32, len(c.additions))
	at := int32(0)
	for i := range c.additions {
		for at < m && c.reads[c.return1[at]].ret < c.additions[i].call {
			at++
		}
		from[i], to[i] = at, m
	}
	at = 0
	for _, i := range c.returned {
		for at < m && c.reads[c.call2[at]].call <= c.additions[i].ret {
			at++
		}
		to[i] = at
	}
	for i := range from {
		if from[i] > to[i] {
			return nil, nil, c.around(c.return1[to[i]], c.call2[to[i]])
		}
	}
	return from, to, nil
}

// fill gives each slot its additions, and returns the order that comes of it, or operations that contradict one
// another. Of additions with one deadline that called first goes first: so none goes ahead of one that had returned
// before it was called.
func (c *counterKey) fill() (order, suspect []int) {
	if suspect := c.orderGroups(); suspect != nil {
		return nil, suspect
	}
	from, to, suspect := c.windows()
	if suspect != nil {
		return nil, suspect
	}
	order = make([]int, 0, len(c.ops))
	m := int32(len(c.groups))
	open := deadlines{last: m}
	sum, next := int64(0), 0
	for k, g := range c.groups {
		for ; next < len(from) && from[next] <= int32(k); next++ {
			open.push(to[next], int32(next))
		}
		begin := len(order)
		for ; sum < g.sum && !open.empty(); sum++ {
			order = append(order, int(c.additions[open.pop()].op))
		}
		if sum != g.sum || open.due() <= int32(k) {
			return nil, c.around(c.relevant(int32(k))...)
		}
		slices.Sort(order[begin:])
		for _, r := range c.sorted[g.from:g.to] {
			order = append(order, int(c.reads[r].op))
		}
	}
	begin := len(order)
	for ; next < len(from); next++ {
		open.push(to[next], int32(next))
	}
	for !open.empty() {
		if a := c.additions[open.pop()]; a.ret != pending {
			order = append(order, int(a.op))
		}
	}
	slices.Sort(order[begin:])
	return order, nil
}

// relevant returns reads that show that the slots up to the k-th cannot be filled: of each group the read that returned
// first and the one that was called last, and what keeps later additions out.
func (c *counterKey) relevant(k int32) []int32 {
	out := []int32{c.return1[k]}
	for _, g := range c.groups[:k+1] {
		out = append(out, g.return1, g.call2)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// deadlines holds additions, from which the one with the least deadline is taken, of several the first. Those that may
// wait for ever, as many do whose outcome is not known, stand apart in a queue: they come in their order.
type deadlines struct {
	last  int32    // the latest deadline
	heap  []uint64 // deadline and addition
	late  []int32
	taken int // of late
}

func (d *deadlines) empty() bool { return len(d.heap) == 0 && d.taken == len(d.late) }

// due returns the least deadline, a later one than all if there are no additions.
func (d *deadlines) due() int32 {
	if len(d.heap) > 0 {
		return int32(d.heap[0] >> 32)
	}
	return d.last
}

func (d *deadlines) push(deadline, addition int32) {
	if deadline == d.last {
		d.late = append(d.late, addition)
		return
	}
	at := len(d.heap)
	d.heap = append(d.heap, uint64(deadline)<<32|uint64(addition))
	for at > 0 {
		above := (at - 1) / 2
		if d.heap[above] <= d.heap[at] {
			break
		}
		d.heap[above], d.heap[at] = d.heap[at], d.heap[above]
		at = above
	}
}

func (d *deadlines) pop() (addition int32) {
	if len(d.heap) == 0 {
		d.taken++
		return d.late[d.taken-1]
	}
	addition = int32(d.heap[0])
	last := len(d.heap) - 1
	d.heap[0] = d.heap[last]
	d.heap = d.heap[:last]
	for at := 0; ; {
		below := 2*at + 1
		if below+1 < last && d.heap[below+1] < d.heap[below] {
			below++
		}
		if below >= last || d.heap[at] <= d.heap[below] {
			return addition
		}
		d.heap[at], d.heap[below] = d.heap[below], d.heap[at]
		at = below
	}
}
