package sim

import (
	"fmt"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// flipsMax is how many bits are tried to find one without which a message still is a message. Most bits of JSON hold its
// form, and not its contents.
const flipsMax = 8

// damages tells whether the fault damages the message and lets it go on.
func (f *fault) damages(m protocol.Message) bool {
	return f.Kind == nemesis.Corrupt && f.Mode == nemesis.Delivered && f.means(m) && f.rand.Chance(f.Chance)
}

// damage flips one bit of a message's JSON such that another message comes of it. If no such bit is found the message is
// lost, and the result false.
func (s *simulation) damage(f *fault, p *parcel) bool {
	f.counts[corrupted]++
	data := s.encoded(p.message)
	var before protocol.Hash
	s.contents.Add(&before, p.message)
	for range flipsMax {
		bit := f.rand.IntN(8 * len(data))
		data[bit/8] ^= 1 << (bit % 8)
		m, err := s.wire.Decode(data)
		data[bit/8] ^= 1 << (bit % 8)
		if err != nil {
			continue
		}
		var after protocol.Hash
		if s.contents.Add(&after, m); after != before {
			f.counts[delivered]++
			p.message, s.damaged = m, true
			if s.tracer != nil {
				s.trace(&s.nodes[p.from], "damaged", s.describeParcel(*p)+byFault(f))
			}
			return true
		}
	}
	f.counts[undecodable]++
	s.loseParcel(*p, "damaged beyond decoding", f)
	return false
}

// encoded returns a message as it would travel between processes.
func (s *simulation) encoded(m protocol.Message) []byte {
	if s.wire == nil {
		s.wire = protocol.NewCodec(s.spec.System.Messages)
	}
	data, err := s.wire.Encode(m)
	if err != nil {
		panic(fmt.Sprintf("sim: a message that its protocol can send cannot be encoded: %v", err))
	}
	return data
}
