package model

import (
	"math/big"
	"math/bits"
	"strconv"

	"sunder/harness/protocol"
)

// Counter starts at 0 under each key. Its operations are add, which adds an integer of either sign, and read,
// which answers the sum. A sum has no bounds: one that 64 bits do not hold is no answer of any read.
func Counter() Object {
	return Object{
		Name:     "counter",
		Init:     func(protocol.Value) State { return counter{} },
		Step:     stepCounter,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: wholeNumber()},
			{F: "add", Input: wholeNumber(), Output: done()},
		},
	}
}

// counter is a sum as a number of 128 bits, in two's complement: more than any number of additions of 64 bits comes to.
type counter struct {
	high int64
	low  uint64
}

func counterOf(n int64) counter { return counter{n >> 63, uint64(n)} }

func (c counter) plus(d counter) counter {
	low, carry := bits.Add64(c.low, d.low, 0)
	return counter{c.high + d.high + int64(carry), low}
}

// Key implements State.
func (c counter) Key() string {
	if c == counterOf(int64(c.low)) {
		return strconv.FormatInt(int64(c.low), 10)
	}
	sum := new(big.Int).Lsh(big.NewInt(c.high), 64)
	return sum.Add(sum, new(big.Int).SetUint64(c.low)).String()
}

func stepCounter(s State, c Call) (State, bool) {
	sum := s.(counter)
	switch c.F {
	case "read":
		n, ok := c.Output.Int()
		return sum, !c.Known || ok && counterOf(n) == sum
	case "add":
		n, ok := c.Input.Int()
		if !ok || c.Refused {
			return sum, c.Refused || !c.Known
		}
		return sum.plus(counterOf(n)), true
	}
	return sum, false
}
