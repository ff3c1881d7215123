package linearizable

import (
	"cmp"
	"slices"
)

// instant is a call or a return: which, and of which read or addition.
type instant uint32

// What happens at one instant counts as concurrent: so reads are called before additions return, and return before
// additions are called.
const (
	readCalled instant = iota
	readReturned
	additionCalled
	additionReturned
)

func instantOf(kind instant, i int) instant { return instant(i)<<2 | kind }
func (m instant) kind() instant             { return m & 3 }
func (m instant) at() int32                 { return int32(m >> 2) }

// momentsMax is how many operations a instant can name.
const momentsMax = 1 << 29

// each passes on all calls and returns.
func (c *counterKey) each(add func(when int32, m instant)) {
	for i := range c.reads {
		add(c.reads[i].call, instantOf(readCalled, i))
		add(c.reads[i].ret, instantOf(readReturned, i))
	}
	for i := range c.additions {
		add(c.additions[i].call, instantOf(additionCalled, i))
		if c.additions[i].ret != pending {
			add(c.additions[i].ret, instantOf(additionReturned, i))
		}
	}
}

// moments returns all calls and returns in the order of time. If most moments of the history are theirs, as where there is
// one key, it puts each in its place; else it sorts them.
func (c *counterKey) moments() []instant {
	last, count := int32(0), 0
	c.each(func(when int32, _ instant) {
		last = max(last, when)
		count++
	})
	if int(last) < 8*count {
		if out, ok := c.placed(int(last)+1, count); ok {
			return out
		}
	}
	type dated struct {
		when int32
		instant
	}
	all := make([]dated, 0, count)
	c.each(func(when int32, m instant) { all = append(all, dated{when, m}) })
	slices.SortFunc(all, func(a, b dated) int {
		return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.kind(), b.kind()), cmp.Compare(a.at(), b.at()))
	})
	out := make([]instant, count)
	for i, d := range all {
		out[i] = d.instant
	}
	return out
}

// placed returns all moments in the order of time, if no two are at the same.
func (c *counterKey) placed(length, count int) ([]instant, bool) {
	at := make([]instant, length) // +1; 0 where there is none
	same := false
	c.each(func(when int32, m instant) {
		same = same || at[when] != 0
		at[when] = m + 1
	})
	if same {
		return nil, false
	}
	out := at[:0]
	for _, m := range at {
		if m != 0 {
			out = append(out, m-1)
		}
	}
	return out, len(out) == count
}
