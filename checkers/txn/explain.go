package txn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// explain makes a proof of a cycle: its transactions, and those whose reads show that its edges are there.
func (c *chains) explain(l level, cycle []step) *checkers.Witness {
	w := &checkers.Witness{Anomaly: classify(cycle)}
	p := newProof(c)
	for _, s := range cycle {
		p.add(c.nodes[s.from])
	}
	for _, s := range cycle {
		p.support(s)
	}
	w.Operations = p.ops
	slices.Sort(w.Operations)
	var parts []string
	for i, s := range cycle {
		e := c.edge(s, w.Operations)
		w.Edges = append(w.Edges, e)
		switch {
		case len(cycle) <= readable || i < readable/2 || i == len(cycle)-1:
			parts = append(parts, e.Why)
		case i == readable/2:
			parts = append(parts, fmt.Sprintf("and so on through %d more", len(cycle)-readable/2-1))
		}
	}
	w.Sentence = strings.Join(parts, "; ") + ": " + contradiction(l, len(cycle))
	return w
}

func contradiction(l level, length int) string {
	what := "no order of them has all that"
	if length == 2 {
		what = "no order of the two has both"
	}
	if l < serializable {
		what = "no snapshots show that"
	}
	return what
}

// classify names a cycle as Adya and Elle do. One with steps in real time needs them, whatever else it has.
func classify(cycle []step) guarantee.Anomaly {
	var anti, adjacent, reads int
	suffix := ""
	for i, s := range cycle {
		next := cycle[(i+1)%len(cycle)]
		switch s.kind {
		case readWrite:
			anti++
			if next.kind == readWrite {
				adjacent++
			}
		case writeRead:
			reads++
		case process:
			suffix = cmp.Or(suffix, "-process")
		case realTime:
			suffix = "-realtime"
		}
	}
	switch {
	case anti == 0 && reads == 0:
		return guarantee.G0 + guarantee.Anomaly(suffix)
	case anti == 0:
		return guarantee.G1c + guarantee.Anomaly(suffix)
	case anti == 1:
		return guarantee.GSingle + guarantee.Anomaly(suffix)
	case adjacent > 0:
		return guarantee.G2Item + guarantee.Anomaly(suffix)
	case suffix == "" && len(cycle) == 4 && anti == 2 && reads == 2:
		return guarantee.LongFork
	}
	return guarantee.GNonadjacent + guarantee.Anomaly(suffix)
}

// place is what an edge of the graph rests on.
type place struct {
	key      int32
	from, to int32 // versions; none for the initial value
	read     *read // of edges from or to a read
}

// ground returns what an edge rests on, one of the choices if there are several.
func (c *chains) ground(s step) place {
	from, to := c.nodes[s.from], c.nodes[s.to]
	switch s.kind {
	case writeWrite:
		for v := c.first[from]; v < c.first[from+1]; v++ {
			k := c.versions[v].key
			w := c.finalOf(to, k)
			if w == none || !c.versions[v].final {
				continue
			}
			if c.next[v] == w || s.literal != 0 || c.end[k] == v && slices.Contains(c.heads[k], w) {
				return place{key: k, from: v, to: w}
			}
		}
	case writeRead:
		for _, r := range c.readsOf(to) {
			if r.from != none && c.versions[r.from].op == from {
				return place{key: r.key, from: r.from, read: r}
			}
		}
	case readWrite:
		for _, r := range c.readsOf(from) {
			w := c.finalOf(to, r.key)
			next, heads := c.follower(r)
			if w != none && (next == w || s.literal != 0 || heads && slices.Contains(c.heads[r.key], w)) {
				return place{key: r.key, from: r.from, to: w, read: r}
			}
		}
	}
	return place{key: none, from: none, to: none}
}

// readsOf returns what a transaction found.
func (t *trace) readsOf(op int32) []*read {
	var out []*read
	for at := t.firstRead[op]; at < t.firstRead[op+1]; at++ {
		out = append(out, &t.reads[at])
	}
	return out
}

// proof is the transactions of a proof, with what they read under each key.
type proof struct {
	*chains
	ops    []int
	member map[int32]bool
	reads  map[int32][]*read
}

func newProof(c *chains) *proof {
	return &proof{chains: c, member: map[int32]bool{}, reads: map[int32][]*read{}}
}

func (c *proof) add(op int32) {
	if c.member[op] {
		return
	}
	c.member[op] = true
	c.ops = append(c.ops, int(op))
	for _, r := range c.readsOf(op) {
		c.reads[r.key] = append(c.reads[r.key], r)
	}
}

// support adds the transactions that an edge rests on, if those that are there do not prove it.
func (c *proof) support(s step) {
	for _, n := range [...]int32{s.from, s.to} {
		if c.unknown(c.nodes[n]) {
			c.witnessOf(c.nodes[n])
		}
	}
	if s.kind != writeWrite && (s.kind != readWrite || c.lists) {
		return
	}
	p := c.ground(s)
	if p.key == none || s.literal != 0 {
		return
	}
	if !c.lists {
		if p.from != none && c.next[p.from] != p.to { // all places before it are taken
			for v := c.anchor[p.key]; v != none; v = c.next[v] {
				c.add(c.versions[v].op)
			}
		}
		return
	}
	for _, r := range c.readsOf(c.nodes[s.from]) {
		if r.key == p.key && !c.shows(r, p.to) {
			return
		}
	}
	for _, r := range c.reads[p.key] {
		if c.shows(r, p.from) && c.separates(r, p) {
			return
		}
	}
	c.add(c.chains.reads[c.longest[p.key].read].op)
}

// whole adds all writers of the two chains of a choice.
func (c *proof) whole(open choice) {
	for _, at := range [...]int32{open.first, open.second} {
		for v := c.heads[open.key][at]; v != none; v = c.next[v] {
			c.add(c.versions[v].op)
		}
	}
}

// shows tells whether a read shows a version.
func (c *chains) shows(r *read, v int32) bool {
	at := c.versions[v].place
	return at != none && at < r.size
}

// separates tells whether a read that shows the first version shows the second behind it, or not at all.
func (c *chains) separates(r *read, p place) bool {
	return c.versions[p.to].place == none || c.versions[p.to].place > c.versions[p.from].place || !c.shows(r, p.to)
}

// witnessOf adds somebody who saw what a transaction of unknown outcome wrote.
func (c *proof) witnessOf(op int32) {
	sees := func(r *read) bool {
		for v := c.first[op]; v < c.first[op+1]; v++ {
			if c.versions[v].key == r.key && (r.from == v || c.lists && c.shows(r, v)) {
				return true
			}
		}
		return false
	}
	for v := c.first[op]; v < c.first[op+1]; v++ {
		if slices.ContainsFunc(c.reads[c.versions[v].key], sees) {
			return
		}
	}
	for i := range c.chains.reads {
		if r := &c.chains.reads[i]; sees(r) {
			c.add(r.op)
			return
		}
	}
}

// edge puts an edge in words.
func (c *chains) edge(s step, members []int) checkers.Edge {
	from, to := c.nodes[s.from], c.nodes[s.to]
	e := checkers.Edge{From: int(from), To: int(to), Relation: relations[s.kind]}
	a, b := c.name(from, members), c.name(to, members)
	p := place{key: none}
	if s.kind == writeWrite || s.kind == writeRead || s.kind == readWrite {
		p = c.ground(s)
	}
	verb := "wrote"
	if c.lists {
		verb = "appended"
	}
	switch {
	case s.kind == process:
		e.Why = fmt.Sprintf("%s ran before %s", a, b)
	case s.kind == realTime:
		e.Why = fmt.Sprintf("%s had returned before %s was called", a, b)
	case p.key == none:
		e.Why = fmt.Sprintf("%s comes before %s", a, b)
	case s.kind == writeWrite:
		e.Why = fmt.Sprintf("%s %s %s to %s after %s %s %s", b, verb, c.value(p.to), c.keys[p.key], a, verb, c.value(p.from))
	case s.kind == writeRead:
		e.Why = fmt.Sprintf("%s read %s = %s, of which %s %s %s", b, c.keys[p.key], c.shown(p.read), a, verb, c.value(p.from))
		if !c.lists {
			e.Why = fmt.Sprintf("%s read %s = %s, which %s wrote", b, c.keys[p.key], c.shown(p.read), a)
		}
	default:
		e.Why = fmt.Sprintf("%s read %s = %s and did not see that %s %s %s", a, c.keys[p.key], c.shown(p.read), b, verb, c.value(p.to))
	}
	return e
}

// unorderable makes a proof of several cycles of which one closes however the writes are ordered. To it belong the whole chains
// whose order is open, for what lies between the ends of one keeps all else out, and who wrote what was overwritten.
func (c *chains) unorderable(l level, cycles [][]step, choices []choice) *checkers.Witness {
	p := newProof(c)
	for _, cycle := range cycles {
		for _, s := range cycle {
			p.add(c.nodes[s.from])
			p.support(s)
			if s.literal != 0 {
				p.whole(choices[max(s.literal, -s.literal)-1])
			}
			if found := c.ground(s).from; s.kind == readWrite && found != none {
				p.add(c.versions[found].op)
			}
		}
	}
	ops := p.ops
	slices.Sort(ops)
	if !c.bare && c.source == nil {
		if few := smallest(c.in, l, ops); few != nil {
			ops = few
		}
	}
	var names []string
	for _, op := range ops {
		names = append(names, c.name(int32(op), ops))
	}
	return &checkers.Witness{Anomaly: guarantee.Unorderable, Operations: ops, Sentence: fmt.Sprintf(
		"however the writes of %s are ordered, what they read closes a cycle", strings.Join(names, ", "))}
}
