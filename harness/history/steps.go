package history

import (
	"slices"

	"sunder/harness/protocol"
)

// sharing has the steps of transactions lie in memory once that are the same in many: what a step does, the key, a read before
// it is answered, a write before and after. Of a list that was read again, with more elements or fewer, there is one, too, of
// which each read shows a beginning. It remembers the keys that came last, so that it takes no more room for many keys.
type sharing struct {
	names []protocol.Value
	keys  [keysRemembered]remembered
}

const (
	keysRemembered  = 256
	namesRemembered = 4
)

// remembered is what is known of a key.
type remembered struct {
	key    protocol.Value
	ask    protocol.Value   // a read of it that was not answered
	answer protocol.Value   // the last read of it that showed more than those before
	list   []protocol.Value // what that one showed; nobody else appends to it
}

// asked returns a transaction that was called.
func (s *sharing) asked(v protocol.Value) protocol.Value {
	return s.each(v, func(_ int, step []protocol.Value) protocol.Value {
		known := s.of(step[1])
		if f, _ := step[0].Text(); f != "r" || !step[2].IsNull() {
			return protocol.List(s.name(step[0]), known.key, step[2])
		}
		if known.ask.IsNull() {
			known.ask = protocol.List(s.name(step[0]), known.key, protocol.Value{})
		}
		return known.ask
	})
}

// answered returns what a transaction was answered that had been asked so.
func (s *sharing) answered(asked, v protocol.Value) protocol.Value {
	if v.Equal(asked) {
		return asked
	}
	steps, _ := asked.List()
	return s.each(v, func(at int, step []protocol.Value) protocol.Value {
		if at < len(steps) {
			if was, ok := steps[at].List(); ok && slices.EqualFunc(was, step, protocol.Value.Equal) {
				return steps[at]
			}
		}
		known := s.of(step[1])
		f, _ := step[0].Text()
		if _, isList := step[2].List(); isList && f == "r" {
			return known.show(s.name(step[0]), step[2])
		}
		return protocol.List(s.name(step[0]), known.key, step[2])
	})
}

// each makes a transaction of its steps anew; it returns what is no transaction as it is.
func (s *sharing) each(v protocol.Value, step func(at int, parts []protocol.Value) protocol.Value) protocol.Value {
	steps, ok := v.List()
	if !ok {
		return v
	}
	out := make([]protocol.Value, len(steps))
	for at := range steps {
		parts, ok := steps[at].List()
		if !ok || len(parts) != 3 {
			return v
		}
		out[at] = step(at, parts)
	}
	return protocol.List(out...)
}

// name returns what a step does.
func (s *sharing) name(v protocol.Value) protocol.Value {
	for _, known := range s.names {
		if known.Equal(v) {
			return known
		}
	}
	if len(s.names) < namesRemembered {
		s.names = append(s.names, v)
	}
	return v
}

// of returns what is known of a key, from now on this one.
func (s *sharing) of(key protocol.Value) *remembered {
	var h protocol.Hash
	if n, ok := key.Int(); ok {
		h.Word(uint64(n))
	} else {
		text, _ := key.Text()
		h.Text(text)
	}
	known := &s.keys[h%keysRemembered]
	if !known.key.Equal(key) {
		*known = remembered{key: key}
	}
	return known
}

// show returns a step that read a list.
func (r *remembered) show(name, v protocol.Value) protocol.Value {
	list, _ := v.List()
	n := min(len(list), len(r.list))
	fits := slices.EqualFunc(list[:n], r.list[:n], protocol.Value.Equal)
	switch {
	case fits && len(list) == len(r.list) && !r.answer.IsNull():
		return r.answer
	case fits && len(list) < len(r.list):
		return protocol.List(name, r.key, protocol.List(r.list[:n:n]...))
	case fits:
		r.list = append(r.list, list[n:]...)
	default:
		r.list = slices.Clone(list)
	}
	r.answer = protocol.List(name, r.key, protocol.List(r.list[:len(r.list):len(r.list)]...))
	return r.answer
}
