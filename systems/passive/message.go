package passive

import (
	"encoding/json"
	"fmt"

	"sunder/harness/protocol"
)

// FrontEndID is one life of a front end.
type FrontEndID struct {
	Node        protocol.NodeID `json:"node"`
	Incarnation uint64          `json:"incarnation"`
}

// RequestID identifies a request of a front end. Reads and updates are counted apart, both from 1.
type RequestID struct {
	From FrontEndID `json:"from"`
	Seq  uint64     `json:"seq"`
	Read bool       `json:"read"`
}

// operation names the operation in facts.
func (i RequestID) operation() protocol.OperationID {
	return protocol.OperationID{Client: i.From.Node, Life: i.From.Incarnation, Seq: i.Seq, Read: i.Read}
}

// Request asks a replica for an operation. A request that is sent again is the same.
type Request struct {
	ID     RequestID   `json:"id"`
	Done   uint64      `json:"done"`   // the front end has ended all its updates up to this one
	After  uint64      `json:"after"`  // the front end has seen the effect of that many updates
	Pinned bool        `json:"pinned"` // this replica must answer, whether it is the primary or not
	Op     protocol.Op `json:"op"`
}

// Reply answers it.
type Reply struct {
	ID    RequestID      `json:"id"`
	Index uint64         `json:"index"` // how many updates the answer reflects
	Reply protocol.Reply `json:"reply"`
}

// Redirect names the primary to a front end that has asked another replica.
type Redirect struct {
	ID      RequestID       `json:"id"`
	Primary protocol.NodeID `json:"primary"`
}

// Busy tells a front end that the replica can take no request now. It did not execute the one that this answers.
type Busy struct {
	ID RequestID `json:"id"`
}

// Name is by what faults select the message.
func (Request) Name() string { return "REQ" }

// Name is by what faults select the message.
func (Reply) Name() string { return "REPLY" }

// Name is by what faults select the message.
func (Redirect) Name() string { return "REDIRECT" }

// Name is by what faults select the message.
func (Busy) Name() string { return "BUSY" }

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("passive: what is not JSON: %+v: %v", v, err))
	}
	return string(data)
}

// decode reads what encode wrote.
func decode(data string, to any) {
	if err := json.Unmarshal([]byte(data), to); err != nil {
		panic(fmt.Sprintf("passive: what was never written: %v: %.200q", err, data))
	}
}
