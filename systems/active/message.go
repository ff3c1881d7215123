package active

import (
	"encoding/json"
	"fmt"

	"sunder/harness/protocol"
	"sunder/systems/group"
)

// RequestID identifies a request of a front end. What is ordered and what is read locally is counted apart, both from 1.
type RequestID struct {
	From  group.FrontEndID `json:"from"`
	Seq   uint64           `json:"seq"`
	Local bool             `json:"local,omitempty"`
}

// operation names the operation of a request in facts.
func (id RequestID) operation() protocol.OperationID {
	return protocol.OperationID{Client: id.From.Node, Life: id.From.Incarnation, Seq: id.Seq, Read: id.Local}
}

// Request asks for an operation. A request that is sent again is the same.
type Request struct {
	ID     RequestID   `json:"id"`
	Done   uint64      `json:"done"`             // the front end has ended all its ordered requests up to this one
	After  uint64      `json:"after,omitempty"`  // a local read is to reflect so many executions
	Pinned bool        `json:"pinned,omitempty"` // only the replica that it was sent to is to answer
	Op     protocol.Op `json:"op"`
}

// Reply answers it.
type Reply struct {
	ID    RequestID      `json:"id"`
	Index uint64         `json:"index"` // executions that the answer reflects
	Reply protocol.Reply `json:"reply"`
}

// Name is by what faults select the message.
func (Request) Name() string { return "REQ" }

// Name is by what faults select the message.
func (Reply) Name() string { return "REPLY" }

// ordered is what is multicast: a request, and who answers it.
type ordered struct {
	Request Request
	Relay   protocol.NodeID
}

// payload writes it for the replicas. What only its relay needs of a request stays there.
func (o *ordered) payload() string {
	b := group.AppendText(make([]byte, 0, 80), string(o.Relay))
	b = group.AppendNumber(group.AppendFrontEnd(b, o.Request.ID.From), o.Request.ID.Seq)
	b = group.AppendFlag(group.AppendNumber(b, o.Request.Done), o.Request.Pinned)
	return string(group.AppendOp(b, o.Request.Op))
}

// parse reads what payload wrote.
func parse(payload string) (o ordered) {
	r := group.NewReader(payload)
	o.Relay = protocol.NodeID(r.Text())
	o.Request.ID.From, o.Request.ID.Seq = r.FrontEnd(), r.Number()
	o.Request.Done, o.Request.Pinned = r.Number(), r.Flag()
	o.Request.Op = r.Op()
	return o
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("active: what is not JSON: %+v: %v", v, err))
	}
	return string(data)
}

// decode reads what encode wrote.
func decode(data string, to any) {
	if err := json.Unmarshal([]byte(data), to); err != nil {
		panic(fmt.Sprintf("active: what was never written: %v: %.200q", err, data))
	}
}
