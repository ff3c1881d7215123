package sequential

import (
	"sunder/checkers"
	"sunder/checkers/interleave"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// edgeBytes is about what an edge needs: itself, its place among the pairs, and what growing has cost.
const edgeBytes = 100

// initial stands for the virtual write of what a register holds at first.
const initial = -1

// saturation derives what must come before what, until there is nothing new or a contradiction: Zennou, Biswas,
// Bouajjani, Enea & Erradi, Gradual Consistency Checking, CAV 2019. If r met what w wrote, and v is another write of
// the key, then v comes after r if it comes after w, and before w if it comes before r. Only observations whose
// source is certain count, and only writes that certainly happened.
type saturation struct {
	*interleave.Problem
	reads   []read
	happens []bool           // by operation
	writers map[string][]row // by key, and by session those that have any
	edges   []edge
	out     []ends // by operation: of the edges that leave it
	known   pairs  // from and to of all edges
	steps   int64
	settled bool // there is nothing more to derive
	walks   walker
}

// row is the writes of one session to one key that happened, in order, and where among them the last two searches ended.
type row struct {
	session       int32
	writes        []int32
	after, before int
}

// read says that an operation met what another, or initial, had written.
type read struct{ writer, reader int32 }

// edge says that one operation comes before another. A derived one rests on a path between two others that was there
// in an earlier round.
type edge struct {
	from, to   int32
	round      int32
	start, end int32 // of the path; start is end if it rests on none
	next       int32 // the next one that leaves the same operation, or none
}

// none stands for no operation, and for no edge.
const none = -1

// ends are the first and the last of some edges, or none.
type ends struct{ first, last int32 }

// saturate returns what it derived, and operations that contradict one another, or nil if it finds none. It leaves clocks
// in p.Clocks. Steps are entries of clocks that were computed. On counters it derives nothing, and neither where there is
// no room for the clocks of two rounds, an entry for each operation and session; nor does it go on where there is none
// for the edges.
func saturate(p *interleave.Problem) (s *saturation, suspects []int) {
	if clockBytes(p) > p.In.Room() {
		return &saturation{Problem: p}, nil
	}
	s = newSaturation(p)
	var lone []int
	switch p.In.Object.Name {
	case "register":
		lone = s.findSources()
		s.findWriters(checkers.Writes)
	case "set", "board", "log":
		lone = s.findElements()
	default:
		return s, nil
	}
	if lone != nil {
		return s, lone
	}
	for round := 1; ; round++ {
		clocks, cycle := s.clock()
		if cycle != nil {
			return s, p.Positions(s.grounds(cycle))
		}
		p.Clocks = clocks
		if p.In.Interrupted() || s.steps > p.In.Steps() || s.full() {
			return s, nil
		}
		if !s.derive(round) {
			s.settled = !p.In.Interrupted() && !s.full()
			return s, nil
		}
	}
}

// clockBytes returns what the clocks of saturation need.
func clockBytes(p *interleave.Problem) int64 {
	return 2 * 4 * int64(len(p.Ops)) * int64(len(p.Sessions))
}

// full tells whether there is no room for more edges.
func (s *saturation) full() bool { return int64(len(s.edges))*edgeBytes > s.In.Room() }

func newSaturation(p *interleave.Problem) *saturation {
	s := &saturation{Problem: p, happens: make([]bool, len(p.Ops)), out: make([]ends, len(p.Ops)), writers: map[string][]row{}}
	for i := range p.Ops {
		s.happens[i], s.out[i] = !checkers.Optional(p.Op(int32(i))), ends{none, none}
	}
	for k, behind := range p.Behind {
		if behind.Count > 0 {
			s.add(edge{from: p.Sessions[behind.Session][behind.Count-1], to: p.Sessions[k][0]})
		}
	}
	return s
}

// place is a value under a key.
type place struct{ key, value string }

// findSources finds who wrote what each operation met, where that is certain. It returns an operation that met what
// nobody wrote, if there is one.
func (s *saturation) findSources() []int {
	candidates := map[place][]int32{}
	for i := range s.Ops {
		op := s.Op(int32(i))
		if v, ok := checkers.Writes(op); ok {
			at := place{op.Key, v.String()}
			candidates[at] = append(candidates[at], int32(i))
		}
	}
	first := s.In.History.Initial.String()
	pending := make([]int32, 0, len(s.Ops))
	for i := range s.Ops {
		if s.happens[i] {
			pending = append(pending, int32(i))
		}
	}
	for ; len(pending) > 0; pending = pending[1:] {
		i := pending[0]
		op := s.Op(i)
		v, ok := checkers.Observes(op)
		if !ok {
			continue
		}
		text := v.String()
		sources := candidates[place{op.Key, text}]
		switch {
		case text == first && len(sources) == 0:
			s.reads = append(s.reads, read{initial, i})
		case len(sources) == 0:
			return []int{s.Ops[i]}
		case text != first && len(sources) == 1:
			w := sources[0]
			s.reads = append(s.reads, read{w, i})
			s.add(edge{from: w, to: i})
			if !s.happens[w] {
				s.happens[w] = true
				pending = append(pending, w)
			}
		}
	}
	return nil
}

// findWriters finds the updates of each key that happened, session by session.
func (s *saturation) findWriters(writes func(*history.Operation) (protocol.Value, bool)) {
	for k, session := range s.Sessions {
		for _, i := range session {
			op := s.Op(i)
			if _, ok := writes(op); !ok || !s.happens[i] {
				continue
			}
			rows := s.writers[op.Key]
			if len(rows) == 0 || rows[len(rows)-1].session != int32(k) {
				rows = append(rows, row{session: int32(k)})
				s.writers[op.Key] = rows
			}
			last := &rows[len(rows)-1]
			last.writes = append(last.writes, i)
		}
	}
}

func (s *saturation) add(e edge) {
	if !s.known.add(e.from, e.to) {
		return
	}
	at, out := int32(len(s.edges)), &s.out[e.from]
	if out.first == none {
		out.first = at
	} else {
		s.edges[out.last].next = at
	}
	out.last, e.next = at, none
	s.edges = append(s.edges, e)
}

// derive applies the rules to every read, by the clocks of the former round, and tells whether there was anything
// new. Of the writes of one session only the nearest matters: the order of the session covers the others.
func (s *saturation) derive(round int) bool {
	before := len(s.edges)
	for _, rd := range s.reads {
		if s.In.Interrupted() || s.full() {
			return false
		}
		rows := s.writers[s.Op(rd.reader).Key]
		for i := range rows {
			s.overwritten(rd, &rows[i], int32(round))
			s.overtaken(rd, &rows[i], int32(round))
		}
	}
	return len(s.edges) > before
}

// overwritten puts the reader before the first write of a session that comes after what it met.
func (s *saturation) overwritten(rd read, r *row, round int32) {
	at, writers := 0, r.writes
	if rd.writer != initial {
		r.after = nearest(len(writers), r.after, func(i int) bool { return writers[i] != rd.writer && s.precedes(rd.writer, writers[i]) })
		at = r.after
	}
	for ; at < len(writers) && (writers[at] == rd.reader || writers[at] == rd.writer); at++ {
	}
	if at == len(writers) || s.precedes(rd.reader, writers[at]) {
		return
	}
	v := writers[at]
	e := edge{from: rd.reader, to: v, round: round, start: rd.writer, end: v}
	if rd.writer == initial {
		e.start = v
	}
	s.add(e)
}

// overtaken puts the last write of a session that comes before the reader before what the reader met.
func (s *saturation) overtaken(rd read, r *row, round int32) {
	reached, writers := s.Clocks[rd.reader][r.session], r.writes
	r.before = nearest(len(writers), r.before, func(i int) bool { return s.Index[writers[i]] >= reached })
	at := r.before - 1
	for ; at >= 0 && writers[at] == rd.reader; at-- {
	}
	if at < 0 || rd.writer == initial || writers[at] == rd.writer || s.precedes(writers[at], rd.writer) {
		return
	}
	s.add(edge{from: writers[at], to: rd.writer, round: round, start: writers[at], end: rd.reader})
}

// nearest returns the first of n places at which holds says so, which it then does at all that follow; n if there is none. It is
// found soon if it is near the guess.
func nearest(n, guess int, holds func(at int) bool) int {
	low, high, step := guess, guess, 1 // it holds nowhere before low, and at high
	for low > 0 && holds(low-1) {
		high, low, step = low-1, max(0, low-1-step), 2*step
	}
	if low == guess {
		for high < n && !holds(high) {
			low, high, step = high+1, min(n, high+step), 2*step
		}
	}
	for low < high {
		if middle := int(uint(low+high) >> 1); holds(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// precedes tells whether one operation is known to come before another, or is the same.
func (s *saturation) precedes(a, b int32) bool { return s.Clocks[b][s.Session[a]] > s.Index[a] }
