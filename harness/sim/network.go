package sim

import (
	"fmt"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// minLag is the least longest time by which a message that was let off the order may be late.
const minLag = time.Millisecond

// link is what there is to know of the way from one node to another.
type link struct {
	last   time.Duration // when the last message that keeps the order arrives
	newest uint64        // the number of the last message sent of those that have arrived
	cuts   []*fault      // partitions that cut it
	rules  []*fault      // faults of the other kinds that it is under, in the order of their beginning
}

// parcel is a message on its way.
type parcel struct {
	from, to int32
	number   uint64
	message  protocol.Message
}

func (s *simulation) link(from, to int32) *link { return &s.links[int(from)*len(s.nodes)+int(to)] }

// send takes a message from a machine to the network.
func (s *simulation) send(n *node, to protocol.NodeID, m protocol.Message) {
	dest, known := s.index[to]
	if !known && s.damaged {
		s.mark(lost, n.index) // a name in a damaged message was believed
		return
	}
	if !known {
		s.fail(fmt.Errorf("sim: at %v %s sends %s to %q, which is no node", s.now, n.id, m.Name(), to))
		return
	}
	if s.codec != nil {
		m = s.roundTrip(n, m)
	}
	s.sent++
	p := parcel{from: n.index, to: dest, number: s.sent, message: m}
	if dest == n.index {
		s.arriveAt(s.now, p, false, nil)
		return
	}
	l := s.link(n.index, dest)
	if len(l.cuts) > 0 || len(l.rules) > 0 {
		if s.intercepted(l, &p) {
			return
		}
	}
	if s.network.Chance(s.spec.Weather.Loss) {
		s.loseParcel(p, "lost by the weather", nil)
		return
	}
	for range s.copies(l) {
		s.transmit(l, p)
	}
}

// intercepted tells whether a fault keeps the message off the link: a cut, a drop, a hold, a loss or a corruption, in the
// order in which they began. It damages a message that is to arrive so.
func (s *simulation) intercepted(l *link, p *parcel) bool {
	if f := s.cut(l, p.from, p.to); f != nil {
		s.loseParcel(*p, "the link is cut", f)
		return true
	}
	for _, f := range l.rules {
		if f.takes(p.message) {
			s.intercept(f, *p)
			return true
		}
		if f.damages(p.message) && !s.damage(f, p) {
			return true
		}
	}
	return false
}

// cut returns the first fault that cuts the link now, nil if none does, and counts for each of them.
func (s *simulation) cut(l *link, from, to int32) *fault {
	var first *fault
	for _, f := range l.cuts {
		if !f.cuts(from, to, s.now) {
			continue
		}
		f.counts[dropped]++
		if first == nil {
			first = f
		}
	}
	return first
}

// copies draws how often a message is delivered.
func (s *simulation) copies(l *link) int {
	n := 1
	if s.network.Chance(s.spec.Weather.Duplicate) {
		n++
	}
	for _, f := range l.rules {
		if f.duplicates() {
			n++
		}
	}
	return n
}

// flight is how a copy of a message passes its link.
type flight struct {
	takes  time.Duration
	exempt bool   // it may be overtaken
	by     *fault // that let it off, nil if the weather did
}

// transmit draws how a copy of a message passes its link, and lets it: at once, or when there is bandwidth for it.
func (s *simulation) transmit(l *link, p parcel) {
	w := &s.spec.Weather
	v := flight{takes: s.network.Between(w.Latency.Min, w.Latency.Max), exempt: s.network.Chance(w.Reorder)}
	var narrowest *fault
	for _, f := range l.rules {
		v.takes += f.delays()
		if f.reorders() {
			v.exempt, v.by = true, f
		}
		if f.Kind == nemesis.Bandwidth && (narrowest == nil || f.Limit < narrowest.Limit) {
			narrowest = f
		}
	}
	if v.by != nil {
		v.by.flying++
	}
	if v.exempt {
		v.takes += s.network.Between(1, 4*max(w.Latency.Max, minLag))
	}
	if narrowest != nil {
		s.enqueue(narrowest, p, v)
		return
	}
	s.depart(l, p, v)
}

// depart sends a copy of a message on its way.
func (s *simulation) depart(l *link, p parcel, v flight) {
	at := s.now + v.takes
	if !v.exempt {
		at = max(at, l.last)
		l.last = at
	}
	s.arriveAt(at, p, v.exempt, v.by)
}

// arriveAt makes the event of an arrival.
func (s *simulation) arriveAt(at time.Duration, p parcel, exempt bool, by *fault) {
	e, _ := s.soon(at)
	e.kind, e.node, e.from = receive, p.to, p.from
	e.number, e.message, e.exempt, e.fault = p.number, p.message, exempt, by
	if s.burst > s.options.StormMax {
		s.storm(&s.nodes[p.from], "sends "+p.message.Name()+" to "+string(s.nodes[p.to].id))
	}
	if s.tracer != nil {
		s.traceSend(p, at)
	}
}

// arrives tells whether a message that comes out of the network now reaches its node.
func (s *simulation) arrives(e *event) bool {
	reached := s.reaches(e)
	if e.fault != nil {
		s.landed(e.fault)
	}
	return reached
}

// reaches is arrives, and notes what became of the order.
func (s *simulation) reaches(e *event) bool {
	if e.from != e.node {
		l := s.link(e.from, e.node)
		if f := s.cut(l, e.from, e.node); f != nil {
			s.lose(e, "the link is cut", f)
			return false
		}
		if e.number > l.newest {
			l.newest = e.number
		} else if e.number < l.newest && e.fault != nil {
			e.fault.counts[reordered]++
		}
	}
	if s.nodes[e.node].machine == nil {
		s.lose(e, "the node is down", nil)
		return false
	}
	if f := s.nodes[e.from].join; f != nil && e.from != e.node {
		f.counts[answered]++
	}
	return true
}

// receive hands a message to the node's machine.
func (s *simulation) receive(n *node) {
	e := s.current
	s.digest.Word(uint64(e.from))
	s.digest.Text(e.message.Name())
	s.contents.Add(&s.digest, e.message)
	if s.tracer != nil {
		s.traceReceive(e)
	}
	n.machine.Receive(s.enter(n), s.nodes[e.from].id, e.message)
	s.leave(n)
}

// lose notes that the message of an event never reaches its node, and by which fault if it was one.
func (s *simulation) lose(e *event, why string, by *fault) {
	s.loseParcel(parcel{from: e.from, to: e.node, number: e.number, message: e.message}, why, by)
}

func (s *simulation) loseParcel(p parcel, why string, by *fault) {
	s.mark(lost, p.to)
	s.digest.Word(p.number)
	if s.tracer != nil {
		s.traceLoss(p, why, by)
	}
}

// roundTrip returns what is left of a message after a journey through JSON. It must be all of it.
func (s *simulation) roundTrip(n *node, m protocol.Message) protocol.Message {
	data, err := s.codec.Encode(m)
	if err != nil {
		s.fail(fmt.Errorf("sim: %s: %w", n.id, err))
		return m
	}
	decoded, err := s.codec.Decode(data)
	if err != nil {
		s.fail(fmt.Errorf("sim: %s: %w", n.id, err))
		return m
	}
	var before, after protocol.Hash
	s.contents.Add(&before, m)
	s.contents.Add(&after, decoded)
	if before != after {
		s.fail(fmt.Errorf("sim: %s sends a %s that does not survive its journey as JSON: %s", n.id, m.Name(), data))
	}
	return decoded
}
