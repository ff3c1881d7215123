package model

// Multicast is what a member of a group has delivered: under each key a list that starts empty and grows at its end. Its
// operations are multicast, which adds a message behind all others, and read, which answers a list of all messages in the
// order of their delivery; and create and destroy, which are about the group as a whole: they have no key, and change nothing
// under any. So an order of all operations says nothing of a history with a destroy, and no guarantee that asks for one is
// about this object.
func Multicast() Object {
	return Object{
		Name:     "multicast",
		Init:     Log().Init,
		Step:     stepMulticast,
		ReadOnly: readOnly,
		Operations: []Operation{
			{F: "read", Input: nothing(), Output: listing()},
			{F: "multicast", Input: anything(), Output: done()},
			{F: "create", Input: nothing(), Output: done()},
			{F: "destroy", Input: nothing(), Output: done()},
		},
	}
}

func stepMulticast(s State, c Call) (State, bool) {
	switch c.F {
	case "multicast":
		c.F = "append"
	case "create", "destroy":
		return s, true
	case "append":
		return s, false
	}
	return stepLog(s, c)
}
