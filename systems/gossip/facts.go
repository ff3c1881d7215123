package gossip

import (
	"slices"

	"sunder/harness/protocol"
)

// factChanged is the name of the one fact of a replica's own.
const factChanged = "gossip/changed"

// changed is the fact that an event has changed a replica's state, noted when the disk has it. It is also noted at each
// start, of the state that the disk kept.
type changed struct {
	ValueTS   Timestamp   `json:"value_ts"`
	Table     []Timestamp `json:"table"`
	Self      int         `json:"self"` // the row of the replica itself: its replica timestamp
	Executed  []CID       `json:"executed,omitempty"`
	Before    []uint64    `json:"before,omitempty"` // how many immediate updates took effect before each; where there are any
	Discarded []RecordID  `json:"discarded,omitempty"`
}

func (r *Replica) note(env *protocol.Env, c changed) {
	c.ValueTS, c.Table, c.Self = r.valueTS, slices.Clone(r.table), r.index
	env.Note(protocol.Own{Name: factChanged, Fields: c})
}

// each calls f for every change among facts, with its position, until f returns a violation.
func each[V any](facts []protocol.Noted, f func(position int, at protocol.Noted, c changed) *V) *V {
	for i, noted := range facts {
		own, isOwn := noted.Fact.(protocol.Own)
		if !isOwn || own.Name != factChanged {
			continue
		}
		c, isChanged := own.Fields.(changed)
		if !isChanged {
			continue
		}
		if v := f(i, noted, c); v != nil {
			return v
		}
	}
	return nil
}
