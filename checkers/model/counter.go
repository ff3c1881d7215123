package model

import (
	"strconv"

	"sunder/harness/protocol"
)

// Counter starts at 0 under each key. Its operations are add, which adds an integer of either sign, and read,
// which answers the sum.
func Counter() Object {
	return Object{
		Name:     "counter",
		Init:     func(protocol.Value) State { return counter(0) },
		Step:     stepCounter,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: wholeNumber()},
			{F: "add", Input: wholeNumber(), Output: done()},
		},
	}
}

type counter int64

// Key implements State.
func (c counter) Key() string { return strconv.FormatInt(int64(c), 10) }

func stepCounter(s State, c Call) (State, bool) {
	sum := s.(counter)
	switch c.F {
	case "read":
		n, ok := c.Output.Int()
		return sum, !c.Known || ok && counter(n) == sum
	case "add":
		n, ok := c.Input.Int()
		if !ok || c.Refused {
			return sum, c.Refused || !c.Known
		}
		return sum + counter(n), true
	}
	return sum, false
}
