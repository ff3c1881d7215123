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
	for _, read := range o.stale() {
		o.rivalsOf(read, func(read, source, rival int32) bool {
			switch {
			case source == None:
				out = append(out, Missed{guarantee.WriteCOInitRead, read, source, rival})
			case o.Before(source, rival):
				out = append(out, Missed{guarantee.WriteCORead, read, source, rival})
			}
			return len(out) < missedMax
		})
		if len(out) == missedMax {
			break
		}
	}
	return out
}

// Misses tells whether a read from the source, None for the initial state, missed its rival.
func (o *Order) Misses(source, rival int32) bool { return source == None || o.Before(source, rival) }

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
