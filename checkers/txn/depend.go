package txn

import (
	"cmp"
	"slices"
)

// dependencies makes the graph of what must come before what among some operations, ascending: at strong-session with the order
// of each process, at strict with real time. More may add edges, between those of all operations.
func (c *chains) dependencies(l level, among []int32, more func(emit func(from, to int32, k kind, literal int32))) *graph {
	w := &wiring{chains: c, among: among, place: fill(len(c.nodes))}
	for at, i := range among {
		w.place[c.nodeOf[i]] = int32(at)
	}
	nodes := int32(len(among))
	aside := w.stand(nodes)
	size := nodes + aside
	var returns []int32
	switch l {
	case strict:
		returns = c.timeline(among)
		size += int32(len(returns))
	case strongSession:
		size += nodes
	}
	g := connect(c.in.Interrupted, nodes, size, func(emit func(from, to int32, k kind, literal int32)) {
		w.emit = emit
		w.reading()
		w.writing()
		if l == strongSession {
			c.followers(among, nodes+aside, emit)
		}
		if l == strict {
			c.timed(among, nodes+aside, returns, emit)
		}
		if more != nil {
			more(emit)
		}
	})
	if len(among) < len(c.nodes) {
		g.origin = make([]int32, nodes)
		for at, i := range among {
			g.origin[at] = c.nodeOf[i]
		}
	}
	return g
}

// wiring makes the edges between some operations.
type wiring struct {
	*chains
	among []int32
	place []int32 // of each node: where it is among them; none
	hubs  []int32 // see stand
	emit  func(from, to int32, k kind, literal int32)
}

// stand finds for each key the node that stands between all who read the end of its first chain and the heads of the
// others, none if there are too few of these; it returns how many such nodes there are.
func (w *wiring) stand(first int32) (count int32) {
	w.hubs = fill(len(w.keys))
	for k := range w.keys {
		if len(w.heads[k]) > 1 {
			w.hubs[k] = first + count
			count++
		}
	}
	return count
}

// edge adds an edge between two nodes, if both are among those of the graph.
func (w *wiring) edge(from, to int32, k kind) {
	if a, b := w.place[from], w.place[to]; a != b && a != none && b != none {
		w.emit(a, b, k, 0)
	}
}

// reading adds what follows from reads: a writer comes before its reader, and that before who overwrote what it read.
func (w *wiring) reading() {
	for at, i := range w.among {
		reader := w.nodeOf[i]
		for n := w.firstRead[i]; n < w.firstRead[i+1]; n++ {
			r := &w.reads[n]
			if r.from != none {
				w.edge(w.writer(r.from), reader, writeRead)
			}
			next, heads := w.follower(r)
			switch {
			case next != none:
				w.edge(reader, w.writer(next), readWrite)
			case heads && w.hubs[r.key] != none:
				w.emit(int32(at), w.hubs[r.key], readWrite, 0)
			case heads:
				w.edge(reader, w.writer(w.heads[r.key][0]), readWrite)
			}
		}
	}
}

// writing adds the order of the versions of each key.
func (w *wiring) writing() {
	for _, i := range w.among {
		for v := w.first[i]; v < w.first[i+1]; v++ {
			if next := w.next[v]; next != none {
				w.edge(w.nodeOf[i], w.writer(next), writeWrite)
			}
		}
	}
	for k, heads := range w.heads {
		for _, head := range heads {
			if end := w.end[k]; end != none {
				w.edge(w.writer(end), w.writer(head), writeWrite)
			}
			if to := w.place[w.writer(head)]; w.hubs[k] != none && to != none {
				w.emit(w.hubs[k], to, onward, 0)
			}
		}
	}
}

// followers adds the order of each process among some transactions such that it takes one step from one to any later one:
// beside each stands a node that leads to the next, and to the node beside that.
func (t *trace) followers(among []int32, first int32, emit func(from, to int32, k kind, literal int32)) {
	t.sessions(among, func(from, to int32, _ kind, _ int32) {
		emit(from, first+from, process, 0)
		emit(first+from, to, onward, 0)
		emit(first+from, first+to, onward, 0)
	})
}

// sessions adds the order of each process among some transactions, by their places there.
func (t *trace) sessions(among []int32, emit func(from, to int32, k kind, literal int32)) {
	last := map[int]int32{}
	for n, i := range among {
		p := t.ops[i].Process
		if before, some := last[p]; some && t.ops[among[before]].Precedes(&t.ops[i]) {
			emit(before, int32(n), process, 0)
		}
		last[p] = int32(n)
	}
}

// timeline returns those of some transactions that returned, by their places there, in the order of time.
func (t *trace) timeline(among []int32) []int32 {
	out := make([]int32, 0, len(among))
	last := 0
	for n, i := range among {
		if !t.unknown(i) {
			out = append(out, int32(n))
			last = max(last, t.ops[i].Return)
		}
	}
	if last < sparse*len(out) && t.spread(among, out, last) {
		return out
	}
	slices.SortFunc(out, func(a, b int32) int { return cmp.Compare(t.ops[among[a]].Return, t.ops[among[b]].Return) })
	return out
}

// sparse is how many moments there may be for each transaction, at most, to put them in order by a table of all moments.
const sparse = 16

// spread puts transactions in the order of their returns, without comparing them, if no two returned at the same moment; it
// tells whether that is so.
func (t *trace) spread(among, all []int32, last int) bool {
	at := fill(last + 1)
	for _, n := range all {
		moment := t.ops[among[n]].Return
		if at[moment] != none {
			return false
		}
		at[moment] = n
	}
	put := 0
	for _, n := range at {
		if n != none {
			all[put] = n
			put++
		}
	}
	return true
}

// timed adds real time with two edges a transaction: one to a barrier, which is the moment of its return, one from the last
// barrier before its call; and the barriers follow one another.
func (t *trace) timed(among []int32, first int32, returns []int32, emit func(from, to int32, k kind, literal int32)) {
	for at, n := range returns {
		emit(n, first+int32(at), realTime, 0)
		if at > 0 {
			emit(first+int32(at)-1, first+int32(at), onward, 0)
		}
	}
	at := 0
	for _, n := range t.byCall(among) {
		call := t.ops[among[n]].Call
		for at < len(returns) && t.ops[among[returns[at]]].Return < call {
			at++
		}
		if at > 0 {
			emit(first+int32(at)-1, n, onward, 0)
		}
	}
}

// byCall returns the places of some transactions in the order of their calls.
func (t *trace) byCall(among []int32) []int32 {
	out := make([]int32, len(among))
	for n := range out {
		out[n] = int32(n)
	}
	byCall := func(a, b int32) int { return cmp.Compare(t.ops[among[a]].Call, t.ops[among[b]].Call) }
	if !slices.IsSortedFunc(out, byCall) {
		slices.SortStableFunc(out, byCall)
	}
	return out
}
