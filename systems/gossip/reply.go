package gossip

import (
	"slices"

	"sunder/harness/protocol"
)

// Receive handles a message.
func (f *FrontEnd) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case QueryReply:
		f.receiveQueryReply(env, m)
	case UpdateReply:
		f.receiveUpdateReply(env, from, m)
	case Retry:
		f.receiveRetry(env, m)
	case OutOfBand:
		f.receiveOutOfBand(env, from, m)
	case OutOfBandAck:
		f.receiveOutOfBandAck(env, from, m)
	}
}

// find returns the open request that an answer is for, nil if it is not open any more.
func (f *FrontEnd) find(k kind, id FrontEndID, seq uint64) *request {
	for _, r := range f.open {
		if r.kind == k && (r.seq == seq && id == f.id || f.config.Mutant == mutantLateReply) {
			return r
		}
	}
	return nil
}

// receiveQueryReply ends a query: from now on the client has seen the state that it was answered from.
func (f *FrontEnd) receiveQueryReply(env *protocol.Env, m QueryReply) {
	r := f.find(query, m.ID.FrontEnd, m.ID.Seq)
	if r == nil {
		return
	}
	if f.config.Mutant != mutantForgetsRead {
		f.prev = merge(f.prev, m.New)
	}
	f.end(env, r, protocol.Reply{Outcome: protocol.OK, Value: m.Value})
}

// receiveUpdateReply counts the replicas that have an update. Each may have given it a timestamp of its own, and the
// client depends on all of them, on late ones too.
func (f *FrontEnd) receiveUpdateReply(env *protocol.Env, from protocol.NodeID, m UpdateReply) {
	if m.CID.FrontEnd == f.id {
		f.prev = merge(f.prev, m.TS)
	}
	r := f.find(update, m.CID.FrontEnd, m.CID.Seq)
	if r == nil {
		env.Mark(markLateUpdateReply)
		return
	}
	if !slices.Contains(r.copies, from) {
		r.copies = append(r.copies, from)
	}
	if len(r.copies) >= f.copiesFor(r) {
		f.end(env, r, protocol.Reply{Outcome: protocol.OK})
	}
}

// receiveRetry asks the next replica: this one does not know enough.
func (f *FrontEnd) receiveRetry(env *protocol.Env, m Retry) {
	if r := f.find(query, m.ID.FrontEnd, m.ID.Seq); r != nil {
		f.resend(env, r)
	}
}

// FrontEndState is what a person sees of a front end.
type FrontEndState struct {
	Prev  Timestamp            `json:"prev"`
	Open  []protocol.RequestID `json:"open,omitempty"`
	Inbox int                  `json:"inbox,omitempty"` // messages of other clients that nobody has heard
}

// State returns a copy of the front end's state.
func (f *FrontEnd) State() any {
	s := FrontEndState{Prev: f.prev, Inbox: len(f.channel.inbox)}
	for _, r := range f.open {
		s.Open = append(s.Open, r.id)
	}
	return s
}
