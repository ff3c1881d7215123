package passive

import (
	"sunder/harness/protocol"
	"sunder/systems/group"
)

// Update is what an execution at the primary came to.
type Update struct {
	Index uint64       // its place among all updates, from 1
	ID    RequestID    // of the request
	Done  uint64       // as in the request
	Op    *protocol.Op // nil: it changed nothing
	Reply protocol.Reply
}

// Mark is a barrier: when it is delivered at its sender, all members were in the view after it was sent.
type Mark struct {
	From   group.PID
	Number uint64 // of all that the process has sent, from 1
}

// A payload begins with a letter that tells what it is.

// encode writes the mark.
func (m Mark) encode() string {
	b := group.AppendText(append(make([]byte, 0, 32), 'm'), string(m.From.Node))
	return string(group.AppendNumber(group.AppendNumber(b, m.From.Inc), m.Number))
}

// encode writes the update.
func (u *Update) encode() string {
	b := group.AppendNumber(append(make([]byte, 0, 96), 'u'), u.Index)
	b = group.AppendText(b, string(u.ID.From.Node))
	b = group.AppendNumber(group.AppendNumber(group.AppendNumber(b, u.ID.From.Incarnation), u.ID.Seq), u.Done)
	if u.Op == nil {
		b = group.AppendNumber(b, 0)
	} else {
		b = group.AppendText(group.AppendText(group.AppendNumber(b, 1), u.Op.F), u.Op.Key)
		b = group.AppendValue(b, u.Op.Value)
	}
	return string(group.AppendText(group.AppendValue(group.AppendNumber(b, uint64(u.Reply.Outcome)), u.Reply.Value), u.Reply.Error))
}

// parse reads what encode has written: an update, or a mark.
func parse(payload string) (*Update, Mark) {
	rest := group.NewReader(payload[1:])
	if payload[0] == 'm' {
		return nil, Mark{From: group.PID{Node: protocol.NodeID(rest.Text()), Inc: rest.Number()}, Number: rest.Number()}
	}
	u := &Update{Index: rest.Number()}
	u.ID.From = FrontEndID{protocol.NodeID(rest.Text()), rest.Number()}
	u.ID.Seq, u.Done = rest.Number(), rest.Number()
	if rest.Number() == 1 {
		u.Op = &protocol.Op{F: rest.Text(), Key: rest.Text(), Value: rest.Value()}
	}
	u.Reply = protocol.Reply{Outcome: protocol.Outcome(rest.Number()), Value: rest.Value(), Error: rest.Text()}
	return u, Mark{}
}
