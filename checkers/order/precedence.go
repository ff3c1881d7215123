package order

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// stream is what one process sends in one view.
type stream struct {
	sender checkers.Process
	view   uint64
}

// sending is a multicast: the how-manieth of its stream, and how many messages of each other stream of its view happened
// before it.
type sending struct {
	fact   int
	stream stream
	rank   int
	past   map[stream]int
}

// outlook is what a process has sent and delivered of a stream.
type outlook struct {
	past      int          // so many of the first happened before what the process sends next
	delivered map[int]bool // by rank
	prefix    int          // so many of the first are delivered
}

// precedence goes through the facts and compares each delivery with what had to come before it. Messages whose multicast
// is not among the facts are compared with nothing, for nobody knows when they were sent.
type precedence struct {
	facts      []protocol.Noted
	places     []checkers.Place
	sendings   map[protocol.MessageID]*sending
	streams    map[stream][]*sending
	processes  map[checkers.Process]map[stream]*outlook
	deliveries int64
}

// fifo judges FIFO order.
func fifo(in checkers.Input) checkers.Verdict {
	return judgePrecedence(in, func(s *sending) map[stream]int { return map[stream]int{s.stream: s.rank} },
		guarantee.FIFOOvertaken, "%s delivered %s before %s, which %s had sent before it")
}

// causal judges causal order. What a process sends comes after all that it has sent or delivered in that view, and after
// what came before that.
func causal(in checkers.Input) checkers.Verdict {
	return judgePrecedence(in, func(s *sending) map[stream]int { return s.past },
		guarantee.CausalOvertaken, "%s delivered %s before %s, which happened before it where %s sent it")
}

func judgePrecedence(in checkers.Input, before func(*sending) map[stream]int, anomaly guarantee.Anomaly, sentence string) checkers.Verdict {
	p := &precedence{
		facts: in.History.Facts, places: checkers.Places(in.History.Facts),
		sendings: map[protocol.MessageID]*sending{}, streams: map[stream][]*sending{}, processes: map[checkers.Process]map[stream]*outlook{},
	}
	v := checkers.Verdict{Engine: "comparison with what was sent before", Valid: checkers.Valid}
	for i := range p.facts {
		switch f := p.facts[i].Fact.(type) {
		case protocol.Multicast:
			p.send(i, f)
		case protocol.Delivered:
			m, known := p.sendings[f.ID]
			if !known {
				continue
			}
			if missing := p.missing(p.places[i].Process, before(m)); missing != nil && v.Valid == checkers.Valid {
				v.Valid = checkers.Invalid
				v.Witness = &checkers.Witness{Anomaly: anomaly, Facts: []int{missing.fact, m.fact, i}}
				v.Witness.Sentence = fmt.Sprintf(sentence, p.places[i].Process, p.name(m), p.name(missing), m.stream.sender)
				v.Reason = v.Witness.Sentence
			}
			p.deliver(p.places[i].Process, m)
		}
	}
	switch v.Steps = p.deliveries; {
	case p.deliveries == 0:
		v.Valid, v.Reason = checkers.Unknown, "there are no facts of messages both sent and delivered"
	case v.Valid == checkers.Valid:
		v.Reason = fmt.Sprintf("no delivery of %d came before one that had to come first", p.deliveries)
	}
	return v
}

func (p *precedence) name(s *sending) string {
	return checkers.MessageName(p.facts[s.fact].Fact.(protocol.Multicast).ID)
}

// of returns a process's outlook on a stream.
func (p *precedence) of(process checkers.Process, s stream) *outlook {
	all := p.processes[process]
	if all == nil {
		all = map[stream]*outlook{}
		p.processes[process] = all
	}
	if all[s] == nil {
		all[s] = &outlook{delivered: map[int]bool{}}
	}
	return all[s]
}

// send numbers a message and notes what happened before it.
func (p *precedence) send(i int, m protocol.Multicast) {
	process := p.places[i].Process
	s := &sending{fact: i, stream: stream{process, m.View}, past: map[stream]int{}}
	s.rank = len(p.streams[s.stream])
	own := p.of(process, s.stream)
	own.past = s.rank
	for other, o := range p.processes[process] {
		if other.view == m.View && o.past > 0 {
			s.past[other] = o.past
		}
	}
	own.past++
	p.streams[s.stream] = append(p.streams[s.stream], s)
	p.sendings[m.ID] = s
}

// missing returns the earliest message that had to be delivered before and was not; nil if there is none.
func (p *precedence) missing(process checkers.Process, before map[stream]int) *sending {
	var earliest *sending
	for s, count := range before {
		if have := p.of(process, s).prefix; have < count {
			if lacking := p.streams[s][have]; earliest == nil || lacking.fact < earliest.fact {
				earliest = lacking
			}
		}
	}
	return earliest
}

// deliver notes a delivery; a second one of a message changes nothing.
func (p *precedence) deliver(process checkers.Process, m *sending) {
	p.deliveries++
	o := p.of(process, m.stream)
	o.delivered[m.rank] = true
	for o.delivered[o.prefix] {
		delete(o.delivered, o.prefix)
		o.prefix++
	}
	if m.rank < o.prefix {
		delete(o.delivered, m.rank)
	}
	o.past = max(o.past, m.rank+1)
	for s, count := range m.past {
		other := p.of(process, s)
		other.past = max(other.past, count)
	}
}
