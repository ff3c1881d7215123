package checkers

import (
	"errors"
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
)

var errNoPattern = errors.New("the operations of the witness do not contradict one another in this way")

// weak rechecks what breaks causal consistency (CC).
func (p *proof) weak(anomaly guarantee.Anomaly) error {
	found := false
	switch anomaly {
	case guarantee.CyclicCO:
		found = cyclic(p.base)
	case guarantee.WriteCOInitRead:
		found = p.anyPair(func(w, r int) bool { return p.missed(w, r, p.base) })
	case guarantee.WriteCORead:
		found = p.anyPair(func(w, r int) bool {
			return slices.ContainsFunc(p.sources[r], func(s int) bool {
				return p.rivals(s, w) && p.base[2*s+1][2*w+1] && p.base[2*w+1][2*r]
			})
		})
	case guarantee.ReplyBeforeParent:
		found = p.anyPair(p.orphan)
	}
	if !found {
		return errNoPattern
	}
	return p.tryOrders(func(r int) []int { return []int{r} }, anomaly)
}

func (p *proof) anyPair(holds func(a, b int) bool) bool {
	for a := range p.members {
		for b := range p.members {
			if holds(a, b) {
				return true
			}
		}
	}
	return false
}

// missed tells whether r read the initial value, or lacks the element, though the write w comes before it.
func (p *proof) missed(w, r int, before [][]bool) bool {
	_, writes := puts(p.op(w))
	overlooked := p.lacks(r, w) || p.sawInitial(r) && writes && p.op(w).Key == p.op(r).Key
	return overlooked && before[2*w+1][2*r]
}

// orphan tells whether r lacks the item w but shows a reply to it whose author knew it.
func (p *proof) orphan(w, r int) bool {
	id, posts := puts(p.op(w))
	return posts && p.lacks(r, w) && slices.ContainsFunc(p.sources[r], func(reply int) bool {
		return p.base[2*w+1][2*reply] && slices.ContainsFunc(parents(p.op(reply)), id.Equal)
	})
}

// convergent rechecks what breaks CCv.
func (p *proof) convergent(anomaly guarantee.Anomaly) error {
	if anomaly != guarantee.CyclicCF {
		return p.weak(anomaly)
	}
	if !cyclic(closed(p.conflicts(p.edges, p.base, func(int) bool { return true }))) {
		return errNoPattern
	}
	if len(p.members) <= maxOrdered && p.arbitrated() {
		return errors.New("one order of the operations of the witness explains all answers")
	}
	return nil
}

// conflicts returns the edges together with those from a write to another of its key that a read by someone has read
// from, where the first one comes before that read.
func (p *proof) conflicts(edges, before [][]bool, by func(reader int) bool) [][]bool {
	out := make([][]bool, len(edges))
	for i := range edges {
		out[i] = slices.Clone(edges[i])
	}
	for r := range p.members {
		for w := range p.members {
			for _, s := range p.sources[r] {
				if by(r) && p.rivals(w, s) && before[2*w+1][2*r] {
					out[2*w+1][2*s+1] = true
				}
			}
		}
	}
	return out
}

// memory rechecks what breaks causal memory (CM): the happened-before of some process.
func (p *proof) memory(anomaly guarantee.Anomaly) error {
	if anomaly != guarantee.CyclicHB && anomaly != guarantee.WriteHBInitRead {
		return p.weak(anomaly)
	}
	if !slices.ContainsFunc(p.processes(), func(process int) bool { return p.brokenView(process, anomaly) }) {
		return errNoPattern
	}
	return p.tryOrders(func(r int) []int {
		own := []int{r}
		for k := range r {
			if p.op(k).Process == p.op(r).Process {
				own = append(own, k)
			}
		}
		return own
	}, anomaly)
}

func (p *proof) processes() []int {
	var out []int
	for k := range p.members {
		out = append(out, p.op(k).Process)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *proof) brokenView(process int, anomaly guarantee.Anomaly) bool {
	edges, hb := p.happenedBefore(process)
	if anomaly == guarantee.CyclicHB {
		return cyclic(closed(edges))
	}
	return p.anyPair(func(w, r int) bool { return p.op(r).Process == process && p.missed(w, r, hb) })
}

// happenedBefore returns the edges of a process's happened-before, and their closure.
func (p *proof) happenedBefore(process int) (edges, hb [][]bool) {
	own := func(r int) bool { return p.op(r).Process == process }
	edges, hb = p.edges, p.base
	for range p.members {
		edges = p.conflicts(edges, hb, own)
		hb = closed(edges)
	}
	return edges, hb
}

// maxOrdered is how many operations are tried in every order.
const maxOrdered = 9

// tryOrders checks by the definition that some answer has no explanation: that no order of its causes which keeps
// causality gives the answers that own names. Cycles have no order to try, and replies are no part of the definition.
func (p *proof) tryOrders(own func(r int) []int, anomaly guarantee.Anomaly) error {
	if len(p.members) > maxOrdered || anomaly == guarantee.CyclicCO {
		return nil
	}
	for r := range p.members {
		var causes []int
		for k := range p.members {
			if k == r || p.base[2*k][2*r+1] {
				causes = append(causes, k)
			}
		}
		must := own(r)
		if !p.ordered(causes, nil, func(order []int, k int) bool { return !slices.Contains(must, k) || p.fits(order, k) }) {
			return nil
		}
	}
	return fmt.Errorf("each answer in the witness is explained by some order of its causes")
}

// ordered tells whether some order of the members extends the given one, keeps causality and satisfies fits, which is
// asked of each operation and of what comes before it.
func (p *proof) ordered(members, order []int, fits func(order []int, k int) bool) bool {
	if len(order) == len(members) {
		return true
	}
	for _, k := range members {
		early := slices.ContainsFunc(members, func(c int) bool {
			return c != k && p.base[2*c][2*k+1] && !slices.Contains(order, c)
		})
		if slices.Contains(order, k) || early || !fits(order, k) {
			continue
		}
		if p.ordered(members, append(order[:len(order):len(order)], k), fits) {
			return true
		}
	}
	return false
}

// fits tells whether an operation gives its answer after others, as far as these are concerned.
func (p *proof) fits(former []int, r int) bool {
	last := -1
	for _, k := range former {
		if p.lacks(r, k) {
			return false
		}
		if _, writes := puts(p.op(k)); writes && p.op(k).Key == p.op(r).Key {
			last = k
		}
	}
	switch {
	case !p.register():
		return !slices.ContainsFunc(p.sources[r], func(s int) bool { return !slices.Contains(former, s) })
	case len(p.sources[r]) > 0:
		return last == p.sources[r][0]
	}
	return last < 0 || !p.sawInitial(r)
}

// arbitrated tells whether some order of all operations explains each answer by its causes.
func (p *proof) arbitrated() bool {
	all := make([]int, len(p.members))
	for k := range all {
		all[k] = k
	}
	return p.ordered(all, nil, func(order []int, k int) bool {
		causes := slices.DeleteFunc(slices.Clone(order), func(c int) bool { return !p.base[2*c][2*k+1] })
		return p.fits(causes, k)
	})
}

// checkEdges checks that each edge of a witness is what it claims.
func (p *proof) checkEdges(edges []Edge) error {
	for _, e := range edges {
		from, to := slices.Index(p.members, e.From), slices.Index(p.members, e.To)
		if from < 0 || to < 0 || from == to {
			return fmt.Errorf("the edge %d → %d leaves the witness", e.From, e.To)
		}
		if !p.holds(from, to, e.Relation) {
			return fmt.Errorf("the edge %d → %d is no %s", e.From, e.To, e.Relation)
		}
	}
	return nil
}

func (p *proof) holds(from, to int, r Relation) bool {
	switch r {
	case ProcessOrder:
		return from < to && p.op(from).Process == p.op(to).Process
	case ReadsFrom:
		return slices.Contains(p.sources[to], from)
	case Told:
		return p.messages && told(p.in, p.members[from], p.members[to])
	case Conflict:
		return p.conflicts(relation(len(p.base)), p.base, func(int) bool { return true })[2*from+1][2*to+1]
	case Happened:
		return slices.ContainsFunc(p.processes(), func(process int) bool {
			edges, _ := p.happenedBefore(process)
			return edges[2*from+1][2*to+1]
		})
	}
	return false
}
