package docker

import (
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// order is a line from the controller to a nemesis. One of its parts is set; each is answered by an answer with the same
// ID, but for one without a part, which only keeps the lease.
type order struct {
	ID     uint64  `json:"id,omitempty"`
	Take   *take   `json:"take,omitempty"`
	Apply  *rule   `json:"apply,omitempty"`
	Lift   *lift   `json:"lift,omitempty"`
	Signal *signal `json:"signal,omitempty"`
	Probe  *probe  `json:"probe,omitempty"`
	Vacate *vacate `json:"vacate,omitempty"`
}

// take tells a nemesis which pod is its own. It is the first order, and the first after a vacate.
type take struct {
	Self  protocol.NodeID            `json:"self"`
	Peers map[protocol.NodeID]string `json:"peers"` // IP addresses, its own too
	Lease time.Duration              `json:"lease"` // ns; after so long a silence everything is undone
	Seed  uint64                     `json:"seed"`  // of what is drawn for packets
}

// ruleKind says what a rule does to the packets that come from some peers.
type ruleKind string

// The kinds of rules.
const (
	ruleCut     ruleKind = "cut"     // drops them, in the kernel
	ruleCount   ruleKind = "count"   // counts those that carry data, and lets them pass
	ruleWeather ruleKind = "weather" // all that follows, drawn for each packet
)

// rule is something to be done to the packets that come from some peers.
type rule struct {
	Number  int               `json:"number"` // names it
	Kind    ruleKind          `json:"kind"`
	From    []protocol.NodeID `json:"from"`
	Weather weather           `json:"weather,omitzero"`
}

// weather is what a ruleWeather does to each packet.
type weather struct {
	Latency   nemesis.Range `json:"latency,omitzero"` // ns; added
	Loss      prng.Ratio    `json:"loss,omitempty"`
	Duplicate prng.Ratio    `json:"duplicate,omitempty"`
	Reorder   prng.Ratio    `json:"reorder,omitempty"`
	Corrupt   prng.Ratio    `json:"corrupt,omitempty"`
	Limit     nemesis.Limit `json:"limit,omitempty"` // bytes a second, for each peer
}

// countPackets is the name of the only count of rules that are no weather.
const countPackets = "packets"

// lift takes a rule away.
type lift struct {
	Number int `json:"number"`
}

// signal is what is done to the node's process.
type signal string

// The signals. Each is answered when its effect has been seen.
const (
	signalKill signal = "kill"
	signalStop signal = "stop"
	signalCont signal = "cont"
)

// probe asks which peers cannot be reached.
type probe struct {
	Patience time.Duration `json:"patience"` // ns; how long a peer is tried
}

// vacate has a nemesis undo everything, and wait for another take.
type vacate struct{}

// answer is a line from a nemesis to the controller.
type answer struct {
	ID     uint64            `json:"id,omitempty"`
	Error  string            `json:"error,omitempty"`
	Counts map[string]int64  `json:"counts,omitempty"` // of a rule that was lifted
	Deaf   []protocol.NodeID `json:"deaf,omitempty"`   // the peers that a probe did not reach
	Healed string            `json:"healed,omitempty"` // it undid everything by itself, and why
}
