package linearizable

import "sunder/harness/protocol"

// interner numbers values from 0 in the order in which they come. Small whole numbers, which most values are, need no
// hashing.
type interner struct {
	small   []int32 // of numbers from 0 on: theirs, or nothing
	numbers map[int64]int32
	others  map[string]int32
	count   int32
}

// newInterner expects the values of so many operations.
func newInterner(operations int) *interner {
	return &interner{
		small:   empty(operations + 256),
		numbers: map[int64]int32{}, others: map[string]int32{},
	}
}

// id returns the number of a value.
func (n *interner) id(v protocol.Value) int32 {
	next := n.count
	number, isInt := v.Int()
	if isInt && number >= 0 && number < int64(len(n.small)) {
		id := n.small[number]
		if id == nothing {
			id = next
			n.small[number] = id
			n.count++
		}
		return id
	}
	var id int32
	var known bool
	if isInt {
		if id, known = n.numbers[number]; !known {
			n.numbers[number] = next
		}
	} else {
		text := v.String()
		if id, known = n.others[text]; !known {
			n.others[text] = next
		}
	}
	if !known {
		id = next
		n.count++
	}
	return id
}
