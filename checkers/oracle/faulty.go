package oracle

import (
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Fault is what is wrong with a store of registers.
type Fault uint8

// The faults of a store.
const (
	Sound         Fault = iota
	LosesWrites         // now and then a write is answered and has no effect
	SplitBrain          // for a while half of the clients have a store of their own, which is then forgotten
	WriteBehind         // writes are answered before they are on disk, and those that are not are lost in a crash
	Retries             // a write whose answer was lost is sent again, and executed again
	FollowerReads       // clients that only read are each served by one follower, which is some writes behind
)

// Store is a store of registers with a fault, each value of which is written once.
type Store struct {
	Fault              Fault
	Ops, Clients, Keys int
}

// lag is by how many writes a follower is behind at most.
const lag = 6

type faulty struct {
	Store
	rand     *prng.Rand
	tick     int
	unique   int64
	values   [2]map[string]int64 // of both halves, or in memory and on disk
	log      []history.Operation // all writes, in the order of their effects
	followed []int               // of each client: how many of them its follower has
}

// Run draws a history of the store.
func (s Store) Run(r *prng.Rand) *history.History {
	f := &faulty{Store: s, rand: r, values: [2]map[string]int64{{}, {}}, followed: make([]int, s.Clients)}
	open := make([]*timed, s.Clients)
	acted := make([]bool, s.Clients) // for the last time
	var all []timed
	for begun, waiting := 0, 0; begun < s.Ops || waiting > 0; f.tick++ {
		c := r.IntN(s.Clients)
		switch op := open[c]; {
		case op == nil && begun < s.Ops:
			open[c], acted[c] = f.call(c), false
			begun++
			waiting++
		case op == nil:
		case !acted[c]:
			f.act(c, &op.Operation, begun)
			acted[c] = s.Fault != Retries || op.F == "read" || r.IntN(3) > 0
		default:
			op.to = f.tick
			all = append(all, *op)
			open[c] = nil
			waiting--
		}
	}
	return assemble(all)
}

func (f *faulty) call(client int) *timed {
	op := &timed{from: f.tick}
	op.Process, op.F, op.Outcome = client, "read", protocol.OK
	op.Key = string(rune('x' + f.rand.IntN(f.Keys)))
	if f.rand.IntN(2) == 0 && !(f.Fault == FollowerReads && client%2 == 1) {
		f.unique++
		op.F, op.Input = "write", protocol.Int(f.unique)
		op.Output = op.Input
	}
	return op
}

// act lets an operation take effect when so many have begun.
func (f *faulty) act(client int, op *history.Operation, begun int) {
	half := 0
	if f.Fault == SplitBrain {
		half = f.half(client, begun)
	}
	if f.Fault == WriteBehind && begun == f.Ops/2 {
		f.values[0] = copied(f.values[1])
	}
	n, writes := op.Input.Int()
	switch {
	case !writes:
		op.Output = protocol.Int(f.read(client, op.Key, half))
		return
	case f.Fault == LosesWrites && f.rand.IntN(20) == 0:
		return
	}
	f.values[half][op.Key] = n
	f.log = append(f.log, *op)
	if f.Fault == WriteBehind && f.rand.IntN(15) == 0 {
		f.values[1] = copied(f.values[0])
	}
}

// half returns the store of a client: from a third of the run to two thirds there are two.
func (f *faulty) half(client, begun int) int {
	if begun < f.Ops/3 || begun > 2*f.Ops/3 {
		f.values[1] = copied(f.values[0])
		return 0
	}
	return client % 2
}

func (f *faulty) read(client int, key string, half int) int64 {
	if f.Fault != FollowerReads || client%2 == 0 {
		return f.values[half][key]
	}
	f.followed[client] = max(f.followed[client], len(f.log)-lag)
	f.followed[client] += f.rand.IntN(len(f.log) - f.followed[client] + 1)
	for i := f.followed[client] - 1; i >= 0; i-- {
		if f.log[i].Key == key {
			n, _ := f.log[i].Input.Int()
			return n
		}
	}
	return 0
}

func copied(from map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for key, n := range from {
		out[key] = n
	}
	return out
}

// Outdated tells whether a read of a history of registers, in which every value is written once, certainly found what had been
// overwritten: another write had returned before the read was called, and it was called after the write of what was found had
// returned.
func Outdated(h *history.History) bool {
	for i := range h.Operations {
		read := &h.Operations[i]
		if read.F != "read" || read.Outcome != protocol.OK {
			continue
		}
		source := writerOf(h, read)
		for k := range h.Operations {
			w := &h.Operations[k]
			if w.F == "write" && w.Outcome == protocol.OK && w.Key == read.Key && w.Precedes(read) && k != source &&
				(source >= 0 && h.Operations[source].Precedes(w) || source < 0 && read.Output.Equal(h.Initial)) {
				return true
			}
		}
	}
	return false
}

// Ahead tells whether a read certainly found what was written only after it: its write was called when it had returned.
func Ahead(h *history.History) bool {
	for i := range h.Operations {
		read := &h.Operations[i]
		if read.F == "read" && read.Outcome == protocol.OK {
			if w := writerOf(h, read); w >= 0 && read.Precedes(&h.Operations[w]) {
				return true
			}
		}
	}
	return false
}

// Resurfaced tells whether a value, which is written once, was certainly read again after another one had been read in between.
func Resurfaced(h *history.History) bool {
	read := func(i int) bool { return h.Operations[i].F == "read" && h.Operations[i].Outcome == protocol.OK }
	for i := range h.Operations {
		for k := range h.Operations {
			o, p := &h.Operations[i], &h.Operations[k]
			if !read(i) || !read(k) || o.Key != p.Key || !o.Precedes(p) || o.Output.Equal(p.Output) {
				continue
			}
			for n := range h.Operations {
				if q := &h.Operations[n]; read(n) && q.Key == o.Key && p.Precedes(q) && q.Output.Equal(o.Output) {
					return true
				}
			}
		}
	}
	return false
}

// writerOf returns the write of what a read found, -1 if there is none.
func writerOf(h *history.History, read *history.Operation) int {
	for k := range h.Operations {
		if w := &h.Operations[k]; w.F == "write" && w.Key == read.Key && w.Input.Equal(read.Output) {
			return k
		}
	}
	return -1
}
