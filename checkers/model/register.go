package model

import "sunder/harness/protocol"

// Register holds one value under each key. Its operations are read, which answers the value; write, which replaces
// it; and cas, which has [old, new] as input and replaces old by new, or is refused if the value is not old.
func Register() Object {
	return Object{
		Name:     "register",
		Init:     func(initial protocol.Value) State { return newRegister(initial) },
		Step:     stepRegister,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: anything()},
			{F: "write", Input: anything(), Output: done()},
			{F: "cas", Output: replaced(), Input: Form{Is: "a list [old, new]", Fits: func(_, v protocol.Value) bool {
				_, _, pair := CasArguments(v)
				return pair
			}}},
		},
	}
}

type register struct {
	value protocol.Value
	key   string
}

func newRegister(v protocol.Value) register { return register{v, v.String()} }

// Key implements State.
func (r register) Key() string { return r.key }

func stepRegister(s State, c Call) (State, bool) {
	r := s.(register)
	switch c.F {
	case "read":
		return r, !c.Known || c.Output.Equal(r.value)
	case "write":
		if c.Refused {
			return r, true
		}
		return newRegister(c.Input), true
	case "cas":
		return r.cas(c)
	}
	return r, false
}

// cas allows an unknown outcome in every state: it replaced the value if it could.
func (r register) cas(c Call) (State, bool) {
	old, replacement, ok := CasArguments(c.Input)
	if !ok {
		return r, !c.Known
	}
	matches := r.value.Equal(old)
	switch {
	case c.Refused:
		return r, !matches
	case matches:
		return newRegister(replacement), true
	}
	return r, !c.Known
}

// CasArguments splits the input of a cas, [old, new], and tells whether it has that form.
func CasArguments(input protocol.Value) (old, replacement protocol.Value, ok bool) {
	list, ok := input.List()
	if !ok || len(list) != 2 {
		return protocol.Value{}, protocol.Value{}, false
	}
	return list[0], list[1], true
}
