package viewsync

import (
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
	sent      []int32
	delivered []int32 // the positions of the first deliveries
	members   []bool  // by sender, as far as it reaches: whether it is in the view
}

// execution is the facts by stays.
type execution struct {
	facts      []protocol.Noted
	seek       guarantee.Anomaly
	stays      []stay // in the order of their beginnings
	messages   *messages
	mark       []int32 // of each message: the last stay that was marked as having delivered it
	deliveries int
	witness    *checkers.Witness
}

// newExecution reads the facts and judges integrity on the way.
func newExecution(in checkers.Input) *execution {
	facts := in.History.Facts
	e := &execution{facts: facts, seek: in.Seek, messages: newMessages(facts)}
	e.mark = repeated(len(e.messages.sent))
	places := checkers.Places(facts)
	first, fresh := e.firstDeliveries(places)
	at, current := repeated(len(facts)), map[checkers.Process]int{} // the stay that began with a fact; the last one of a process
	for i, place := range places {
		if i%factsBetween == 0 && in.Interrupted() {
			break
		}
		switch f := facts[i].Fact.(type) {
		case protocol.Installed:
			if before, known := current[place.Process]; known {
				e.stays[before].next = len(e.stays)
			}
			at[i], current[place.Process] = int32(len(e.stays)), len(e.stays)
			e.stays = append(e.stays, stay{process: place.Process, view: f.View, installed: i, next: -1, members: e.members(f)})
		case protocol.Multicast:
			if place.View >= 0 {
				s := &e.stays[at[place.View]]
				s.sent = append(s.sent, int32(i))
			}
			e.sending(i, f, place)
		case protocol.Delivered:
			e.deliveries++
			var s *stay
			if place.View >= 0 {
				s = &e.stays[at[place.View]]
			}
			e.delivery(i, f, place, s, int(first[i]))
			if s != nil && fresh[i] {
				s.delivered = append(s.delivered, int32(i))
			}
		}
	}
	return e
}

// factsBetween is how many facts are looked at between two looks at whether the check is to end.
const factsBetween = 1024

func repeated(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = none
	}
	return out
}

// members tells which senders are in a view.
func (e *execution) members(v protocol.Installed) []bool {
	var out []bool
	for _, p := range checkers.ViewMembers(v) {
		if n, known := e.messages.numbers[p]; known {
			for len(out) <= int(n) {
				out = append(out, false)
			}
			out[n] = true
		}
	}
	return out
}

// firstDeliveries returns of each delivery the position of the first one of the same message by the same process, and
// whether it is the first in its view.
func (e *execution) firstDeliveries(places []checkers.Place) (out []int32, fresh []bool) {
	out, fresh = repeated(len(places)), make([]bool, len(places))
	processes := map[checkers.Process]int32{}
	var lists [][]int32 // of each process: its deliveries
	var of checkers.Process
	last := none
	for i := range places {
		if _, ok := e.facts[i].Fact.(protocol.Delivered); !ok {
			continue
		}
		if p := places[i].Process; last == none || p != of {
			n, known := processes[p]
			if !known {
				n = int32(len(lists))
				processes[p] = n
				lists = append(lists, nil)
			}
			of, last = p, n
		}
		lists[last] = append(lists[last], int32(i))
	}
	// Of each message: by which process it was delivered last, where first by that one, and where last.
	count := len(e.messages.sent)
	by, first, latest := repeated(count), make([]int32, count), make([]int32, count)
	for n, list := range lists {
		for _, i := range list {
			m := e.messages.of[i]
			if by[m] != int32(n) {
				by[m], first[m], fresh[i] = int32(n), i, true
			} else {
				fresh[i] = places[latest[m]].View != places[i].View
			}
			out[i], latest[m] = first[m], i
		}
	}
	return out, fresh
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

// delivery judges one delivery by itself. It is of a stay, nil if of none; first is that of the message by the process.
func (e *execution) delivery(i int, d protocol.Delivered, place checkers.Place, s *stay, first int) {
	if first != i {
		e.found(guarantee.ViewIntegrity, []int{first, i}, "%s delivered %s twice", place.Process, checkers.MessageName(d.ID))
	}
	m := e.messages.of[i]
	sent := int(e.messages.sent[m])
	switch {
	case sent < 0:
		e.found(guarantee.ViewIntegrity, []int{i}, "%s delivered %s, which nobody sent", place.Process, checkers.MessageName(d.ID))
		return
	case s == nil:
		e.found(guarantee.ViewIntegrity, []int{i}, "%s delivered %s and was in no view", place.Process, checkers.MessageName(d.ID))
		return
	}
	sentIn := e.facts[sent].Fact.(protocol.Multicast).View
	switch from := int(e.messages.from[m]); {
	case from >= len(s.members) || !s.members[from]:
		e.found(guarantee.ViewIntegrity, []int{place.View, i}, "%s delivered %s in view %d, in which its sender %s is not",
			place.Process, checkers.MessageName(d.ID), s.view, checkers.Sender(d.ID))
	case s.view != d.View || sentIn != d.View:
		e.found(guarantee.ViewIntegrity, []int{sent, place.View, i}, "%s delivered %s, sent in view %d, when it was in view %d",
			place.Process, checkers.MessageName(d.ID), sentIn, s.view)
	}
}
