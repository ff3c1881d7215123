package sim

import (
	"slices"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// splitter tells which links a partition cuts: those between different groups, both ways, and those that it names. A
// front end that is in no group is in that of the replica beside it.
func splitter(spec cluster.Spec, f nemesis.Fault) func(from, to protocol.NodeID) bool {
	side := map[protocol.NodeID]int{}
	for i, group := range f.Groups {
		for _, id := range group {
			side[id] = i
		}
	}
	for _, id := range spec.Config.Clients {
		if _, placed := side[id]; !placed {
			side[id] = side[spec.Config.Beside(id)]
		}
	}
	return func(from, to protocol.NodeID) bool { return side[from] != side[to] || named(f.Links, from, to) }
}

// chooser tells which links a fault on links is done to: those that it names; else those from and to its nodes; else
// all.
func chooser(f nemesis.Fault) func(from, to protocol.NodeID) bool {
	return func(from, to protocol.NodeID) bool {
		switch {
		case len(f.Links) > 0:
			return named(f.Links, from, to)
		case len(f.Target.Nodes) > 0:
			return slices.Contains(f.Target.Nodes, from) || slices.Contains(f.Target.Nodes, to)
		}
		return true
	}
}

func named(links []nemesis.Link, from, to protocol.NodeID) bool {
	return slices.ContainsFunc(links, func(l nemesis.Link) bool { return l.Matches(from, to) })
}
