package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunder/checkers/guarantee"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// ParseExecution reads what happens in a group, one word for each fact: "p=1(p,q,r)" installs a view, "p!m" sends the
// message m, "q:m" delivers it, "q:m@2" delivers it as one of view 2, "q^" starts q again. A message is of the view that
// its sender, or whoever delivers it, is in. A name such as q/1 is the node q in its second life.
func ParseExecution(text string) []protocol.Noted {
	e := execution{boots: map[protocol.NodeID]uint64{}, views: map[protocol.NodeID]uint64{}, messages: map[string]protocol.MessageID{}}
	for _, word := range strings.Fields(text) {
		e.read(word)
	}
	return e.facts
}

type execution struct {
	facts    []protocol.Noted
	boots    map[protocol.NodeID]uint64
	views    map[protocol.NodeID]uint64
	messages map[string]protocol.MessageID
}

func (e *execution) read(word string) {
	at := strings.IndexAny(word, "=!:^")
	if at < 0 {
		panic(fmt.Sprintf("oracle: %q is no fact", word))
	}
	node, incarnation := life(word[:at])
	rest := word[at+1:]
	var fact protocol.Fact
	switch word[at] {
	case '^':
		e.boots[node]++
		return
	case '=':
		number, members, _ := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
		v := protocol.Installed{View: numeral(number)}
		for _, m := range strings.Split(members, ",") {
			member, lives := life(m)
			v.Members, v.Incarnations = append(v.Members, member), append(v.Incarnations, lives)
		}
		e.views[node] = v.View
		fact = v
	case '!':
		id := protocol.MessageID{Sender: node, Boot: incarnation, Seq: uint64(len(e.messages) + 1)}
		e.messages[rest] = id
		fact = protocol.Multicast{ID: id, View: e.views[node]}
	case ':':
		name, view, named := strings.Cut(rest, "@")
		d := protocol.Delivered{ID: e.messages[name], View: e.views[node]}
		if named {
			d.View = numeral(view)
		}
		fact = d
	}
	e.facts = append(e.facts, protocol.Noted{Node: node, Boot: e.boots[node], Fact: fact})
}

func life(name string) (protocol.NodeID, uint64) {
	node, incarnation, again := strings.Cut(name, "/")
	if !again {
		return protocol.NodeID(node), 0
	}
	return protocol.NodeID(node), numeral(incarnation)
}

func numeral(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("oracle: %q is no number", text))
	}
	return n
}

// RandomExecution draws what two or three processes do in up to three views, right in most of its steps: messages are
// mostly sent and delivered where they may be, views mostly follow one another.
func RandomExecution(r *prng.Rand) string {
	nodes := []string{"p", "q", "r"}[:2+r.IntN(2)]
	all := "(" + strings.Join(nodes, ",") + ")"
	var words, sent []string
	at := map[string]int{}
	for _, node := range nodes {
		words = append(words, node+"=1"+all)
		at[node] = 1
	}
	for range 3 + r.IntN(9) {
		node := prng.Pick(r, nodes)
		switch r.IntN(9) {
		case 0, 1:
			sent = append(sent, string(rune('a'+len(sent))))
			words = append(words, node+"!"+sent[len(sent)-1])
		case 2, 3, 4, 5:
			if len(sent) > 0 {
				words = append(words, node+":"+prng.Pick(r, sent))
			}
		case 6:
			at[node]++
			words = append(words, fmt.Sprintf("%s=%d%s", node, at[node], all))
		case 7:
			words = append(words, fmt.Sprintf("%s=%d%s", node, max(1, at[node]+r.IntN(3)-1), prng.Pick(r, []string{all, all, "(p,q)"})))
		case 8:
			if r.IntN(3) == 0 {
				words = append(words, node+"^")
			}
		}
	}
	return strings.Join(words, " ")
}

// BrokenInGroup returns by which anomalies an execution breaks a guarantee on groups, read off the definitions with every
// quantifier as a loop over all facts.
func BrokenInGroup(name guarantee.Name, facts []protocol.Noted) map[guarantee.Anomaly]bool {
	g := &group{facts: facts, broken: map[guarantee.Anomaly]bool{}}
	for i := range facts {
		for j := range facts {
			switch name {
			case guarantee.Membership:
				g.memberships(i, j)
			case guarantee.ViewSynchrony:
				g.integrity(i, j)
				g.agreement(i, j)
				g.validity(i, j)
			case guarantee.FIFOOrder:
				g.overtaken(guarantee.FIFOOvertaken, i, j, func(a, b int) bool { return a < b && g.process(a) == g.process(b) })
			case guarantee.CausalOrder:
				g.overtaken(guarantee.CausalOvertaken, i, j, g.before)
			}
		}
	}
	return g.broken
}

type group struct {
	facts  []protocol.Noted
	broken map[guarantee.Anomaly]bool
}

// view returns the view that fact i installs, if it is such a fact.
func (g *group) view(i int) (protocol.Installed, bool) {
	v, ok := g.facts[i].Fact.(protocol.Installed)
	return v, ok
}

// in returns the installation by which the node of fact i had come to the view that it is in; -1 if there is none.
func (g *group) in(i int) int {
	for j := i; j >= 0; j-- {
		if _, ok := g.view(j); ok && g.facts[j].Node == g.facts[i].Node && g.facts[j].Boot == g.facts[i].Boot {
			return j
		}
	}
	return -1
}

// process names the process of fact i: node and incarnation.
func (g *group) process(i int) string {
	incarnation := g.facts[i].Boot
	if j := g.in(i); j >= 0 {
		v, _ := g.view(j)
		if at := slices.Index(v.Members, g.facts[i].Node); at >= 0 {
			incarnation = v.Incarnations[at]
		}
	}
	return fmt.Sprint(g.facts[i].Node, incarnation)
}

func (g *group) members(i int) []string {
	v, _ := g.view(i)
	var out []string
	for at := range v.Members {
		out = append(out, fmt.Sprint(v.Members[at], v.Incarnations[at]))
	}
	return out
}

func (g *group) memberships(i, j int) {
	v, first := g.view(i)
	w, second := g.view(j)
	if !first || !second {
		return
	}
	sameNode := g.facts[i].Node == g.facts[j].Node
	switch {
	case i == j && !slices.Contains(v.Members, g.facts[i].Node):
		g.broken[guarantee.NotAMember] = true
	case v.View == w.View && !slices.Equal(g.members(i), g.members(j)):
		g.broken[guarantee.ViewsDiffer] = true
	}
	if i < j && sameNode && v.View >= w.View {
		g.broken[guarantee.ViewBackwards] = true
	}
	if sameNode && g.process(i) == g.process(j) && g.facts[i].Boot != g.facts[j].Boot {
		g.broken[guarantee.Resurrected] = true
	}
}

// integrity looks at a delivery or a multicast, fact i, and any other fact.
func (g *group) integrity(i, j int) {
	in, bad := g.in(i), false
	switch f := g.facts[i].Fact.(type) {
	case protocol.Multicast:
		bad = in < 0 || g.number(in) != f.View || fmt.Sprint(f.ID.Sender, f.ID.Boot) != g.process(i)
	case protocol.Delivered:
		other, again := g.facts[j].Fact.(protocol.Delivered)
		sent := slices.ContainsFunc(g.facts, func(n protocol.Noted) bool {
			m, ok := n.Fact.(protocol.Multicast)
			return ok && m.ID == f.ID && m.View == f.View
		})
		bad = !sent || in < 0 || g.number(in) != f.View || !slices.Contains(g.members(in), fmt.Sprint(f.ID.Sender, f.ID.Boot)) ||
			again && i != j && other.ID == f.ID && g.process(i) == g.process(j)
	}
	if bad {
		g.broken[guarantee.ViewIntegrity] = true
	}
}

func (g *group) number(i int) uint64 {
	v, _ := g.view(i)
	return v.View
}

// next returns the installation by which the process of installation i went on; -1 if it did not.
func (g *group) next(i int) int {
	for j := i + 1; j < len(g.facts); j++ {
		if _, ok := g.view(j); ok && g.process(i) == g.process(j) {
			return j
		}
	}
	return -1
}

// set returns what was delivered in the stay that installation i began, in alphabetical order.
func (g *group) set(i int) []string {
	var out []string
	for j := range g.facts {
		if d, ok := g.facts[j].Fact.(protocol.Delivered); ok && g.in(j) == i {
			out = append(out, fmt.Sprint(d.ID))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// agreement looks at two installations.
func (g *group) agreement(i, j int) {
	_, first := g.view(i)
	_, second := g.view(j)
	if !first || !second || g.next(i) < 0 {
		return
	}
	from, to := g.number(i), g.number(g.next(i))
	if from < g.number(j) && g.number(j) < to {
		g.broken[guarantee.ViewAgreement] = true
	}
	if g.next(j) >= 0 && from == g.number(j) && to == g.number(g.next(j)) && !slices.Equal(g.set(i), g.set(j)) {
		g.broken[guarantee.ViewAgreement] = true
	}
}

// validity looks at a multicast and at the installation that its sender was in.
func (g *group) validity(i, j int) {
	m, sends := g.facts[i].Fact.(protocol.Multicast)
	if sends && g.in(i) == j && g.next(j) >= 0 && !slices.Contains(g.set(j), fmt.Sprint(m.ID)) {
		g.broken[guarantee.ViewValidity] = true
	}
}

// before tells whether multicast a happened before multicast b, by messages of their view.
func (g *group) before(a, b int) bool {
	if a >= b {
		return false
	}
	if g.process(a) == g.process(b) {
		return true
	}
	for c := range b {
		d, delivered := g.facts[c].Fact.(protocol.Delivered)
		if !delivered || g.process(c) != g.process(b) {
			continue
		}
		for s := range c {
			m, sent := g.facts[s].Fact.(protocol.Multicast)
			if sent && m.ID == d.ID && m.View == g.facts[b].Fact.(protocol.Multicast).View && (s == a || g.before(a, s)) {
				return true
			}
		}
	}
	return false
}

// overtaken looks at a multicast and at a delivery.
func (g *group) overtaken(anomaly guarantee.Anomaly, i, j int, before func(a, b int) bool) {
	a, sent := g.facts[i].Fact.(protocol.Multicast)
	d, delivered := g.facts[j].Fact.(protocol.Delivered)
	if !sent || !delivered {
		return
	}
	for k := range j {
		b, other := g.facts[k].Fact.(protocol.Multicast)
		if !other || b.ID != d.ID || a.View != b.View || !before(i, k) {
			continue
		}
		had := slices.ContainsFunc(seq(j), func(l int) bool {
			e, ok := g.facts[l].Fact.(protocol.Delivered)
			return ok && e.ID == a.ID && g.process(l) == g.process(j)
		})
		if !had {
			g.broken[anomaly] = true
		}
	}
}

// seq returns 0 to n-1.
func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
