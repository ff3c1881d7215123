package sim

import (
	"slices"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// split finds out which links a partition cuts, and when.
func (s *simulation) split(f *fault) {
	if len(f.Clogs) == 0 {
		f.links = s.between(splitter(s.spec, f.Fault))
		return
	}
	clogs := map[protocol.NodeID]nemesis.Range{}
	for _, c := range f.Clogs {
		clogs[c.Node] = c.During
	}
	// A front end that is not cut off itself goes with the replica beside it.
	place := func(id protocol.NodeID) protocol.NodeID {
		if beside := s.spec.Config.Beside(id); clogs[id] == (nemesis.Range{}) && beside != "" {
			return beside
		}
		return id
	}
	f.clogs = make([]nemesis.Range, len(s.nodes))
	for i := range s.nodes {
		f.clogs[i] = clogs[place(s.nodes[i].id)]
	}
	f.links = s.between(func(from, to protocol.NodeID) bool {
		a, b := place(from), place(to)
		return a != b && (clogs[a].Max > 0 || clogs[b].Max > 0)
	})
}

// cuts tells whether the fault, which cuts a link, does so at a time.
func (f *fault) cuts(from, to int32, now time.Duration) bool {
	if f.clogs == nil {
		return true
	}
	during := func(r nemesis.Range) bool { return now-f.begun >= r.Min && now-f.begun < r.Max }
	return during(f.clogs[from]) || during(f.clogs[to])
}

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
