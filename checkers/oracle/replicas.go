package oracle

import (
	"cmp"
	"fmt"
	"strconv"

	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Replication says what a history of replicated registers or sets looks like, whose replicas answer at once and tell
// one another of updates later. Updates of each replica are applied in order and after their causes, so such a system
// is causally consistent, and causal memory if each client stays with one replica. If the newest update by a common
// clock wins, all replicas agree in the end and it is causally convergent.
type Replication struct {
	Object   string // register or set
	Ops      int
	Replicas int
	Clients  int
	Keys     int
	Reads    int  // percent of the operations; 0: one half
	Unsure   int  // per mille of the updates whose outcome is unknown; after that the client is a new process
	Roaming  bool // clients go to any replica that has applied all that they know of
	Newest   bool // the newest update wins, not the last that was applied
	Hasty    bool // a fault: updates are applied before their causes
}

// update is an update as replicas pass it on.
type update struct {
	key    string
	value  protocol.Value
	stamp  int64 // of the common clock
	causes []int // of each replica: how many of its updates come before
}

type replica struct {
	applied []int // of each replica: how many of its updates
	stored  map[string]update
	content map[string][]protocol.Value
}

type replicas struct {
	Replication
	rand  *prng.Rand
	nodes []replica
	logs  [][]update // of each replica: its updates
	seats []int      // of each client: its process
	homes []int      // of each client: its replica
	known [][]int    // of each client: how many updates of each replica it knows of
	stamp int64
	next  int64
	h     *history.History
}

// Gossip draws a history of such replicas. Operations do not overlap.
func Gossip(r *prng.Rand, shape Replication) *history.History {
	s := &replicas{Replication: shape, rand: r, logs: make([][]update, shape.Replicas), h: &history.History{Initial: protocol.Int(0)}}
	for range shape.Replicas {
		s.nodes = append(s.nodes, replica{applied: make([]int, shape.Replicas), stored: map[string]update{}, content: map[string][]protocol.Value{}})
	}
	for c := range shape.Clients {
		s.seats = append(s.seats, c+1)
		s.homes = append(s.homes, c%shape.Replicas)
		s.known = append(s.known, make([]int, shape.Replicas))
	}
	for i := range shape.Ops {
		s.operate(i)
		for range 2 {
			s.deliver(r.IntN(shape.Replicas), r.IntN(shape.Replicas))
		}
	}
	return s.h
}

func (s *replicas) operate(i int) {
	c := s.rand.IntN(s.Clients)
	node := s.home(c)
	op := history.Operation{
		Process: s.seats[c], F: "read", Notes: &history.Notes{Node: client(c + 1), Via: protocol.NodeID(fmt.Sprintf("r%d", node+1))},
		Key: "k" + strconv.Itoa(s.rand.IntN(s.Keys)), Outcome: protocol.OK, Call: 2 * i, Return: 2*i + 1,
	}
	if s.rand.IntN(100) < cmp.Or(s.Reads, 50) {
		op.Output = s.read(node, op.Key)
	} else {
		s.update(&op, node)
		if s.rand.IntN(1000) < s.Unsure {
			op.Outcome, op.Return = protocol.Info, history.Pending
			s.seats[c] += s.Clients
		}
	}
	s.h.Operations = append(s.h.Operations, op)
	for r, n := range s.nodes[node].applied {
		s.known[c][r] = max(s.known[c][r], n)
	}
}

// home returns the replica that a client asks now. One that it has asked before knows all that the client does.
func (s *replicas) home(c int) int {
	other := s.rand.IntN(s.Replicas)
	for r, n := range s.known[c] {
		if !s.Roaming || s.nodes[other].applied[r] < n {
			return s.homes[c]
		}
	}
	s.homes[c] = other
	return other
}

func (s *replicas) read(node int, key string) protocol.Value {
	if s.Object == "set" {
		return protocol.List(s.nodes[node].content[key]...)
	}
	if u, ok := s.nodes[node].stored[key]; ok {
		return u.value
	}
	return s.h.Initial
}

func (s *replicas) update(op *history.Operation, node int) {
	s.next++
	s.stamp++
	op.F = map[string]string{"register": "write", "set": "add"}[s.Object]
	op.Input = protocol.Int(s.next)
	op.Output = op.Input
	u := update{key: op.Key, value: op.Input, stamp: s.stamp, causes: append([]int{}, s.nodes[node].applied...)}
	s.logs[node] = append(s.logs[node], u)
	s.apply(node, node)
}

// deliver has a replica apply the next update of another, if there is one whose causes it has applied.
func (s *replicas) deliver(from, to int) {
	at := s.nodes[to].applied[from]
	if at == len(s.logs[from]) {
		return
	}
	for r, n := range s.logs[from][at].causes {
		if n > s.nodes[to].applied[r] && !s.Hasty {
			return
		}
	}
	s.apply(from, to)
}

func (s *replicas) apply(from, to int) {
	n := &s.nodes[to]
	u := s.logs[from][n.applied[from]]
	n.applied[from]++
	if s.Object == "set" {
		all := n.content[u.key]
		n.content[u.key] = append(all[:len(all):len(all)], u.value)
	}
	if old, ok := n.stored[u.key]; !ok || !s.Newest || old.stamp < u.stamp {
		n.stored[u.key] = u
	}
}

// String names the shape in the output of tests.
func (s Replication) String() string {
	text := fmt.Sprintf("%s, %d operations, %d replicas, %d clients, %d keys", s.Object, s.Ops, s.Replicas, s.Clients, s.Keys)
	if s.Roaming {
		text += ", roaming clients"
	}
	if s.Newest {
		text += ", newest wins"
	}
	if s.Hasty {
		text += ", hasty"
	}
	return text
}
