package sim

import "time"

// line is what waits for the bandwidth of a link, the first on its way through. Then each takes its time of flight.
type line struct {
	cars []car
	slot int32 // of the event that the first is through, if there is one
}

type car struct {
	parcel
	flight
	size time.Duration // how long the link takes for its bytes
}

// enqueue puts a copy of a message at the end of the line of its link.
func (s *simulation) enqueue(f *fault, p parcel, v flight) {
	bytes := time.Duration(len(s.encoded(p.message)))
	at := p.from*int32(len(s.nodes)) + p.to
	if f.lines == nil {
		f.lines = map[int32]*line{}
	}
	if f.lines[at] == nil {
		f.lines[at] = &line{}
	}
	q := f.lines[at]
	q.cars = append(q.cars, car{parcel: p, flight: v, size: max(1, bytes*time.Second/time.Duration(f.Limit))})
	if len(q.cars) == 1 {
		s.carry(f, q)
		return
	}
	f.counts[queued]++
	if s.tracer != nil {
		s.trace(&s.nodes[p.from], "queued", s.describeParcel(p)+byFault(f))
	}
}

// carry lets the first of a line through.
func (s *simulation) carry(f *fault, q *line) {
	first := &q.cars[0]
	e, slot := s.queue.add(s.now + first.size)
	e.kind, e.node, e.from, e.fault = passed, first.to, first.from, f
	q.slot = slot
}

// passed sends the first of a line on its way, now that it is through, and turns to the next.
func (s *simulation) passed(f *fault, from, to int32) {
	q := f.lines[from*int32(len(s.nodes))+to]
	first := q.cars[0]
	q.cars = q.cars[1:]
	f.counts[carried]++
	s.depart(s.link(from, to), first.parcel, first.flight)
	if len(q.cars) > 0 {
		s.carry(f, q)
	}
}

// unqueue sends on their way all that wait for the bandwidth that a fault has limited, for it is over.
func (s *simulation) unqueue(f *fault) {
	for _, at := range f.links {
		q := f.lines[at]
		if q == nil || len(q.cars) == 0 {
			continue
		}
		s.queue.cancel(q.slot)
		for _, c := range q.cars {
			s.depart(&s.links[at], c.parcel, c.flight)
		}
		q.cars = nil
	}
}
