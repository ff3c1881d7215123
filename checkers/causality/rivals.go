package causality

import "slices"

// EachRival visits each read of a register together with the last write of each session to its key that is among
// its causes, unless the read has read from that or from an effect of it: session by session, in the order of each. It
// ends when visit answers false.
func (o *Order) EachRival(visit func(read, source, rival int32) bool) {
	l := newLearned(o, 1)
	for s := range o.t.Sessions() {
		l.forget(0, o.t.rows)
		from, to := o.t.Session(s)
		for n := from; n < to; n++ {
			if o.t.Nodes[n].Kind != Read {
				continue
			}
			read := o.reading(n)
			l.learn(&read, 0)
			if !l.among(&read, 0, l.all(read.key), visit) {
				return
			}
		}
		if o.t.Interrupted() {
			return
		}
	}
}

// unread is what a session has read from before it reads for the first time.
const unread int32 = -2

// EachNewRival visits what EachRival does, but for most of what follows from the rest, in any order. A write that was known
// already when the session read the key before comes before what it read then; and if that comes before what it reads now,
// so does the write. So of each read those writes are visited that the session has got to know since, and the last one of
// the session whose write it read before. Where a read missed a cause, or causes and conflicts have a cycle, what is visited
// shows it or has one too.
func (o *Order) EachNewRival(visit func(read, source, rival int32) bool) {
	o.newRivals(o.eachRead, visit)
}

func (o *Order) newRivals(each walk, visit func(read, source, rival int32) bool) {
	each(nil, func(l *learned, read *reading, base int, former int32) (int32, bool) {
		rows := l.learn(read, base)
		switch {
		case read.source == None: // whatever is known it has missed
			rows = l.all(read.key)
		case former >= 0 && former != read.source:
			if at := l.row(read.key, o.t.Nodes[former].Session); !slices.Contains(rows, at) {
				rows = append(rows, at)
			}
		}
		return read.source, l.among(read, base, rows, visit)
	})
}

// stale returns the reads that missed some of their causes, ascending. A read that taught its session what it read from missed
// none: what comes after that write was not known yet either.
func (o *Order) stale() []int32 { return o.staleBy(o.eachRead) }

func (o *Order) staleBy(each walk) []int32 {
	var out []int32
	each(o.taught, func(l *learned, read *reading, base int, former int32) (int32, bool) {
		known := read.source != None && l.known(l.row(read.key, read.origin), base) >= read.upTo
		rows := l.learn(read, base)
		// What was known at the read before need not be looked at if that read from the same write, nor if the write was not
		// known then.
		if read.source == None || read.source != former && known {
			rows = l.all(read.key)
		}
		if l.among(read, base, rows, func(_, source, rival int32) bool { return !o.Misses(source, rival) }) {
			return read.source, true
		}
		out = append(out, read.node)
		return unread, true // the next read may miss what this one did
	})
	slices.Sort(out)
	return out
}

// rivalsOf visits the rivals of one read.
func (o *Order) rivalsOf(read int32, visit func(read, source, rival int32) bool) {
	source := o.t.source(read)
	for _, row := range o.t.Rows(read) {
		at, _ := slices.BinarySearch(row.Writes, o.t.starts[row.Session]+o.known(read, row.Session))
		if at == 0 {
			continue
		}
		rival := row.Writes[at-1]
		if rival == source || source != None && o.Before(rival, source) {
			continue
		}
		if !visit(read, source, rival) {
			return
		}
	}
}

// source returns what a read of a register has read from, None if that is the initial state.
func (t *Trace) source(read int32) int32 {
	if sources := t.Sources(read); len(sources) > 0 {
		return sources[0]
	}
	return None
}

// reading is a read with what is asked of it and of what it has read from. To get at these takes longer than to use them, so
// it is done for many reads at once where they are far from one another.
type reading struct {
	node, key, session, index int32
	clock                     int32
	source, origin, upTo      int32 // what it has read from, whose that is, and how many nodes of that session there are up to it
	covered                   int32 // the clock of the source
}

func (o *Order) reading(n int32) reading {
	node := &o.t.Nodes[n]
	r := reading{node: n, key: node.Key, session: node.Session, index: node.Index, clock: o.clock[n], source: o.t.source(n), origin: None}
	if r.source != None {
		source := &o.t.Nodes[r.source]
		r.origin, r.upTo, r.covered = source.Session, source.Index+1, o.clock[r.source]
	}
	return r
}

// walk visits all reads but those to be left out, those of each session in its order. visit is given where in l that of the
// session begins, and what visit returned at the session's read of the key before, unread at first. It ends when visit
// answers false.
type walk func(without []bool, visit visitor)

type visitor func(l *learned, read *reading, base int, former int32) (int32, bool)

// stateMax is how many times as many rows and keys as nodes may be kept track of, for all sessions together.
const stateMax = 4

// eachRead walks to causes first if there is room to keep track of what each session knows, for then clocks are met soon after
// they were made; else key by key.
func (o *Order) eachRead(without []bool, visit visitor) {
	if int64(o.t.Sessions())*(int64(o.t.rows)+int64(o.t.KeyCount())) > stateMax*int64(len(o.t.Nodes)) {
		o.eachReadByKey(without, visit)
	} else {
		o.eachReadInOrder(without, visit)
	}
}

func (o *Order) eachReadInOrder(without []bool, visit visitor) {
	l := newLearned(o, o.t.Sessions())
	former := slices.Repeat([]int32{unread}, int(o.t.Sessions())*int(o.t.KeyCount()))
	var read reading
	for i, n := range o.Sorted {
		if i%nodesBetween == 0 && o.t.Interrupted() {
			return
		}
		if o.t.Nodes[n].Kind != Read || without != nil && without[n] {
			continue
		}
		more := false
		read = o.reading(n)
		at := &former[int(read.session)*int(o.t.KeyCount())+int(read.key)]
		if *at, more = visit(l, &read, int(read.session)*int(o.t.rows), *at); !more {
			return
		}
	}
}

func (o *Order) eachReadByKey(without []bool, visit visitor) {
	l := newLearned(o, 1)
	reads, begin := o.readsByKey(without)
	for k := range o.t.KeyCount() {
		former, session := unread, None
		for i := begin[k]; i < begin[k+1]; i++ {
			if i%nodesBetween == 0 && o.t.Interrupted() {
				return
			}
			if reads[i].session != session {
				former, session = unread, reads[i].session
				l.forget(l.begin[k], l.begin[k+1])
			}
			more := false
			if former, more = visit(l, &reads[i], 0, former); !more {
				return
			}
		}
	}
}

// readsByKey returns reads by key, in the order of nodes, but for those to be left out, and where those of each key begin;
// one more at the end.
func (o *Order) readsByKey(without []bool) (reads []reading, begin []int32) {
	t := o.t
	begin = make([]int32, t.KeyCount()+1)
	for n := range t.Nodes {
		if t.Nodes[n].Kind == Read && (without == nil || !without[n]) {
			begin[t.Nodes[n].Key+1]++
		}
	}
	for k := range t.KeyCount() {
		begin[k+1] += begin[k]
	}
	reads = make([]reading, begin[t.KeyCount()])
	at := slices.Clone(begin)
	for n := range t.Nodes {
		if node := &t.Nodes[n]; node.Kind == Read && (without == nil || !without[n]) {
			reads[at[node.Key]] = o.reading(int32(n))
			at[node.Key]++
		}
	}
	return reads, begin
}
