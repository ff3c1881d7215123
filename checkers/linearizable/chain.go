package linearizable

import (
	"cmp"
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// chain decides sets and boards, which only grow, when each element is added once, in time linear in the size of all
// reads.
//
// What is read must form a chain: of two reads the smaller is contained in the larger. So the reads are in one order
// by size, and an element is added between the last read that lacks it and the first that shows it. That leaves no
// choice but among neighbours that are alike; it remains to see whether real time agrees.
type chain struct{}

func (chain) name() string { return "fast" }

func (chain) decide(in checkers.Input, ops []int) (outcome, bool) {
	if in.Object.Name != "set" && in.Object.Name != "board" {
		return outcome{}, false
	}
	c := &collectionKey{in: in, ops: ops, elements: newElements(len(ops))}
	if !c.load() {
		return outcome{}, false
	}
	suspect := c.nest()
	if suspect == nil {
		if a, b, found := c.inversion(); found {
			suspect = c.between(a, b)
		}
	}
	return c.outcome(suspect), true
}

// outcome returns what was found: the suspects, or if there are none the order.
func (c *collectionKey) outcome(suspect []int) outcome {
	if suspect != nil {
		return outcome{valid: checkers.Invalid, suspect: suspect, steps: c.steps}
	}
	order := make([]int, len(c.placed))
	for k, p := range c.placed {
		order[k] = p.op
	}
	return outcome{valid: checkers.Valid, order: order, steps: c.steps}
}

// collectionKey is the history of one set, board or log.
type collectionKey struct {
	in       checkers.Input
	ops      []int
	elements *elements
	adder    []int // by element: the position of its addition; -1 if there is none
	reads    []reading
	placed   []place // operations in the only order that the answers allow
	steps    int64
}

// reading is a read and how many elements it answered.
type reading struct{ op, size int }

// place is an operation with its element, if it added one that was read.
type place struct {
	op      int
	element int32 // nothing: a read, or an element that nobody read
}

func (c *collectionKey) op(i int) *history.Operation { return &c.in.History.Operations[i] }

// load finds who added what, and tells whether each element was added once and each read answered a list.
func (c *collectionKey) load() bool {
	for _, i := range c.ops {
		op := c.op(i)
		if c.in.Object.ReadOnly(op.F) {
			list, ok := op.Output.List()
			if !ok && !op.Output.IsNull() {
				return false
			}
			c.reads = append(c.reads, reading{i, len(list)})
			continue
		}
		v, ok := checkers.Adds(op)
		if !ok || op.Refused() {
			return false
		}
		id := c.number(v)
		if c.adder[id] >= 0 {
			return false
		}
		c.adder[id] = i
	}
	c.bySize()
	return true
}

// bySize sorts the reads, those of one size in the order of their calls.
func (c *collectionKey) bySize() {
	slices.SortStableFunc(c.reads, func(a, b reading) int { return cmp.Compare(a.size, b.size) })
}

// number returns the number of an element.
func (c *collectionKey) number(v protocol.Value) int32 {
	id := c.elements.id(v)
	if int(id) == len(c.adder) {
		c.adder = append(c.adder, -1)
	}
	return id
}

// nest puts operations in the order that the answers ask for, or returns operations whose answers contradict one
// another.
func (c *collectionKey) nest() (suspect []int) {
	seen := slices.Repeat([]int32{nothing}, len(c.adder)) // by element: the last of reads that showed it
	known := 0                                            // elements that some read so far showed
	for at, r := range c.reads {
		list, _ := c.op(r.op).Output.List()
		c.steps += 1 + int64(len(list))
		begin, old := len(c.placed), 0
		for _, v := range list {
			id := c.number(v)
			if int(id) == len(seen) {
				seen = append(seen, nothing)
			}
			switch {
			case c.adder[id] < 0:
				return []int{r.op}
			case seen[id] == int32(at):
				return []int{c.adder[id], r.op}
			case seen[id] == nothing:
				c.placed = append(c.placed, place{c.adder[id], id})
			default:
				old++
			}
			seen[id] = int32(at)
		}
		if old < known {
			return c.incomparable(at, seen)
		}
		known = len(list)
		slices.SortFunc(c.placed[begin:], func(a, b place) int { return cmp.Compare(a.op, b.op) })
		c.placed = append(c.placed, place{r.op, nothing})
	}
	c.addUnread(seen)
	return nil
}

// incomparable returns a read, one of those before it, and the additions of two elements that each of them showed and
// the other did not.
func (c *collectionKey) incomparable(at int, seen []int32) []int {
	// All reads before this one are in a chain, so what any of them showed the one just before it did.
	other := c.reads[at-1].op
	out := []int{c.reads[at].op, other}
	before := map[int32]bool{}
	list, _ := c.op(other).Output.List()
	missing := int32(nothing)
	for _, v := range list {
		id := c.number(v)
		before[id] = true
		if seen[id] != int32(at) {
			missing = id
		}
	}
	list, _ = c.op(c.reads[at].op).Output.List()
	for _, v := range list {
		if id := c.number(v); !before[id] {
			return append(out, c.adder[id], c.adder[missing])
		}
	}
	return out
}

// addUnread puts the additions at the end that were answered ok and that no read showed.
func (c *collectionKey) addUnread(seen []int32) {
	begin := len(c.placed)
	for id, i := range c.adder {
		if i >= 0 && seen[id] == nothing && c.op(i).Outcome == protocol.OK {
			c.placed = append(c.placed, place{i, nothing})
		}
	}
	slices.SortFunc(c.placed[begin:], func(a, b place) int { return cmp.Compare(a.op, b.op) })
}

// inversion returns the places of two operations of which the later had returned before the earlier was called, and
// whether there are any.
func (c *collectionKey) inversion() (a, b int, found bool) {
	first := -1 // of the places gone through: the one that returned first
	for at := len(c.placed) - 1; at >= 0; at-- {
		op := c.op(c.placed[at].op)
		if first >= 0 && c.op(c.placed[first].op).Return < op.Call {
			return at, first, true
		}
		if first < 0 || op.Return < c.op(c.placed[first].op).Return {
			first = at
		}
	}
	return 0, 0, false
}

// between returns the operations at two places, and what shows their order: the addition of an element that a second
// read shows and a first one lacks, or a read that shows one of two elements.
func (c *collectionKey) between(a, b int) []int {
	out := []int{c.placed[a].op, c.placed[b].op}
	aReads, bReads := c.reading(a), c.reading(b)
	for at := a + 1; at < b; at++ {
		switch p := c.placed[at]; {
		case aReads && bReads && p.element != nothing, !aReads && !bReads && p.element == nothing && c.reading(at):
			return append(out, p.op)
		}
	}
	return out
}

func (c *collectionKey) reading(at int) bool { return c.in.Object.ReadOnly(c.op(c.placed[at].op).F) }
