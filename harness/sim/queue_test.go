package sim

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQueueIsASortedList compares the queue with the simplest one there is, under random adding, taking and cancelling.
func TestQueueIsASortedList(t *testing.T) {
	type item struct {
		at     time.Duration
		number uint64
		slot   int32
	}
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var list []item // in the order of adding; a stable sort by time gives the order of taking
		var number uint64
		add := func(at time.Duration) {
			number++
			e, slot := q.add(at)
			e.kind, e.number = timeout, number
			list = append(list, item{at: at, number: number, slot: slot})
		}
		take := func() (uint64, bool) {
			for len(q.heap) > 0 {
				slot := q.pop()
				e := q.slots[slot]
				q.release(slot)
				if e.kind != stale {
					return e.number, true
				}
			}
			return 0, false
		}
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
			case what < 5:
				add(time.Duration(rapid.IntRange(0, 20).Draw(t, "at")))
			case what < 8 && len(list) > 0:
				i := rapid.IntRange(0, len(list)-1).Draw(t, "cancelled")
				q.cancel(list[i].slot)
				list = slices.Delete(list, i, i+1)
			case len(list) > 0:
				slices.SortStableFunc(list, func(a, b item) int { return int(a.at - b.at) })
				if got, ok := take(); !ok || got != list[0].number {
					t.Fatalf("took %d, %v, want %d", got, ok, list[0].number)
				}
				list = list[1:]
			}
		}
		slices.SortStableFunc(list, func(a, b item) int { return int(a.at - b.at) })
		for _, want := range list {
			if got, ok := take(); !ok || got != want.number {
				t.Fatalf("took %d, %v, want %d", got, ok, want.number)
			}
		}
		if got, ok := take(); ok {
			t.Fatalf("took %d from an empty queue", got)
		}
		if q.stale != 0 || len(q.free) != len(q.slots) {
			t.Fatalf("%d cancelled entries are left, %d of %d slots are free", q.stale, len(q.free), len(q.slots))
		}
	})
}

// TestCancelledEventsDoNotPileUp replaces a far event again and again: the heap must stay small.
func TestCancelledEventsDoNotPileUp(t *testing.T) {
	var q queue
	for i := range 100_000 {
		e, slot := q.add(time.Hour + time.Duration(i))
		e.kind = timeout
		if i > 0 {
			q.cancel(slot)
		}
	}
	if len(q.heap) > 200 || len(q.slots) > 200 {
		t.Errorf("one live event keeps %d entries and %d slots", len(q.heap), len(q.slots))
	}
}
