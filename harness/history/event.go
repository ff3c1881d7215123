// Package history holds what was observed of a run: events as clients and the nemesis saw them, the operations
// that they make up, the faults, and what observers inside the system were told.
//
// The words are Jepsen's. The package must not know who recorded a history, nor how it is judged.
package history

import (
	"encoding/json"
	"fmt"
	"time"

	"sunder/harness/protocol"
)

// Nemesis is the process of what is done to the system, written "nemesis" in JSON.
const Nemesis = -1

// Type says what an event tells of its operation.
type Type uint8

// The types of events.
const (
	Invoke Type = iota + 1 // it begins
	OK                     // it happened
	Fail                   // it did not happen and never will
	Info                   // it may or may not happen, now or later
)

var typeNames = [...]string{Invoke: "invoke", OK: "ok", Fail: "fail", Info: "info"}

// String is the type as histories write it.
func (t Type) String() string {
	if t < Invoke || t > Info {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeNames[t]
}

// ParseType reads what String writes.
func ParseType(text string) (Type, error) {
	for t := Invoke; t <= Info; t++ {
		if typeNames[t] == text {
			return t, nil
		}
	}
	return 0, fmt.Errorf("an event's type is invoke, ok, fail or info, not %q", text)
}

// Event is one line of a history. A client's event carries Value as far as it is known (a read's is null when it
// begins); an event of the nemesis carries Detail instead.
type Event struct {
	Time    time.Duration // since the start of the run, on the controller's clock
	Process int           // the logical, single-threaded process; Nemesis
	Type    Type
	F       string
	Key     string
	Value   protocol.Value
	Error   string
	Node    protocol.NodeID // the front end of the process, if known
	Via     protocol.NodeID // the replica that was asked for by name, if any
	Detail  json.RawMessage // of the nemesis: what was done
}
