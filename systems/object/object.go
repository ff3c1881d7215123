// Package object holds the application objects that systems replicate: register, counter, set, board, log, bank and multicast. An
// object has many keys, each with a state of its own.
//
// Objects are deterministic: the same operations in the same order give the same answers and the same state. The
// package must not know how an object is replicated, nor who judges its answers (checkers/model is on purpose
// another implementation of the same objects).
package object

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sunder/harness/protocol"
)

// Object is one application object.
type Object interface {
	// Check tells why op is not one that the object can execute; nil if it can. It depends on op alone.
	Check(op protocol.Op) error
	// ReadOnly tells whether an operation of that name never changes the state.
	ReadOnly(f string) bool
	// Apply executes op. An update is answered OK with null, a read OK with what it saw. What Check refuses is
	// answered Fail, and changes nothing.
	Apply(op protocol.Op) protocol.Reply
	// State returns what each key holds, ready for encoding as JSON. Two objects that answer alike have equal
	// states. It does not alias the object.
	State() any
	// Snapshot returns the state as JSON: equal states give equal bytes.
	Snapshot() []byte
	// Restore replaces the state by what Snapshot returned.
	Restore(snapshot []byte) error
}

// New returns the object of a name in its first state, and whether there is such an object.
func New(name string) (Object, bool) {
	switch name {
	case "register":
		return newRegister(), true
	case "counter":
		return newCounter(), true
	case "set":
		return newSet(), true
	case "board":
		return newBoard(), true
	case "log":
		return newLog(), true
	case "bank":
		return newBank(), true
	case "multicast":
		return newMulticast(), true
	}
	return nil, false
}

// operation is one operation on states of type S.
type operation[S any] struct {
	name     string
	readOnly bool
	check    func(argument protocol.Value) error
	apply    func(state S, argument protocol.Value) (S, protocol.Reply)
}

// keyed is an object that has a state of type S for each key.
type keyed[S any] struct {
	name       string
	operations []operation[S]
	initial    S
	clone      func(S) S
	states     map[string]S
}

func (k *keyed[S]) find(f string) (operation[S], error) {
	for _, o := range k.operations {
		if o.name == f {
			return o, nil
		}
	}
	names := make([]string, len(k.operations))
	for i, o := range k.operations {
		names[i] = o.name
	}
	return operation[S]{}, fmt.Errorf("a %s has no operation %q (it has %s)", k.name, f, strings.Join(names, ", "))
}

// Check looks for the operation and at its argument.
func (k *keyed[S]) Check(op protocol.Op) error {
	o, err := k.find(op.F)
	if err != nil {
		return err
	}
	if err := o.check(op.Value); err != nil {
		return fmt.Errorf("%s: %w", op.F, err)
	}
	return nil
}

// ReadOnly tells whether there is such an operation and it changes nothing.
func (k *keyed[S]) ReadOnly(f string) bool {
	o, err := k.find(f)
	return err == nil && o.readOnly
}

// Apply executes op on the state of its key.
func (k *keyed[S]) Apply(op protocol.Op) protocol.Reply {
	if err := k.Check(op); err != nil {
		return protocol.Reply{Outcome: protocol.Fail, Error: err.Error()}
	}
	o, _ := k.find(op.F)
	state, written := k.states[op.Key]
	if !written {
		state = k.initial
	}
	next, reply := o.apply(state, op.Value)
	if !o.readOnly && reply.Outcome == protocol.OK {
		k.states[op.Key] = next
	}
	return reply
}

// State returns the states by key.
func (k *keyed[S]) State() any {
	states := maps.Clone(k.states)
	for key, state := range states {
		states[key] = k.clone(state)
	}
	return states
}

// Snapshot writes the states as a JSON object, its keys in order.
func (k *keyed[S]) Snapshot() []byte {
	data, err := json.Marshal(k.states)
	if err != nil {
		panic(fmt.Sprintf("object: a state of %s that is not JSON: %v: %v", k.name, k.states, err))
	}
	return data
}

// Restore reads what Snapshot wrote.
func (k *keyed[S]) Restore(snapshot []byte) error {
	states := map[string]S{}
	if err := json.Unmarshal(snapshot, &states); err != nil {
		return fmt.Errorf("restoring a %s: %w", k.name, err)
	}
	k.states = states
	return nil
}

func ok(v protocol.Value) protocol.Reply { return protocol.Reply{Outcome: protocol.OK, Value: v} }

// anything accepts every argument but none at all.
func anything(v protocol.Value) error {
	if v.IsNull() {
		return fmt.Errorf("wants a value")
	}
	return nil
}

func nothing(v protocol.Value) error {
	if !v.IsNull() {
		return fmt.Errorf("takes no value, not %s", v)
	}
	return nil
}

// insert puts v into a sorted list, behind its equals.
func insert(list []protocol.Value, v protocol.Value) []protocol.Value {
	i, _ := slices.BinarySearchFunc(list, v, func(a, b protocol.Value) int {
		if a.Compare(b) <= 0 {
			return -1
		}
		return 1
	})
	return slices.Insert(list, i, v)
}
