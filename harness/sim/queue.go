package sim

import (
	"fmt"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
)

// eventKind says what an event is.
type eventKind uint8

const (
	stale   eventKind = iota // cancelled: nothing happens
	boot                     // node starts for the first time
	receive                  // message arrives at node
	timeout                  // timer of node runs out
	request                  // call is handed to node
	synced                   // node's disk has all writes up to number
	begin                    // fault begins
	end                      // fault ends
	done                     // a slow node is done with the first of what waits for it
	passed                   // the first message that waits for the bandwidth of a link is through
	lost                     // a message will never arrive; only in the digest
	leaving                  // node is asked to leave the cluster
	gone                     // node has left it
	overdue                  // fault has waited long enough for its messages, and is reported
)

// event is something that is going to happen. One struct for all kinds keeps events in a slice without boxes.
type event struct {
	kind    eventKind
	waiting bool // taken out of the heap, kept for a node that is paused or slow
	exempt  bool // a message that may be overtaken
	node    int32
	from    int32
	number  uint64 // of the message in the order of sending; of the last write that a sync covers
	boot    uint64 // of the process whose sync this is
	message protocol.Message
	timer   protocol.Timer
	call    *call
	fault   *fault // that begins or ends, or has the bandwidth; the fault that let the message off, nil if the weather did
}

// call is a request on its way to a front end.
type call struct {
	id cluster.CallID
	op protocol.Op
}

// entry is an event's place in the heap.
type entry struct {
	at   time.Duration
	seq  uint64
	slot int32
}

func (e entry) before(f entry) bool {
	return e.at < f.at || e.at == f.at && e.seq < f.seq
}

// queue holds the events that are to come: a 4-ary heap of small entries that point to slots, so that sifting moves 24
// bytes and not a whole event. Four children fit two cache lines and halve the depth of a binary heap.
type queue struct {
	heap  []entry
	slots []event
	free  []int32
	seq   uint64
	stale int // entries of the heap whose event was cancelled
}

// add makes an event and returns it, empty, for the caller to fill in before the next add, and its slot.
func (q *queue) add(at time.Duration) (*event, int32) {
	var slot int32
	if last := len(q.free) - 1; last >= 0 {
		slot = q.free[last]
		q.free = q.free[:last]
	} else {
		slot = int32(len(q.slots))
		q.slots = append(q.slots, event{})
	}
	q.push(entry{at: at, seq: q.seq, slot: slot})
	q.seq++
	return &q.slots[slot], slot
}

// release gives a slot back.
func (q *queue) release(slot int32) {
	q.slots[slot] = event{}
	q.free = append(q.free, slot)
}

// cancel makes sure that the event in a slot does not happen. Its entry stays in the heap until it is due or the heap
// is more than half full of such.
func (q *queue) cancel(slot int32) {
	e := &q.slots[slot]
	waiting := e.waiting
	*e = event{kind: stale, waiting: waiting}
	if waiting {
		return
	}
	q.stale++
	if q.stale > 64 && q.stale > len(q.heap)/2 {
		q.compact()
	}
}

// compact throws cancelled entries out. The order of the others is total, so that the shape of the heap says nothing.
func (q *queue) compact() {
	kept := q.heap[:0]
	for _, e := range q.heap {
		if q.slots[e.slot].kind == stale {
			q.release(e.slot)
			continue
		}
		kept = append(kept, e)
	}
	q.heap, q.stale = kept, 0
	for i := (len(kept) - 2) / 4; i >= 0; i-- {
		q.down(i)
	}
}

// due returns when the event in a slot is due; it must be in the heap.
func (q *queue) due(slot int32) time.Duration {
	for _, e := range q.heap {
		if e.slot == slot {
			return e.at
		}
	}
	panic(fmt.Sprintf("sim: the event in slot %d is not in the heap", slot))
}

// next returns when the first event is due, and whether there is one.
func (q *queue) next() (time.Duration, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

// pop takes the first entry out of the heap. Its slot stays taken.
func (q *queue) pop() int32 {
	first := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	if last > 1 {
		q.down(0)
	}
	if q.slots[first.slot].kind == stale {
		q.stale--
	}
	return first.slot
}

func (q *queue) push(e entry) {
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

func (q *queue) down(i int) {
	heap := q.heap
	e := heap[i]
	for {
		child := 4*i + 1
		if child >= len(heap) {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, len(heap)); c++ {
			if heap[c].before(heap[least]) {
				least = c
			}
		}
		if !heap[least].before(e) {
			break
		}
		heap[i] = heap[least]
		i = least
	}
	heap[i] = e
}
