package causality

import "sunder/harness/protocol"

// cell is one value under one key: a value that a register took, or an element of a set.
type cell struct {
	key     int32
	next    int32 // the cell of the same value under another key, or None
	writer  int32 // the first operation that may have written it, or None
	failed  int32 // the first that tried and failed, or None
	writers int32 // how many may have written it
	node    int32 // of the writer, None until nodes are numbered and if it has none
	read    bool  // by an operation that certainly happened
	shown   int32 // by the operation before this one, the last that did
}

// cells finds the cell of a value. Small integers, which most values are, need no hashing: whole sets are read often.
type cells struct {
	all     []cell
	small   []int32 // of integers from 0 on: the first cell, or None
	others  map[word]int32
	further map[int32][]int32 // nodes of the writers of a cell besides the first; there are hardly any
}

// word is a value as a map's key.
type word struct {
	kind protocol.ValueKind
	n    int64
	text string
}

func newCells(operations int) *cells {
	c := &cells{
		all:   make([]cell, 0, operations/2+8), // about as many are written as read
		small: make([]int32, 2*operations+256), others: map[word]int32{}, further: map[int32][]int32{},
	}
	for i := range c.small {
		c.small[i] = None
	}
	return c
}

func wordOf(v protocol.Value) word {
	switch v.Kind() {
	case protocol.Integer:
		n, _ := v.Int()
		return word{kind: protocol.Integer, n: n}
	case protocol.Text:
		text, _ := v.Text()
		return word{kind: protocol.Text, text: text}
	case protocol.Sequence:
		return word{kind: protocol.Sequence, text: v.String()}
	}
	return word{}
}

// first returns the first cell of a value, or None.
func (c *cells) first(v protocol.Value) int32 {
	if n, ok := v.Int(); ok && n >= 0 && n < int64(len(c.small)) {
		return c.small[n]
	}
	if i, ok := c.others[wordOf(v)]; ok {
		return i
	}
	return None
}

// find returns the cell of a value under a key, or None.
func (c *cells) find(key int32, v protocol.Value) int32 {
	i := c.first(v)
	for i != None && c.all[i].key != key {
		i = c.all[i].next
	}
	return i
}

// make returns the cell of a value under a key, a new one if there was none.
func (c *cells) make(key int32, v protocol.Value) int32 {
	if i := c.find(key, v); i != None {
		return i
	}
	i := int32(len(c.all))
	c.all = append(c.all, cell{key: key, next: c.first(v), writer: None, failed: None, node: None})
	if n, ok := v.Int(); ok && n >= 0 && n < int64(len(c.small)) {
		c.small[n] = i
	} else {
		c.others[wordOf(v)] = i
	}
	return i
}
