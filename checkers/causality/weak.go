package causality

import (
	"math"

	"sunder/checkers/guarantee"
)

// Missed is a read that cannot have seen its causes: it answered what Source wrote although Cause, a write of the
// same key or the add of an element that is not shown, is among its causes and came after.
type Missed struct {
	Anomaly guarantee.Anomaly
	Read    int32
	Source  int32 // None if the initial state was read
	Cause   int32
}

// missedMax bounds how many missed causes are listed: some are explained more briefly than others.
const missedMax = 16

// Missed returns reads that missed some of their causes, a few if there are many, none if there are none. Without any,
// and with the order acyclic, the trace is causally consistent (CC; Bouajjani et al. 2017, theorem 1).
func (o *Order) Missed() []Missed {
	if o.t.Collection() {
		return o.missedElements()
	}
	var out []Missed
	o.EachRival(func(read, source, rival int32) bool {
		switch {
		case source == None:
			out = append(out, Missed{guarantee.WriteCOInitRead, read, source, rival})
		case o.Before(source, rival):
			out = append(out, Missed{guarantee.WriteCORead, read, source, rival})
		}
		return len(out) < missedMax
	})
	return out
}

// EachRival visits each read of a register together with the last write of each session to its key that is among
// its causes, unless the read has read from that or from an effect of it. It ends when visit answers false.
func (o *Order) EachRival(visit func(read, source, rival int32) bool) {
	r := &rivals{Order: o, last: make([]int32, o.t.rows), next: make([]int32, o.t.rows), visit: visit}
	begin := o.t.firstWrites()
	for s := range o.t.Sessions() {
		clear(r.last)
		copy(r.next, begin)
		from, to := o.t.Session(s)
		for n := from; n < to; n++ {
			if o.t.Nodes[n].Kind == Read && (!r.of(n) || o.t.Interrupted()) {
				return
			}
		}
	}
}

// rivals goes through the reads of a session. Of most rows nothing has become known since the read before, so that of
// each row but two numbers are looked at, and those of a key stand next to one another.
type rivals struct {
	*Order
	last  []int32 // of each row: how many of its writes are known to the session at hand
	next  []int32 // of each row: the first write that is not
	visit func(read, source, rival int32) bool
}

// firstWrites returns the first write of each row.
func (t *Trace) firstWrites() []int32 {
	out := make([]int32, t.rows)
	for _, rows := range t.writes {
		for i := range rows {
			out[rows[i].Number] = rows[i].Writes[0]
		}
	}
	return out
}

// of visits the rivals of what a read has read from.
func (o *rivals) of(read int32) bool {
	source := None
	known, own := o.clocks.reader(o.clock[read]), o.t.Nodes[read].Session
	covered, origin := known, None // what the source knows
	if sources := o.t.Sources(read); len(sources) > 0 {
		source = sources[0]
		covered, origin = o.clocks.reader(o.clock[source]), o.t.Nodes[source].Session
	}
	rows := o.t.Rows(read)
	for i := range rows {
		row := &rows[i]
		end := o.t.starts[row.Session] + known.entry(row.Session)
		if row.Session == own {
			end = read
		}
		if o.next[row.Number] < end {
			o.advance(row, end)
		}
		at := o.last[row.Number]
		if at == 0 {
			continue
		}
		rival := row.Writes[at-1]
		switch {
		case source == None:
		case row.Session == origin:
			if rival <= source {
				continue
			}
		case rival < o.t.starts[row.Session]+covered.entry(row.Session):
			continue
		}
		if !o.visit(read, source, rival) {
			return false
		}
	}
	return true
}

// advance notes that the writes of a row ahead of a node are known.
func (o *rivals) advance(row *Row, end int32) {
	at := o.last[row.Number]
	for int(at) < len(row.Writes) && row.Writes[at] < end {
		at++
	}
	o.last[row.Number], o.next[row.Number] = at, math.MaxInt32
	if int(at) < len(row.Writes) {
		o.next[row.Number] = row.Writes[at]
	}
}

// missedElements returns reads of a set that do not show an element whose add is among their causes.
func (o *Order) missedElements() []Missed {
	var out []Missed
	count := make([]int32, o.t.Sessions()) // of the known adds that a read shows
	last := make([]int32, o.t.rows)
	for s := range o.t.Sessions() {
		clear(last)
		from, to := o.t.Session(s)
		for n := from; n < to && len(out) < missedMax && !o.t.Interrupted(); n++ {
			if o.t.Nodes[n].Kind == Read {
				out = o.missedBy(n, count, last, out)
			}
		}
	}
	return out
}

func (o *Order) missedBy(read int32, count, last []int32, out []Missed) []Missed {
	rows := o.t.Rows(read)
	for i := range rows {
		count[rows[i].Session] = 0
	}
	for _, w := range o.t.Shown(read) {
		if o.Before(w, read) {
			count[o.t.Nodes[w].Session]++
		}
	}
	for i := range rows {
		row := &rows[i]
		end := o.t.starts[row.Session] + o.known(read, row.Session)
		at := last[row.Number]
		for int(at) < len(row.Writes) && row.Writes[at] < end {
			at++
		}
		last[row.Number] = at
		if count[row.Session] < at {
			out = o.nameMissed(read, row.Writes[:at], out)
		}
	}
	return out
}

// nameMissed names those of the adds that the read does not show.
func (o *Order) nameMissed(read int32, adds []int32, out []Missed) []Missed {
	shown := map[int32]bool{}
	for _, w := range o.t.Shown(read) {
		shown[w] = true
	}
	for _, w := range adds {
		if shown[w] {
			continue
		}
		m := Missed{guarantee.WriteCOInitRead, read, None, w}
		if reply := o.shownReply(read, w); reply != None {
			m.Anomaly, m.Source = guarantee.ReplyBeforeParent, reply
		}
		out = append(out, m)
	}
	return out
}
