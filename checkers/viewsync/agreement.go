package viewsync

import (
	"maps"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// step is a way from one view to another.
type step struct{ from, to uint64 }

// agreement compares the stays in a view from which processes went on to the same next one, each with the first of them.
func (e *execution) agreement() {
	first, views := map[step]int{}, map[uint64]int{}
	for s := range e.stays {
		if _, known := views[e.stays[s].view]; !known {
			views[e.stays[s].view] = s
		}
	}
	order := slices.Sorted(maps.Keys(views))
	for s := range e.stays {
		if e.stays[s].next < 0 {
			continue
		}
		next := &e.stays[e.stays[s].next]
		e.passedOver(&e.stays[s], next, order, views)
		way := step{e.stays[s].view, next.view}
		if other, known := first[way]; known {
			e.compare(other, s)
			e.compare(s, other)
		} else {
			first[way] = s
		}
	}
}

// passedOver judges that there is no view between two that follow one another at a process.
func (e *execution) passedOver(s, next *stay, order []uint64, views map[uint64]int) {
	at, _ := slices.BinarySearch(order, s.view)
	if at+1 < len(order) && order[at+1] < next.view {
		missed := &e.stays[views[order[at+1]]]
		e.found(guarantee.ViewAgreement, []int{s.installed, missed.installed, next.installed},
			"%s went from view %d to view %d, and %s was in view %d", s.process, s.view, next.view, missed.process, missed.view)
	}
}

// compare judges that what one process delivered in a view another delivered too, for both went on to the same next one.
func (e *execution) compare(first, second int) {
	s, other := &e.stays[first], &e.stays[second]
	e.markDelivered(second)
	at := slices.IndexFunc(s.delivered, func(i int32) bool { return e.mark[e.messages.of[i]] != int32(second) })
	if at < 0 {
		return
	}
	missing := int(s.delivered[at])
	a, b := e.stays[s.next].installed, e.stays[other.next].installed
	id := e.facts[missing].Fact.(protocol.Delivered).ID
	e.found(guarantee.ViewAgreement, []int{missing, a, b}, "%s delivered %s in view %d and %s did not, though both went on to view %d",
		s.process, checkers.MessageName(id), s.view, other.process, e.stays[s.next].view)
}

// markDelivered marks the messages that were delivered in a stay.
func (e *execution) markDelivered(s int) {
	for _, i := range e.stays[s].delivered {
		e.mark[e.messages.of[i]] = int32(s)
	}
}

// validity judges that who goes on has delivered what it sent.
func (e *execution) validity() {
	for s := range e.stays {
		stay := &e.stays[s]
		if stay.next < 0 {
			continue
		}
		e.markDelivered(s)
		for _, i := range stay.sent {
			if e.mark[e.messages.of[i]] != int32(s) {
				id := e.facts[i].Fact.(protocol.Multicast).ID
				next := &e.stays[stay.next]
				e.found(guarantee.ViewValidity, []int{int(i), next.installed}, "%s sent %s in view %d and went on to view %d without delivering it",
					stay.process, checkers.MessageName(id), stay.view, next.view)
			}
		}
	}
}
