package txn

import (
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
)

// chains is what is known of the order of the versions of each key. Under each key one chain begins with the initial
// value, and all others come after it, in an order that is not known. A version follows another in a chain if a list
// shows so, or if its writer read the other: then none can lie between the two, or one of both updates was lost.
type chains struct {
	*trace
	next   []int32 // of each version: the next of its chain; none
	anchor []int32 // of each key: what follows the initial value; none
	end    []int32 // of each key: the last of its first chain; none is the initial value
	heads  [][]int32
	// tails are the last versions of the chains that begin with heads, in the same order.
	tails [][]int32
}

// chain finds the chains. It notes lost updates.
func (t *trace) chain() *chains {
	c := &chains{trace: t, next: fill(len(t.versions)), anchor: fill(len(t.keys)), end: fill(len(t.keys))}
	led := make([]bool, len(t.versions)) // versions that follow another
	if t.lists {
		c.followLists(led)
	}
	for i := range t.reads {
		c.followRead(&t.reads[i], led)
	}
	for k := range t.keys {
		for v := c.anchor[k]; v != none; v = c.next[v] {
			c.end[k] = v
		}
	}
	c.heads, c.tails = make([][]int32, len(t.keys)), make([][]int32, len(t.keys))
	for v := range t.versions {
		if !t.versions[v].final || led[v] || t.writer(int32(v)) == none {
			continue
		}
		k, tail := t.versions[v].key, int32(v)
		for c.next[tail] != none {
			tail = c.next[tail]
		}
		c.heads[k], c.tails[k] = append(c.heads[k], int32(v)), append(c.tails[k], tail)
	}
	return c
}

func fill(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = none
	}
	return out
}

// followLists puts the versions of each list in the order that its longest read shows.
func (c *chains) followLists(led []bool) {
	for k, order := range c.orders {
		last := none
		for _, v := range order {
			if v == none || !c.versions[v].final {
				continue
			}
			c.link(int32(k), last, v, led)
			last = v
		}
	}
}

func (c *chains) link(key, from, to int32, led []bool) {
	if from == none {
		c.anchor[key] = to
	} else {
		c.next[from] = to
	}
	led[to] = true
}

// followRead puts what a transaction wrote next to what it had read under the same key.
func (c *chains) followRead(r *read, led []bool) {
	v := c.finalOf(r.op, r.key)
	if v == none {
		return
	}
	follower := c.anchor[r.key]
	if r.from != none {
		follower = c.next[r.from]
	}
	switch {
	case follower == none:
		c.link(r.key, r.from, v, led)
	case follower != v:
		ops := []int32{r.op, c.versions[follower].op}
		if c.lists && c.versions[follower].place != none { // who saw that it is next
			ops = append(ops, c.reads[c.longest[r.key].read].op)
		}
		if !c.lists && r.from != none { // whose value both read
			ops = append(ops, c.versions[r.from].op)
		}
		c.flaw(guarantee.LostUpdate, parallelSnapshot, ops, func(other string) string {
			return fmt.Sprintf("read %s under %s and wrote %s there, but %s wrote %s next to what it read",
				c.shown(r), c.keys[r.key], c.value(v), other, c.value(follower))
		})
	}
}

// follower returns the version that overwrote what a read found, if one is known; and whether all heads did.
func (c *chains) follower(r *read) (next int32, heads bool) {
	next = c.anchor[r.key]
	if r.from != none {
		next = c.next[r.from]
	}
	return next, next == none && r.from == c.end[r.key] && len(c.heads[r.key]) > 0
}

// ordered returns the same chains, those of each key put one behind another in the order of their first transactions'
// ends. In the history of a store that works, that is nearly always their true order.
func (c *chains) ordered() *chains {
	out := *c
	out.next, out.anchor, out.end = slices.Clone(c.next), slices.Clone(c.anchor), slices.Clone(c.end)
	out.heads = make([][]int32, len(c.heads))
	out.tails = out.heads
	for k, heads := range c.heads {
		last := c.end[k]
		for _, at := range c.byTime(heads) {
			if last == none {
				out.anchor[k] = heads[at]
			} else {
				out.next[last] = heads[at]
			}
			last = c.tails[k][at]
		}
		out.end[k] = last
	}
	return &out
}

// byTime returns the positions of heads in the order of the ends of their transactions, of those that never ended that
// of their beginnings.
func (c *chains) byTime(heads []int32) []int {
	out := make([]int, len(heads))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return c.moment(heads[a]) - c.moment(heads[b]) })
	return out
}

func (c *chains) moment(v int32) int {
	op := &c.ops[c.versions[v].op]
	if c.unknown(c.versions[v].op) {
		return op.Call
	}
	return op.Return
}
