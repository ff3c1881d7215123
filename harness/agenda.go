package harness

import (
	"container/heap"
	"time"

	"sunder/harness/cluster"
)

// chore is what the agenda makes the harness do. The order of the constants is the order at one instant: a fault ends
// before another begins, and faults come before the operations that are to meet them.
type chore uint8

const (
	endFault chore = iota
	beginFault
	stopHere
	giveUp
	takeStep
	nextOperation
)

// entry is something to be done at a time.
type entry struct {
	at    time.Duration
	chore chore
	index int            // of the fault or the scripted step
	call  cluster.CallID // to give up
	added uint64
}

// agenda is what the harness still has to do, the earliest first; at one instant by kind, then in the order of entry.
type agenda struct {
	entries entries
	added   uint64
}

func (a *agenda) add(e entry) {
	e.added = a.added
	a.added++
	heap.Push(&a.entries, e)
}

// due takes the first entry if its time has come.
func (a *agenda) due(now time.Duration) (entry, bool) {
	if len(a.entries) == 0 || a.entries[0].at > now {
		return entry{}, false
	}
	return heap.Pop(&a.entries).(entry), true
}

// next returns when the first entry is due, but not later than limit.
func (a *agenda) next(limit time.Duration) time.Duration {
	if len(a.entries) == 0 {
		return limit
	}
	return min(limit, a.entries[0].at)
}

// entries is a heap for container/heap.
type entries []entry

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e entries) Less(i, j int) bool {
	a, b := e[i], e[j]
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.chore != b.chore:
		return a.chore < b.chore
	}
	return a.added < b.added
}
func (e *entries) Push(x any) { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
