package protocol

import "fmt"

// PhaseName is a phase of an operation in the model of Fig 14.1 of Coulouris, Dollimore & Kindberg. Systems go through
// them in orders of their own: gossip answers an update before it executes it.
type PhaseName uint8

// The five phases, and the operation's end. The zero value is none of them.
const (
	RequestPhase      PhaseName = iota + 1 // the front end sends the request to replicas
	CoordinationPhase                      // a replica has it, and finds out with others whether and in which order it is executed
	ExecutionPhase                         // it is being executed
	AgreementPhase                         // the replicas reach consensus on its effect
	ResponsePhase                          // a replica has answered
	PhasesEnd                              // the front end has told the client, or has given the operation up
)

// phaseNames are the names in text form, by phase.
var phaseNames = [...]string{
	RequestPhase: "request", CoordinationPhase: "coordination", ExecutionPhase: "execution",
	AgreementPhase: "agreement", ResponsePhase: "response", PhasesEnd: "end",
}

// String is the phase in one word, "" of the zero value.
func (p PhaseName) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase %d", p)
}

// MarshalText writes the word of String. Of what is no phase it is an error.
func (p PhaseName) MarshalText() ([]byte, error) {
	if p == 0 || int(p) >= len(phaseNames) {
		return nil, fmt.Errorf("there is no phase %d of an operation", p)
	}
	return []byte(phaseNames[p]), nil
}

// UnmarshalText reads it back.
func (p *PhaseName) UnmarshalText(text []byte) error {
	for i, name := range phaseNames {
		if i > 0 && name == string(text) {
			*p = PhaseName(i)
			return nil
		}
	}
	return fmt.Errorf("there is no phase %.40q of an operation", text)
}

// OperationID identifies an operation in the facts of all nodes that have to do with it, as their messages do: a RequestID
// is unique only within one life of one front end, and replicas do not know it.
type OperationID struct {
	Client NodeID `json:"client"`         // the front end's node
	Life   uint64 `json:"life"`           // what tells one life of the front end from the others, such as its random number
	Seq    uint64 `json:"seq"`            // the operation's number in that life
	Read   bool   `json:"read,omitempty"` // true of reads where reads and updates are numbered apart
}

// Phase tells that an operation entered a phase. A phase lasts until the operation enters another one. Only the first entry
// into each counts: a front end that asks again, or asks a second replica, does not put the operation back.
//
// A run makes figures of them; they are not among the facts of its history, for there are several of each operation.
//
// The front end notes RequestPhase when it sends an operation for the first time, and PhasesEnd when it replies to it or
// gives it up; both are due for every operation of which any phase is noted. Replicas note the phases between, those that
// their system has, and may do so for each copy of a message. Where an execution and an answer are one step, or one
// replica's share of it, both are noted all the same: that the time between them is nothing is what is to be told.
type Phase struct {
	Operation OperationID `json:"operation"`
	Name      PhaseName   `json:"name"`
}

func (Phase) fact() {}

// Phase notes that an operation entered a phase.
func (e *Env) Phase(operation OperationID, name PhaseName) {
	e.Note(Phase{Operation: operation, Name: name})
}
