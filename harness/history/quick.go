package history

import (
	"time"

	"sunder/harness/protocol"
)

// quick reads a line of a client in the form in which nearly all lines are: fields of known names in any order, with at
// most one blank after a colon or a comma, and no escapes. It returns false for any other line, one that is wrong
// included, which must then be read the slow way: that one says what is wrong.
func (p *parser) quick(e *Event) bool {
	q := quick{text: p.line.text}
	if !q.next('{') {
		return false
	}
	index, now, seen := p.index, p.time, uint16(0)
	for {
		f := q.name()
		if f < 0 || seen&(1<<f) != 0 || !q.next(':') {
			return false
		}
		seen |= 1 << f
		q.blank()
		var ok bool
		switch f {
		case fieldIndex:
			var n int64
			n, ok = q.number()
			ok = ok && n > index
			index = n
		case fieldTime:
			var n int64
			n, ok = q.number()
			now = time.Duration(n)
		case fieldProcess:
			var n int64
			n, ok = q.number()
			e.Process = int(n)
		case fieldValue:
			e.Value, ok = q.value()
		default:
			ok = p.quickText(&q, f, e)
		}
		if !ok {
			return false
		}
		if q.next(',') {
			q.blank()
			continue
		}
		if !q.next('}') || q.at != len(q.text) || seen&required != required {
			return false
		}
		p.index, p.time, e.Time = index, now, now
		return true
	}
}

// required are the fields that every event has.
const required = 1<<fieldProcess | 1<<fieldType | 1<<fieldF

// quickText reads a field that is a text.
func (p *parser) quickText(q *quick, f field, e *Event) bool {
	raw, ok := q.quoted()
	if !ok {
		return false
	}
	switch f {
	case fieldType:
		switch string(raw) {
		case "invoke":
			e.Type = Invoke
		case "ok":
			e.Type = OK
		case "fail":
			e.Type = Fail
		case "info":
			e.Type = Info
		default:
			return false
		}
	case fieldF:
		e.F = p.name(f, raw)
		return e.F != ""
	case fieldKey:
		e.Key = p.name(f, raw)
	case fieldError:
		e.Error = p.name(f, raw)
	case fieldNode:
		e.Node = protocol.NodeID(p.name(f, raw))
	case fieldVia:
		e.Via = protocol.NodeID(p.name(f, raw))
	}
	return true
}

// quick is a cursor that gives up instead of saying what is wrong.
type quick struct {
	text []byte
	at   int
}

// next passes over a byte if it is the next.
func (q *quick) next(b byte) bool {
	if q.at < len(q.text) && q.text[q.at] == b {
		q.at++
		return true
	}
	return false
}

func (q *quick) blank() { q.next(' ') }

// name reads the name of a field, -1 if there is none of that name.
func (q *quick) name() field {
	raw, ok := q.quoted()
	if !ok {
		return -1
	}
	return lookup(raw)
}

// quoted reads a string without escapes.
func (q *quick) quoted() ([]byte, bool) {
	if !q.next('"') {
		return nil, false
	}
	start := q.at
	for q.at < len(q.text) {
		switch b := q.text[q.at]; {
		case b == '"':
			q.at++
			return q.text[start : q.at-1], true
		case b == '\\' || b < ' ':
			return nil, false
		}
		q.at++
	}
	return nil, false
}

// number reads a whole number from 0 on, of so few digits that it fits.
func (q *quick) number() (int64, bool) {
	start, n := q.at, int64(0)
	for q.at < len(q.text) && isDigit(q.text[q.at]) {
		n = n*10 + int64(q.text[q.at]-'0')
		q.at++
	}
	digits := q.at - start
	return n, digits == 1 || digits > 1 && digits <= 18 && q.text[start] != '0'
}

// value reads a client's value. Lists and texts are left to cursor, which knows all of them.
func (q *quick) value() (protocol.Value, bool) {
	if q.at < len(q.text) && isDigit(q.text[q.at]) {
		n, ok := q.number()
		return protocol.Int(n), ok
	}
	c := cursor{text: q.text, at: q.at}
	v, err := c.value(0)
	q.at = c.at
	return v, err == nil
}
