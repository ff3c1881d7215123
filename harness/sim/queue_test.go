package sim

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
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

// TestOrderSurvivesCompaction cancels most of the events, the earliest among them, and takes the others.
func TestOrderSurvivesCompaction(t *testing.T) {
	for _, stride := range []int{1, 3, 7, 389, 617, 7907, 7919} {
		var q queue
		at := func(i int) time.Duration { return time.Duration(i * stride % 1000) }
		for i := range 1000 {
			e, _ := q.add(at(i))
			e.kind = timeout
		}
		for i := range 1000 {
			if at(i)%3 != 1 {
				q.cancel(int32(i))
			}
		}
		if len(q.heap) > 700 {
			t.Fatalf("%d entries are left of 333 events", len(q.heap))
		}
		for want := time.Duration(1); want < 1000; want += 3 {
			due, _ := q.next()
			for q.slots[q.heap[0].slot].kind == stale {
				q.pop()
				due, _ = q.next()
			}
			if q.pop(); due != want {
				t.Fatalf("stride %d: took %v, want %v", stride, due, want)
			}
		}
	}
}

// sleeper has a timer that each message cancels.
type sleeper struct{}

func (sleeper) Start(env *protocol.Env, _ protocol.Saved) {
	env.Send(env.Self, wake{})
	env.SetTimer("alarm", 0)
}

func (sleeper) Receive(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) {
	env.CancelTimer("alarm")
}

func (sleeper) Timeout(*protocol.Env, protocol.Timer) { panic("a cancelled timer ran out") }

type wake struct{}

func (wake) Name() string { return "WAKE" }

// TestCancellingWhatWaitsIsNotCounted cancels a timer that a pause has taken out of the heap.
func TestCancellingWhatWaitsIsNotCounted(t *testing.T) {
	spec := cluster.Spec{
		System: systems.System{Replica: func(systems.Config, protocol.NodeID) protocol.Machine { return sleeper{} }},
		Config: systems.Config{Replicas: []protocol.NodeID{"r1"}},
	}
	s := newSimulation(New(Options{}).options, spec)
	s.Begin(0, nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}})
	for _, do := range []func(){func() {}, func() { s.End(0) }} {
		do()
		for range 2 {
			if _, err := s.Await(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.queue.stale != 0 || len(s.queue.free) != len(s.queue.slots) {
		t.Errorf("%d entries of an empty heap are cancelled, %d of %d slots are free", s.queue.stale, len(s.queue.free), len(s.queue.slots))
	}
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
