package viewsync

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// stay is the time that a process spends in a view.
type stay struct {
	process   checkers.Process
	view      uint64
	installed int // position of the fact
	next      int // the stay that follows, -1 if none does
	sent      []int
	delivered map[protocol.MessageID]int // the positions of the first deliveries
}

// execution is the facts by stays.
type execution struct {
	facts      []protocol.Noted
	seek       guarantee.Anomaly
	stays      []stay                     // in the order of their beginnings
	sent       map[protocol.MessageID]int // the positions of the multicasts
	deliveries int
	witness    *checkers.Witness
}

// newExecution reads the facts and judges integrity on the way.
func newExecution(facts []protocol.Noted, seek guarantee.Anomaly) *execution {
	e := &execution{facts: facts, seek: seek, sent: map[protocol.MessageID]int{}}
	for i := range facts {
		if m, ok := facts[i].Fact.(protocol.Multicast); ok {
			e.sent[m.ID] = i
		}
	}
	delivered := map[checkers.Process]map[protocol.MessageID]int{}
	at, current := map[int]int{}, map[checkers.Process]int{} // the stay that began with a fact; the last one of a process
	for i, place := range checkers.Places(facts) {
		switch f := facts[i].Fact.(type) {
		case protocol.Installed:
			before, known := current[place.Process]
			if known {
				e.stays[before].next = len(e.stays)
			}
			at[i], current[place.Process] = len(e.stays), len(e.stays)
			e.stays = append(e.stays, stay{place.Process, f.View, i, -1, nil, map[protocol.MessageID]int{}})
		case protocol.Multicast:
			if place.View >= 0 {
				s := &e.stays[at[place.View]]
				s.sent = append(s.sent, i)
			}
			e.sending(i, f, place)
		case protocol.Delivered:
			e.deliveries++
			if delivered[place.Process] == nil {
				delivered[place.Process] = map[protocol.MessageID]int{}
			}
			e.delivery(i, f, place, delivered[place.Process])
			if place.View >= 0 {
				s := &e.stays[at[place.View]]
				if _, again := s.delivered[f.ID]; !again {
					s.delivered[f.ID] = i
				}
			}
		}
	}
	return e
}

// sending judges that a message is sent by the process that it names, in the view that it names.
func (e *execution) sending(i int, m protocol.Multicast, place checkers.Place) {
	switch {
	case checkers.Sender(m.ID) != place.Process:
		e.found(guarantee.ViewIntegrity, []int{i}, "%s sent a message of the name %s", place.Process, checkers.MessageName(m.ID))
	case place.View < 0:
		e.found(guarantee.ViewIntegrity, []int{i}, "%s sent %s and was in no view", place.Process, checkers.MessageName(m.ID))
	case e.number(place.View) != m.View:
		e.found(guarantee.ViewIntegrity, []int{place.View, i}, "%s was in view %d and sent %s in view %d",
			place.Process, e.number(place.View), checkers.MessageName(m.ID), m.View)
	}
}

func (e *execution) number(installed int) uint64 {
	return e.facts[installed].Fact.(protocol.Installed).View
}

// delivery judges one delivery by itself; before are those of the process so far.
func (e *execution) delivery(i int, d protocol.Delivered, place checkers.Place, before map[protocol.MessageID]int) {
	name := checkers.MessageName(d.ID)
	if first, again := before[d.ID]; again {
		e.found(guarantee.ViewIntegrity, []int{first, i}, "%s delivered %s twice", place.Process, name)
	} else {
		before[d.ID] = i
	}
	sent, known := e.sent[d.ID]
	switch {
	case !known:
		e.found(guarantee.ViewIntegrity, []int{i}, "%s delivered %s, which nobody sent", place.Process, name)
		return
	case place.View < 0:
		e.found(guarantee.ViewIntegrity, []int{i}, "%s delivered %s and was in no view", place.Process, name)
		return
	}
	view := e.facts[place.View].Fact.(protocol.Installed)
	sentIn := e.facts[sent].Fact.(protocol.Multicast).View
	switch {
	case !slices.Contains(checkers.ViewMembers(view), checkers.Sender(d.ID)):
		e.found(guarantee.ViewIntegrity, []int{place.View, i}, "%s delivered %s in view %d, in which its sender %s is not",
			place.Process, name, view.View, checkers.Sender(d.ID))
	case view.View != d.View || sentIn != d.View:
		e.found(guarantee.ViewIntegrity, []int{sent, place.View, i}, "%s delivered %s, sent in view %d, when it was in view %d",
			place.Process, name, sentIn, view.View)
	}
}
