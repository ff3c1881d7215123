package protocol

import "time"

// Fact is what a machine tells observers; it never steers the protocol. The set is closed; Own is for what only
// one system knows.
type Fact interface{ fact() }

// MessageID identifies a multicast message.
type MessageID struct {
	Sender NodeID `json:"sender"`
	Boot   uint64 `json:"boot"`
	Seq    uint64 `json:"seq"`
}

// Multicast tells that the node sent a message to its group.
type Multicast struct {
	ID    MessageID `json:"id"`
	View  uint64    `json:"view"`
	Order string    `json:"order"`
}

// Delivered tells that the node handed a multicast message to its application.
type Delivered struct {
	ID       MessageID `json:"id"`
	View     uint64    `json:"view"`
	Position uint64    `json:"position"`
}

// Installed tells that the node installed a view of its group. Incarnations are those of the members, in their order:
// a node that comes back after it was excluded, or after a crash, is another process. Without them all are 0. The
// messages of a process have its incarnation as the Boot of their MessageID.
type Installed struct {
	View         uint64   `json:"view"`
	Members      []NodeID `json:"members"`
	Incarnations []uint64 `json:"incarnations,omitempty"`
}

// Role tells that the node took a role; "primary" is how the target `primary` of a fault is found, "" gives it up.
type Role struct {
	Name string `json:"name"`
}

// Mark tells that an interesting state was reached.
type Mark struct {
	Name string `json:"name"`
}

// Left tells that the node, which was asked to leave (see Leaver), has left the cluster: it can be stopped.
type Left struct{}

// Own is a fact of one system, for the system's own invariants. Fields is a struct of that system, passed by
// value and not changed afterwards; its fields are exported, for it may cross to another process as JSON (see FactCodec).
type Own struct {
	Name   string `json:"name"`
	Fields any    `json:"fields"`
}

func (Multicast) fact() {}
func (Delivered) fact() {}
func (Installed) fact() {}
func (Role) fact()      {}
func (Mark) fact()      {}
func (Left) fact()      {}
func (Own) fact()       {}

// Noted is a Fact with its place: when (since the start of the run, on the controller's clock), at which node, in
// which boot of it.
type Noted struct {
	Time time.Duration
	Node NodeID
	Boot uint64
	Fact Fact
}
