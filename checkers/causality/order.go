package causality

import "fmt"

// Order is the causal order of a trace: for each node a vector clock that says how many nodes of each session come
// before it.
type Order struct {
	t      *Trace
	clocks *clocks
	clock  []int32 // of each node; a node has its predecessor's unless it has read news
	taught []bool  // of each read of a register: its session had not known of what it read from
	// Sorted holds all nodes, causes first.
	Sorted []int32
}

// Extra are further edges of a graph: those that end at a node begin at the nodes it lists. Nil is none.
type Extra func(node int32) []int32

// Before tells whether a is a cause of b. No node is its own cause.
func (o *Order) Before(a, b int32) bool {
	return o.known(b, o.t.Nodes[a].Session) > o.t.Nodes[a].Index
}

// known returns how many nodes of a session come before the node. A clock's entry for the node's own session means
// nothing: that is the node's index.
func (o *Order) known(node, session int32) int32 {
	if x := &o.t.Nodes[node]; x.Session == session {
		return x.Index
	}
	return o.clocks.at(o.clock[node], session)
}

// Merge raises each entry of a clock to what the node and its causes amount to, and tells whether that changed it.
func (o *Order) Merge(clock []int32, node int32) bool {
	return o.merge(clock, node, o.t.Nodes[node].Index+1)
}

// Taught tells whether a read of a register was the first that its session knew of what it read from, in any way. Such a
// read missed no cause: what comes after that write was not known either.
func (o *Order) Taught(read int32) bool { return o.taught[read] }

// MergeCauses is like Merge, without the node itself.
func (o *Order) MergeCauses(clock []int32, node int32) bool {
	return o.merge(clock, node, o.t.Nodes[node].Index)
}

func (o *Order) merge(clock []int32, node, index int32) bool {
	session := o.t.Nodes[node].Session
	index = max(index, clock[session])
	changed := index > clock[session]
	changed = o.clocks.mergeInto(clock, o.clock[node]) || changed
	// A session learns nothing of itself from others, so its own entry never exceeds the index.
	clock[session] = index
	return changed
}

// nodesBetween is how many nodes get their clocks between two looks at whether the check is to end.
const nodesBetween = 256

// causes returns the causal order, or the cycle that makes it impossible; neither if the check was interrupted, or if the
// clocks need too much memory, which t.Excess then says.
func (t *Trace) causes() (*Order, []Link) {
	sorted, cycle := t.Sort(nil)
	if cycle != nil {
		return nil, cycle
	}
	o := &Order{t: t, clocks: newClocks(t.Sessions()), clock: make([]int32, len(t.Nodes)), taught: make([]bool, len(t.Nodes)), Sorted: sorted}
	news := newDraft(o.clocks)
	for at, n := range sorted {
		if at%nodesBetween == 0 && t.Interrupted() {
			return nil, nil
		}
		o.derive(n, news)
		if o.clocks.bytes() > t.Room {
			t.Exceeds(fmt.Sprintf("vector clocks for %d operations of %d sessions", len(sorted), t.Sessions()), o.forecast(at+1))
			return nil, nil
		}
	}
	return o, nil
}

// forecast returns what all clocks will need if they go on as those of the first nodes do.
func (o *Order) forecast(nodes int) int64 {
	return o.clocks.bytes() / int64(nodes) * int64(len(o.Sorted))
}

// derive sets the clock of a node, whose causes have theirs. The news are room to work in.
func (o *Order) derive(n int32, news *draft) {
	node := &o.t.Nodes[n]
	if node.Index > 0 {
		o.clock[n] = o.clock[n-1]
	}
	sources := o.t.Sources(n)
	if len(sources) == 0 {
		return
	}
	fresh := false
	for _, s := range sources {
		source := &o.t.Nodes[s]
		if source.Session == node.Session {
			continue
		}
		if !fresh {
			if o.clocks.at(o.clock[n], source.Session) > source.Index {
				continue // and so all of its causes are known
			}
			news.begin(o.clock[n])
			fresh = true
		}
		news.merge(o.clock[s])
		news.raise(source.Session, source.Index+1)
	}
	if fresh {
		o.clock[n] = news.end()
		o.taught[n] = true
	}
}

// sorter sorts nodes topologically: each session goes on until its next node waits for a node of another.
type sorter struct {
	t       *Trace
	extra   Extra
	done    []int32 // of each session: how many nodes are sorted
	ready   []int32 // sessions that may go on
	waiting []int32 // of each node: the first session that waits for it, or None
	behind  []int32 // of each session: the next that waits for the same node, or None
	sorted  []int32
}

// Sort returns all nodes in an order that keeps sessions, reads after what they read, and the extra edges; or a cycle
// that makes it impossible.
func (t *Trace) Sort(extra Extra) ([]int32, []Link) {
	sessions := t.Sessions()
	s := &sorter{
		t: t, extra: extra, done: make([]int32, sessions), ready: make([]int32, 0, sessions),
		waiting: make([]int32, len(t.Nodes)), behind: make([]int32, sessions), sorted: make([]int32, 0, len(t.Nodes)),
	}
	for n := range s.waiting {
		s.waiting[n] = None
	}
	for session := sessions - 1; session >= 0; session-- {
		s.ready = append(s.ready, session)
	}
	for len(s.ready) > 0 {
		session := s.ready[len(s.ready)-1]
		s.ready = s.ready[:len(s.ready)-1]
		s.advance(session)
	}
	if len(s.sorted) < len(t.Nodes) {
		return nil, s.cycle()
	}
	return s.sorted, nil
}

// advance sorts nodes of a session until one waits.
func (s *sorter) advance(session int32) {
	from, to := s.t.Session(session)
	for n := from + s.done[session]; n < to; n++ {
		if cause := s.unsorted(n); cause != None {
			s.behind[session], s.waiting[cause] = s.waiting[cause], session
			return
		}
		s.sorted = append(s.sorted, n)
		s.done[session]++
		for w := s.waiting[n]; w != None; w = s.behind[w] {
			s.ready = append(s.ready, w)
		}
	}
}

// unsorted returns a cause of the node that is not sorted yet, or None.
func (s *sorter) unsorted(n int32) int32 {
	for _, cause := range s.t.Sources(n) {
		if !s.isSorted(cause) {
			return cause
		}
	}
	if s.extra != nil {
		for _, cause := range s.extra(n) {
			if !s.isSorted(cause) {
				return cause
			}
		}
	}
	return None
}

func (s *sorter) isSorted(n int32) bool {
	x := &s.t.Nodes[n]
	return x.Index < s.done[x.Session]
}

// cycle walks from a session that waits to the one that it waits for, until one comes again.
func (s *sorter) cycle() []Link {
	stuck := int32(0)
	for from, to := s.t.Session(stuck); from+s.done[stuck] == to; from, to = s.t.Session(stuck) {
		stuck++
	}
	met := make([]bool, s.t.Sessions())
	for !met[stuck] {
		met[stuck] = true
		stuck = s.t.Nodes[s.awaited(stuck)].Session
	}
	var links []Link
	for at := stuck; ; {
		n := s.next(at)
		cause := s.awaited(at)
		links = append(links, s.t.Link(cause, n))
		at = s.t.Nodes[cause].Session
		if first := s.next(at); first != cause {
			links = append(links, s.t.Link(first, cause))
		}
		if at == stuck {
			break
		}
	}
	return reversed(links)
}

// next returns the first node of a session that is not sorted.
func (s *sorter) next(session int32) int32 {
	from, _ := s.t.Session(session)
	return from + s.done[session]
}

func (s *sorter) awaited(session int32) int32 { return s.unsorted(s.next(session)) }
