package sequential

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/interleave"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// edgeBytes is about what an edge needs: itself, and its places in two maps.
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
	out     [][]int32 // by operation: edges that leave it
	known   map[[2]int32]bool
	steps   int64
	settled bool // there is nothing more to derive
	walks   walker
}

// row is the writes of one session to one key that happened, in order.
type row struct {
	session int32
	writes  []int32
}

// read says that an operation met what another, or initial, had written.
type read struct{ writer, reader int32 }

// edge says that one operation comes before another. A derived one rests on a path between two others that was there
// in an earlier round.
type edge struct {
	from, to   int32
	round      int
	start, end int32 // of the path; start is end if it rests on none
}

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
	s := &saturation{Problem: p, happens: make([]bool, len(p.Ops)), out: make([][]int32, len(p.Ops)),
		writers: map[string][]row{}, known: map[[2]int32]bool{}}
	for i := range p.Ops {
		op := p.Op(int32(i))
		s.happens[i] = !checkers.Optional(op)
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
	at := [2]int32{e.from, e.to}
	if s.known[at] {
		return
	}
	s.known[at] = true
	s.out[e.from] = append(s.out[e.from], int32(len(s.edges)))
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
		for _, r := range s.writers[s.Op(rd.reader).Key] {
			s.overwritten(rd, r.writes, round)
			s.overtaken(rd, r, round)
		}
	}
	return len(s.edges) > before
}

// overwritten puts the reader before the first write of a session that comes after what it met.
func (s *saturation) overwritten(rd read, writers []int32, round int) {
	at := 0
	if rd.writer != initial {
		at, _ = slices.BinarySearchFunc(writers, true, func(v int32, _ bool) int {
			if v != rd.writer && s.precedes(rd.writer, v) {
				return 0
			}
			return -1
		})
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
func (s *saturation) overtaken(rd read, r row, round int) {
	reached, writers := s.Clocks[rd.reader][r.session], r.writes
	at, _ := slices.BinarySearchFunc(writers, reached, func(v, n int32) int { return int(s.Index[v] - n) })
	for at--; at >= 0 && writers[at] == rd.reader; at-- {
	}
	if at < 0 || rd.writer == initial || writers[at] == rd.writer || s.precedes(writers[at], rd.writer) {
		return
	}
	s.add(edge{from: writers[at], to: rd.writer, round: round, start: writers[at], end: rd.reader})
}

// precedes tells whether one operation is known to come before another, or is the same.
func (s *saturation) precedes(a, b int32) bool { return s.Clocks[b][s.Session[a]] > s.Index[a] }
