package model

import "sunder/harness/protocol"

// Board is a bulletin board: it starts empty under each key and only grows. Its operations are post, whose input is
// a list [id, parent...] of the item's own name and those of the items it replies to, and read, which answers a
// list of the ids of all items in any order, each once. Whether parents are shown before replies is no business of
// the sequential specification: the causal checkers judge it.
func Board() Object {
	return Object{
		Name:     "board",
		Init:     func(protocol.Value) State { return collection{} },
		Step:     stepBoard,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: listing()},
			{F: "post", Output: done(), Input: Form{Is: "a list [id, parent...]", Fits: func(_, v protocol.Value) bool {
				_, _, ok := PostArguments(v)
				return ok
			}}},
		},
	}
}

func stepBoard(s State, c Call) (State, bool) {
	all := s.(collection)
	switch c.F {
	case "read":
		return all, !c.Known || all.answers(c.Output)
	case "post":
		id, _, ok := PostArguments(c.Input)
		if !ok || c.Refused {
			return all, c.Refused || !c.Known
		}
		return all.with(id), true
	}
	return all, false
}

// PostArguments splits the input of a post, [id, parent...], and tells whether it has that form.
func PostArguments(input protocol.Value) (id protocol.Value, parents []protocol.Value, ok bool) {
	list, ok := input.List()
	if !ok || len(list) == 0 {
		return protocol.Value{}, nil, false
	}
	return list[0], list[1:], true
}
