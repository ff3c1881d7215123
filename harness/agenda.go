package harness

import "time"

// chore is what the agenda makes the harness do. The order of the constants is the order at one instant: a fault ends
// before another begins, and faults come before the operations that are to meet them.
type chore uint8

const (
	endFault chore = iota
	beginFault
	stopHere
	takeStep
	nextOperation
)

// entry is something to be done at a time.
type entry struct {
	at    time.Duration
	chore chore
	index int // of the fault or the scripted step
	added uint64
}

// before tells whether e is to be done ahead of f.
func (e *entry) before(f *entry) bool {
	switch {
	case e.at != f.at:
		return e.at < f.at
	case e.chore != f.chore:
		return e.chore < f.chore
	}
	return e.added < f.added
}

// agenda is what the harness still has to do, the earliest first; at one instant by kind, then in the order of entry. It
// is a binary heap without the boxing of container/heap: every operation of a run passes through it twice.
type agenda struct {
	entries []entry
	added   uint64
}

func (a *agenda) add(e entry) {
	e.added = a.added
	a.added++
	a.entries = append(a.entries, e)
	for i := len(a.entries) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.entries[i].before(&a.entries[up]) {
			return
		}
		a.entries[i], a.entries[up] = a.entries[up], a.entries[i]
		i = up
	}
}

// due takes the first entry if its time has come and it may be done.
func (a *agenda) due(now time.Duration, may func(chore) bool) (entry, bool) {
	if len(a.entries) == 0 || a.entries[0].at > now || !may(a.entries[0].chore) {
		return entry{}, false
	}
	first, last := a.entries[0], len(a.entries)-1
	a.entries[0] = a.entries[last]
	a.entries = a.entries[:last]
	a.sink()
	return first, true
}

// sink puts the first entry where it belongs.
func (a *agenda) sink() {
	for i := 0; ; {
		least := i
		for _, below := range [...]int{2*i + 1, 2*i + 2} {
			if below < len(a.entries) && a.entries[below].before(&a.entries[least]) {
				least = below
			}
		}
		if least == i {
			return
		}
		a.entries[i], a.entries[least] = a.entries[least], a.entries[i]
		i = least
	}
}

// next returns when the first entry is due, but not later than limit.
func (a *agenda) next(limit time.Duration) time.Duration {
	if len(a.entries) == 0 {
		return limit
	}
	return min(limit, a.entries[0].at)
}
