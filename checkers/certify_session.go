package checkers

import (
	"slices"

	"sunder/checkers/guarantee"
)

// sessionSet is a set of session guarantees.
type sessionSet struct{ ownWrites, ownReads, writeOrder, readOrder bool }

func sessionSets() map[guarantee.Name]sessionSet {
	return map[guarantee.Name]sessionSet{
		guarantee.ReadYourWrites:    {ownWrites: true},
		guarantee.MonotonicReads:    {ownReads: true},
		guarantee.MonotonicWrites:   {writeOrder: true},
		guarantee.WritesFollowReads: {readOrder: true},
		guarantee.Session:           {true, true, true, true},
	}
}

// certifySessions rechecks a witness of broken session guarantees. Of all four together it may name a single one.
func certifySessions(set sessionSet) func(Input, *Witness) error {
	return func(in Input, w *Witness) error {
		if err := wellFormed(in, w); err != nil {
			return err
		}
		p, err := newProof(in, w.Operations, false)
		if err != nil {
			return err
		}
		named := set
		for name, single := range sessionSets() {
			if info, _ := guarantee.Lookup(name); name != guarantee.Session && info.Anomalies[0] == w.Anomaly {
				named = single
			}
		}
		if set != sessionSets()[guarantee.Session] && named != set || !p.brokenSessions(named) {
			return errNoPattern
		}
		return p.checkEdges(w.Edges)
	}
}

// brokenSessions tells whether the order of writes that the guarantees demand has a cycle, or some read must see a
// write and shows that it did not: it lacks the element, or it answered an earlier write of that key.
func (p *proof) brokenSessions(g sessionSet) bool {
	order := closed(p.writeOrder(g))
	if cyclic(order) {
		return true
	}
	return p.anyPair(func(w, r int) bool {
		if !p.mustSee(r, w, g, order) {
			return false
		}
		initial := p.sawInitial(r) && p.op(w).Key == p.op(r).Key
		return initial || p.lacks(r, w) || slices.ContainsFunc(p.sources[r], func(s int) bool {
			return p.rivals(s, w) && order[s][w]
		})
	})
}

// before tells whether a comes before b in one process, of what b as a whole does after a did.
func (p *proof) before(a, b int) bool { return a < b && p.op(a).Process == p.op(b).Process }

// writeOrder returns which write must come before which. The reading half of a cas comes before its writing half.
func (p *proof) writeOrder(g sessionSet) [][]bool {
	out := relation(len(p.members))
	for b := range p.members {
		if _, writes := puts(p.op(b)); !writes {
			continue
		}
		for a := range p.members {
			_, writes := puts(p.op(a))
			out[a][b] = out[a][b] || g.writeOrder && writes && p.before(a, b)
			if !g.readOrder || a != b && !p.before(a, b) {
				continue
			}
			for _, s := range p.sources[a] {
				out[s][b] = true
			}
		}
	}
	return out
}

// mustSee tells whether the guarantees demand that read r sees write w.
func (p *proof) mustSee(r, w int, g sessionSet, order [][]bool) bool {
	demanded := slices.Clone(p.sources[r])
	for k := range p.members {
		if !p.before(k, r) {
			continue
		}
		if _, writes := puts(p.op(k)); writes && g.ownWrites {
			demanded = append(demanded, k)
		}
		if g.ownReads {
			demanded = append(demanded, p.sources[k]...)
		}
	}
	return slices.ContainsFunc(demanded, func(d int) bool { return d == w || order[w][d] })
}
