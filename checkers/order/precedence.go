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

// sending is a multicast: the how-manieth of its stream.
type sending struct {
	fact   int
	stream int // number
	rank   int
	past   []past // of causal order: what happened before it
}

// past says how many messages of a stream happened before something, the first ones.
type past struct{ stream, count int }

// outlook is what a process has sent and delivered of a stream.
type outlook struct {
	past   int          // so many of the first happened before what the process sends next
	prefix int          // so many of the first are delivered
	beyond map[int]bool // delivered behind these, by rank
}

// view is a process's view of a stream, both by number.
type view struct{ process, stream int32 }

// precedence goes through the facts and compares each delivery with what had to come before it. Messages whose multicast
// is not among the facts are compared with nothing, for nobody knows when they were sent. Processes and streams go by
// numbers: each delivery is looked up a few times.
type precedence struct {
	causal     bool
	facts      []protocol.Noted
	places     []checkers.Place
	sendings   []sending
	of         map[protocol.MessageID]int // sendings
	streams    []stream
	messages   [][]int // of each stream: its sendings
	numbers    map[stream]int
	in         map[uint64][]int // streams by their view
	processes  map[checkers.Process]int32
	outlooks   map[view]*outlook
	deliveries int64
}

// fifo judges FIFO order.
func fifo(in checkers.Input) checkers.Verdict {
	return judgePrecedence(in, false, guarantee.FIFOOvertaken, "%s delivered %s before %s, which %s had sent before it")
}

// causal judges causal order. What a process sends comes after all that it has sent or delivered in that view, and after
// what came before that.
func causal(in checkers.Input) checkers.Verdict {
	return judgePrecedence(in, true, guarantee.CausalOvertaken, "%s delivered %s before %s, which happened before it where %s sent it")
}

func judgePrecedence(in checkers.Input, causal bool, anomaly guarantee.Anomaly, sentence string) checkers.Verdict {
	p := &precedence{
		causal: causal, facts: in.History.Facts, places: checkers.Places(in.History.Facts), of: map[protocol.MessageID]int{},
		numbers: map[stream]int{}, in: map[uint64][]int{}, processes: map[checkers.Process]int32{}, outlooks: map[view]*outlook{},
	}
	v := checkers.Verdict{Engine: "comparison with what was sent before", Valid: checkers.Valid}
	for i := range p.facts {
		switch f := p.facts[i].Fact.(type) {
		case protocol.Multicast:
			p.send(i, f)
		case protocol.Delivered:
			at, known := p.of[f.ID]
			if !known {
				continue
			}
			m, process := &p.sendings[at], p.process(i)
			if missing := p.missing(process, m); missing != nil && v.Valid == checkers.Valid {
				v.Valid = checkers.Invalid
				v.Witness = &checkers.Witness{Anomaly: anomaly, Facts: []int{missing.fact, m.fact, i}}
				v.Witness.Sentence = fmt.Sprintf(sentence, p.places[i].Process, p.name(m), p.name(missing), p.streams[m.stream].sender)
				v.Reason = v.Witness.Sentence
			}
			p.deliver(process, m)
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

// process returns the number of the process that a fact is of.
func (p *precedence) process(fact int) int32 {
	n, known := p.processes[p.places[fact].Process]
	if !known {
		n = int32(len(p.processes))
		p.processes[p.places[fact].Process] = n
	}
	return n
}

// stream returns the number of a stream.
func (p *precedence) stream(s stream) int {
	n, known := p.numbers[s]
	if !known {
		n = len(p.streams)
		p.numbers[s] = n
		p.streams, p.messages = append(p.streams, s), append(p.messages, nil)
		p.in[s.view] = append(p.in[s.view], n)
	}
	return n
}

// outlook returns a process's outlook on a stream.
func (p *precedence) outlook(process int32, stream int) *outlook {
	at := view{process, int32(stream)}
	o := p.outlooks[at]
	if o == nil {
		o = &outlook{}
		p.outlooks[at] = o
	}
	return o
}

// send numbers a message and notes what happened before it.
func (p *precedence) send(i int, m protocol.Multicast) {
	own := p.stream(stream{p.places[i].Process, m.View})
	s := sending{fact: i, stream: own, rank: len(p.messages[own])}
	if p.causal {
		process := p.process(i)
		p.outlook(process, own).past = s.rank
		for _, other := range p.in[m.View] {
			if o := p.outlooks[view{process, int32(other)}]; o != nil && o.past > 0 {
				s.past = append(s.past, past{other, o.past})
			}
		}
		p.outlook(process, own).past++
	}
	p.messages[own] = append(p.messages[own], len(p.sendings))
	p.of[m.ID] = len(p.sendings)
	p.sendings = append(p.sendings, s)
}

// missing returns the earliest message that a process had to deliver before another one and did not; nil if there is none.
func (p *precedence) missing(process int32, m *sending) *sending {
	if !p.causal {
		return p.lacking(process, past{m.stream, m.rank}, nil)
	}
	var earliest *sending
	for _, before := range m.past {
		earliest = p.lacking(process, before, earliest)
	}
	return earliest
}

// lacking returns the first message of a stream that the process lacks of those before something, if it is earlier than
// another one.
func (p *precedence) lacking(process int32, before past, earliest *sending) *sending {
	if before.count == 0 {
		return earliest
	}
	if have := p.outlook(process, before.stream).prefix; have < before.count {
		if lacking := &p.sendings[p.messages[before.stream][have]]; earliest == nil || lacking.fact < earliest.fact {
			return lacking
		}
	}
	return earliest
}

// deliver notes a delivery; a second one of a message changes nothing.
func (p *precedence) deliver(process int32, m *sending) {
	p.deliveries++
	o := p.outlook(process, m.stream)
	switch {
	case m.rank == o.prefix:
		for o.prefix++; o.beyond[o.prefix]; o.prefix++ {
			delete(o.beyond, o.prefix)
		}
	case m.rank > o.prefix:
		if o.beyond == nil {
			o.beyond = map[int]bool{}
		}
		o.beyond[m.rank] = true
	}
	o.past = max(o.past, m.rank+1)
	for _, before := range m.past {
		other := p.outlook(process, before.stream)
		other.past = max(other.past, before.count)
	}
}
