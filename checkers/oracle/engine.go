package oracle

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Isolation is how a store of several versions isolates transactions.
type Isolation uint8

// The levels of isolation, the weakest first.
const (
	DirtyReads        Isolation = iota // a read finds the last write, committed or not
	CommittedReads                     // a read finds what was committed last
	AtomicReads                        // a transaction reads some of the committed ones, each as a whole
	CausalReads                        // it reads what has come to its site, each transaction behind those that it had seen
	ParallelSnapshots                  // the same, and of two that write one key the second has seen the first
	Snapshots                          // it reads all that was committed before it began, and so on
	StaleSerial                        // nothing that it read has changed when it commits, unless it only reads, and then of any time
	Serial                             // nothing that it read has changed when it commits
)

// Engine is a store with transactions of some clients, which overlap.
type Engine struct {
	Level                 Isolation
	Object                string // list-append or rw-register
	Transactions, Clients int
	Steps, Keys           int // steps of each transaction at most
	committed             []commit
	dirty                 map[string][]protocol.Value // what was written last, whoever wrote it
	rand                  *prng.Rand
	written               int64
	tick                  int
}

// commit is a transaction that was committed.
type commit struct {
	writes map[string][]protocol.Value
	seen   map[int]bool // transactions that it had read from, or could have, by their place
	sites  [2]bool      // where it has come to
}

// attempt is a transaction under way.
type attempt struct {
	timed
	client          int
	kinds           []bool // of each step: whether it writes
	keys            []string
	asked, answered []protocol.Value
	snapshot        map[int]bool
	writes          map[string][]protocol.Value
	read            map[string]bool
}

// Run draws a history of the store. Every value is written once.
func (e Engine) Run(r *prng.Rand) checkers.Input {
	e.rand, e.dirty = r, map[string][]protocol.Value{}
	open := make([]*attempt, e.Clients)
	var all []timed
	for begun := 0; begun < e.Transactions || slices.ContainsFunc(open, func(a *attempt) bool { return a != nil }); e.tick++ {
		c := r.IntN(e.Clients)
		switch a := open[c]; {
		case r.IntN(40) == 0:
			e.propagate()
		case a == nil && begun < e.Transactions:
			open[c] = e.begin(c)
			begun++
		case a == nil:
		case len(a.asked) < len(a.kinds):
			e.step(a)
		default:
			e.end(a)
			all = append(all, a.timed)
			open[c] = nil
		}
	}
	object, _ := model.Lookup(e.Object)
	return checkers.Input{History: assemble(all), Object: object}
}

func (e *Engine) begin(client int) *attempt {
	a := &attempt{client: client, writes: map[string][]protocol.Value{}, read: map[string]bool{}, snapshot: map[int]bool{}}
	a.Process, a.F, a.from = client, "txn", e.tick
	writes := false
	for range 1 + e.rand.IntN(e.Steps) {
		kind := e.rand.IntN(2) == 0
		writes = writes || kind
		a.kinds, a.keys = append(a.kinds, kind), append(a.keys, string(rune('x'+e.rand.IntN(e.Keys))))
	}
	until := len(e.committed)
	if e.Level == StaleSerial && !writes {
		until = e.rand.IntN(until + 1)
	}
	for i := range e.committed[:until] {
		switch e.Level {
		case AtomicReads:
			a.snapshot[i] = e.rand.IntN(3) > 0
		case CausalReads, ParallelSnapshots:
			a.snapshot[i] = e.committed[i].sites[client%2]
		default:
			a.snapshot[i] = true
		}
	}
	return a
}

// step does the next step of a transaction.
func (e *Engine) step(a *attempt) {
	at := len(a.asked)
	key := a.keys[at]
	if !a.kinds[at] {
		a.read[key] = true
		a.asked = append(a.asked, step("r", key, protocol.Value{}))
		a.answered = append(a.answered, step("r", key, e.found(a, key)))
		return
	}
	e.written++
	v, f := protocol.Int(e.written), "w"
	if e.Object == "list-append" {
		f = "append"
	}
	a.asked, a.answered = append(a.asked, step(f, key, v)), append(a.answered, step(f, key, v))
	a.writes[key] = append(a.writes[key], v)
	e.dirty[key] = []protocol.Value{v}
}

// found returns what a transaction finds under a key: what it wrote itself last or, of a list, behind what was there.
func (e *Engine) found(a *attempt, key string) protocol.Value {
	var list []protocol.Value
	if e.Level == DirtyReads {
		list = e.dirty[key]
	} else {
		for i := range e.committed {
			if e.Level == CommittedReads || a.snapshot[i] {
				list = append(list, e.committed[i].writes[key]...)
			}
		}
		list = append(list, a.writes[key]...)
	}
	switch {
	case e.Object == "list-append":
		return protocol.List(list...)
	case len(list) == 0:
		return protocol.Int(0)
	}
	return list[len(list)-1]
}

// end commits a transaction, or aborts it.
func (e *Engine) end(a *attempt) {
	a.to, a.Outcome = e.tick, protocol.OK
	a.Input, a.Output = protocol.List(a.asked...), protocol.List(a.answered...)
	if e.aborts(a) {
		a.Outcome, a.Output = protocol.Fail, a.Input
		return
	}
	c := commit{writes: a.writes, seen: a.snapshot}
	c.sites[a.client%2] = true
	e.committed = append(e.committed, c)
}

func (e *Engine) aborts(a *attempt) bool {
	switch e.Level {
	case DirtyReads:
		return e.rand.IntN(3) == 0
	case CommittedReads, AtomicReads, CausalReads:
		return false
	}
	if e.Level == StaleSerial && len(a.writes) == 0 {
		return false
	}
	for i := range e.committed {
		for key := range e.committed[i].writes {
			if _, writes := a.writes[key]; !a.snapshot[i] && (writes || e.Level >= StaleSerial && a.read[key]) {
				return true
			}
		}
	}
	return false
}

// propagate brings a transaction to the other site, if all that it had seen has come there.
func (e *Engine) propagate() {
	for site := range 2 {
		for i := range e.committed {
			c := &e.committed[i]
			if c.sites[site] || e.rand.IntN(2) == 0 {
				continue
			}
			ready := true
			for k, seen := range c.seen {
				ready = ready && (!seen || e.committed[k].sites[site])
			}
			c.sites[site] = ready
		}
	}
}
