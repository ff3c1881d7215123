package txn

// committing plays the transactions one after another: each goes as soon as all that must come before it have gone. What
// must come before what are the edges of dependencies, none of which is written down here: who wrote a version lets its
// readers go, and these let the next writer go. So a history that holds needs no graph, and what is looked at lies close
// together, for the transactions go nearly in the order of their calls.
type committing struct {
	*chains
	wait    []int32 // of each node: how many edges lead to it from nodes that have not gone
	gate    []int32 // of each key: how many must go before the heads of its later chains
	readers []int32 // of each version: the last read that found it; none
	earlier []int32 // of each read: the one before it that found the same version; none
	after   []int32 // of each node: what its process did next; none; empty below strongSession
	state   []progress
	order   []int32
	ready   []int32
	edges   int64
	reach   []int32 // of each place in the order: the last from which an edge leads back there; nil if nobody is forced
}

type progress uint8

const (
	ahead progress = iota
	admitted
	gone
)

// commits returns the nodes in an order that keeps all that dependencies keep, and how many edges that are; nil if there
// is no such order. It puts the heads of later chains in none of their own.
func (c *chains) commits(l level) (order []int32, edges int64) {
	m := c.committing(l)
	if !m.play(l == strict, false) {
		return nil, m.edges
	}
	return m.order, m.edges
}

// suspects returns the operations, ascending, of all nodes that may lie on cycles. The transactions are played in real time; one
// that cannot go though it has returned goes all the same. Of the edges that lead back from later ones to such, each cycle has
// at least one: to every node of it some such edge leads back from it or from behind it. What no edge leads back over is
// on none.
func (c *chains) suspects(l level) []int32 {
	m := c.committing(l)
	m.play(true, true)
	place := fill(len(c.nodes))
	for at, n := range m.order {
		place[n] = int32(at)
	}
	last := none
	for at := range m.order {
		if last = max(last, m.reach[at]); last < int32(at) {
			place[m.order[at]] = none
		}
	}
	var out []int32
	for n, at := range place {
		if at != none {
			out = append(out, c.nodes[n])
		}
	}
	return out
}

func (c *chains) committing(l level) *committing {
	nodes := len(c.nodes)
	m := &committing{
		chains: c, wait: make([]int32, nodes), gate: make([]int32, len(c.keys)), readers: fill(len(c.versions)),
		earlier: fill(len(c.reads)), state: make([]progress, nodes), order: make([]int32, 0, nodes),
	}
	if l == strongSession {
		m.after = fill(nodes)
		c.sessions(c.nodes, func(from, to int32, _ kind, _ int32) { m.after[from] = to })
	}
	m.count()
	return m
}

// count finds out how many nodes each node and each gate waits for.
func (m *committing) count() {
	for i := range m.reads {
		if from := m.reads[i].from; from != none {
			m.earlier[i], m.readers[from] = m.readers[from], int32(i)
		}
	}
	more := func(to int32) {
		m.wait[to]++
		m.edges++
	}
	for n := range m.nodes {
		m.each(int32(n), more, func(key int32) { m.gate[key]++ })
	}
	for k, waiting := range m.gate {
		if waiting > 0 {
			m.behind(int32(k), more)
		}
	}
}

// each passes on all nodes that an edge leads to, and the keys whose gates the node is one of.
func (m *committing) each(n int32, to func(int32), gate func(key int32)) {
	i := m.nodes[n]
	for v := m.first[i]; v < m.first[i+1]; v++ {
		for r := m.readers[v]; r != none; r = m.earlier[r] {
			if reader := m.nodeOf[m.reads[r].op]; reader != n {
				to(reader)
			}
		}
		if next := m.next[v]; next != none && m.writer(next) != n {
			to(m.writer(next))
		}
		if key := m.versions[v].key; m.end[key] == v && len(m.heads[key]) > 0 {
			gate(key)
		}
	}
	for at := m.firstRead[i]; at < m.firstRead[i+1]; at++ {
		r := &m.reads[at]
		next, heads := m.follower(r)
		switch {
		case next != none && m.writer(next) != n:
			to(m.writer(next))
		case heads:
			gate(r.key)
		}
	}
	if m.after != nil && m.after[n] != none {
		to(m.after[n])
	}
}

// behind passes on the nodes that wait for the gate of a key.
func (m *committing) behind(key int32, to func(int32)) {
	for _, head := range m.heads[key] {
		to(m.writer(head))
	}
}

// play admits the nodes in the order of their calls and lets them go. In real time, who has returned must have gone
// before another is called. It tells whether all went; by force they all do, unless it is interrupted.
func (m *committing) play(realTime, force bool) bool {
	if force {
		m.reach = fill(len(m.nodes))
	}
	var returns []int32
	if realTime {
		returns = m.timeline(m.nodes)
	}
	at := 0
	called := m.byCall(m.nodes)
	for i, n := range called {
		if i%nodesBetween == 0 && m.in.Interrupted() {
			return false
		}
		call := m.ops[m.nodes[n]].Call
		for ; at < len(returns) && m.ops[m.nodes[returns[at]]].Return < call; at++ {
			if m.state[returns[at]] == gone {
				continue
			}
			if !force {
				return false
			}
			m.force(returns[at])
		}
		m.state[n] = admitted
		if m.wait[n] == 0 {
			m.ready = append(m.ready, n)
			m.drain()
		}
	}
	for _, n := range called {
		if force && m.state[n] != gone {
			m.force(n)
		}
	}
	return len(m.order) == len(m.nodes)
}

// force lets a node go that waits for others.
func (m *committing) force(n int32) {
	m.ready = append(m.ready, n)
	m.drain()
}

// drain lets go who can, and those that they let go.
func (m *committing) drain() {
	for len(m.ready) > 0 {
		last := len(m.ready) - 1
		next := m.ready[last]
		m.ready = m.ready[:last]
		m.state[next] = gone
		m.wait[next] = -1 - int32(len(m.order))
		m.order = append(m.order, next)
		m.each(next, m.less, m.open)
	}
}

// less notes that a node waits for one node less: for the last that has gone. If it was forced to go before that, the edge
// leads back.
func (m *committing) less(to int32) {
	if m.wait[to] < 0 {
		m.back(-1 - m.wait[to])
		return
	}
	if m.wait[to]--; m.wait[to] == 0 && m.state[to] == admitted {
		m.ready = append(m.ready, to)
	}
}

// open notes that a gate waits for one node less. The edge from the last of them leads back as far as that from any other.
func (m *committing) open(key int32) {
	if m.gate[key]--; m.gate[key] == 0 {
		m.behind(key, m.less)
	}
}

// back notes an edge from the last that has gone to an earlier place.
func (m *committing) back(to int32) { m.reach[to] = max(m.reach[to], int32(len(m.order))-1) }
