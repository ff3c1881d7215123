package model

import (
	"maps"
	"slices"
)

// Lookup returns the specification of an object by its name or an alias of it, and whether there is one.
func Lookup(name string) (Object, bool) {
	if name == "cas-register" {
		name = "register"
	}
	o, ok := objects()[name]
	return o, ok
}

// Names returns the names of all objects, sorted, without aliases.
func Names() []string { return slices.Sorted(maps.Keys(objects())) }

// Every specification keeps two rules that checkers rely on. A call whose outcome is unknown is possible in every
// state, and leads to where it would have led had it happened; so an unknown call that Step rejects is no operation
// of the object. And a call that was refused never changes the state, though more may be known of it then.
func objects() map[string]Object {
	return map[string]Object{
		"register": Register(),
		"counter":  Counter(),
		"set":      Set(),
		"board":    Board(),
		"log":      Log(),
		"bank":     Bank(),
		"text":     Text(),
		"queue":    Queue(),
		"mutex":    Mutex(),

		"multi-register": MultiRegister(),

		"multicast": Multicast(),

		"list-append": ListAppend(),
		"rw-register": ReadWriteRegister(),
	}
}

// readOnly is ReadOnly of every object with a query: they all call it read.
func readOnly(f string) bool { return f == "read" }
