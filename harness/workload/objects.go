package workload

import "slices"

// The operations between clients, beside every object: Fig 14.7.
const (
	Tell = "tell"
	Hear = "hear"
)

// The operations on a group as a whole: Fig 14.2.
const (
	Create  = "create"
	Destroy = "destroy"
)

// Aside tells whether an operation is between clients, not on an object.
func Aside(f string) bool { return f == Tell || f == Hear }

// MixOf is the mix of an object's operations on keys that are among those given, each with its own weight, but at least 1.
// Tell and hear are in it only if asides says so.
func MixOf(object string, operations []string, asides bool) map[string]int {
	o, _ := Lookup(object)
	out := map[string]int{}
	for _, op := range o.Operations {
		if slices.Contains(operations, op.F) && (asides || !Aside(op.F)) && !op.Whole {
			out[op.F] = max(op.Weight, 1)
		}
	}
	if out[Tell] == 0 || out[Hear] == 0 { // one is nothing without the other
		delete(out, Tell)
		delete(out, Hear)
	}
	return out
}

// Objects returns what workloads can be made for.
func Objects() []Object {
	read := Operation{F: "read", About: "returns what is there", Args: "KEY", Weight: 2, ReadOnly: true}
	aside := []Operation{
		{F: Tell, About: "tells another client something, outside of the system", Args: "CLIENT [PAYLOAD]", ReadOnly: true},
		{F: Hear, About: "waits for what another client tells, and returns who it was", ReadOnly: true},
	}
	objects := []Object{
		{Name: "register", About: "a value for each key", Operations: []Operation{
			read,
			{F: "write", About: "puts a value in place of the former", Args: "KEY VALUE", Weight: 1},
			{F: "cas", About: "puts a value in place of another, if it is that", Args: "KEY OLD NEW", Weight: 1},
		}},
		{Name: "counter", About: "a number for each key", Operations: []Operation{
			read,
			{F: "add", About: "adds to the number", Args: "KEY NUMBER", Weight: 1},
		}},
		{Name: "set", About: "a set of elements for each key, which only grows", Operations: []Operation{
			read,
			{F: "add", About: "puts an element in", Args: "KEY ELEMENT", Weight: 1},
		}},
		{Name: "board", About: "a bulletin board for each key: postings with the numbers of those that they reply to", Operations: []Operation{
			read,
			{F: "post", About: "puts up a posting", Args: "KEY ID [PARENT...]", Weight: 1},
		}},
		{Name: "log", About: "a list of elements for each key, which only grows at its end", Operations: []Operation{
			read,
			{F: "append", About: "puts an element behind all others", Args: "KEY ELEMENT", Weight: 1},
		}},
		{Name: "bank", About: "an account for each key, which is never overdrawn", Operations: []Operation{
			read,
			{F: "deposit", About: "pays in", Args: "KEY NUMBER", Weight: 1},
			{F: "withdraw", About: "pays out, unless the account does not hold as much", Args: "KEY NUMBER", Weight: 1},
		}},
		{Name: "multicast", About: "a group of processes: for each key the messages that a member has delivered, in that order", Operations: []Operation{
			read,
			{F: "multicast", About: "sends a message to all members", Args: "KEY MESSAGE", Weight: 1},
			{F: Create, About: "creates the group, with the replica that is asked as its only member, if there is none; the others join", Whole: true},
			{F: Destroy, About: "destroys the group, and all that was delivered in it", Whole: true},
		}},
	}
	for i := range objects {
		objects[i].Operations = append(objects[i].Operations, aside...)
	}
	return objects
}

// Lookup returns the object of a name, and whether there is one. cas-register is another name of register.
func Lookup(name string) (Object, bool) {
	if name == "cas-register" {
		name = "register"
	}
	objects := Objects()
	i := slices.IndexFunc(objects, func(o Object) bool { return o.Name == name })
	if i < 0 {
		return Object{}, false
	}
	return objects[i], true
}

// Operation returns the operation of a name, and whether there is one.
func (o Object) Operation(f string) (Operation, bool) {
	i := slices.IndexFunc(o.Operations, func(op Operation) bool { return op.F == f })
	if i < 0 {
		return Operation{}, false
	}
	return o.Operations[i], true
}

// OnKey tells whether an operation is on a key of the object: not one between clients, nor one on the whole.
func (o Object) OnKey(f string) bool {
	op, _ := o.Operation(f)
	return !Aside(f) && !op.Whole
}

// ReadOnly tells whether an operation never changes the object.
func (o Object) ReadOnly(f string) bool {
	op, _ := o.Operation(f)
	return op.ReadOnly
}
