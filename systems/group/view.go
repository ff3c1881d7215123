package group

import (
	"cmp"
	"slices"

	"sunder/harness/protocol"
)

// PID is a process: one life of a node in the group. A node that crashed or was excluded comes back as another one, for
// what it knew is lost or out of date.
type PID struct {
	Node protocol.NodeID `json:"node"`
	Inc  uint64          `json:"inc"` // from 1
}

// View is the membership that all members agree on, in the order of seniority. The rank of a member is its place there.
type View struct {
	Number   uint64 `json:"number"`
	Members  []PID  `json:"members"`
	Stateful []PID  `json:"stateful"`       // those who had the application's state when the view began
	Acts     []Act  `json:"acts,omitempty"` // by which the group was created or destroyed up to now
}

// rank returns the rank of a process, -1 if it is no member.
func (v View) rank(p PID) int { return slices.Index(v.Members, p) }

// at returns the rank of the member on a node, -1 if there is none.
func (v View) at(node protocol.NodeID) int {
	return slices.IndexFunc(v.Members, func(p PID) bool { return p.Node == node })
}

// majority is how many nodes of the view must take part in a decision on the next one.
func (g *Group) majority() int {
	if !g.Exists() {
		return len(g.config.First)/2 + 1
	}
	return len(g.View.Members)/2 + 1
}

// Ballot numbers the attempts to agree on a view.
type Ballot struct {
	Round uint64          `json:"round"` // 0: none
	Node  protocol.NodeID `json:"node"`
}

// compare orders ballots.
func (b Ballot) compare(o Ballot) int {
	return cmp.Or(cmp.Compare(b.Round, o.Round), cmp.Compare(b.Node, o.Node))
}

// Value is what is agreed on: the members of the next view, and what they deliver in this one before they go on.
type Value struct {
	Members  []PID    `json:"members"`
	Stateful []PID    `json:"stateful"`
	Cut      []uint64 `json:"cut"`      // by rank: how many messages of each sender are delivered in the old view
	Messages []Data   `json:"messages"` // those of them that somebody may lack
	Ordered  uint64   `json:"ordered"`  // everybody has so many places of the total order
	Orders   []Place  `json:"orders"`   // the places behind these
	Restored bool     `json:"restored"` // nobody alive had the state: Stateful rebuild it from their disks
	Acts     []Act    `json:"acts,omitempty"`
}

// Place is a place in the total order of a view: a message by the rank of its sender and its number there.
type Place struct {
	Rank int    `json:"rank"`
	Seq  uint64 `json:"seq"`
}

// Proposal is a value that an acceptor has accepted.
type Proposal struct {
	Ballot Ballot `json:"ballot"`
	Value  Value  `json:"value"`
}

// Data is a multicast message of a view.
type Data struct {
	View    uint64   `json:"view"`
	Rank    int      `json:"rank"`   // of the sender
	Seq     uint64   `json:"seq"`    // from 1
	Number  uint64   `json:"number"` // of its sender's life, over all views, from 1
	VC      []uint64 `json:"vc"`     // by rank: what the sender had delivered of each other when it sent this
	Payload string   `json:"payload"`
	Sum     uint64   `json:"sum"` // of all the rest
}

// sum returns what Sum must be. Members keep a message on disk and hand it on, so damage done on its way would spread.
func (d *Data) sum() uint64 {
	var h protocol.Hash
	for _, word := range [...]uint64{d.View, uint64(d.Rank), d.Seq, d.Number} {
		h.Word(word)
	}
	for _, n := range d.VC {
		h.Word(n)
	}
	h.Text(d.Payload)
	return uint64(h)
}
