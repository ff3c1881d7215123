package object

import (
	"fmt"

	"sunder/harness/protocol"
)

// newRegister returns registers: a key that was never written holds 0.
func newRegister() Object {
	return &keyed[protocol.Value]{
		name: "register",
		operations: []operation[protocol.Value]{
			{name: "read", readOnly: true, check: nothing, apply: readRegister},
			{name: "write", check: anything, apply: writeRegister},
			{name: "cas", check: pair, apply: compareAndSet},
		},
		initial: protocol.Int(0),
		clone:   func(v protocol.Value) protocol.Value { return v },
		states:  map[string]protocol.Value{},
	}
}

func readRegister(state, _ protocol.Value) (protocol.Value, protocol.Reply) { return state, ok(state) }

func writeRegister(_, v protocol.Value) (protocol.Value, protocol.Reply) {
	return v, ok(protocol.Value{})
}

// compareAndSet takes [old, new]. A register that does not hold old refuses.
func compareAndSet(state, v protocol.Value) (protocol.Value, protocol.Reply) {
	list, _ := v.List()
	if !state.Equal(list[0]) {
		return state, protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}
	}
	return list[1], ok(protocol.Value{})
}

func pair(v protocol.Value) error {
	if list, isList := v.List(); !isList || len(list) != 2 {
		return fmt.Errorf("wants [old, new], not %s", v)
	}
	return nil
}
