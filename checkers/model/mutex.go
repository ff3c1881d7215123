package model

import "sunder/harness/protocol"

// Mutex is a lock under each key, free at first. Its operations are acquire, which takes it if it is free, and release,
// which frees it if it is taken; who took it does not matter, as in Knossos's model. One that is refused found it the
// other way round and changes nothing.
func Mutex() Object {
	return Object{
		Name:     "mutex",
		Init:     func(protocol.Value) State { return mutex(false) },
		Step:     stepMutex,
		ReadOnly: func(string) bool { return false },
		Operations: []Operation{
			{F: "acquire", Input: ignored(), Output: ignored()},
			{F: "release", Input: ignored(), Output: ignored()},
		},
	}
}

// mutex tells whether it is taken.
type mutex bool

// Key implements State.
func (m mutex) Key() string {
	if m {
		return "taken"
	}
	return "free"
}

func stepMutex(s State, c Call) (State, bool) {
	taken := bool(s.(mutex))
	var want bool // what it must be beforehand
	switch c.F {
	case "acquire":
	case "release":
		want = true
	default:
		return s, false
	}
	switch {
	case c.Refused:
		return s, taken != want
	case taken == want:
		return mutex(!want), true
	}
	return s, !c.Known
}

// ignored is what an operation that needs nothing is given, and answers: whatever a recorder wrote there.
func ignored() Form {
	return Form{Is: "anything", Fits: func(protocol.Value, protocol.Value) bool { return true }}
}
