package gossip

import (
	"slices"
	"strconv"
)

// Timestamp is a vector timestamp: entry i counts updates that replica i has accepted; one more entry, where there are
// forced updates, counts those. Entries that are not there are 0, so that nil is the timestamp of knowing nothing.
//
// A Timestamp is never changed once made: machines, messages, facts and records share them.
type Timestamp []uint64

func (t Timestamp) at(i int) uint64 {
	if i < len(t) {
		return t[i]
	}
	return 0
}

// Covers tells whether t >= u: every entry of t is at least that of u.
func (t Timestamp) Covers(u Timestamp) bool {
	for i, n := range u {
		if n > t.at(i) {
			return false
		}
	}
	return true
}

// merge returns the least timestamp that covers both.
func merge(t, u Timestamp) Timestamp {
	switch {
	case len(t) >= len(u) && t.Covers(u):
		return t
	case len(u) >= len(t) && u.Covers(t):
		return u
	}
	m := make(Timestamp, max(len(t), len(u)))
	for i := range m {
		m[i] = max(t.at(i), u.at(i))
	}
	return m
}

// with returns t with another entry i.
func (t Timestamp) with(i int, n uint64) Timestamp {
	u := make(Timestamp, max(len(t), i+1))
	copy(u, t)
	u[i] = n
	return u
}

// sum is larger for whatever is causally later.
func (t Timestamp) sum() uint64 {
	var s uint64
	for _, n := range t {
		s += n
	}
	return s
}

func (t Timestamp) equal(u Timestamp) bool { return t.Covers(u) && u.Covers(t) }

// String writes a timestamp as Fig 14.8 does: (2,4,6).
func (t Timestamp) String() string {
	b := []byte{'('}
	for i, n := range t {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	return string(append(b, ')'))
}

// zeros returns rows of timestamps of so many entries.
func zeros(rows, entries int) []Timestamp {
	return slices.Repeat([]Timestamp{make(Timestamp, entries)}, rows)
}
