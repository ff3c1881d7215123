package causality

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// Evidence is a contradiction in a trace.
type Evidence struct {
	Anomaly  guarantee.Anomaly
	Links    []Link
	Sentence string
}

// Search looks for contradictions in a trace. What it finds in the trace of some operations must be one of the whole
// trace too.
type Search func(*Trace) []Evidence

// Weak searches for what breaks causal consistency (CC).
func Weak(t *Trace) []Evidence {
	_, found := t.Weak()
	return found
}

// Weak returns the causal order if there is one, and what breaks causal consistency (CC). There is no order either if
// the check was interrupted.
func (t *Trace) Weak() (*Order, []Evidence) {
	order, found := t.Causes()
	if order == nil {
		return nil, found
	}
	return order, order.Unexplained()
}

// Causes returns the causal order, or what makes it impossible; neither if the check was interrupted or lacked memory.
func (t *Trace) Causes() (*Order, []Evidence) {
	order, cycle := t.causes()
	if cycle != nil {
		return nil, []Evidence{t.CycleEvidence(guarantee.CyclicCO, cycle)}
	}
	return order, nil
}

// Unexplained returns the evidence that reads missed some of their causes: a few if there are many, none if there are none.
func (o *Order) Unexplained() []Evidence {
	var found []Evidence
	for _, m := range o.Missed() {
		found = append(found, o.explain(m))
	}
	return found
}

// explain derives that a read missed a cause.
func (o *Order) explain(m Missed) Evidence {
	path := o.Path(m.Cause, m.Read)
	if m.Anomaly == guarantee.ReplyBeforeParent {
		return Evidence{
			Anomaly: m.Anomaly, Sentence: o.t.orphanSentence(m, path),
			Links: append(o.Path(m.Cause, m.Source), o.t.Link(m.Source, m.Read)),
		}
	}
	var over []Link
	if m.Source != None {
		over = o.Path(m.Source, m.Cause)
	}
	return o.t.MissedEvidence(m, over, path)
}

// MissedEvidence is the evidence that a read missed a cause: over leads from what was read to the cause, and path
// from there to the read.
func (t *Trace) MissedEvidence(m Missed, over, path []Link) Evidence {
	if m.Source == None {
		return Evidence{Anomaly: m.Anomaly, Links: path, Sentence: t.missedSentence(m, path)}
	}
	source := Link{From: m.Source, To: m.Read, Relation: checkers.ReadsFrom, Reader: None}
	return Evidence{
		Anomaly: m.Anomaly, Sentence: t.staleSentence(m, over, path),
		Links: slices.Concat(over, path, []Link{source}),
	}
}

// CycleEvidence is the evidence that something comes before itself.
func (t *Trace) CycleEvidence(anomaly guarantee.Anomaly, cycle []Link) Evidence {
	return Evidence{Anomaly: anomaly, Links: cycle, Sentence: t.cycleSentence(cycle)}
}

// shownReply returns an item that the read showed and that replies to the parent, whose author knew the parent; or
// None.
func (o *Order) shownReply(read, parent int32) int32 {
	if o.t.Object != "board" {
		return None
	}
	id := o.t.written(parent)
	for _, reply := range o.t.Shown(read) {
		if o.Before(parent, reply) && slices.ContainsFunc(o.t.parents(reply), id.Equal) {
			return reply
		}
	}
	return None
}

// trialsMax bounds the attempts to make one witness smaller.
const trialsMax = 2000

// Witness returns the smallest witness that it can make of what the search has found in t, nil if it has found
// nothing.
func Witness(t *Trace, found []Evidence, search Search) *checkers.Witness {
	if len(found) == 0 {
		return nil
	}
	var all []int
	for _, e := range found {
		all = append(all, t.Operations(e.Links)...)
	}
	slices.Sort(all)
	part := t.Restrict(slices.Compact(all)) // what is tried is a part of this, and t may be long
	var best *checkers.Witness
	for _, e := range found {
		if best != nil && preferred(best.Anomaly) && !preferred(e.Anomaly) {
			continue
		}
		w := t.minimal(part, e, search)
		if best == nil || len(w.Operations) < len(best.Operations) || preferred(w.Anomaly) && !preferred(best.Anomaly) {
			best = w
		}
	}
	return best
}

// preferred are the anomalies that say more than others of the same read.
func preferred(a guarantee.Anomaly) bool { return a == guarantee.ReplyBeforeParent }

// minimal returns a witness made of those operations of the evidence that show as much. All of them are in a part of t.
func (t *Trace) minimal(part *Trace, e Evidence, search Search) *checkers.Witness {
	same := func(found []Evidence) int {
		return slices.IndexFunc(found, func(f Evidence) bool { return f.Anomaly == e.Anomaly })
	}
	all := t.Operations(e.Links)
	few := part.Restrict(all)
	operations, _ := checkers.Minimise(all, nil, trialsMax, func(ops []int) bool {
		return !t.Interrupted() && same(search(few.Restrict(ops))) >= 0
	})
	least := few.Restrict(operations)
	found := search(least)
	at := same(found)
	if at < 0 {
		panic("causality: a contradiction does not show among the operations that it was derived from: " + e.Sentence)
	}
	return least.witness(found[at], operations)
}

func (t *Trace) witness(e Evidence, operations []int) *checkers.Witness {
	w := &checkers.Witness{Anomaly: e.Anomaly, Operations: operations, Sentence: e.Sentence}
	for _, l := range e.Links {
		edge := checkers.Edge{From: int(t.Nodes[l.From].Op), To: int(t.Nodes[l.To].Op), Relation: l.Relation, Why: t.why(l)}
		if edge.From != edge.To && !slices.Contains(w.Edges, edge) {
			w.Edges = append(w.Edges, edge)
		}
	}
	return w
}

// StrangeWitness returns the witness of the first strange read.
func (t *Trace) StrangeWitness() *checkers.Witness {
	s := t.Strange[0]
	w := &checkers.Witness{Anomaly: s.Anomaly, Operations: []int{s.Read}, Sentence: t.strangeSentence(s)}
	if s.Failed >= 0 {
		w.Operations = []int{min(s.Read, s.Failed), max(s.Read, s.Failed)}
	}
	return w
}
