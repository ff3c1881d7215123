package causality

import "sunder/checkers/guarantee"

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
// its causes, unless the read has read from that. It ends when visit answers false.
func (o *Order) EachRival(visit func(read, source, rival int32) bool) {
	last := make([]int32, o.t.rows) // of each row: how many of its writes are known to the session at hand
	for s := range o.t.Sessions() {
		clear(last)
		from, to := o.t.Session(s)
		for n := from; n < to; n++ {
			if o.t.Nodes[n].Kind == Read && (!o.rivals(n, last, visit) || o.t.Interrupted()) {
				return
			}
		}
	}
}

func (o *Order) rivals(read int32, last []int32, visit func(read, source, rival int32) bool) bool {
	source := None
	if sources := o.t.Sources(read); len(sources) > 0 {
		source = sources[0]
	}
	rows, clock, own := o.t.Rows(read), o.clocks.reader(o.clock[read]), o.t.Nodes[read].Session
	for i := range rows {
		row := &rows[i]
		known := clock.entry(row.Session)
		if row.Session == own {
			known = o.t.Nodes[read].Index
		}
		end := o.t.starts[row.Session] + known
		at := last[row.Number]
		for int(at) < len(row.Writes) && row.Writes[at] < end {
			at++
		}
		last[row.Number] = at
		if at > 0 && row.Writes[at-1] != source && !visit(read, source, row.Writes[at-1]) {
			return false
		}
	}
	return true
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
