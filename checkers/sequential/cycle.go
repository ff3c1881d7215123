package sequential

// maxCycleStarts bounds from how many operations a short cycle is looked for.
const maxCycleStarts = 64

// shortestCycle returns a short cycle among the operations that still wait, as operations each of which comes before
// the next; the first comes again at the end. From each operation it looks only for one that is shorter than those before.
func (s *saturation) shortestCycle(waits []int32) []int32 {
	k := s.knot(waits)
	w := newWalker(len(k.ops))
	var best []int32
	starts, limit := 0, len(s.Ops)
	for i := range k.ops {
		if !k.leads(int32(i)) || starts == maxCycleStarts || s.In.Interrupted() {
			continue
		}
		cycle, cut := k.around(&w, int32(i), limit)
		if cycle != nil {
			best, limit = cycle, len(cycle)-2
		}
		if cycle != nil || cut {
			starts++
		}
	}
	for at, i := range best {
		best[at] = k.ops[i]
	}
	return best
}

// knot is the operations that wait for one another, numbered anew, with what directly follows each. Those that only wait
// for others, and from which no way leads back, have nothing that follows and follow nothing.
type knot struct {
	ops   []int32 // ascending
	next  []int32 // what follows, operation after operation
	begin []int32 // of each operation: where it begins in next; one more at the end
	waits []int32 // of each operation: how many that are in a cycle, or ahead of one, follow it
}

func (s *saturation) knot(waits []int32) *knot {
	k := &knot{}
	place := make([]int32, len(waits))
	for i := range waits {
		if place[i] = none; waits[i] > 0 {
			place[i] = int32(len(k.ops))
			k.ops = append(k.ops, int32(i))
		}
	}
	k.begin = make([]int32, 1, len(k.ops)+1)
	for _, i := range k.ops {
		s.successors(i, func(j, _ int32) {
			if place[j] != none {
				k.next = append(k.next, place[j])
			}
		})
		k.begin = append(k.begin, int32(len(k.next)))
	}
	k.trim()
	return k
}

func (k *knot) after(i int32) []int32 { return k.next[k.begin[i]:k.begin[i+1]] }

// trim takes away what leads to no cycle, from its end on.
func (k *knot) trim() {
	n := len(k.ops)
	k.waits = make([]int32, n)
	begin, before := make([]int32, n+2), make([]int32, len(k.next))
	for _, j := range k.next {
		begin[j+2]++
	}
	for i := range n {
		begin[i+2] += begin[i+1]
	}
	var ends []int32
	for i := range int32(n) {
		for _, j := range k.after(i) {
			before[begin[j+1]] = i
			begin[j+1]++
		}
		if k.waits[i] = int32(len(k.after(i))); k.waits[i] == 0 {
			ends = append(ends, i)
		}
	}
	for len(ends) > 0 {
		j := ends[len(ends)-1]
		ends = ends[:len(ends)-1]
		for _, i := range before[begin[j]:begin[j+1]] {
			if k.waits[i]--; k.waits[i] == 0 {
				ends = append(ends, i)
			}
		}
	}
}

// leads tells whether a way leads from an operation to a cycle.
func (k *knot) leads(i int32) bool { return k.waits[i] > 0 }

// around returns a shortest way from an operation back to it, of at most so many edges. It tells whether there may be a longer one.
func (k *knot) around(w *walker, from int32, limit int) (path []int32, cut bool) {
	w.walk++
	w.level = append(w.level[:0], from)
	for range limit {
		w.next = w.next[:0]
		for _, i := range w.level {
			for _, j := range k.after(i) {
				if w.met[j] == w.walk || !k.leads(j) {
					continue
				}
				w.met[j], w.parent[j] = w.walk, i
				if j == from {
					return trace(w.parent, from, from), false
				}
				w.next = append(w.next, j)
			}
		}
		if len(w.next) == 0 {
			return nil, false
		}
		w.level, w.next = w.next, w.level
	}
	return nil, true
}
