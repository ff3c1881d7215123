package docker

import (
	"slices"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// chosen tells which links a fault of the network is done to, at a time since it began.
func chosen(config systems.Config, f nemesis.Fault, at time.Duration) func(from, to protocol.NodeID) bool {
	switch {
	case f.Kind != nemesis.Partition:
		return named(f)
	case len(f.Clogs) > 0:
		return clogged(config, f.Clogs, at)
	}
	side := map[protocol.NodeID]int{}
	for i, group := range f.Groups {
		for _, id := range group {
			side[id] = i
		}
	}
	for _, id := range config.Clients {
		if _, placed := side[id]; !placed {
			side[id] = side[config.Beside(id)]
		}
	}
	return func(from, to protocol.NodeID) bool {
		return side[from] != side[to] || slices.ContainsFunc(f.Links, func(l nemesis.Link) bool { return l.Matches(from, to) })
	}
}

// named are the links that a fault names; else those from and to its nodes; else all.
func named(f nemesis.Fault) func(from, to protocol.NodeID) bool {
	return func(from, to protocol.NodeID) bool {
		switch {
		case len(f.Links) > 0:
			return slices.ContainsFunc(f.Links, func(l nemesis.Link) bool { return l.Matches(from, to) })
		case len(f.Target.Nodes) > 0:
			return slices.Contains(f.Target.Nodes, from) || slices.Contains(f.Target.Nodes, to)
		}
		return true
	}
}

// clogged are the links from and to the nodes that are cut off at a time. A front end that is not cut off itself goes
// with the replica beside it.
func clogged(config systems.Config, clogs nemesis.Clogs, at time.Duration) func(from, to protocol.NodeID) bool {
	during := map[protocol.NodeID]nemesis.Range{}
	for _, c := range clogs {
		during[c.Node] = c.During
	}
	place := func(id protocol.NodeID) protocol.NodeID {
		if _, own := during[id]; !own && config.Beside(id) != "" {
			return config.Beside(id)
		}
		return id
	}
	off := func(id protocol.NodeID) bool { return at >= during[id].Min && at < during[id].Max }
	return func(from, to protocol.NodeID) bool {
		a, b := place(from), place(to)
		return a != b && (off(a) || off(b))
	}
}

// turns are the times, since it began, at which a fault of the network changes by itself.
func turns(f nemesis.Fault) []time.Duration {
	var out []time.Duration
	for _, c := range f.Clogs {
		out = append(out, c.During.Min, c.During.Max)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(d time.Duration) bool { return d == 0 })
}
