package linearizable

import (
	"testing"
	"time"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// FuzzRegister compares all engines with brute force on histories of a register that bytes spell. Every text of bytes
// spells one.
func FuzzRegister(f *testing.F) {
	f.Add([]byte{})
	r := prng.New(1)
	for n := range 24 {
		text := make([]byte, 8+2*n)
		for i := range text {
			text[i] = byte(r.IntN(256))
		}
		f.Add(text)
	}
	for _, text := range []string{
		"\x00\x08\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00",                         // a stale read
		"\x00\x0c\x00\x01\x0c\x00\x00\x00\x00\x01\x00\x00",                         // two cas from one value
		"\x00\x08\x00\x00\x18\x00\x01\x0c\x00\x01\x1c\x00",                         // a refused cas that a write of unknown outcome explains
		"\x00\x08\x00\x00\x00\x00\x01\x00\x00\x01\x00\x01\x02\x00\x00\x02\x00\x00", // what was read is read no more
		"\xc8\x17\x89u\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xabG\xfd\x05k\xac\xba\x03G\xab\xab\x8f\xab\x13\xab\xfd\x05I\xac\xba\x03\xa9\x89\xd6\xf0IHq", // a cas of a value by the same
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := speller{text: text}
		for len(s.text) > 0 && s.begun < 10 {
			s.step(t, s.next()&3)
		}
		for seat, open := range s.open {
			if open != nil {
				s.step(t, byte(seat))
			}
		}
		h := s.builder.Finish()
		h.Initial = protocol.Int(0)
		compare(t, checkers.Input{History: h, Object: model.Register()}, map[guarantee.Anomaly]int{}, true)
	})
}

// speller makes events of bytes: three of them let one of four clients begin or end an operation.
type speller struct {
	text    []byte
	builder history.Builder
	open    [4]*history.Event
	renewed [4]int // of each client: how many of its operations have ended with info
	begun   int
	unsure  int
	events  int
	unique  int64
}

func (s *speller) next() byte {
	if len(s.text) == 0 {
		return 0
	}
	b := s.text[0]
	s.text = s.text[1:]
	return b
}

// step lets a client begin an operation, or end the one that it has begun.
func (s *speller) step(t *testing.T, seat byte) {
	t.Helper()
	what, operand := s.next(), s.next()
	choice := what >> 2
	e := history.Event{Time: time.Duration(s.events), Process: int(seat) + 4*s.renewed[seat], Type: history.Invoke, F: "read", Key: "x"}
	if open := s.open[seat]; open != nil {
		e.F, e.Value = open.F, open.Value
		s.end(&e, choice, operand)
		s.open[seat] = nil
		if e.Type == history.Info {
			s.renewed[seat]++
		}
	} else {
		switch choice & 3 {
		case 2:
			e.F, e.Value = "write", s.value(operand)
		case 3:
			e.F, e.Value = "cas", protocol.List(protocol.Int(int64(operand&7)), s.value(operand>>3))
		}
		s.open[seat] = &e
		s.begun++
	}
	s.events++
	if err := s.builder.Add(e); err != nil {
		t.Fatal(err)
	}
}

// value is mostly one that nobody has written, for only those are the fast path's.
func (s *speller) value(operand byte) protocol.Value {
	if operand&7 == 7 {
		return protocol.Int(int64(operand >> 3 & 3))
	}
	s.unique++
	return protocol.Int(s.unique)
}

// end chooses how an operation ends. Two may end in info: brute force tries all subsets of them, at all places.
func (s *speller) end(e *history.Event, choice, operand byte) {
	e.Type = history.OK
	switch {
	case choice&7 == 5:
		e.Type = history.Fail
	case choice&7 == 6 && s.unsure < 2:
		e.Type = history.Info
		s.unsure++
	case choice&7 == 7 && e.F == "cas":
		e.Type, e.Error = history.Fail, protocol.Refused
	}
	if e.F == "read" && e.Type == history.OK {
		e.Value = protocol.Int(int64(operand & 7))
	}
}
