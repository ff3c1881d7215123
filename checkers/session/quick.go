package session

import (
	"sunder/checkers/causality"
)

// quick tells whether quickly decides a set of guarantees on a trace.
func quick(t *causality.Trace, s Set) bool { return !t.Collection() && s.Guarantee() != "" && s != All }

// quickly finds what breaks a single guarantee on registers, in linear time: no sets of writes are needed, for so few of
// them are demanded.
//
// Read your writes and monotonic reads do not order the writes, so a read must only not answer the initial value if its
// session has written its key, or read a value of it, before. Monotonic writes demands of a read no more than what its
// source's session wrote before the source, none of which comes after it. Under writes follow reads, too, all that a read
// demands comes before its source, so only a cycle of the writes breaks it.
func (e *engine) quickly() []causality.Evidence {
	switch e.s {
	case MonotonicWrites:
		return nil
	case WritesFollowReads:
		if sorted, _ := e.t.Sort(nil); sorted != nil {
			return nil // the order of writes is a part of what was sorted
		}
		return e.tangled()
	}
	var found []causality.Evidence
	first := make([]int32, e.t.KeyCount()) // of each key: the first write of it that the session must see; None
	for session := range e.t.Sessions() {
		for k := range first {
			first[k] = causality.None
		}
		n, to := e.t.Session(session)
		for ; n < to && len(found) < foundMax; n++ {
			found = e.mustSee(n, first, found)
		}
		if e.t.Interrupted() {
			break
		}
	}
	return found
}

// mustSee judges a node, and notes the write that it makes the session see.
func (e *engine) mustSee(n int32, first []int32, found []causality.Evidence) []causality.Evidence {
	node := &e.t.Nodes[n]
	write := causality.None
	switch node.Kind {
	case causality.Write:
		if e.s == ReadYourWrites {
			write = n
		}
	case causality.Read:
		sources := e.t.Sources(n)
		if len(sources) == 0 && first[node.Key] != causality.None {
			found = append(found, e.explain(causality.Missed{
				Anomaly: e.s.anomaly(), Read: n, Source: causality.None, Cause: first[node.Key],
			}))
		}
		if len(sources) > 0 && e.s == MonotonicReads {
			write = sources[0]
		}
	}
	if write != causality.None && (first[node.Key] == causality.None || write < first[node.Key]) {
		first[node.Key] = write
	}
	return found
}

// tangled returns a cycle of writes each of which follows a read of the one before, if there is one. It goes on in a
// session as far as what was read there is free of cycles: a write waits for the reads before it, and these for their
// sources.
func (e *engine) tangled() []causality.Evidence {
	t := e.t
	waiting := make([]int32, len(t.Nodes)) // of each write: the first read that waits for it, or None
	next := make([]int32, len(t.Nodes))    // of each read: another that waits for the same
	free := make([]bool, len(t.Nodes))
	for n := range waiting {
		waiting[n] = causality.None
	}
	var ready []int32
	// goOn frees what a session does from a node on up to a read that waits.
	goOn := func(n int32) {
		for _, to := t.Session(t.Nodes[n].Session); n < to; n++ {
			if t.Nodes[n].Kind == causality.Read {
				if sources := t.Sources(n); len(sources) > 0 && !free[sources[0]] {
					w := sources[0]
					next[n], waiting[w] = waiting[w], n
					return
				}
			}
			free[n] = true
			for r := waiting[n]; r != causality.None; r = next[r] {
				ready = append(ready, r)
			}
		}
	}
	for s := range t.Sessions() {
		goOn(t.SessionStart(s))
		for len(ready) > 0 && !t.Interrupted() {
			r := ready[len(ready)-1]
			ready = ready[:len(ready)-1]
			goOn(r)
		}
	}
	for n := range t.Nodes {
		if t.Nodes[n].Kind == causality.Write && !free[n] && !t.Interrupted() {
			at := e.onCycle(int32(n), free)
			return []causality.Evidence{t.CycleEvidence(e.s.anomaly(), e.trail(at, at))}
		}
	}
	return nil
}

// onCycle goes back from a write that is not free over what it waits for, until a write comes again.
func (e *engine) onCycle(write int32, free []bool) int32 {
	met := make(map[int32]bool)
	for !met[write] {
		met[write] = true
		n := e.t.SessionStart(e.t.Nodes[write].Session)
		for free[n] {
			n++
		}
		write = e.t.Sources(n)[0]
	}
	return write
}
