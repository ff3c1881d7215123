package model

import (
	"slices"
	"strings"

	"sunder/harness/protocol"
)

// Set starts empty under each key and only grows. Its operations are add, which adds a value, and read, which
// answers a list of all values in any order, each once.
func Set() Object {
	return Object{
		Name:     "set",
		Init:     func(protocol.Value) State { return collection{} },
		Step:     stepSet,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: listing()},
			{F: "add", Input: anything(), Output: done()},
		},
	}
}

func stepSet(s State, c Call) (State, bool) {
	all := s.(collection)
	switch c.F {
	case "read":
		return all, !c.Known || all.answers(c.Output)
	case "add":
		if c.Refused {
			return all, true
		}
		return all.with(c.Input), true
	}
	return all, false
}

// collection is a set of values as the sorted list of their texts.
type collection struct {
	items []string
	key   string
}

// Key implements State.
func (s collection) Key() string { return s.key }

func (s collection) with(v protocol.Value) collection {
	text := v.String()
	i, found := slices.BinarySearch(s.items, text)
	if found {
		return s
	}
	items := make([]string, 0, len(s.items)+1)
	items = append(append(append(items, s.items[:i]...), text), s.items[i:]...)
	return collection{items, strings.Join(items, ",")}
}

// answers tells whether a read could have answered v. Null is how some systems write an empty list.
func (s collection) answers(v protocol.Value) bool {
	list, ok := v.List()
	if !ok && !v.IsNull() || len(list) != len(s.items) {
		return false
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = item.String()
	}
	slices.Sort(texts)
	return slices.Equal(texts, s.items)
}
