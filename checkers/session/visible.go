package session

import (
	"fmt"

	"sunder/checkers/causality"
)

// tooLarge tells whether sets of writes need too much memory: a bit of each write for each write, if these have an
// order, for each session and for each key. If so, t.Excess says it.
func tooLarge(t *causality.Trace, s Set) bool {
	writes, keys := int64(0), int32(0)
	for n := range t.Nodes {
		keys = max(keys, t.Nodes[n].Key+1)
		if t.Nodes[n].Kind == causality.Write {
			writes++
		}
	}
	sets := int64(keys)
	if s.ordersWrites() {
		sets += writes + int64(t.Sessions())
	}
	return t.Exceeds(fmt.Sprintf("%d sets of %d writes", sets, writes), sets*((writes+63)/64)*8)
}

// ordersWrites tells whether the guarantees demand any order of writes.
func (s Set) ordersWrites() bool { return s&(MonotonicWrites|WritesFollowReads) != 0 }

// search searches for what breaks all of a set of guarantees together.
//
// A read must see certain writes: those that gave it its answer; with RYW the earlier writes of its session, with MR
// what the session had read before; with each of these, under MW the earlier writes of that one's session, and under
// WFR what that one's session had read before it. The same two give the order of writes: under MW that of each
// session, under WFR what was read before what was written then. A set is broken if that order has a cycle, or if a
// read did not answer the last of what it must see: it must see a write of its key that comes after the one it has
// read from, or any at all if it read the initial state, or the add of an element that it does not show.
func search(s Set) causality.Search {
	return func(t *causality.Trace) []causality.Evidence {
		if quick(t, s) {
			return (&engine{t: t, s: s}).quickly()
		}
		e := newEngine(t, s)
		if e.cyclic != causality.None {
			return []causality.Evidence{t.CycleEvidence(s.anomaly(), e.trail(e.cyclic, e.cyclic))}
		}
		var found []causality.Evidence
		for session := range t.Sessions() {
			found = e.sessionReads(session, found)
		}
		return found
	}
}

// foundMax bounds how many broken reads are listed: some are explained more briefly than others.
const foundMax = 16

// engine holds for each write which writes come before it in the order of writes; who sees the one must see those.
type engine struct {
	t      *causality.Trace
	s      Set
	number []int32 // of each node that is a write
	writes []int32 // the node of each number
	words  int
	before []bitset
	keys   []bitset // of each key: its writes
	cyclic int32    // a write that comes before itself, or None
}

func newEngine(t *causality.Trace, s Set) *engine {
	e := &engine{t: t, s: s, number: make([]int32, len(t.Nodes)), cyclic: causality.None}
	keys := int32(0)
	for n := range t.Nodes {
		node := &t.Nodes[n]
		keys = max(keys, node.Key+1)
		if node.Kind == causality.Write {
			e.number[n] = int32(len(e.writes))
			e.writes = append(e.writes, int32(n))
		}
	}
	e.words = (len(e.writes) + 63) / 64
	e.keys = newBitsets(int(keys), e.words)
	for i, n := range e.writes {
		e.keys[t.Nodes[n].Key].add(int32(i))
	}
	if s.ordersWrites() {
		e.close()
	}
	return e
}

// close computes the order of writes. Where causes come first, one round is enough; else it goes on until nothing
// changes.
func (e *engine) close() {
	e.before = newBitsets(len(e.writes), e.words)
	nodes, _ := e.t.Sort(nil)
	rounds := nodes == nil
	if rounds {
		nodes = make([]int32, len(e.t.Nodes))
		for n := range nodes {
			nodes[n] = int32(n)
		}
	}
	seen := newBitsets(int(e.t.Sessions()), e.words)
	for e.round(nodes, seen) && rounds {
		continue
	}
	for i, n := range e.writes {
		if e.before[i].has(int32(i)) {
			e.cyclic = n
			return
		}
	}
}

// round adds to each write what its session had seen; it tells whether that changed anything.
func (e *engine) round(nodes []int32, seen []bitset) bool {
	changed := false
	for s := range seen {
		clear(seen[s])
	}
	for _, n := range nodes {
		if e.t.Interrupted() {
			return false
		}
		node := &e.t.Nodes[n]
		mine := seen[node.Session]
		switch node.Kind {
		case causality.Read:
			if e.s&WritesFollowReads != 0 {
				e.eachSource(n, func(w int32) { e.see(mine, w) })
			}
		case causality.Write:
			changed = e.before[e.number[n]].or(mine) || changed
			if e.s&MonotonicWrites != 0 {
				e.see(mine, n)
			}
		}
	}
	return changed
}

// eachSource visits the writes that a read certainly got its answer from.
func (e *engine) eachSource(read int32, visit func(write int32)) {
	if !e.t.Collection() {
		for _, w := range e.t.Sources(read) {
			visit(w)
		}
		return
	}
	for _, w := range e.t.Shown(read) {
		if !e.t.Nodes[w].Shared {
			visit(w)
		}
	}
}

// see adds a write and what comes before it.
func (e *engine) see(set bitset, write int32) {
	i := e.number[write]
	if e.before != nil {
		set.or(e.before[i])
	}
	set.add(i)
}

// sessionReads looks at the reads of a session in turn.
func (e *engine) sessionReads(session int32, found []causality.Evidence) []causality.Evidence {
	must, now := make(bitset, e.words), make(bitset, e.words)
	for n, to := e.t.Session(session); n < to && len(found) < foundMax && !e.t.Interrupted(); n++ {
		switch e.t.Nodes[n].Kind {
		case causality.Write:
			if e.s&ReadYourWrites != 0 {
				e.see(must, n)
			}
		case causality.Read:
			copy(now, must)
			e.eachSource(n, func(w int32) { e.see(now, w) })
			if m, broken := e.missed(n, now); broken {
				found = append(found, e.explain(m))
			}
			if e.s&MonotonicReads != 0 {
				copy(must, now)
			}
		}
	}
	return found
}

// missed returns a write that the read must see and has not seen.
func (e *engine) missed(read int32, must bitset) (causality.Missed, bool) {
	m := causality.Missed{Anomaly: e.s.anomaly(), Read: read, Source: causality.None, Cause: causality.None}
	key := e.keys[e.t.Nodes[read].Key]
	if e.t.Collection() {
		shown := make(bitset, e.words)
		for _, w := range e.t.Shown(read) {
			shown.add(e.number[w])
		}
		must.each(key, func(i int32) bool {
			if !shown.has(i) {
				m.Cause = e.writes[i]
			}
			return m.Cause == causality.None
		})
		return m, m.Cause != causality.None
	}
	if sources := e.t.Sources(read); len(sources) > 0 {
		m.Source = sources[0]
		if e.before == nil {
			return m, false // nothing orders the writes
		}
	}
	must.each(key, func(i int32) bool {
		if m.Source == causality.None || e.before[i].has(e.number[m.Source]) {
			m.Cause = e.writes[i]
		}
		return m.Cause == causality.None
	})
	return m, m.Cause != causality.None
}

// explain derives that the read must see the write and that the write comes after what was read.
func (e *engine) explain(m causality.Missed) causality.Evidence {
	var over []causality.Link
	if m.Source != causality.None {
		over = e.trail(m.Source, m.Cause)
	}
	return e.t.MissedEvidence(m, over, e.trail(m.Cause, m.Read))
}
