package linearizable

import "sunder/harness/protocol"

// interner numbers values from 0 in the order in which they come.
type interner struct {
	numbers map[int64]int32
	others  map[string]int32
	values  []protocol.Value
}

func newInterner(size int) *interner {
	return &interner{numbers: make(map[int64]int32, size), others: map[string]int32{}}
}

// id returns the number of a value.
func (n *interner) id(v protocol.Value) int32 {
	next := int32(len(n.values))
	if number, ok := v.Int(); ok {
		id, known := n.numbers[number]
		if !known {
			id = next
			n.numbers[number] = id
			n.values = append(n.values, v)
		}
		return id
	}
	text := v.String()
	id, known := n.others[text]
	if !known {
		id = next
		n.others[text] = id
		n.values = append(n.values, v)
	}
	return id
}
