package causality

import (
	"math"
	"slices"
)

// learned says how much is known of each row, which is the writes of a session to a key: to one session, or to each of all. With
// every read all rows of its key are looked at: that is most of the work, so what is needed of each stands next to one
// another, and is counted in nodes of the session that a row is of.
type learned struct {
	*Order
	begin   []int32 // of each key: its first row; one more at the end
	session []int32 // of each row
	writes  []int32 // of each row: how many nodes of its session come before each of its writes; at the end math.MaxInt32
	first   []int32 // of each row: where its writes begin
	some    []int32 // room for the rows of a key

	// Of each row, of one session after the other:
	next []int32 // how many nodes come before the first write that is not known
	at   []int32 // where that stands in writes
}

// newLearned returns that nothing is known to so many sessions.
func newLearned(o *Order, sessions int32) *learned {
	l := &learned{Order: o, begin: make([]int32, 1, len(o.t.writes)+1)}
	size, most := 0, 0
	for _, rows := range o.t.writes {
		most = max(most, len(rows))
		for i := range rows {
			size += len(rows[i].Writes) + 1
		}
	}
	l.writes, l.some = make([]int32, 0, size), make([]int32, 0, most)
	l.session, l.first = make([]int32, 0, o.t.rows), make([]int32, 0, o.t.rows)
	next := make([]int32, 0, o.t.rows)
	for _, rows := range o.t.writes {
		for i := range rows {
			start, at := o.t.starts[rows[i].Session], int32(len(l.writes))
			for _, w := range rows[i].Writes {
				l.writes = append(l.writes, w-start)
			}
			l.writes = append(l.writes, math.MaxInt32)
			l.session, l.first, next = append(l.session, rows[i].Session), append(l.first, at), append(next, l.writes[at])
		}
		l.begin = append(l.begin, int32(len(l.session)))
	}
	l.next, l.at = slices.Repeat(next, int(sessions)), slices.Repeat(l.first, int(sessions))
	return l
}

// forget makes nothing known of some rows to the only session.
func (l *learned) forget(from, to int32) {
	for i := from; i < to; i++ {
		l.next[i], l.at[i] = l.writes[l.first[i]], l.first[i]
	}
}

// row returns the row of a session among those of a key, or None.
func (l *learned) row(key, session int32) int32 {
	from, to := l.begin[key], l.begin[key+1]
	if at := from + session; at < to && l.session[at] == session {
		return at // as of all if each session writes each key
	}
	if at, found := slices.BinarySearch(l.session[from:to], session); found {
		return from + int32(at)
	}
	return None
}

// all returns all rows of a key.
func (l *learned) all(key int32) []int32 {
	out := l.some[:0]
	for i := l.begin[key]; i < l.begin[key+1]; i++ {
		out = append(out, i)
	}
	return out
}

// known returns how many nodes of a row's session there are up to the last write of the row that is known; 0 if none is.
func (l *learned) known(row int32, base int) int32 {
	if at := l.at[base+int(row)]; at > l.first[row] {
		return l.writes[at-1] + 1
	}
	return 0
}

// learn makes known what is so to a read. It returns the rows of which more is known than before.
func (l *learned) learn(read *reading, base int) []int32 {
	out := l.some[:0]
	table, shift, mask := l.clocks.tables.of(read.clock), l.clocks.shift, int32(1)<<l.clocks.shift-1
	for i, end := l.begin[read.key], l.begin[read.key+1]; i < end; {
		page := l.session[i] >> shift
		mine, next := l.clocks.pages.of(table[page]), l.next[base+int(i):base+int(end)]
		for k, session := range l.session[i:end] {
			if session>>shift != page {
				break
			}
			if n := mine[session&mask]; next[k] < n {
				l.advance(i, base, n)
				out = append(out, i)
			}
			i++
		}
	}
	// Of its own session a node's index says what it knows, and its clock says less.
	if own := l.row(read.key, read.session); own != None && l.next[base+int(own)] < read.index {
		l.advance(own, base, read.index)
		if !slices.Contains(out, own) {
			out = append(out, own)
		}
	}
	return out
}

// advance makes the writes of a row known that are among the first nodes of its session.
func (l *learned) advance(row int32, base int, nodes int32) {
	at := l.at[base+int(row)] + 1
	for l.writes[at] < nodes {
		at++
	}
	l.at[base+int(row)], l.next[base+int(row)] = at, l.writes[at]
}

// among visits the rivals of what a read has read from that are the last known writes of some rows.
func (l *learned) among(read *reading, base int, rows []int32, visit func(read, source, rival int32) bool) bool {
	covered, shift, mask := l.clocks.tables.of(read.covered), l.clocks.shift, int32(1)<<l.clocks.shift-1
	for _, row := range rows {
		session, known := l.session[row], l.known(row, base)
		if session == read.origin && known <= read.upTo || known <= l.clocks.pages.of(covered[session>>shift])[session&mask] {
			continue // the source knew it, or is it
		}
		if !visit(read.node, read.source, l.t.starts[session]+known-1) {
			return false
		}
	}
	return true
}
