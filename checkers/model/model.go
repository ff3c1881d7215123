// Package model holds the sequential specifications of the replicated objects: what each answers when everything
// happens one after the other. It is on purpose a second implementation of what systems/object does, and a test
// compares the two.
package model

import (
	"sunder/harness/protocol"
)

// State is the state of one object under one key. States are immutable; equal states have equal Keys.
type State interface{ Key() string }

// Call is an operation as a specification sees it.
type Call struct {
	F      string
	Input  protocol.Value
	Output protocol.Value
	// Known says that Output is what was answered; else the operation may have answered anything.
	Known bool
	// Refused says that the operation ran and was refused by its own precondition.
	Refused bool
}

// Object is the sequential specification of an object.
type Object struct {
	Name string
	// Init returns the state before the first operation. A register holds initial then; others have no use for it.
	Init func(initial protocol.Value) State
	// Step returns the state after the call, and whether a correct object could have answered so.
	Step func(State, Call) (State, bool)
	// ReadOnly tells whether the operation never changes the state.
	ReadOnly func(f string) bool
	// Debts says of a bank that its accounts may hold less than nothing.
	Debts bool
	// Learns says that a state may be what is known of the object, so that reads, too, may lead to another state: one in
	// which more is known. What is possible there is possible where less is known.
	Learns bool
	// Operations are all that it has, in the order in which they are told of.
	Operations []Operation
}
