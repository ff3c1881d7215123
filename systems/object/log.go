package object

import (
	"slices"

	"sunder/harness/protocol"
)

// newLog returns logs, each empty at first. A read lists the elements in the order in which they were appended.
//
// A log does not know an element that it has seen before: appended twice, it is listed twice. Where elements are
// unique, only a system that executes an append twice shows that, and shall be seen to.
func newLog() Object {
	return &keyed[[]protocol.Value]{
		name: "log",
		operations: []operation[[]protocol.Value]{
			{name: "read", readOnly: true, check: nothing, apply: readList},
			{name: "append", check: anything, apply: appendToLog},
		},
		clone:  slices.Clone[[]protocol.Value],
		states: map[string][]protocol.Value{},
	}
}

func appendToLog(log []protocol.Value, v protocol.Value) ([]protocol.Value, protocol.Reply) {
	return append(log, v), ok(protocol.Value{})
}
