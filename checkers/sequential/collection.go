package sequential

import "sunder/checkers"

// findElements derives all there is to derive of sets and boards: an element that a read has was added before it, one
// that it lacks was added after it. It returns an operation that met what nobody added, if there is one. Of the
// additions of one session only the last that a read has and the first that it lacks matter: the order of the session
// covers the others. A log also shows in which order its elements were appended. A read that shows an element too often
// contradicts itself, whatever was added.
func (s *saturation) findElements() []int {
	adders := map[place][]int32{}
	for i := range s.Ops {
		op := s.Op(int32(i))
		if v, ok := checkers.Adds(op); ok && !op.Refused() {
			at := place{op.Key, v.String()}
			adders[at] = append(adders[at], int32(i))
		}
	}
	var reads []int32
	doubles := checkers.NewDoubles(s.In)
	for i := range s.Ops {
		op := s.Op(int32(i))
		list, ok := op.Output.List()
		if !s.In.Object.ReadOnly(op.F) || !ok {
			continue
		}
		reads = append(reads, int32(i))
		if v, twice := doubles.Of(op); twice {
			return s.Positions(append(adders[place{op.Key, v.String()}], int32(i)))
		}
		for _, v := range list {
			switch by := adders[place{op.Key, v.String()}]; len(by) {
			case 0:
				return []int{s.Ops[i]}
			case 1:
				s.happens[by[0]] = true
			}
		}
	}
	s.findWriters(checkers.Adds)
	for _, r := range reads {
		if s.In.Interrupted() || s.full() {
			break
		}
		s.relate(r, adders)
		if s.In.Object.Name == "log" {
			s.lineUp(r, adders)
		}
	}
	return nil
}

// lineUp puts the appends whose elements a read of a log shows in the order in which it shows them, those left out of
// which it is not known which of several it was.
func (s *saturation) lineUp(r int32, adders map[place][]int32) {
	op := s.Op(r)
	list, _ := op.Output.List()
	former := int32(none)
	for _, v := range list {
		by := adders[place{op.Key, v.String()}]
		if len(by) != 1 {
			continue
		}
		if former != none {
			s.add(edge{from: former, to: by[0]})
		}
		former = by[0]
	}
}

// relate puts a read behind what it has and ahead of what it lacks. Where several operations add one element, it is
// behind one of them, nobody knows which.
func (s *saturation) relate(r int32, adders map[place][]int32) {
	op := s.Op(r)
	list, _ := op.Output.List()
	has := make(map[string]bool, len(list))
	for _, v := range list {
		has[v.String()] = true
	}
	for _, row := range s.writers[op.Key] {
		last, first := int32(none), int32(none)
		for _, w := range row.writes {
			v, _ := checkers.Adds(s.Op(w))
			switch text := v.String(); {
			case !has[text] && first == none:
				first = w
			case has[text] && len(adders[place{op.Key, text}]) == 1:
				last = w
			}
		}
		if last != none {
			s.add(edge{from: last, to: r})
		}
		if first != none {
			s.add(edge{from: r, to: first})
		}
	}
}
