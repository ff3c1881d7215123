package gossip

import (
	"cmp"
	"strconv"
	"time"

	"sunder/harness/protocol"
)

// FrontEndID names one incarnation of a front end: a front end keeps nothing on disk, so after a restart it counts from
// 1 again under another name.
type FrontEndID struct {
	Node        protocol.NodeID `json:"node"`
	Incarnation uint64          `json:"incarnation"`
}

func (f FrontEndID) compare(g FrontEndID) int {
	return cmp.Or(cmp.Compare(f.Node, g.Node), cmp.Compare(f.Incarnation, g.Incarnation))
}

// CID identifies an update: the front end numbers its updates 1, 2, 3 ... A resend keeps the number.
type CID struct {
	FrontEnd FrontEndID `json:"front_end"`
	Seq      uint64     `json:"seq"`
}

// String names the update for people; incarnations are left out.
func (c CID) String() string { return string(c.FrontEnd.Node) + ":" + strconv.FormatUint(c.Seq, 10) }

// operation names the update in facts.
func (c CID) operation() protocol.OperationID {
	return protocol.OperationID{Client: c.FrontEnd.Node, Life: c.FrontEnd.Incarnation, Seq: c.Seq}
}

// QueryID identifies a query. Queries are counted apart from updates, whose numbers must be contiguous.
type QueryID struct {
	FrontEnd FrontEndID `json:"front_end"`
	Seq      uint64     `json:"seq"`
}

// operation names the query in facts.
func (q QueryID) operation() protocol.OperationID {
	return protocol.OperationID{Client: q.FrontEnd.Node, Life: q.FrontEnd.Incarnation, Seq: q.Seq, Read: true}
}

// RecordID identifies a record: the replica that accepted the update, and the count that it gave it. Forced records stand
// behind those of the last replica, counted by the primary.
type RecordID struct {
	Replica int    `json:"replica"`
	Number  uint64 `json:"number"`
}

// Record is an update as replicas log it. TS is Prev with the accepting replica's own entry set to its count.
type Record struct {
	Replica int         `json:"replica"`
	TS      Timestamp   `json:"ts"`
	Prev    Timestamp   `json:"prev"`
	CID     CID         `json:"cid"`
	Op      protocol.Op `json:"op"`

	Immediate bool `json:"immediate,omitempty"` // of forced records: all that was accepted anywhere comes before it or after it
}

// ID returns the record's name.
func (r *Record) ID() RecordID { return RecordID{Replica: r.Replica, Number: r.TS.at(r.Replica)} }

// Query asks a replica for a read of at least the state Prev.
type Query struct {
	ID   QueryID     `json:"id"`
	Op   protocol.Op `json:"op"`
	Prev Timestamp   `json:"prev"`
}

// QueryReply answers a Query; New is the state that was read.
type QueryReply struct {
	ID    QueryID        `json:"id"`
	Value protocol.Value `json:"value"`
	New   Timestamp      `json:"new"`
}

// Retry answers a Query that was held too long: another replica may know more.
type Retry struct {
	ID QueryID `json:"id"`
}

// Order is what place an update asks for: it comes after all that it depends on (Causal), and all replicas besides agree
// on its place among forced updates (Forced), or among all updates (Immediate).
type Order uint8

// The orders.
const (
	Causal Order = iota
	Forced
	Immediate
)

// Update asks a replica to accept an update that depends on the state Prev.
type Update struct {
	CID   CID         `json:"cid"`
	Op    protocol.Op `json:"op"`
	Prev  Timestamp   `json:"prev"`
	Order Order       `json:"order,omitempty"`

	Time time.Duration `json:"time,omitempty"` // when it was sent by the front end's clock; where replicas forget by clocks
}

// Ack tells that the front end's updates up to Done have ended, answered or given up: no message for them was or will be
// sent later than Time by its clock.
type Ack struct {
	FrontEnd FrontEndID    `json:"front_end"`
	Done     uint64        `json:"done"`
	Time     time.Duration `json:"time"`
}

// UpdateReply tells that the update is in a log on disk; a state that covers TS contains it.
type UpdateReply struct {
	CID CID       `json:"cid"`
	TS  Timestamp `json:"ts"`
}

// Gossip brings the records that the receiver is not known to have, and the sender's replica timestamp. Records never
// change, so all replicas of a simulation share them.
type Gossip struct {
	Log  []*Record     `json:"log"`
	TS   Timestamp     `json:"ts"`
	Time time.Duration `json:"time,omitempty"` // the sender's clock; where replicas forget by clocks
}

// GossipRequest asks for a Gossip now.
type GossipRequest struct{}

// OutOfBand is a message from one client to another, sent by the one's front end to the other's with the state that its
// sender depends on (Fig 14.7). Seq counts the messages of a pair of front ends; below Floor the sender has none left
// to deliver: each was acknowledged or given up.
type OutOfBand struct {
	From    FrontEndID     `json:"from"`
	Seq     uint64         `json:"seq"`
	Floor   uint64         `json:"floor"`
	Payload protocol.Value `json:"payload"`
	TS      Timestamp      `json:"ts"`
}

// OutOfBandAck tells that a message has arrived, or is no longer wanted.
type OutOfBandAck struct {
	To  FrontEndID `json:"to"`
	Seq uint64     `json:"seq"`
}

// Name is the message's name.
func (Query) Name() string { return "QUERY" }

// Name is the message's name.
func (QueryReply) Name() string { return "QREP" }

// Name is the message's name.
func (Retry) Name() string { return "RETRY" }

// Name is the message's name.
func (Update) Name() string { return "UPDATE" }

// Name is the message's name.
func (Ack) Name() string { return "ACK" }

// Name is the message's name.
func (UpdateReply) Name() string { return "UREP" }

// Name is the message's name.
func (Gossip) Name() string { return "GOSSIP" }

// Name is the message's name.
func (GossipRequest) Name() string { return "GREQ" }

// Name is the message's name.
func (OutOfBand) Name() string { return "OOB" }

// Name is the message's name.
func (OutOfBandAck) Name() string { return "OOBACK" }

// messages lists one zero value of each message.
func messages() []protocol.Message {
	return []protocol.Message{
		Query{}, QueryReply{}, Retry{}, Update{}, UpdateReply{}, Gossip{}, GossipRequest{}, OutOfBand{}, OutOfBandAck{}, Ack{},
		Forward{}, Heartbeat{}, Elect{}, Vote{}, Refusal{}, Prepare{}, PrepareAck{}, Chosen{},
		Stop{}, Stopped{}, Commit{}, Abort{}, Ended{},
	}
}
