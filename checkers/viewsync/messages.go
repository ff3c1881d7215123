package viewsync

import (
	"sunder/checkers"
	"sunder/harness/protocol"
)

// none stands for no message, and for no position.
const none = int32(-1)

// messages numbers the messages of an execution and those who, by their names, sent them. Most names count from 1 or so
// at each sender, and these need no hashing.
type messages struct {
	of      []int32 // of each fact: the message that it sends or delivers, or none
	sent    []int32 // of each message: the last position of its sending, or none
	from    []int32 // of each message: its sender
	senders []sender
	numbers map[checkers.Process]int32 // of senders
}

type sender struct {
	process checkers.Process
	count   int
	few     []int32          // by sequence number: the message, or none
	others  map[uint64]int32 // of numbers beyond
}

// scanned is how many senders are compared one by one, which beats hashing.
const scanned = 16

func newMessages(facts []protocol.Noted) *messages {
	m := &messages{of: make([]int32, len(facts)), numbers: map[checkers.Process]int32{}}
	for i := range facts {
		m.of[i] = none
		switch f := facts[i].Fact.(type) {
		case protocol.Multicast:
			m.of[i] = m.number(f.ID)
			m.sent[m.of[i]] = int32(i)
		case protocol.Delivered:
			m.of[i] = m.number(f.ID)
		}
	}
	return m
}

// number returns that of a message.
func (m *messages) number(id protocol.MessageID) int32 {
	from := m.sender(checkers.Sender(id))
	s := &m.senders[from]
	if id.Seq < uint64(len(s.few)) {
		if n := s.few[id.Seq]; n != none {
			return n
		}
	}
	if n, known := s.others[id.Seq]; known {
		return n
	}
	n := int32(len(m.sent))
	m.sent, m.from = append(m.sent, none), append(m.from, from)
	s.count++
	if id.Seq < uint64(4*s.count+64) {
		for uint64(len(s.few)) <= id.Seq {
			s.few = append(s.few, none)
		}
		s.few[id.Seq] = n
		return n
	}
	if s.others == nil {
		s.others = map[uint64]int32{}
	}
	s.others[id.Seq] = n
	return n
}

// sender returns the number of a process, a new one if it had none.
func (m *messages) sender(p checkers.Process) int32 {
	for i := range m.senders[:min(scanned, len(m.senders))] {
		if m.senders[i].process == p {
			return int32(i)
		}
	}
	if n, known := m.numbers[p]; known {
		return n
	}
	n := int32(len(m.senders))
	m.numbers[p] = n
	m.senders = append(m.senders, sender{process: p})
	return n
}
