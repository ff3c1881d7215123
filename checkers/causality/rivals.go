package causality

import "math"

// EachRival visits each read of a register together with the last write of each session to its key that is among
// its causes, unless the read has read from that or from an effect of it: session by session, in the order of each. It
// ends when visit answers false.
func (o *Order) EachRival(visit func(read, source, rival int32) bool) {
	r := newRivals(o, visit)
	for s := range o.t.Sessions() {
		copy(r.rows, r.first)
		from, to := o.t.Session(s)
		for n := from; n < to; n++ {
			if o.t.Nodes[n].Kind == Read && !r.of(n) {
				return
			}
		}
		if o.t.Interrupted() {
			return
		}
	}
}

// EachRivalByKey visits the same as EachRival, key by key. That is several times as fast: what is known of the writes of
// one key fits into the nearest cache, that of all keys does not.
func (o *Order) EachRivalByKey(visit func(read, source, rival int32) bool) {
	r := newRivals(o, visit)
	reads, begin := o.t.readsByKey()
	for k := range o.t.KeyCount() {
		first, end := r.begin[k], r.begin[k+1]
		if first == end {
			continue
		}
		session := None
		for i, n := range reads[begin[k]:begin[k+1]] {
			if i%nodesBetween == 0 && o.t.Interrupted() {
				return
			}
			if s := o.t.Nodes[n].Session; s != session {
				session = s
				copy(r.rows[first:end], r.first[first:end])
			}
			if !r.of(n) {
				return
			}
		}
	}
}

// readsByKey returns all reads by key, in the order of nodes, and where those of each key begin; one more at the end.
func (t *Trace) readsByKey() (reads, begin []int32) {
	begin = make([]int32, t.KeyCount()+1)
	for n := range t.Nodes {
		if t.Nodes[n].Kind == Read {
			begin[t.Nodes[n].Key+1]++
		}
	}
	for k := range t.KeyCount() {
		begin[k+1] += begin[k]
	}
	reads = make([]int32, begin[t.KeyCount()])
	at := make([]int32, t.KeyCount())
	copy(at, begin)
	for n := range t.Nodes {
		if node := &t.Nodes[n]; node.Kind == Read {
			reads[at[node.Key]] = int32(n)
			at[node.Key]++
		}
	}
	return reads, begin
}

// rivals goes through the reads of a session. With every read all rows of its key are looked at, one for each session
// that writes the key: that is most of the work, so these, their writes and the two clocks stand in memory as they are
// needed, and everything is counted in nodes of the session that a row is of.
type rivals struct {
	*Order
	rows   []progress // of each row, those of a key next to one another
	first  []progress // as it is when nothing is known
	begin  []int32    // of each key: its first row; one more at the end
	writes []int32    // of each row: how many nodes of its session come before each of its writes; at the end math.MaxInt32
	visit  func(read, source, rival int32) bool
}

// progress says how much of a row is known to the session at hand.
type progress struct {
	session int32
	known   int32 // how many nodes of its session there are up to the last write of the row that is known; 0 if none is
	next    int32 // how many nodes come before the first write that is not known
	at      int32 // where that stands in writes
}

func newRivals(o *Order, visit func(read, source, rival int32) bool) *rivals {
	r := &rivals{
		Order: o, rows: make([]progress, o.t.rows), first: make([]progress, 0, o.t.rows),
		begin: make([]int32, 1, len(o.t.writes)+1), visit: visit,
	}
	size := 0
	for _, rows := range o.t.writes {
		for i := range rows {
			size += len(rows[i].Writes) + 1
		}
	}
	r.writes = make([]int32, 0, size)
	for _, rows := range o.t.writes {
		for i := range rows {
			start, at := o.t.starts[rows[i].Session], int32(len(r.writes))
			for _, w := range rows[i].Writes {
				r.writes = append(r.writes, w-start)
			}
			r.writes = append(r.writes, math.MaxInt32)
			r.first = append(r.first, progress{session: rows[i].Session, next: r.writes[at], at: at})
		}
		r.begin = append(r.begin, int32(len(r.first)))
	}
	return r
}

// of visits the rivals of what a read has read from.
func (o *rivals) of(read int32) bool {
	node := &o.t.Nodes[read]
	source, origin, upTo := None, None, int32(0) // of its own session a node's position says what it knows, not its clock
	table, covered := o.clocks.tables.of(o.clock[read]), o.clocks.tables.of(0)
	if sources := o.t.Sources(read); len(sources) > 0 {
		source = sources[0]
		origin, upTo = o.t.Nodes[source].Session, o.t.Nodes[source].Index+1
		covered = o.clocks.tables.of(o.clock[source])
	}
	shift, mask := o.clocks.shift, int32(1)<<o.clocks.shift-1
	rows := o.rows[o.begin[node.Key]:o.begin[node.Key+1]]
	for i := 0; i < len(rows); {
		page := rows[i].session >> shift
		mine, its := o.clocks.pages.of(table[page]), o.clocks.pages.of(covered[page])
		for ; i < len(rows) && rows[i].session>>shift == page; i++ {
			row := &rows[i]
			end, cover := mine[row.session&mask], its[row.session&mask]
			if row.session == node.Session {
				end = node.Index
			}
			if row.next < end {
				o.advance(row, end)
			}
			if row.known <= cover || row.session == origin && row.known <= upTo {
				continue
			}
			if !o.visit(read, source, o.t.starts[row.session]+row.known-1) {
				return false
			}
		}
	}
	return true
}

// advance notes that the writes of a row ahead of a node are known.
func (o *rivals) advance(row *progress, end int32) {
	at := row.at + 1
	for o.writes[at] < end {
		at++
	}
	row.at, row.known, row.next = at, o.writes[at-1]+1, o.writes[at]
}
