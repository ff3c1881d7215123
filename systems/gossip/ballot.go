package gossip

import (
	"cmp"
	"strconv"
)

// Ballot numbers the attempts to be primary: of two, the one of the higher round wins, and in a round the replica of
// the higher index. The zero Ballot is before all.
type Ballot struct {
	Round   uint64 `json:"round"`
	Replica int    `json:"replica"`
}

func (b Ballot) compare(c Ballot) int {
	return cmp.Or(cmp.Compare(b.Round, c.Round), cmp.Compare(b.Replica, c.Replica))
}

func (b Ballot) below(c Ballot) bool { return b.compare(c) < 0 }

// String writes round and replica, as 3/r1.
func (b Ballot) String() string {
	return strconv.FormatUint(b.Round, 10) + "/r" + strconv.Itoa(b.Replica+1)
}

// Prepared is a record that a replica has accepted for its place in the total order, and the ballot under which it last
// did. It is not known to be chosen.
type Prepared struct {
	Ballot Ballot  `json:"ballot"`
	Record *Record `json:"record"`
}

// majority is how many replicas two of which always have one in common.
func (r *Replica) majority() int { return len(r.replicas)/2 + 1 }
