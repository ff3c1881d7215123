package model

import (
	"strings"

	"sunder/harness/protocol"
)

// Text is a text under each key, empty at first. Its operations are put, which puts a text in place of the former,
// append, which adds a text at the end, and read, which answers the whole. The key-value stores of MIT's course 6.824
// are such.
func Text() Object {
	aText := Form{Is: "a text", Fits: func(_, v protocol.Value) bool {
		_, ok := v.Text()
		return ok
	}}
	return Object{
		Name:     "text",
		Init:     func(protocol.Value) State { return text("") },
		Step:     stepText,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: aText},
			{F: "put", Input: aText, Output: done()},
			{F: "append", Input: aText, Output: done()},
		},
	}
}

type text string

// Key implements State.
func (t text) Key() string { return string(t) }

func stepText(s State, c Call) (State, bool) {
	now := s.(text)
	added, isText := c.Input.Text()
	switch c.F {
	case "read":
		got, ok := c.Output.Text()
		return now, !c.Known || ok && got == string(now)
	case "put", "append":
		if !isText || c.Refused {
			return now, c.Refused || !c.Known
		}
		if c.F == "append" {
			added = strings.Join([]string{string(now), added}, "")
		}
		return text(added), true
	}
	return now, false
}
