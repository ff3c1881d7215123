package order

import (
	"slices"

	"sunder/harness/protocol"
)

// graph has a vertex for each message and an edge from each to the next one at some node.
type graph struct {
	nodes      []protocol.NodeID // in the order of their first deliveries
	messages   []message
	deliveries int
}

// message is a vertex.
type message struct {
	id     protocol.MessageID
	first  int      // position among the facts of its first delivery anywhere
	places []placed // where it was delivered
	next   []int    // messages right behind it at some node
	prior  []int    // messages right before it at some node
}

// placed is the delivery of a message at a node: the how-manieth there, and the position of the fact.
type placed struct{ node, rank, fact int }

// newGraph reads the facts. If a node delivers a message again, the first time counts. A node that has restarted goes
// on with its order.
func newGraph(facts []protocol.Noted) *graph {
	g := &graph{}
	nodes, vertices := map[protocol.NodeID]int{}, map[protocol.MessageID]int{}
	var last, ranks []int
	for i := range facts {
		d, isDelivered := facts[i].Fact.(protocol.Delivered)
		if !isDelivered {
			continue
		}
		node, known := nodes[facts[i].Node]
		if !known {
			node = len(g.nodes)
			nodes[facts[i].Node] = node
			g.nodes, last, ranks = append(g.nodes, facts[i].Node), append(last, -1), append(ranks, 0)
		}
		m, known := vertices[d.ID]
		if !known {
			m = len(g.messages)
			vertices[d.ID] = m
			g.messages = append(g.messages, message{id: d.ID, first: i})
		}
		if _, again := g.place(m, node); again {
			continue
		}
		g.deliveries++
		g.messages[m].places = append(g.messages[m].places, placed{node, ranks[node], i})
		ranks[node]++
		if before := last[node]; before >= 0 && !slices.Contains(g.messages[before].next, m) {
			g.messages[before].next = append(g.messages[before].next, m)
			g.messages[m].prior = append(g.messages[m].prior, before)
		}
		last[node] = m
	}
	return g
}

// place returns where a message was delivered at a node, and whether it was.
func (g *graph) place(m, node int) (placed, bool) {
	for _, p := range g.messages[m].places {
		if p.node == node {
			return p, true
		}
	}
	return placed{}, false
}

// sort returns the first deliveries of all messages in an order that contains that of every node, and -1; or some
// message that is on a cycle, or behind one.
func (g *graph) sort() (sorted []int, stuck int) {
	missing := make([]int, len(g.messages))
	var free []int
	for m := range g.messages {
		if missing[m] = len(g.messages[m].prior); missing[m] == 0 {
			free = append(free, m)
		}
	}
	for len(free) > 0 {
		m := free[0]
		free = free[1:]
		sorted = append(sorted, g.messages[m].first)
		for _, n := range g.messages[m].next {
			if missing[n]--; missing[n] == 0 {
				free = append(free, n)
			}
		}
	}
	stuck = slices.IndexFunc(missing, func(n int) bool { return n > 0 })
	return sorted, stuck
}

// cycle returns messages each of which is right before the next at some node, and the last right before the first; as
// few as there are around one of them. It goes from a message that is stuck to one before it that is stuck too, until it
// meets one again.
func (g *graph) cycle(stuck int) []int {
	onPath := map[int]bool{}
	left := g.left()
	for !onPath[stuck] {
		onPath[stuck] = true
		stuck = g.messages[stuck].prior[slices.IndexFunc(g.messages[stuck].prior, func(m int) bool { return left[m] })]
	}
	return g.shortest(stuck)
}

// left returns the messages that are on a cycle or behind one.
func (g *graph) left() map[int]bool {
	sorted, _ := g.sort()
	free := map[int]bool{}
	for _, fact := range sorted {
		free[fact] = true
	}
	left := map[int]bool{}
	for m := range g.messages {
		if !free[g.messages[m].first] {
			left[m] = true
		}
	}
	return left
}

// shortest returns a shortest way from a message back to itself.
func (g *graph) shortest(start int) []int {
	from := map[int]int{}
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		for _, n := range g.messages[queue[0]].next {
			if n == start {
				return g.trail(from, start, queue[0])
			}
			if _, seen := from[n]; !seen {
				from[n] = queue[0]
				queue = append(queue, n)
			}
		}
	}
	panic("order: a message that is on a cycle has no way back to itself")
}

func (g *graph) trail(from map[int]int, start, end int) []int {
	path := []int{end}
	for end != start {
		end = from[end]
		path = append(path, end)
	}
	slices.Reverse(path)
	return path
}
