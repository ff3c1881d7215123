package txn

import (
	"cmp"
	"slices"
)

// dependencies makes the graph of what must come before what: at strong-session with the order of each process, at strict
// with real time. More may add edges.
func (c *chains) dependencies(l level, more func(emit func(from, to int32, k kind, literal int32))) *graph {
	nodes := int32(len(c.nodes))
	hubs, aside := c.hubs(nodes)
	size := nodes + aside
	var returns []int32
	switch l {
	case strict:
		returns = c.timeline()
		size += int32(len(returns))
	case strongSession:
		size += nodes
	}
	return connect(c.in.Interrupted, nodes, size, func(emit func(from, to int32, k kind, literal int32)) {
		c.reading(hubs, emit)
		c.writing(hubs, emit)
		if l == strongSession {
			c.followers(c.nodes, nodes+aside, emit)
		}
		if l == strict {
			c.timed(nodes+aside, returns, emit)
		}
		if more != nil {
			more(emit)
		}
	})
}

// hubs returns for each key the node that stands between all who read the end of its first chain and the heads of the
// others, none if there are too few of these; and how many such nodes there are.
func (c *chains) hubs(first int32) (of []int32, count int32) {
	of = fill(len(c.keys))
	for k := range c.keys {
		if len(c.heads[k]) > 1 {
			of[k] = first + count
			count++
		}
	}
	return of, count
}

// reading adds what follows from reads: a writer comes before its reader, and that before who overwrote what it read.
func (c *chains) reading(hubs []int32, emit func(from, to int32, k kind, literal int32)) {
	for i := range c.reads {
		r := &c.reads[i]
		reader := c.nodeOf[r.op]
		if r.from != none {
			if w := c.writer(r.from); w != reader {
				emit(w, reader, writeRead, 0)
			}
		}
		next, heads := c.follower(r)
		switch {
		case next != none && c.writer(next) != reader:
			emit(reader, c.writer(next), readWrite, 0)
		case heads && hubs[r.key] != none:
			emit(reader, hubs[r.key], readWrite, 0)
		case heads && c.writer(c.heads[r.key][0]) != reader:
			emit(reader, c.writer(c.heads[r.key][0]), readWrite, 0)
		}
	}
}

// writing adds the order of the versions of each key.
func (c *chains) writing(hubs []int32, emit func(from, to int32, k kind, literal int32)) {
	for v, next := range c.next {
		if next != none && c.writer(int32(v)) != c.writer(next) {
			emit(c.writer(int32(v)), c.writer(next), writeWrite, 0)
		}
	}
	for k, heads := range c.heads {
		for _, head := range heads {
			if end := c.end[k]; end != none {
				emit(c.writer(end), c.writer(head), writeWrite, 0)
			}
			if hubs[k] != none {
				emit(hubs[k], c.writer(head), onward, 0)
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

// timeline returns the transactions that returned, in the order of time.
func (t *trace) timeline() []int32 {
	out := make([]int32, 0, len(t.nodes))
	last := 0
	for n, i := range t.nodes {
		if !t.unknown(i) {
			out = append(out, int32(n))
			last = max(last, t.ops[i].Return)
		}
	}
	if last < sparse*len(out) && t.spread(out, last) {
		return out
	}
	slices.SortFunc(out, func(a, b int32) int { return cmp.Compare(t.returned(a), t.returned(b)) })
	return out
}

// returned is when a transaction returned.
func (t *trace) returned(n int32) int { return t.ops[t.nodes[n]].Return }

// sparse is how many moments there may be for each transaction, at most, to put them in order by a table of all moments.
const sparse = 16

// spread puts transactions in the order of their returns, without comparing them, if no two returned at the same moment; it
// tells whether that is so.
func (t *trace) spread(all []int32, last int) bool {
	at := fill(last + 1)
	for _, n := range all {
		if at[t.returned(n)] != none {
			return false
		}
		at[t.returned(n)] = n
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
func (t *trace) timed(first int32, returns []int32, emit func(from, to int32, k kind, literal int32)) {
	for at, n := range returns {
		emit(n, first+int32(at), realTime, 0)
		if at > 0 {
			emit(first+int32(at)-1, first+int32(at), onward, 0)
		}
	}
	at := 0
	for _, n := range t.byCall() {
		call := t.ops[t.nodes[n]].Call
		for at < len(returns) && t.returned(returns[at]) < call {
			at++
		}
		if at > 0 {
			emit(first+int32(at)-1, n, onward, 0)
		}
	}
}

// byCall returns the nodes in the order of their calls.
func (t *trace) byCall() []int32 {
	out := make([]int32, len(t.nodes))
	for n := range out {
		out[n] = int32(n)
	}
	byCall := func(a, b int32) int { return cmp.Compare(t.ops[t.nodes[a]].Call, t.ops[t.nodes[b]].Call) }
	if !slices.IsSortedFunc(out, byCall) {
		slices.SortStableFunc(out, byCall)
	}
	return out
}
