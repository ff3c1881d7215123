package causality

// number gives each operation that counts its nodes, those of a session next to one another.
func (b *builder) number() {
	var sessions numbers
	var sizes []int32
	for i := range b.roles {
		r := &b.roles[i]
		n := r.nodes()
		if n == 0 {
			continue
		}
		r.session = sessions.of(b.h.Operations[i].Process)
		if int(r.session) == len(sizes) {
			sizes = append(sizes, 0)
		}
		sizes[r.session] += n
	}
	next := make([]int32, len(sizes))
	total := int32(0)
	for s, size := range sizes {
		next[s] = total
		total += size
	}
	b.trace.Nodes = make([]Node, total)
	for i := range b.roles {
		if r := &b.roles[i]; r.nodes() > 0 {
			b.place(int32(i), r, next[r.session])
			next[r.session] += r.nodes()
		}
	}
	b.trace.index(int32(len(sizes)), int32(len(b.keys)))
}

// numbers numbers processes in the order in which they come. Most have small names, which need no hashing.
type numbers struct {
	small []int32 // by process: its number +1; 0 if it has none
	large map[int]int32
	count int32
}

// smallProcesses is how many processes, from 0 on, are looked up in a table.
const smallProcesses = 1 << 16

func (n *numbers) of(process int) int32 {
	if process < 0 || process >= smallProcesses {
		if n.large == nil {
			n.large = map[int]int32{}
		}
		number, known := n.large[process]
		if !known {
			number = n.count
			n.large[process] = number
			n.count++
		}
		return number
	}
	for process >= len(n.small) {
		n.small = append(n.small, make([]int32, max(64, len(n.small)))...)
	}
	if n.small[process] == 0 {
		n.count++
		n.small[process] = n.count
	}
	return n.small[process] - 1
}

// reads tells whether the operation's reading says something.
func (r *role) reads() bool { return r.read >= 0 || r.read == initial }

// nodes returns how many nodes the operation has.
func (r *role) nodes() int32 {
	n := int32(0)
	if r.reads() {
		n++
	}
	if r.kept || r.tells && r.heard != None || r.answers && r.heard != None {
		n++
	}
	return n
}

// place makes the nodes of operation i from node n on: of a cas, first the read, then the write.
func (b *builder) place(i int32, r *role, n int32) {
	node := Node{Op: i, Session: r.session}
	switch {
	case r.tells:
		node.Kind = Tell
	case r.answers:
		node.Kind = Hear
	default:
		node.Key = r.key
	}
	if r.reads() {
		node.Kind = Read
		b.trace.Nodes[n] = node
		n++
	}
	if r.kept {
		node.Kind = Write
		c := &b.cells.all[r.wrote]
		node.Shared = c.writers > 1
		if c.node == None {
			c.node = n
		} else {
			b.cells.further[r.wrote] = append(b.cells.further[r.wrote], n)
		}
	}
	if r.tells || r.answers || r.kept {
		b.trace.Nodes[n] = node
	}
}

// link finds for each node whom it has read or heard from.
func (b *builder) link() {
	t := b.trace
	tellers := b.tellers()
	last := newLatest(t)
	t.shown.items = make([]int32, 0, len(b.seen))
	t.sources.items = make([]int32, 0, len(t.Nodes))
	t.sources.ends, t.shown.ends = make([]int32, 0, len(t.Nodes)), make([]int32, 0, len(t.Nodes))
	for n := range t.Nodes {
		node := &t.Nodes[n]
		r := &b.roles[node.Op]
		switch {
		case node.Kind == Hear:
			t.sources.items = append(t.sources.items, tellers[r.heard])
		case node.Kind == Read && r.read >= 0:
			t.sources.items = append(t.sources.items, b.cells.all[r.read].node)
		case node.Kind == Read && t.Collection():
			b.linkAll(r, last)
		}
		t.sources.close()
		t.shown.close()
	}
}

// shownBytes returns what linkAll needs to note all writes that reads of sets show. It grows with the size of the reads
// unless an element was added again and again.
func (b *builder) shownBytes() int64 {
	count := int64(0)
	for _, at := range b.seen {
		count++
		if b.cells.all[at].writers > 1 {
			count += int64(len(b.cells.further[at]))
		}
	}
	return 4 * count
}

// linkAll notes whom a read of a set has read from, and what it showed. Of an element that was added more than once
// it shows all adds, and reads from none.
func (b *builder) linkAll(r *role, last *latest) {
	t := b.trace
	from := len(t.shown.items)
	for _, at := range b.seen[r.from:r.to] {
		c := &b.cells.all[at]
		if c.node == None {
			continue
		}
		t.shown.items = append(t.shown.items, c.node)
		if c.writers > 1 {
			t.shown.items = append(t.shown.items, b.cells.further[at]...)
		}
	}
	t.sourcesOfShown(from, last)
}

// sourcesOfShown adds the last write of each session among shown.items[from:] as sources.
func (t *Trace) sourcesOfShown(from int, last *latest) {
	for _, n := range t.shown.items[from:] {
		if !t.Nodes[n].Shared {
			last.note(n)
		}
	}
	t.sources.items = last.drain(t.sources.items)
}

// tellers returns the node of each operation that is a tell which was heard.
func (b *builder) tellers() map[int32]int32 {
	tellers := map[int32]int32{}
	for n := range b.trace.Nodes {
		if b.trace.Nodes[n].Kind == Tell {
			tellers[b.trace.Nodes[n].Op] = int32(n)
		}
	}
	return tellers
}

// latest collects the last write of each session.
type latest struct {
	t        *Trace
	at       []int32 // of each session
	sessions []int32 // that have one
}

func newLatest(t *Trace) *latest {
	l := &latest{t: t}
	if !t.Collection() {
		return l
	}
	l.at = make([]int32, t.Sessions())
	for s := range l.at {
		l.at[s] = None
	}
	return l
}

func (l *latest) note(write int32) {
	s := l.t.Nodes[write].Session
	if l.at[s] == None {
		l.sessions = append(l.sessions, s)
	}
	l.at[s] = max(l.at[s], write)
}

// drain appends what was collected to items, and forgets it.
func (l *latest) drain(items []int32) []int32 {
	for _, s := range l.sessions {
		items = append(items, l.at[s])
		l.at[s] = None
	}
	l.sessions = l.sessions[:0]
	return items
}
