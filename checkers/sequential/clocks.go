package sequential

import "slices"

// clock computes from all edges how many operations of each session must come before each operation, itself included.
// If edges close a cycle it returns that instead, and nothing if it is interrupted.
func (s *saturation) clock() (clocks [][]int32, cycle []int32) {
	n, k := len(s.Ops), len(s.Sessions)
	cells := make([]int32, n*k)
	clocks = make([][]int32, n)
	waits := make([]int32, n)
	for i := range clocks {
		clocks[i] = cells[i*k : (i+1)*k : (i+1)*k]
		if s.Index[i] > 0 {
			waits[i] = 1
		}
	}
	for _, e := range s.edges {
		waits[e.to]++
	}
	ready := make([]int32, 0, n)
	for i := range waits {
		if waits[i] == 0 {
			ready = append(ready, int32(i))
		}
	}
	for done := 0; done < len(ready); done++ {
		i := ready[done]
		if done%operationsBetween == 0 && s.In.Interrupted() {
			return nil, nil
		}
		clocks[i][s.Session[i]] = s.Index[i] + 1
		s.successors(i, func(j int32, _ int32) {
			s.steps += int64(k)
			for c, v := range clocks[i] {
				clocks[j][c] = max(clocks[j][c], v)
			}
			if waits[j]--; waits[j] == 0 {
				ready = append(ready, j)
			}
		})
	}
	if len(ready) < n {
		return nil, s.shortestCycle(waits)
	}
	return clocks, nil
}

// operationsBetween is how many operations get their clocks between two looks at whether the check is to end.
const operationsBetween = 256

// successors visits what directly follows an operation, with the number of the edge, or -1 for the order of its
// session.
func (s *saturation) successors(i int32, visit func(j, edge int32)) {
	if session := s.Sessions[s.Session[i]]; int(s.Index[i])+1 < len(session) {
		visit(session[s.Index[i]+1], -1)
	}
	for e := s.out[i].first; e != none; e = s.edges[e].next {
		visit(s.edges[e].to, e)
	}
}

// path returns a shortest way from one operation to another, over at least one edge, by edges of rounds before the
// given one. It is nil if there is none.
func (s *saturation) path(from, to int32, round int) []int32 {
	w := s.walker()
	w.level = append(w.level[:0], from)
	for len(w.level) > 0 {
		w.next = w.next[:0]
		for _, i := range w.level {
			found := false
			s.successors(i, func(j, e int32) {
				if w.met[j] == w.walk || found || e >= 0 && int(s.edges[e].round) >= round {
					return
				}
				w.met[j], w.parent[j] = w.walk, i
				found = j == to
				w.next = append(w.next, j)
			})
			if found {
				return trace(w.parent, from, to)
			}
		}
		w.level, w.next = w.next, w.level
	}
	return nil
}

// walker is what a walk over operations needs, kept from one walk to the next.
type walker struct {
	walk        int32
	met, parent []int32 // by operation: the last walk that met it, and from where
	level, next []int32
}

// walker returns it ready for the next walk.
func (s *saturation) walker() *walker {
	if s.walks.met == nil {
		s.walks = newWalker(len(s.Ops))
	}
	s.walks.walk++
	return &s.walks
}

func newWalker(n int) walker { return walker{met: make([]int32, n), parent: make([]int32, n)} }

func trace(parent []int32, from, to int32) []int32 {
	out := []int32{to}
	for i := parent[to]; i != from; i = parent[i] {
		out = append(out, i)
	}
	out = append(out, from)
	slices.Reverse(out)
	return out
}

// grounds returns the operations of a cycle, those that its edges rest on, those that they rest on in turn, and the
// writes that all of them met.
func (s *saturation) grounds(cycle []int32) []int32 {
	member := make([]bool, len(s.Ops))
	rested := map[int32]bool{}
	source := make(map[int32]int32, len(s.reads))
	for _, rd := range s.reads {
		source[rd.reader] = rd.writer
	}
	var walk func(path []int32)
	walk = func(path []int32) {
		for k, i := range path {
			member[i] = true
			if k+1 == len(path) {
				return
			}
			s.successors(i, func(j, e int32) {
				if j != path[k+1] || e < 0 || rested[e] {
					return
				}
				rested[e] = true
				if at := s.edges[e]; at.start != at.end {
					walk(s.path(at.start, at.end, int(at.round)))
				}
			})
		}
	}
	walk(cycle)
	var out []int32
	for i := range member {
		if !member[i] {
			continue
		}
		out = append(out, int32(i))
		if w, ok := source[int32(i)]; ok && w != initial && !member[w] {
			out = append(out, w)
		}
	}
	return out
}
