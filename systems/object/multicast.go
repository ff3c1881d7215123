package object

import (
	"slices"

	"sunder/harness/protocol"
)

// newMulticast returns lists of what a member of a group has delivered, each empty at first. A read shows the messages in
// the order of their delivery. Create and destroy are about the group and not about what is delivered in it: they are
// operations, and the object itself does nothing at them.
//
// It does not know a message that it has seen before, as a log does not.
func newMulticast() Object {
	return &keyed[[]protocol.Value]{
		name: "multicast",
		operations: []operation[[]protocol.Value]{
			{name: "read", readOnly: true, check: nothing, apply: readList},
			{name: "multicast", check: anything, apply: appendToLog},
			{name: "create", check: nothing, apply: unchanged},
			{name: "destroy", check: nothing, apply: unchanged},
		},
		clone:  slices.Clone[[]protocol.Value],
		states: map[string][]protocol.Value{},
	}
}

func unchanged(list []protocol.Value, _ protocol.Value) ([]protocol.Value, protocol.Reply) {
	return list, ok(protocol.Value{})
}
