package group

import (
	"slices"

	"sunder/harness/protocol"
)

// farthest is how far ahead of the last one that a member holds a message or a place may be: more is damage, and would
// only cost memory.
const farthest = 1 << 14

// sound tells whether a message can be one of this group's: from one of its nodes, speaking for itself, and of a form that
// fits the view that it is about. Whatever else comes is not heard at all: it was damaged on its way, or a stranger's. What a
// sound message says may still be wrong; the protocol is not made for members that lie.
func (g *Group) sound(from protocol.NodeID, m protocol.Message) bool {
	if !slices.Contains(g.config.Nodes, from) {
		return false
	}
	switch m := m.(type) {
	case Heartbeat:
		return g.speaks(from, m.From)
	case JoinRequest:
		return g.speaks(from, m.From)
	case LeaveRequest:
		return g.speaks(from, m.From)
	case State:
		return m.Sum == m.sum()
	case Data:
		return m.Sum == m.sum() && (m.View != g.View.Number || g.soundData(m) && m.Seq <= uint64(len(g.Held[m.Rank]))+farthest)
	case Order:
		return m.View != g.View.Number || m.Position > 0 && m.Position <= uint64(len(g.Orders))+farthest && g.soundPlace(m.Place)
	case Nak:
		return m.View != g.View.Number || m.From > 0 && -1 <= m.Rank && m.Rank < len(g.View.Members)
	case Stability:
		return m.View != g.View.Number || len(m.Have) == len(g.View.Members)
	default:
		return g.soundAgreement(from, m)
	}
}

// soundAgreement is sound for the messages of ballots.
func (g *Group) soundAgreement(from protocol.NodeID, m protocol.Message) bool {
	switch m := m.(type) {
	case Prepare:
		return m.View > 0 && m.Ballot.Node == from && m.Ballot.Round > 0
	case Promise:
		return g.speaks(from, m.From) && (m.View != g.View.Number+1 || g.soundPromise(m))
	case Refusal:
		return g.isNode(m.Ballot.Node)
	case Accept:
		return m.View > 0 && m.Ballot.Node == from && m.Ballot.Round > 0 && g.soundValue(m.View, m.Value)
	case Accepted:
		return slices.Contains(g.nodes(), from)
	case Decide:
		return g.soundValue(m.View, m.Value)
	}
	return true
}

// speaks tells whether a process can be one of the node that speaks for it.
func (g *Group) speaks(from protocol.NodeID, p PID) bool { return p.Node == from && p.Inc > 0 }

func (g *Group) isNode(id protocol.NodeID) bool { return slices.Contains(g.config.Nodes, id) }

// soundPlace tells whether a message with that place can be one of the view.
func (g *Group) soundPlace(p Place) bool {
	return 0 <= p.Rank && p.Rank < len(g.View.Members) && p.Seq > 0
}

// soundData tells whether a message can be one of the view.
func (g *Group) soundData(d Data) bool {
	return g.soundPlace(Place{d.Rank, d.Seq}) && len(d.VC) == len(g.View.Members) && d.VC[d.Rank] == d.Seq
}

// soundPromise tells whether a promise for the next view can be one of an acceptor's.
func (g *Group) soundPromise(m Promise) bool {
	if !slices.Contains(g.nodes(), m.From.Node) || len(m.Have) != len(g.View.Members) {
		return false
	}
	return g.soundContents(m.Messages, m.Orders) && (m.Accepted == nil || g.soundValue(m.View, m.Accepted.Value))
}

// soundContents tells whether messages and places can be ones of the view.
func (g *Group) soundContents(messages []Data, places []Place) bool {
	for _, d := range messages {
		if d.View != g.View.Number || d.Sum != d.sum() || !g.soundData(d) {
			return false
		}
	}
	for _, p := range places {
		if !g.soundPlace(p) {
			return false
		}
	}
	return true
}

// soundValue tells whether a value can be one of the view of that number: its members are different nodes of the group, and
// those who have the state are among them; and if the view is the next one, what is delivered before it is of this one.
func (g *Group) soundValue(view uint64, v Value) bool {
	for i, p := range v.Members {
		twice := slices.ContainsFunc(v.Members[:i], func(q PID) bool { return q.Node == p.Node })
		if twice || p.Inc == 0 || !g.isNode(p.Node) {
			return false
		}
	}
	for _, p := range v.Stateful {
		if !slices.Contains(v.Members, p) {
			return false
		}
	}
	if view != g.View.Number+1 {
		return true
	}
	ends := g.Exists() && len(v.Acts) > len(g.View.Acts)
	return (len(v.Members) > 0) != ends && len(v.Cut) == len(g.View.Members) && g.soundContents(v.Messages, v.Orders)
}
