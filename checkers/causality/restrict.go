package causality

import "slices"

// Restrict returns the trace of some of the operations, given as ascending positions in History.Operations. A read
// whose write is not among them says nothing and is left out; a read of a set shows the elements that are left.
// What is invalid there is invalid in the whole.
func (t *Trace) Restrict(operations []int) *Trace {
	r := &Trace{History: t.History, Object: t.Object, Room: t.Room}
	place := make([]int32, len(t.Nodes)) // of each node in the new trace, or None
	session, sessions := None, int32(0)
	for n := range t.Nodes {
		place[n] = None
		if !contains(operations, t.Nodes[n].Op) || !t.speaks(int32(n), operations) {
			continue
		}
		node := t.Nodes[n]
		if node.Session != session {
			session = node.Session
			sessions++
		}
		node.Session = sessions - 1
		place[n] = int32(len(r.Nodes))
		r.Nodes = append(r.Nodes, node)
	}
	r.index(sessions, int32(len(t.writes)))
	r.copyReads(t, place)
	return r
}

// contains tells whether an operation is among some, which are few, ascending.
func contains(operations []int, op int32) bool {
	_, found := slices.BinarySearch(operations, int(op))
	return found
}

// speaks tells whether the node says something beside those operations.
func (t *Trace) speaks(n int32, operations []int) bool {
	if t.Nodes[n].Kind == Read && t.Collection() {
		return true
	}
	for _, source := range t.Sources(n) {
		if !contains(operations, t.Nodes[source].Op) {
			return false
		}
	}
	return true
}

func (t *Trace) copyReads(from *Trace, place []int32) {
	last := newLatest(t)
	for n := range from.Nodes {
		if place[n] == None {
			continue
		}
		if t.Collection() && from.Nodes[n].Kind == Read {
			begin := len(t.shown.items)
			t.shown.items = appendPlaces(t.shown.items, from.Shown(int32(n)), place)
			t.sourcesOfShown(begin, last)
		} else {
			t.sources.items = appendPlaces(t.sources.items, from.Sources(int32(n)), place)
		}
		t.sources.close()
		t.shown.close()
	}
}

func appendPlaces(items, nodes, place []int32) []int32 {
	for _, n := range nodes {
		if place[n] != None {
			items = append(items, place[n])
		}
	}
	return items
}

// Operations returns the operations of the links' nodes, ascending. With a read of a register or a hear comes its
// source.
func (t *Trace) Operations(links []Link) []int {
	var out []int
	add := func(n int32) {
		out = append(out, int(t.Nodes[n].Op))
		if t.Nodes[n].Kind == Read && t.Collection() {
			return
		}
		for _, source := range t.Sources(n) {
			out = append(out, int(t.Nodes[source].Op))
		}
	}
	for _, l := range links {
		add(l.From)
		add(l.To)
		if l.Reader != None {
			add(l.Reader)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
