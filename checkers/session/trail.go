package session

import (
	"sunder/checkers"
	"sunder/checkers/causality"
)

// step says how a search from the end reached a write: it is demanded by the node to, over a read of that node's
// session, or without one if via is None.
type step struct{ to, via int32 }

// searcher goes back from a node to the writes that it demands.
type searcher struct {
	e       *engine
	reached map[int32]step
	queue   []int32
	scanned []int32 // of each session: up to which node its operations have been taken as reasons for a write
}

// trail returns a short derivation that the read to must see the write from, or that the write to comes after it.
func (e *engine) trail(from, to int32) []causality.Link {
	x := &searcher{e: e, reached: map[int32]step{}, scanned: make([]int32, e.t.Sessions())}
	for s := range x.scanned {
		x.scanned[s] = e.t.SessionStart(int32(s))
	}
	if e.t.Nodes[to].Kind == causality.Read {
		x.demandsOfRead(to)
	} else {
		x.demandsOfWrite(to)
	}
	for len(x.queue) > 0 {
		if _, found := x.reached[from]; found {
			return x.links(from, to)
		}
		at := x.queue[0]
		x.queue = x.queue[1:]
		x.demandsOfWrite(at)
	}
	panic("session: a write is to be seen, but nothing demands it")
}

func (x *searcher) reach(write int32, s step) {
	if _, found := x.reached[write]; !found {
		x.reached[write] = s
		x.queue = append(x.queue, write)
	}
}

func (x *searcher) demandsOfRead(read int32) {
	x.e.eachSource(read, func(w int32) { x.reach(w, step{read, causality.None}) })
	x.demandsOfSession(x.e.t.SessionStart(x.e.t.Nodes[read].Session), read, ReadYourWrites, MonotonicReads)
}

func (x *searcher) demandsOfWrite(write int32) {
	s := x.e.t.Nodes[write].Session
	x.demandsOfSession(x.scanned[s], write, MonotonicWrites, WritesFollowReads)
	x.scanned[s] = max(x.scanned[s], write)
}

// demandsOfSession reaches what a session wrote and read before the node, as far as the guarantees for each demand.
func (x *searcher) demandsOfSession(from, node int32, writes, reads Set) {
	for n := from; n < node; n++ {
		switch kind := x.e.t.Nodes[n].Kind; {
		case kind == causality.Write && x.e.s&writes != 0:
			x.reach(n, step{node, causality.None})
		case kind == causality.Read && x.e.s&reads != 0:
			x.e.eachSource(n, func(w int32) { x.reach(w, step{node, n}) })
		}
	}
}

func (x *searcher) links(from, to int32) []causality.Link {
	var out []causality.Link
	for at := from; ; {
		s := x.reached[at]
		if s.via != causality.None {
			out = append(out, causality.Link{From: at, To: s.via, Relation: checkers.ReadsFrom, Reader: causality.None})
			at = s.via
		}
		out = append(out, x.e.t.Link(at, s.to))
		if at = s.to; at == to {
			return out
		}
	}
}
