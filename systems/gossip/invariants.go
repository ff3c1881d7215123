package gossip

import (
	"fmt"

	"sunder/harness/protocol"
	"sunder/systems"
)

// The names of the invariants.
const (
	timestampsWithinName    = "timestamps-within"
	timestampsGrowName      = "timestamps-grow"
	discardedEverywhereName = "discarded-everywhere"
	executedOnceName        = "executed-once"
	forcedOrderName         = "forced-order"
	immediateOrderName      = "immediate-order"
)

// invariants lists what is always true inside the system; the section on guarantees numbers the first three.
func invariants() []systems.Invariant {
	return []systems.Invariant{
		{
			Name: timestampsWithinName, Check: timestampsWithin,
			About: "what a value reflects is in the log or was: valueTS <= replicaTS (INV-G1)",
		},
		{
			Name: timestampsGrowName, Check: timestampsGrow,
			About: "valueTS, replicaTS and the timestamp table never decrease, across crashes neither (INV-G2)",
		},
		{
			Name: discardedEverywhereName, Check: discardedEverywhere,
			About: "a record that a replica drops is logged by all replicas (INV-G3)",
		},
		{
			Name: executedOnceName, Check: executedOnce,
			About: "an update takes effect at most once at each replica",
		},
		{
			Name: forcedOrderName, Check: oneForcedOrder,
			About: "every position in the total order belongs to one forced update, and replicas execute them by position",
		},
		{
			Name: immediateOrderName, Check: oneImmediateOrder,
			About: "as many immediate updates precede an update at one replica as at another",
		},
	}
}

func violated(positions []int, format string, args ...any) *systems.Violation {
	return &systems.Violation{Sentence: fmt.Sprintf(format, args...), Facts: positions}
}

func timestampsWithin(facts []protocol.Noted) *systems.Violation {
	return each(facts, func(i int, at protocol.Noted, c changed) *systems.Violation {
		if c.Table[c.Self].Covers(c.ValueTS) {
			return nil
		}
		return violated([]int{i}, "the value of %s reflects %s, and it has logged %s only", at.Node, c.ValueTS, c.Table[c.Self])
	})
}

func timestampsGrow(facts []protocol.Noted) *systems.Violation {
	type state struct {
		position int
		changed
	}
	last := map[protocol.NodeID]state{}
	return each(facts, func(i int, at protocol.Noted, c changed) *systems.Violation {
		before, known := last[at.Node]
		last[at.Node] = state{i, c}
		if !known {
			return nil
		}
		if !c.ValueTS.Covers(before.ValueTS) {
			return violated([]int{before.position, i}, "the value timestamp of %s fell from %s to %s", at.Node, before.ValueTS, c.ValueTS)
		}
		for j, row := range c.Table {
			if !row.Covers(before.Table[j]) {
				return violated([]int{before.position, i}, "row %d of the timestamp table of %s fell from %s to %s", j+1, at.Node, before.Table[j], row)
			}
		}
		return nil
	})
}

// discardedEverywhere asks whether each replica has logged the record, not whether it has applied it: a replica may hold
// a record and still lack what it depends on. Facts are noted before the gossip that tells of the same change, so what
// a replica knows of another has been noted by that other.
func discardedEverywhere(facts []protocol.Noted) *systems.Violation {
	type state struct {
		position int
		has      Timestamp
	}
	last := map[protocol.NodeID]state{}
	var nodes []protocol.NodeID // in the order of their first facts
	return each(facts, func(i int, at protocol.Noted, c changed) *systems.Violation {
		if _, known := last[at.Node]; !known {
			nodes = append(nodes, at.Node)
		}
		last[at.Node] = state{i, c.Table[c.Self]}
		for _, id := range c.Discarded {
			for _, node := range nodes {
				if s := last[node]; s.has.at(id.Replica) < id.Number {
					return violated([]int{s.position, i}, "%s dropped record %d of replica %d, and %s has logged %s only", at.Node, id.Number, id.Replica+1, node, s.has)
				}
			}
		}
		return nil
	})
}

func executedOnce(facts []protocol.Noted) *systems.Violation {
	type updates struct {
		node protocol.NodeID
		of   FrontEndID
	}
	first := map[updates][]int{} // by number, which is contiguous: 1 + the position of the fact that told of it; 0: none
	return each(facts, func(i int, at protocol.Noted, c changed) *systems.Violation {
		for _, cid := range c.Executed {
			seen := first[updates{at.Node, cid.FrontEnd}]
			if missing := int(cid.Seq) + 1 - len(seen); missing > 0 {
				seen = append(seen, make([]int, missing)...)
				first[updates{at.Node, cid.FrontEnd}] = seen
			}
			if before := seen[cid.Seq]; before > 0 {
				return violated([]int{before - 1, i}, "update %s took effect twice at %s", cid, at.Node)
			}
			seen[cid.Seq] = i + 1
		}
		return nil
	})
}

// oneForcedOrder asks that positions rise at each replica, and that all replicas mean the same update by a position.
func oneForcedOrder(facts []protocol.Noted) *systems.Violation {
	last, first := map[protocol.NodeID]int{}, map[uint64]int{}
	for i, noted := range facts {
		d, isDelivered := noted.Fact.(protocol.Delivered)
		if !isDelivered {
			continue
		}
		if before, known := last[noted.Node]; known {
			if p := facts[before].Fact.(protocol.Delivered).Position; p >= d.Position {
				return violated([]int{before, i}, "%s executed forced update %d after %d", noted.Node, d.Position, p)
			}
		}
		if other, known := first[d.Position]; known && facts[other].Fact.(protocol.Delivered).ID != d.ID {
			return violated([]int{other, i}, "%s and %s executed different updates as forced update %d", facts[other].Node, noted.Node, d.Position)
		} else if !known {
			first[d.Position] = i
		}
		last[noted.Node] = i
	}
	return nil
}

// oneImmediateOrder compares the places of every update, of whatever kind, among the immediate ones. Which ones precede it
// is said by their number, as all replicas execute them in one order (see oneForcedOrder).
func oneImmediateOrder(facts []protocol.Noted) *systems.Violation {
	type place struct {
		position int
		before   uint64
	}
	first := map[CID]place{}
	return each(facts, func(i int, at protocol.Noted, c changed) *systems.Violation {
		for j, before := range c.Before {
			cid := c.Executed[j]
			other, known := first[cid]
			if !known {
				first[cid] = place{i, before}
			} else if other.before != before {
				return violated([]int{other.position, i}, "update %s took effect after %d immediate updates at %s and after %d at %s",
					cid, other.before, facts[other.position].Node, before, at.Node)
			}
		}
		return nil
	})
}
