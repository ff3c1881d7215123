package linearizable

import (
	"slices"

	"sunder/checkers"
)

// prefix decides logs when each element is appended once, in time linear in the size of all reads.
//
// Of two reads the shorter must be the beginning of the longer. So the longest read gives the order of all appends that
// any read shows, a read has its place behind as many of them as it shows, and appends that no read shows come last.
// That leaves no choice but among neighbours that are alike; it remains to see whether real time agrees.
type prefix struct{}

func (prefix) name() string { return "fast" }

func (prefix) decide(in checkers.Input, ops []int) (outcome, bool) {
	if in.Object.Name != "log" {
		return outcome{}, false
	}
	c := &collectionKey{in: in, ops: ops, elements: newElements(len(ops))}
	if !c.load() {
		return outcome{}, false
	}
	suspect := c.lineUp()
	if suspect == nil {
		if a, b, found := c.inversion(); found {
			suspect = c.behind(a, b)
		}
	}
	return c.outcome(suspect), true
}

// lineUp puts operations in the order that the answers ask for, or returns operations whose answers contradict one
// another.
func (c *collectionKey) lineUp() (suspect []int) {
	seen := slices.Repeat([]int32{nothing}, len(c.adder)) // by element: the first of reads that showed it
	var longest []int32                                   // what the longest read so far showed
	for at, r := range c.reads {
		list, _ := c.op(r.op).Output.List()
		c.steps += 1 + int64(len(list))
		for k, v := range list {
			id := c.number(v)
			if int(id) == len(seen) {
				seen = append(seen, nothing)
			}
			switch {
			case c.adder[id] < 0:
				return []int{r.op}
			case k < len(longest) && longest[k] == id:
				continue
			case k < len(longest):
				return []int{r.op, c.reads[at-1].op, c.adder[id], c.adder[longest[k]]}
			case seen[id] != nothing:
				return []int{c.adder[id], r.op}
			}
			seen[id] = int32(at)
			longest = append(longest, id)
			c.placed = append(c.placed, place{c.adder[id], id})
		}
		c.placed = append(c.placed, place{r.op, nothing})
	}
	c.addUnread(seen)
	return nil
}

// behind returns the operations at two places, and what shows that the first comes before the second: of two appends a
// read that shows both in this order, or only the first; of two reads the append of an element that only the second
// shows.
func (c *collectionKey) behind(a, b int) []int {
	out := []int{c.placed[a].op, c.placed[b].op}
	aReads, bReads := c.reading(a), c.reading(b)
	from := a + 1
	if !bReads && c.placed[b].element != nothing {
		from = b + 1
	}
	for at := from; at < len(c.placed); at++ {
		reads := c.reading(at)
		switch {
		case aReads && bReads && !reads, !aReads && !bReads && reads:
			return append(out, c.placed[at].op)
		case aReads != bReads:
			return out
		}
	}
	return out
}
