package causal

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/causality"
	"sunder/checkers/guarantee"
)

// beforeInitial explains that a write happened before a read of the initial value.
func (v *view) beforeInitial(write, read int32) *causality.Evidence {
	x := newExplanation(v)
	path := x.path(write, read, len(v.derived))
	x.use(path)
	return &causality.Evidence{
		Anomaly: guarantee.WriteHBInitRead, Links: x.links,
		Sentence: fmt.Sprintf("%s although %s came before in all that it can believe: %s", v.t.Deed(read), v.t.Deed(write), x.story()),
	}
}

// cyclic explains that a write happened before itself.
func (v *view) cyclic(write int32) *causality.Evidence {
	x := newExplanation(v)
	x.use(x.path(write, write, len(v.derived)))
	return &causality.Evidence{
		Anomaly: guarantee.CyclicHB, Links: x.links,
		Sentence: fmt.Sprintf("no order of the writes explains all that one process read: %s", x.story()),
	}
}

// explanation derives links of hb from what the view has derived, each from earlier ones.
type explanation struct {
	v       *view
	readers map[int32][]int32 // of each write that was read, and of each tell that was heard
	into    map[int32][]int   // of each node: the derived conflicts that it is the first of
	used    map[int]bool
	order   []int // of the used ones
	links   []causality.Link
}

func newExplanation(v *view) *explanation {
	x := &explanation{v: v, readers: map[int32][]int32{}, into: map[int32][]int{}, used: map[int]bool{}}
	for n := range v.t.Nodes {
		for _, source := range v.t.Sources(int32(n)) {
			x.readers[source] = append(x.readers[source], int32(n))
		}
	}
	for i, c := range v.derived {
		x.into[c.first] = append(x.into[c.first], i)
	}
	return x
}

// hop is how a search reached a node: by a conflict, or without one if that is negative.
type hop struct {
	from     int32
	conflict int
}

// path returns a way from one node to another, or around, over sessions, reads and the conflicts below limit.
func (x *explanation) path(from, to int32, limit int) []hop {
	reached := map[int32]hop{}
	for queue := []int32{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range x.successors(queue[0], limit) {
			n := next.from // the successor, until it is turned round
			if _, seen := reached[n]; seen {
				continue
			}
			reached[n] = hop{queue[0], next.conflict}
			if n == to {
				return x.back(reached, from, to)
			}
			queue = append(queue, n)
		}
	}
	panic(fmt.Sprintf("causal: node %d happened before %d, but no way leads there", from, to))
}

func (x *explanation) successors(n int32, limit int) []hop {
	var out []hop
	for _, i := range x.into[n] {
		if i < limit {
			out = append(out, hop{x.v.derived[i].second, i})
		}
	}
	for _, r := range x.readers[n] {
		out = append(out, hop{r, -1})
	}
	if _, to := x.v.t.Session(x.v.t.Nodes[n].Session); n+1 < to {
		out = append(out, hop{n + 1, -1})
	}
	return out
}

// back turns round what a search has reached: the hops of the way, each with the node that it starts from, and one
// for its end.
func (x *explanation) back(reached map[int32]hop, from, to int32) []hop {
	way := []hop{{to, -1}}
	for at := to; ; {
		h := reached[at]
		way = append(way, h)
		if at = h.from; at == from {
			slices.Reverse(way)
			return way
		}
	}
}

// use adds the links of a way, with consecutive steps of one session as a single one, and all that its conflicts
// rest on.
func (x *explanation) use(way []hop) {
	for i := 0; i+1 < len(way); i++ {
		end := i + 1
		for end+1 < len(way) && x.inSession(way[i], way[end]) && x.inSession(way[end], way[end+1]) {
			end++
		}
		x.link(way[i].from, way[end].from, way[i].conflict)
		i = end - 1
	}
}

// inSession tells whether a hop stays within its session.
func (x *explanation) inSession(h, next hop) bool {
	return h.conflict < 0 && x.v.t.SameSession(h.from, next.from)
}

func (x *explanation) link(from, to int32, conflict int) {
	if conflict < 0 {
		x.links = append(x.links, x.v.t.Link(from, to))
		return
	}
	c := x.v.derived[conflict]
	x.links = append(x.links, causality.Link{From: from, To: to, Relation: checkers.Happened, Reader: c.reader})
	if x.used[conflict] {
		return
	}
	x.used[conflict] = true
	x.use(x.path(c.first, c.reader, conflict))
	x.links = append(x.links, x.v.t.Link(c.second, c.reader))
	x.order = append(x.order, conflict)
}

// story tells the conflicts, each after what it rests on.
func (x *explanation) story() string {
	text := ""
	for _, i := range x.order {
		c := x.v.derived[i]
		if text != "" {
			text += "; "
		}
		text += x.v.t.Knew(c.reader, c.first)
	}
	return text
}
