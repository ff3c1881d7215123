package node

import (
	"container/heap"
	"time"

	"sunder/harness/protocol"
)

// timer is a timer that is set.
type timer struct {
	name   protocol.Timer
	due    time.Duration // real time
	number uint64        // of two that are due at once, the one set first runs out first
	index  int           // in the heap
}

// timers are those that are set. The zero value has none.
type timers struct {
	set    map[protocol.Timer]*timer
	order  timerHeap
	number uint64
}

// add sets a timer, in place of the one of that name that may be set.
func (t *timers) add(name protocol.Timer, due time.Duration) {
	t.cancel(name)
	if t.set == nil {
		t.set = map[protocol.Timer]*timer{}
	}
	t.number++
	set := &timer{name: name, due: due, number: t.number}
	t.set[name] = set
	heap.Push(&t.order, set)
}

// cancel makes sure that a timer does not run out.
func (t *timers) cancel(name protocol.Timer) {
	if set, is := t.set[name]; is {
		delete(t.set, name)
		heap.Remove(&t.order, set.index)
	}
}

// move makes a timer that is set run out at another time.
func (t *timers) move(set *timer, due time.Duration) {
	set.due = due
	heap.Fix(&t.order, set.index)
}

// next returns when the first timer runs out, and whether one is set.
func (t *timers) next() (time.Duration, bool) {
	if len(t.order) == 0 {
		return 0, false
	}
	return t.order[0].due, true
}

// pop takes the first timer if it has run out.
func (t *timers) pop(real time.Duration) (protocol.Timer, bool) {
	if len(t.order) == 0 || t.order[0].due > real {
		return "", false
	}
	first := heap.Pop(&t.order).(*timer)
	delete(t.set, first.name)
	return first.name, true
}

// timerHeap is a heap of timers, the first to run out on top.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].number < h[j].number
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for container/heap.
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop is for container/heap.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return t
}
