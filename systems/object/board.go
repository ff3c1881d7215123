package object

import (
	"fmt"
	"slices"

	"sunder/harness/protocol"
)

// newBoard returns bulletin boards, each empty at first. A post is [id, parent...]: an item and the items that it
// answers. A read lists the ids in the order of protocol.Value.Compare.
//
// A board does not know an item that it has seen before: posted twice, it is listed twice. Ids are unique, so only a
// system that executes a post twice shows that, and shall be seen to.
func newBoard() Object {
	return &keyed[[]protocol.Value]{
		name: "board",
		operations: []operation[[]protocol.Value]{
			{name: "read", readOnly: true, check: nothing, apply: readBoard},
			{name: "post", check: post, apply: postOnBoard},
		},
		clone:  slices.Clone[[]protocol.Value],
		states: map[string][]protocol.Value{},
	}
}

// readBoard lists the ids; the posts are sorted by them.
func readBoard(posts []protocol.Value, _ protocol.Value) ([]protocol.Value, protocol.Reply) {
	ids := make([]protocol.Value, len(posts))
	for i, p := range posts {
		list, _ := p.List()
		ids[i] = list[0]
	}
	return posts, ok(protocol.List(ids...))
}

func postOnBoard(posts []protocol.Value, v protocol.Value) ([]protocol.Value, protocol.Reply) {
	return insert(posts, v), ok(protocol.Value{})
}

func post(v protocol.Value) error {
	if list, isList := v.List(); !isList || len(list) == 0 {
		return fmt.Errorf("wants [id, parent...], not %s", v)
	}
	return nil
}
