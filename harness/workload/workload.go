// Package workload makes the operations that clients ask for: drawn from a seed, or read from a script.
//
// The package must not know who serves the operations.
package workload

import (
	"time"

	"sunder/harness/protocol"
)

// Spec describes a workload: operations drawn at a rate, or a script.
type Spec struct {
	Object  string
	Keys    int            // how many keys are used; at least 1
	Rate    int64          // operations a second, of all clients together; 0 with a script
	Mix     map[string]int // weight of each operation; empty: the object's own mix
	Timeout time.Duration  // after which a front end gives an operation up
	Script  []Step
}

// Step is one operation of a script.
type Step struct {
	At     time.Duration
	Client protocol.NodeID
	Op     protocol.Op
	Gives  Answer
}

// Object is what there is to know of an object to make operations on it.
type Object struct {
	Name, About string
	Operations  []Operation
}

// Operation is one kind of operation on an object.
type Operation struct {
	F        string
	About    string
	Args     string // how it is written in a script after its name, such as "KEY VALUE"
	Weight   int    // in the object's own mix
	ReadOnly bool
	Whole    bool // it is about all keys, and has none; only a script or a mix that names it asks for it
}
