package txn

import (
	"fmt"
	"slices"
)

// uncaused finds what readers missed of what came before them by causes, and what must come before what they saw. Clocks
// say for each transaction how many of each process are before it; a clock is kept until the last that needs it has its own.
// The reason is why it was given up, "" if it was not.
func (w *weakly) uncaused(g *graph) (late []lateness, missed *missing, reason string) {
	c := newClocks(w, g)
	ticks := w.in.Steps() * ticksPerStep
	for i := len(c.order) - 1; i >= 0; i-- {
		n := c.order[i]
		ticks -= int64(c.width)
		switch {
		case c.made*int64(c.width)*4 > w.in.Room():
			return nil, nil, fmt.Sprintf("the clocks of %d transactions would need more than %d MiB of memory", len(w.nodes), w.in.Room()>>20)
		case ticks < 0:
			return nil, nil, fmt.Sprintf("the budget of %d steps is gone: the clocks of %d transactions have a place for each of %d processes", w.in.Steps(), len(w.nodes), c.width)
		case i%1024 == 0 && w.in.Interrupted():
			return nil, nil, "interrupted"
		}
		c.tick(n)
		if late, missed = c.inspect(n, late); missed != nil {
			return nil, missed, ""
		}
		c.release(n)
	}
	return late, nil, ""
}

// ticksPerStep is how many places of clocks are looked at in a step of the budget.
const ticksPerStep = 64

// clocks follow causes through a graph without cycles.
type clocks struct {
	*weakly
	session []int32 // of each node
	index   []int32 // of each node in its session, from 1
	order   []int32
	into    *graph  // the edges backwards
	open    []int32 // of each node: how many still need its clock
	clock   [][]int32
	spare   [][]int32
	width   int
	made    int64               // how many clocks there are
	writes  map[written][]int32 // versions by session, in its order
	writers [][]int32           // of each key: the sessions that write it
}

type written struct{ key, session int32 }

func newClocks(w *weakly, g *graph) *clocks {
	nodes := len(w.nodes)
	c := &clocks{
		weakly: w, session: make([]int32, nodes), index: make([]int32, nodes), open: make([]int32, nodes),
		clock: make([][]int32, nodes), writes: map[written][]int32{}, writers: make([][]int32, len(w.keys)),
	}
	c.order = g.components(causes).order
	c.into = connect(g.stop, g.real, g.size, func(emit func(from, to int32, k kind, literal int32)) {
		for n := range g.size {
			for e := g.start[n]; e < g.start[n+1]; e++ {
				if causes.has(g.kind[e]) {
					emit(g.to[e], n, g.kind[e], 0)
				}
			}
		}
	})
	for _, from := range c.into.to {
		c.open[from]++
	}
	number, length := map[int]int32{}, []int32{}
	for n, i := range w.nodes {
		p := w.ops[i].Process
		s, known := number[p]
		if !known {
			s = int32(len(length))
			number[p] = s
			length = append(length, 0)
		}
		length[s]++
		c.session[n], c.index[n] = s, length[s]
		c.note(i, s)
	}
	c.width = len(length)
	return c
}

// causes are the kinds of edges along which clocks run.
const causes = kinds(1<<writeRead | 1<<process)

// note keeps what a transaction wrote by key and session.
func (c *clocks) note(op, session int32) {
	for v := c.trace.first[op]; v < c.trace.first[op+1]; v++ {
		if !c.versions[v].final {
			continue
		}
		at := written{c.versions[v].key, session}
		if len(c.writes[at]) == 0 {
			c.writers[at.key] = append(c.writers[at.key], session)
		}
		c.writes[at] = append(c.writes[at], v)
	}
}

// tick gives a node the clock of all that is before it, itself left out.
func (c *clocks) tick(n int32) {
	var clock []int32
	if last := len(c.spare) - 1; last >= 0 {
		clock, c.spare = c.spare[last], c.spare[:last]
		clear(clock)
	} else {
		clock = make([]int32, c.width)
		c.made++
	}
	for e := c.into.start[n]; e < c.into.start[n+1]; e++ {
		from := c.into.to[e]
		for s, at := range c.clock[from] {
			clock[s] = max(clock[s], at)
		}
		clock[c.session[from]] = max(clock[c.session[from]], c.index[from])
	}
	c.clock[n] = clock
}

// release gives up the clocks that nobody needs any more.
func (c *clocks) release(n int32) {
	for e := c.into.start[n]; e < c.into.start[n+1]; e++ {
		from := c.into.to[e]
		if c.open[from]--; c.open[from] == 0 {
			c.spare = append(c.spare, c.clock[from])
			c.clock[from] = nil
		}
	}
	if c.open[n] == 0 {
		c.spare = append(c.spare, c.clock[n])
		c.clock[n] = nil
	}
}

// inspect looks at what each read of a node should have seen.
func (c *clocks) inspect(n int32, late []lateness) ([]lateness, *missing) {
	op := c.nodes[n]
	for at := int(c.firstRead[op]); at < int(c.firstRead[op+1]); at++ {
		key := c.reads[at].key
		for _, s := range c.writers[key] {
			all := c.writes[written{key, s}]
			before, _ := slices.BinarySearchFunc(all, c.clock[n][s]+1, func(v, index int32) int { return int(c.index[c.writer(v)]) - int(index) })
			from := max(0, before-1)
			if c.lists {
				from = 0
			}
			for _, v := range all[from:before] {
				var missed *missing
				if late, missed = c.wanted(late, at, c.versions[v].op); missed != nil {
					return late, missed
				}
			}
		}
	}
	return late, nil
}
