package causality

import (
	"slices"
	"sort"

	"sunder/checkers"
)

// Link says that the node From comes before the node To, and why.
type Link struct {
	From, To int32
	Relation checkers.Relation
	Reader   int32 // of Conflict and Happened: the read that decided the order; else None
}

// Link returns the link between two nodes of one session, or between a source and what read or heard it; whatever
// else a caller's graph holds is a conflict.
func (t *Trace) Link(from, to int32) Link {
	l := Link{From: from, To: to, Relation: checkers.Conflict, Reader: None}
	switch {
	case t.Nodes[from].Session == t.Nodes[to].Session && from < to:
		l.Relation = checkers.ProcessOrder
	case !t.readFrom(from, to):
	case t.Nodes[from].Kind == Tell:
		l.Relation = checkers.Told
	default:
		l.Relation = checkers.ReadsFrom
	}
	return l
}

// Path returns the links by which a is a cause of b, which it must be. It follows each session back to where a was
// first known there.
func (o *Order) Path(a, b int32) []Link {
	var links []Link
	for at := b; at != a; {
		if o.t.Nodes[at].Session == o.t.Nodes[a].Session {
			links = append(links, o.t.Link(a, at))
			break
		}
		first := o.firstKnown(a, at)
		if first != at {
			links = append(links, o.t.Link(first, at))
		}
		at = o.carrier(a, first)
		links = append(links, o.t.Link(at, first))
	}
	return reversed(links)
}

// firstKnown returns the first node of b's session that a is a cause of.
func (o *Order) firstKnown(a, b int32) int32 {
	from, _ := o.t.Session(o.t.Nodes[b].Session)
	return from + int32(sort.Search(int(b-from), func(i int) bool { return o.Before(a, from+int32(i)) }))
}

// carrier returns the source of a node that is a, or that a is a cause of.
func (o *Order) carrier(a, node int32) int32 {
	for _, source := range o.t.Sources(node) {
		if source == a || o.Before(a, source) {
			return source
		}
	}
	panic("causality: a node knows of a cause that none of its sources knew")
}

func reversed(links []Link) []Link {
	slices.Reverse(links)
	return links
}
