// Package protocol is the contract between a replicated system and whatever runs it, and the words of that
// contract. A replica is a Machine, a client's side of the system is a FrontEnd; their methods are the only
// entries, and an Env is all that they may touch.
//
// The package must not know how a machine is run (simulated or in a container), nor how its promises are judged.
package protocol

// NodeID names a node of the network: r1, r2 ... are replicas, c1, c2 ... are front ends.
type NodeID string

// RequestID numbers the requests that a front end is given; unique for the front end's lifetime in a run.
type RequestID uint64

// Timer names a timer of one machine.
type Timer string

// Saved is what the disk kept when a machine starts.
type Saved struct {
	Boot     uint64   // starts of this node before this one; 0 at the first
	Snapshot []byte   // the last snapshot that survived; nil if none
	Log      [][]byte // the records appended after it that survived, in order
	Damaged  bool     // a damaged record was cut off the end of Log
}

// Message is what machines send one another: a struct of the protocol with exported fields, passed by value and
// never changed once sent. Between processes it travels as JSON, so a round trip must give an equal value.
type Message interface {
	// Name is the message's type as the protocol calls it, such as GOSSIP; faults select messages by it.
	Name() string
}

// Machine is a deterministic state machine: the same state and the same call with the same Env inputs give the
// same effects. No clock, goroutine, I/O, global randomness, floating point, nor the order of a map, may reach an
// effect.
type Machine interface {
	// Start is called first, once for each boot.
	Start(env *Env, saved Saved)
	// Receive handles a message. A message of an unknown type is ignored.
	Receive(env *Env, from NodeID, m Message)
	// Timeout is called when a timer that was set has run out.
	Timeout(env *Env, t Timer)
}

// FrontEnd is a Machine that clients talk to. It owes each request one Reply; a reply to a request that it has
// already answered is ignored.
type FrontEnd interface {
	Machine
	Request(env *Env, id RequestID, op Op)
}

// Leaver is a Machine of a cluster whose replicas can leave while it runs.
type Leaver interface {
	Machine
	// Leave asks the machine to leave its cluster for good. It goes on serving until the others do without it, and then
	// notes Left: its node is stopped when it has done what it recorded in that call. One that is down when it is asked, or
	// is restarted before it has left, is asked again after its Start.
	Leave(env *Env)
}

// Inspector is optional for a Machine. State returns what a person wants to see of it, ready for encoding as
// JSON; it must not alias what the machine goes on changing.
type Inspector interface{ State() any }

// Op is what a client asks for. It is the one operation type: workloads make it, machines execute it, histories
// record it.
type Op struct {
	F     string // what to do: read, write, cas, add, ...
	Key   string // on which object; "" where there is only one
	Value Value  // the argument; null for a read
	Via   NodeID // the replica that must serve it; "" is the front end's choice
}

// Outcome says what is known of an operation that has ended.
type Outcome uint8

// The outcomes. The zero value is none of them.
const (
	OK   Outcome = iota + 1 // it happened
	Fail                    // it did not happen and never will
	Info                    // it may or may not happen, now or later
)

// String is the outcome as histories write it.
func (o Outcome) String() string {
	switch o {
	case OK:
		return "ok"
	case Fail:
		return "fail"
	case Info:
		return "info"
	}
	return "none"
}

// Reply ends a request. Error is "" or one word or sentence; Refused is the one that checkers may use as an
// observation.
type Reply struct {
	Outcome Outcome
	Value   Value
	Error   string
}

// Refused is the Error of an operation that ran and was refused by its own precondition (a cas that did not
// match, an overdraft). It changed nothing, and says something of the state it met.
const Refused = "refused"
