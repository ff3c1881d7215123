package linearizable

import (
	"math/bits"

	"sunder/harness/protocol"
)

// elements numbers the elements of one collection from 0 in the order in which they come. A history may have a thousand
// collections with numbers of a million in them, so what is kept is a hash table as large as the collection: with open
// addresses, at most half full.
type elements struct {
	slots []numbered // a power of two
	shift uint8      // of the hash, which leaves a position
	count int32
	texts map[string]int32 // the numbers of elements that are no integers
}

type numbered struct {
	value int64
	id    int32 // +1; 0 if the slot is free
}

// newElements expects the elements of so many operations.
func newElements(operations int) *elements {
	e := &elements{}
	e.resize(2 << bits.Len(uint(operations)))
	return e
}

func (e *elements) resize(slots int) {
	old := e.slots
	e.slots, e.shift = make([]numbered, slots), uint8(64-bits.TrailingZeros(uint(slots)))
	for _, o := range old {
		if o.id != 0 {
			*e.at(o.value) = o
		}
	}
}

// at returns the slot of a value, or the one where it is to be put.
func (e *elements) at(value int64) *numbered {
	i := int(uint64(value) * 0x9e3779b97f4a7c15 >> e.shift)
	for e.slots[i].id != 0 && e.slots[i].value != value {
		i = (i + 1) & (len(e.slots) - 1)
	}
	return &e.slots[i]
}

// id returns the number of an element.
func (e *elements) id(v protocol.Value) int32 {
	value, isInt := v.Int()
	if !isInt {
		return e.textID(v.String())
	}
	slot := e.at(value)
	if slot.id == 0 {
		if 2*int(e.count) >= len(e.slots) {
			e.resize(2 * len(e.slots))
			slot = e.at(value)
		}
		e.count++
		*slot = numbered{value: value, id: e.count}
	}
	return slot.id - 1
}

func (e *elements) textID(text string) int32 {
	id, known := e.texts[text]
	if !known {
		if e.texts == nil {
			e.texts = map[string]int32{}
		}
		id = e.count
		e.texts[text] = id
		e.count++
	}
	return id
}
