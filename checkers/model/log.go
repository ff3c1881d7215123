package model

import (
	"strings"

	"sunder/harness/protocol"
)

// Log starts empty under each key and only grows, at its end. Its operations are append, which adds a value behind all
// others, even if it is there already, and read, which answers a list of all values in the order of their appends.
func Log() Object {
	return Object{
		Name:     "log",
		Init:     func(protocol.Value) State { return log{} },
		Step:     stepLog,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: listing()},
			{F: "append", Input: anything(), Output: done()},
		},
	}
}

func stepLog(s State, c Call) (State, bool) {
	all := s.(log)
	switch c.F {
	case "read":
		return all, !c.Known || all.answers(c.Output)
	case "append":
		if c.Refused {
			return all, true
		}
		text := c.Input.String()
		if all.length > 0 {
			text = all.text + "," + text
		}
		return log{text, all.length + 1}, true
	}
	return all, false
}

// log is a list of values as the texts of all of them, with commas between. The text of a value is JSON, so that no two
// lists have the same.
type log struct {
	text   string
	length int
}

// Key implements State.
func (l log) Key() string { return l.text }

// answers tells whether a read could have answered v. Null is how some systems write an empty list.
func (l log) answers(v protocol.Value) bool {
	list, ok := v.List()
	if !ok && !v.IsNull() || len(list) != l.length {
		return false
	}
	rest := l.text
	for i, item := range list {
		text := item.String()
		if i > 0 {
			text = "," + text
		}
		var same bool
		if rest, same = strings.CutPrefix(rest, text); !same {
			return false
		}
	}
	return rest == ""
}
