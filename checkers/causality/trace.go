// Package causality reads a history as causality sees it: sessions of reads and writes, who read from whom, and
// messages between clients. It finds the causal order, what contradicts it, and explains contradictions by few
// operations. The causal and the session guarantees are judged on it.
//
// The package must not know where a history comes from, and pays no heed to real time.
package causality

import (
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Kind is what a node of a trace does.
type Kind uint8

// The kinds of nodes.
const (
	Write Kind = iota + 1 // of a register; the add of an element, the post of an item
	Read                  // of a register, or of a whole set or board
	Tell                  // a message to another client
	Hear                  // its arrival
)

// Node is an operation, or the reading or the writing half of a cas. Nodes are named by their position in
// Trace.Nodes; those of a session stand next to one another, in the session's order.
type Node struct {
	Op      int32 // position in History.Operations
	Session int32
	Index   int32 // position in its session
	Key     int32 // of reads and writes
	Kind    Kind
	// Shared says that others added the same element, so that whoever shows it may not have read from this one.
	Shared bool
}

// None stands for no node.
const None int32 = -1

// Trace is a history as causality sees it. It holds the operations that count: those that ended ok, and those of
// unknown outcome that someone has seen the effect of.
type Trace struct {
	History *history.History
	Object  string
	Nodes   []Node
	starts  []int32 // the first node of each session, and the number of nodes
	sources spans   // of a node: the writes that it read from, or the tell that it heard
	shown   spans   // of a read of a set: the writes of all elements that it showed
	writes  [][]Row // of a key: its writes, by session
	rows    int32   // how many rows there are

	// Strange are reads of what nobody wrote, of what a failed operation would have written, and of sets that show an
	// element twice.
	Strange []StrangeRead
	// Doubt says why the trace holds less than the history, "" if it does not: what is valid here may be invalid there.
	Doubt string

	// Excess says why a search has ended early: it needs too much memory. "" if it does not. What was not found by then
	// may be there all the same.
	Excess string
	Room   int64 // bytes that a search may need

	interrupted func() bool // nil of a part of a trace, which is small
}

// Interrupted tells whether the check that the trace is made for is to end. A search may then end without a finding.
func (t *Trace) Interrupted() bool { return t.interrupted != nil && t.interrupted() }

// Exceeds notes that something needs so many bytes, and tells whether that is too much.
func (t *Trace) Exceeds(what string, bytes int64) bool {
	if bytes <= t.Room {
		return false
	}
	t.Excess = fmt.Sprintf("%s would need %d MiB of memory; %d MiB is the limit", what, (bytes-1)>>20+1, t.Room>>20)
	return true
}

// StrangeRead is a read that no order of any writes explains.
type StrangeRead struct {
	Read    int // position in History.Operations
	Value   protocol.Value
	Failed  int // the failed operation that would have written it, or None
	Anomaly guarantee.Anomaly
}

// Row lists the writes of one key in one session.
type Row struct {
	Session int32
	Number  int32   // among all rows
	Writes  []int32 // nodes, ascending
}

// spans holds a list for each node in one slice.
type spans struct {
	ends  []int32
	items []int32
}

func (s *spans) of(node int32) []int32 {
	from := int32(0)
	if node > 0 {
		from = s.ends[node-1]
	}
	return s.items[from:s.ends[node]]
}

// close ends the list of the next node.
func (s *spans) close() { s.ends = append(s.ends, int32(len(s.items))) }

// Sessions returns how many sessions there are.
func (t *Trace) Sessions() int32 { return int32(len(t.starts)) - 1 }

// Session returns the first node of a session and the one after its last.
func (t *Trace) Session(s int32) (from, to int32) { return t.starts[s], t.starts[s+1] }

// SessionStart returns the first node of a session.
func (t *Trace) SessionStart(s int32) int32 { return t.starts[s] }

// SameSession tells whether both nodes are of one session.
func (t *Trace) SameSession(a, b int32) bool { return t.Nodes[a].Session == t.Nodes[b].Session }

// Sources returns the writes that a read got its answer from, of which there are none if it read the initial state;
// or the tell of a hear. Of a read of a set these are the last ones of each session.
func (t *Trace) Sources(node int32) []int32 { return t.sources.of(node) }

// Shown returns the writes of all elements that a read of a set showed.
func (t *Trace) Shown(node int32) []int32 { return t.shown.of(node) }

// Rows returns the writes of the key that a node reads or writes, by session.
func (t *Trace) Rows(node int32) []Row { return t.writes[t.Nodes[node].Key] }

// KeyCount returns how many keys there are; each node has a Key below.
func (t *Trace) KeyCount() int32 { return int32(len(t.writes)) }

// RowCount returns how many rows there are; each has a Number below.
func (t *Trace) RowCount() int32 { return t.rows }

// Collection tells whether reads answer a whole set of elements.
func (t *Trace) Collection() bool { return t.Object != register }

// operation returns the operation of a node.
func (t *Trace) operation(node int32) *history.Operation {
	return &t.History.Operations[t.Nodes[node].Op]
}

// readFrom tells whether the read got its answer, or a part of it, from the write; or heard the tell.
func (t *Trace) readFrom(source, node int32) bool {
	return slices.Contains(t.Sources(node), source) || !t.Nodes[source].Shared && slices.Contains(t.Shown(node), source)
}

// index fills in what follows from the nodes: where sessions begin and where the writes of each key are.
func (t *Trace) index(sessions, keys int32) {
	t.starts = make([]int32, sessions+1)
	begin := make([]int32, keys+1) // of each key: where its writes begin among those of all
	for n := range t.Nodes {
		node := &t.Nodes[n]
		t.starts[node.Session+1] = int32(n) + 1
		node.Index = int32(n) - t.starts[node.Session]
		if node.Kind == Write {
			begin[node.Key+1]++
		}
	}
	for k := range keys {
		begin[k+1] += begin[k]
	}
	all := make([]int32, begin[keys])
	at := make([]int32, keys)
	copy(at, begin)
	for n := range t.Nodes {
		if node := &t.Nodes[n]; node.Kind == Write {
			all[at[node.Key]] = int32(n)
			at[node.Key]++
		}
	}
	t.writes = make([][]Row, keys)
	for k := range keys {
		t.writes[k] = t.rowsOf(all[begin[k]:begin[k+1]])
	}
}

// rowsOf divides the writes of a key by session, and numbers the rows on.
func (t *Trace) rowsOf(writes []int32) []Row {
	var rows []Row
	for from, to := 0, 0; from < len(writes); from = to {
		session := t.Nodes[writes[from]].Session
		for to = from; to < len(writes) && t.Nodes[writes[to]].Session == session; {
			to++
		}
		rows = append(rows, Row{Session: session, Number: t.rows, Writes: writes[from:to:to]})
		t.rows++
	}
	return rows
}
