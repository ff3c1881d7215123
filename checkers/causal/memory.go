package causal

import (
	"fmt"
	"slices"
	"sort"

	"sunder/checkers/causality"
)

// memory is the search for what breaks causal memory.
type memory struct {
	budget    int64 // of clocks merged in one search
	exhausted bool  // some search ended early
}

// search searches for causes missed, or a session whose reads no single order of the writes that it knows of can
// explain.
func (m *memory) search(t *causality.Trace) []causality.Evidence {
	order, found := t.Weak()
	if order == nil || found != nil || t.Collection() {
		return found
	}
	v := newView(t, order)
	for s := range t.Sessions() {
		if e := v.saturate(s, m.budget); e != nil {
			return []causality.Evidence{*e}
		}
		if t.Excess != "" {
			return nil
		}
	}
	m.exhausted = m.exhausted || v.steps > m.budget
	return nil
}

// view is what one session must believe of the order of writes: its happened-before, hb of Bouajjani et al. It holds
// the causes of the session's last operation and puts a write before another of its key if it happened before a read
// of this session that read from the other. (As hb grows along the session, the last operation's is enough.)
//
// All that hb adds to causality ends at an anchor, a write that the session has read. So it is enough to keep one
// vector clock for each anchor: what happened before a node is what causality says, and what happened before the
// anchors among that.
type view struct {
	t       *causality.Trace
	order   *causality.Order
	anchors []int32   // of the session at hand: nodes, in the order in which they were first read
	place   []int32   // of each node: its position in anchors, or None
	clocks  [][]int32 // of each anchor: how many nodes of each session happened before it
	version []int64   // of each anchor: the change that changed its clock last
	closed  []int64   // of each anchor: the last change before its clock was closed
	rows    [][]int32 // of each session: its anchors, ascending
	with    []int32   // sessions that have anchors
	changes int64     // of any anchor's clock
	steps   int64     // clocks merged
	derived []conflict
	now     now
}

// now is what happened before the read at hand. It only grows along a session, so all positions in it do too.
type now struct {
	clock  []int32
	last   []int32 // of each row of writes: how many of them it holds
	anchor []int32 // of each session: how many of its anchors it holds
	merged []int64 // of each session: the version of the last of these that it knows
}

func newView(t *causality.Trace, order *causality.Order) *view {
	v := &view{t: t, order: order, place: make([]int32, len(t.Nodes)), rows: make([][]int32, t.Sessions())}
	for n := range v.place {
		v.place[n] = causality.None
	}
	v.now = now{
		clock: make([]int32, t.Sessions()), last: make([]int32, t.RowCount()),
		anchor: make([]int32, t.Sessions()), merged: make([]int64, t.Sessions()),
	}
	return v
}

// begin forgets the session before and finds the anchors of s. It tells whether there is anything to judge, and room for
// it: with a single read, hb says no more than causality.
func (v *view) begin(s int32) bool {
	for _, a := range v.anchors {
		v.place[a] = causality.None
	}
	for _, session := range v.with {
		v.rows[session] = v.rows[session][:0]
	}
	v.anchors, v.closed, v.version, v.with, v.derived = v.anchors[:0], v.closed[:0], v.version[:0], v.with[:0], v.derived[:0]
	reads := 0
	for n, to := v.t.Session(s); n < to; n++ {
		if v.t.Nodes[n].Kind != causality.Read {
			continue
		}
		reads++
		for _, source := range v.t.Sources(n) {
			if v.place[source] == causality.None {
				v.addAnchor(source)
			}
		}
	}
	for _, session := range v.with {
		slices.Sort(v.rows[session])
	}
	sources, sessions := len(v.anchors), v.t.Sessions()
	if v.t.Exceeds(fmt.Sprintf("what one session knew of %d others by %d writes", sessions-1, sources), 4*int64(sources)*int64(sessions)) {
		return false
	}
	for i, write := range v.anchors {
		v.startClock(i, write)
	}
	return reads > 1
}

func (v *view) addAnchor(write int32) {
	i := len(v.anchors)
	v.place[write] = int32(i)
	v.anchors = append(v.anchors, write)
	v.closed, v.version = append(v.closed, -1), append(v.version, 0)
	s := v.t.Nodes[write].Session
	if len(v.rows[s]) == 0 {
		v.with = append(v.with, s)
	}
	v.rows[s] = append(v.rows[s], write)
}

// startClock sets the clock of an anchor to what causality says.
func (v *view) startClock(i int, write int32) {
	if i == len(v.clocks) {
		v.clocks = append(v.clocks, make([]int32, v.t.Sessions()))
	}
	clear(v.clocks[i])
	v.order.MergeCauses(v.clocks[i], write)
}

// saturate derives all of the session's happened-before, or the first contradiction. It goes over the reads until
// nothing new follows, or the budget is used up; clocks only grow, so it ends.
func (v *view) saturate(s int32, budget int64) *causality.Evidence {
	if !v.begin(s) {
		return nil
	}
	for before := int64(-1); before != v.changes && v.steps <= budget; {
		before = v.changes
		v.now.reset()
		for n, to := v.t.Session(s); n < to && !v.t.Interrupted(); n++ {
			if v.t.Nodes[n].Kind != causality.Read {
				continue
			}
			if e := v.read(n); e != nil {
				return e
			}
		}
	}
	return nil
}

func (n *now) reset() {
	clear(n.clock)
	clear(n.last)
	clear(n.anchor)
	for s := range n.merged {
		n.merged[s] = -1
	}
}

// read derives what follows from one read.
func (v *view) read(n int32) *causality.Evidence {
	v.steps++
	v.order.MergeCauses(v.now.clock, n)
	v.closeNow()
	source := causality.None
	if sources := v.t.Sources(n); len(sources) > 0 {
		source = sources[0]
	}
	rows := v.t.Rows(n)
	for i := range rows {
		rival := v.lastKnown(&rows[i])
		switch {
		case rival == causality.None || rival == source:
		case source == causality.None:
			return v.beforeInitial(rival, n)
		default:
			v.putBefore(rival, source, n)
		}
	}
	if source == causality.None {
		return nil
	}
	v.closeAnchor(v.place[source])
	if node := &v.t.Nodes[source]; v.clocks[v.place[source]][node.Session] > node.Index {
		return v.cyclic(source)
	}
	v.closeNow()
	return nil
}

// lastKnown returns the last write of a row that happened before the read at hand, or None.
func (v *view) lastKnown(row *causality.Row) int32 {
	from, _ := v.t.Session(row.Session)
	end := from + v.now.clock[row.Session]
	at := v.now.last[row.Number]
	for int(at) < len(row.Writes) && row.Writes[at] < end {
		at++
	}
	v.now.last[row.Number] = at
	if at == 0 {
		return causality.None
	}
	return row.Writes[at-1]
}

// putBefore notes that a write happened before another because the reader tells so, unless that is known.
func (v *view) putBefore(first, second, reader int32) {
	at, node := v.place[second], &v.t.Nodes[first]
	if v.clocks[at][node.Session] > node.Index {
		return
	}
	v.derived = append(v.derived, conflict{first, second, reader})
	v.order.Merge(v.clocks[at], first)
	v.changed(at)
}

func (v *view) changed(anchor int32) {
	v.changes++
	v.version[anchor] = v.changes
}

// closeAnchor adds to an anchor's clock what happened before the anchors in it.
func (v *view) closeAnchor(at int32) {
	if v.closed[at] == v.changes {
		return
	}
	clock := v.clocks[at]
	grown := false
	for again := true; again; {
		again = false
		for _, s := range v.with {
			known := v.t.SessionStart(s) + clock[s]
			if i := sort.Search(len(v.rows[s]), func(i int) bool { return v.rows[s][i] >= known }); i > 0 {
				again = v.raise(clock, v.clocks[v.place[v.rows[s][i-1]]]) || again
			}
		}
		grown = grown || again
	}
	if grown {
		v.changed(at)
	}
	v.closed[at] = v.changes
}

// closeNow adds what happened before the anchors that happened before the read at hand.
func (v *view) closeNow() {
	n := &v.now
	for again := true; again; {
		again = false
		for _, s := range v.with {
			known, row := v.t.SessionStart(s)+n.clock[s], v.rows[s]
			at := n.anchor[s]
			for int(at) < len(row) && row[at] < known {
				at++
				n.merged[s] = -1
			}
			n.anchor[s] = at
			if at == 0 {
				continue
			}
			if last := v.place[row[at-1]]; n.merged[s] != v.version[last] {
				n.merged[s] = v.version[last]
				again = v.raise(n.clock, v.clocks[last]) || again
			}
		}
	}
}

// raise makes each entry of clock at least that of other, and tells whether that changed it.
func (v *view) raise(clock, other []int32) bool {
	v.steps++
	changed := false
	for s, known := range other {
		if known > clock[s] {
			clock[s], changed = known, true
		}
	}
	return changed
}
