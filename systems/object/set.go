package object

import (
	"slices"

	"sunder/harness/protocol"
)

// newSet returns sets that only grow, each empty at first. A read lists the elements in the order of
// protocol.Value.Compare.
func newSet() Object {
	return &keyed[[]protocol.Value]{
		name: "set",
		operations: []operation[[]protocol.Value]{
			{name: "read", readOnly: true, check: nothing, apply: readList},
			{name: "add", check: anything, apply: addToSet},
		},
		clone:  slices.Clone[[]protocol.Value],
		states: map[string][]protocol.Value{},
	}
}

// readList copies: the next update moves elements in place.
func readList(list []protocol.Value, _ protocol.Value) ([]protocol.Value, protocol.Reply) {
	return list, ok(protocol.List(slices.Clone(list)...))
}

func addToSet(set []protocol.Value, v protocol.Value) ([]protocol.Value, protocol.Reply) {
	if _, found := slices.BinarySearchFunc(set, v, protocol.Value.Compare); !found {
		set = insert(set, v)
	}
	return set, ok(protocol.Value{})
}
