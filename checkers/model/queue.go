package model

import (
	"strings"

	"sunder/harness/protocol"
)

// Queue starts empty under each key: first in, first out. Its operations are enqueue, which adds a value other than null
// at the end, and dequeue, which takes the value at the front away and answers it. A dequeue that is refused, or answers
// null, found the queue empty; one that failed for another reason did not happen.
func Queue() Object {
	return Object{
		Name:     "queue",
		Init:     func(protocol.Value) State { return queue{} },
		Step:     stepQueue,
		ReadOnly: func(string) bool { return false },
		Operations: []Operation{
			{F: "enqueue", Output: done(), Input: Form{Is: "any value but null", Fits: func(_, v protocol.Value) bool {
				return !v.IsNull()
			}}},
			{F: "dequeue", Input: nothing(), Output: Form{Is: "the value at the front, or null if there is none", Fits: func(_, _ protocol.Value) bool {
				return true
			}}},
		},
	}
}

// queue is what waits, as the texts of all values, each with a comma behind it. The text of a value is JSON, and JSON of a
// list has its brackets closed before the comma that ends it: front finds that comma.
type queue struct{ text string }

// Key implements State.
func (q queue) Key() string { return q.text }

func stepQueue(s State, c Call) (State, bool) {
	all := s.(queue)
	switch c.F {
	case "enqueue":
		if c.Refused || c.Input.IsNull() {
			return all, c.Refused || !c.Known
		}
		return queue{all.text + c.Input.String() + ","}, true
	case "dequeue":
		empty := all.text == ""
		switch {
		case c.Refused || c.Known && c.Output.IsNull():
			return all, empty
		case empty:
			return all, !c.Known
		case c.Known:
			rest, front := strings.CutPrefix(all.text, c.Output.String()+",")
			if !front {
				return all, false
			}
			return queue{rest}, true
		}
		return queue{all.text[front(all.text):]}, true
	}
	return all, false
}

// front returns how long the first value of a queue is, with its comma.
func front(text string) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth == 0:
			return i + 1
		}
	}
	return len(text)
}
