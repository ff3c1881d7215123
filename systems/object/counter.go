package object

import (
	"fmt"

	"sunder/harness/protocol"
)

// newCounter returns counters, each 0 at first.
func newCounter() Object {
	return &keyed[int64]{
		name: "counter",
		operations: []operation[int64]{
			{name: "read", readOnly: true, check: nothing, apply: readCounter},
			{name: "add", check: integer, apply: addToCounter},
		},
		clone:  func(n int64) int64 { return n },
		states: map[string]int64{},
	}
}

func readCounter(n int64, _ protocol.Value) (int64, protocol.Reply) { return n, ok(protocol.Int(n)) }

func addToCounter(n int64, v protocol.Value) (int64, protocol.Reply) {
	d, _ := v.Int()
	return n + d, ok(protocol.Value{})
}

func integer(v protocol.Value) error {
	if _, isInt := v.Int(); !isInt {
		return fmt.Errorf("wants an integer, not %s", v)
	}
	return nil
}
