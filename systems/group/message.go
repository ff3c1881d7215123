package group

import "sunder/harness/protocol"

// Heartbeat tells that a member is alive, and whether it has the application's state.
type Heartbeat struct {
	From     PID    `json:"from"`
	View     uint64 `json:"view"`
	HasState bool   `json:"has_state"`
}

// Stability tells how many messages of each sender, and places of the total order, a member has on disk without a gap.
type Stability struct {
	View   uint64   `json:"view"`
	Have   []uint64 `json:"have"`
	Orders uint64   `json:"orders"`
}

// JoinRequest asks to be let into the group.
type JoinRequest struct {
	From PID    `json:"from"`
	View uint64 `json:"view"` // the newest one that the process knows of
}

// LeaveRequest asks to be let out.
type LeaveRequest struct {
	From PID    `json:"from"`
	View uint64 `json:"view"`
}

// Prepare begins a ballot on the view of that number, and stops all that goes on in the view before it.
type Prepare struct {
	View   uint64 `json:"view"`
	Ballot Ballot `json:"ballot"`
}

// Promise is an acceptor's answer, and of a member its report of what it has.
type Promise struct {
	View     uint64    `json:"view"`
	Ballot   Ballot    `json:"ballot"`
	From     PID       `json:"from"`
	HasState bool      `json:"has_state"`
	HasBase  bool      `json:"has_base"` // the disk has the state of the view's beginning and all messages acknowledged since
	Accepted *Proposal `json:"accepted"`
	Have     []uint64  `json:"have"`
	Messages []Data    `json:"messages"` // that others may lack
	Ordered  uint64    `json:"ordered"`  // all members have so many places of the total order
	Orders   []Place   `json:"orders"`   // the places behind these
}

// Refusal answers a ballot that is too low.
type Refusal struct {
	View   uint64 `json:"view"`
	Ballot Ballot `json:"ballot"` // that was promised
}

// Accept asks to accept a value.
type Accept struct {
	View   uint64 `json:"view"`
	Ballot Ballot `json:"ballot"`
	Value  Value  `json:"value"`
}

// Accepted tells that it was.
type Accepted struct {
	View   uint64 `json:"view"`
	Ballot Ballot `json:"ballot"`
}

// Decide tells what was decided.
type Decide struct {
	View  uint64 `json:"view"`
	Value Value  `json:"value"`
}

// Need asks for decisions from that view on.
type Need struct {
	View uint64 `json:"view"`
}

// State gives a member that has joined the application's state at the beginning of the view.
type State struct {
	View  uint64 `json:"view"`
	State string `json:"state"`
	Sum   uint64 `json:"sum"` // of all the rest
}

// sum returns what Sum must be.
func (s *State) sum() uint64 {
	var h protocol.Hash
	h.Word(s.View)
	h.Text(s.State)
	return uint64(h)
}

// Order gives a message its place in the total order.
type Order struct {
	View     uint64 `json:"view"`
	Position uint64 `json:"position"` // from 1
	Place    Place  `json:"place"`
}

// Nak asks for messages of a sender, or for places of the total order if Rank is -1.
type Nak struct {
	View uint64 `json:"view"`
	Rank int    `json:"rank"`
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// Name is the message's name.
func (Heartbeat) Name() string { return "HB" }

// Name is the message's name.
func (Stability) Name() string { return "STAB" }

// Name is the message's name.
func (JoinRequest) Name() string { return "JOIN_REQ" }

// Name is the message's name.
func (LeaveRequest) Name() string { return "LEAVE_REQ" }

// Name is the message's name.
func (Prepare) Name() string { return "PREPARE" }

// Name is the message's name.
func (Promise) Name() string { return "PROMISE" }

// Name is the message's name.
func (Refusal) Name() string { return "NACK" }

// Name is the message's name.
func (Accept) Name() string { return "ACCEPT" }

// Name is the message's name.
func (Accepted) Name() string { return "ACCEPTED" }

// Name is the message's name.
func (Decide) Name() string { return "DECIDE" }

// Name is the message's name.
func (Need) Name() string { return "NEED" }

// Name is the message's name.
func (State) Name() string { return "STATE" }

// Name is the message's name.
func (Data) Name() string { return "DATA" }

// Name is the message's name.
func (Order) Name() string { return "ORDER" }

// Name is the message's name.
func (Nak) Name() string { return "NAK" }

// Messages lists a zero value of each message of the layer.
func Messages() []protocol.Message {
	return []protocol.Message{
		Heartbeat{}, Stability{}, JoinRequest{}, LeaveRequest{}, Prepare{}, Promise{}, Refusal{}, Accept{}, Accepted{}, Decide{}, Need{},
		State{}, Data{}, Order{}, Nak{}, LeaseRequest{}, LeaseGrant{}, Destroy{},
	}
}
