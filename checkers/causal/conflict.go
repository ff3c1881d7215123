package causal

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/causality"
	"sunder/checkers/guarantee"
)

// conflict says that the write first was known to a reader that read from second, another write of the key: whatever
// one order decides between writes for everybody must put first before second.
type conflict struct{ first, second, reader int32 }

// convergent searches for what breaks CCv: causes missed, or a cycle of causes and conflicts.
func convergent(t *causality.Trace) []causality.Evidence {
	if t.Collection() {
		return causality.Weak(t)
	}
	order, found := t.Causes()
	if order == nil {
		return found
	}
	few, missed, ok := conflictsOf(t, order, order.EachNewRival)
	switch {
	case missed:
		return order.Unexplained()
	case !ok:
		return nil
	}
	if _, cycle := t.Sort(groupBySecond(few, len(t.Nodes)).firsts); cycle == nil {
		return nil
	}
	// There is a violation. What is said of it does not depend on the conflicts that are found fastest.
	all, missed, ok := conflictsOf(t, order, order.EachRival)
	switch {
	case missed:
		return order.Unexplained()
	case !ok:
		all = few
	}
	into := groupBySecond(all, len(t.Nodes))
	_, cycle := t.Sort(into.firsts)
	cycles := append(opposed(all), into.named(cycle))
	for _, c := range cycles {
		found = append(found, explainCycle(t, order, c))
	}
	return found
}

// conflictBytes is what a conflict needs: itself, as it was found and grouped, and its place in the graph.
const conflictBytes = 12 + 12 + 4

// conflictsOf returns the conflicts that causality does not decide anyway, unless it finds that a read missed some of its
// causes, and whether there is room for all of them. Of each session the last write is enough: the earlier ones precede it.
func conflictsOf(t *causality.Trace, order *causality.Order, each func(func(read, source, rival int32) bool)) (all []conflict, missed, room bool) {
	count := int64(0)
	each(func(read, source, rival int32) bool {
		if missed = !order.Taught(read) && order.Misses(source, rival); missed {
			return false
		}
		if count++; count*conflictBytes <= t.Room {
			all = append(all, conflict{rival, source, read})
		}
		return true
	})
	return all, missed, missed || !t.Exceeds(fmt.Sprintf("%d conflicts between writes", count), count*conflictBytes)
}

// grouped holds conflicts by their second write.
type grouped struct {
	ends      []int32
	conflicts []conflict
	nodes     []int32 // the first writes, in the same order
}

func groupBySecond(all []conflict, nodes int) *grouped {
	g := &grouped{ends: make([]int32, nodes+1), conflicts: make([]conflict, len(all)), nodes: make([]int32, len(all))}
	for _, c := range all {
		g.ends[c.second+1]++
	}
	for n := range nodes {
		g.ends[n+1] += g.ends[n]
	}
	// Filling from the front moves each group's begin to its end, which is where the next begins.
	for _, c := range all {
		at := g.ends[c.second]
		g.conflicts[at], g.nodes[at] = c, c.first
		g.ends[c.second]++
	}
	return g
}

func (g *grouped) span(second int32) (from, to int32) {
	if second > 0 {
		from = g.ends[second-1]
	}
	return from, g.ends[second]
}

// firsts are the extra edges of the graph.
func (g *grouped) firsts(second int32) []int32 {
	from, to := g.span(second)
	return g.nodes[from:to]
}

// named fills in the readers of the conflicts of a cycle.
func (g *grouped) named(cycle []causality.Link) []causality.Link {
	for i, l := range cycle {
		if l.Relation != checkers.Conflict {
			continue
		}
		from, to := g.span(l.To)
		for _, c := range g.conflicts[from:to] {
			if c.first == l.From {
				cycle[i].Reader = c.reader
			}
		}
	}
	return cycle
}

// opposedMax bounds how many cycles of two conflicts are listed.
const opposedMax = 8

// opposed returns cycles of two conflicts, which are the easiest to understand.
func opposed(all []conflict) [][]causality.Link {
	readers := map[[2]int32]int32{}
	var out [][]causality.Link
	for _, c := range all {
		if other, ok := readers[[2]int32{c.second, c.first}]; ok && len(out) < opposedMax {
			out = append(out, []causality.Link{
				{From: c.first, To: c.second, Relation: checkers.Conflict, Reader: c.reader},
				{From: c.second, To: c.first, Relation: checkers.Conflict, Reader: other},
			})
		}
		if _, ok := readers[[2]int32{c.first, c.second}]; !ok {
			readers[[2]int32{c.first, c.second}] = c.reader
		}
	}
	return out
}

// explainCycle adds to a cycle what its conflicts rest on.
func explainCycle(t *causality.Trace, order *causality.Order, cycle []causality.Link) causality.Evidence {
	e := causality.Evidence{Anomaly: guarantee.CyclicCF, Links: cycle}
	for _, l := range cycle {
		if l.Relation != checkers.Conflict {
			continue
		}
		e.Links = append(e.Links, order.Path(l.From, l.Reader)...)
		e.Links = append(e.Links, causality.Link{From: l.To, To: l.Reader, Relation: checkers.ReadsFrom, Reader: causality.None})
		if e.Sentence != "" {
			e.Sentence += "; but "
		}
		e.Sentence += t.Knew(l.Reader, l.From)
	}
	e.Sentence += "; no one order of the writes fits all this"
	return e
}
