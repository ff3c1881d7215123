package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Scene is what there is to do a fault to.
type Scene struct {
	Replicas []protocol.NodeID // that are in the cluster
	Absent   []protocol.NodeID // replicas that are not: spares, and those that have left
	Clients  []protocol.NodeID
	Beside   func(client protocol.NodeID) protocol.NodeID // the replica that a front end stands beside
	Primary  protocol.NodeID                              // "": nobody
	Lasts    time.Duration                                // how long the fault is going to last; 0: nobody knows
	Busy     map[protocol.NodeID]bool                     // nodes that are under a fault of the same kind
}

// Resolve says exactly to whom a fault is done: names in place of a word, groups or links in place of a shape, and all
// links that a fault on links is done to. It draws from r. An error tells that there is nobody to do it to, or that a
// named node is under such a fault already.
//
// Front ends go with the replica that they stand beside. The nodes of a resolved target, and within groups those that
// were drawn, are in the order of the scene.
func Resolve(f Fault, s Scene, r *prng.Rand) (Fault, error) {
	info, known := Lookup(f.Kind)
	if !known {
		return Fault{}, fmt.Errorf("there is no fault %q", f.Kind)
	}
	if err := f.Fits(len(s.Replicas)); err != nil {
		return Fault{}, err
	}
	if info.Scope == OnSplit {
		return s.split(f, r)
	}
	if f.Target.empty() {
		if info.Scope == OnNodes {
			return Fault{}, errors.New("it has no target")
		}
		if len(f.Links) == 0 {
			f.Links = Links{{Anybody, Anybody}}
		}
		return f, nil
	}
	nodes, err := s.choose(f, r)
	if err == nil && f.Kind == Leave && len(nodes) >= len(s.Replicas) {
		err = errors.New("no replica would be left")
	}
	if err != nil {
		return Fault{}, err
	}
	f.Target = Target{Nodes: nodes}
	if info.Scope == OnNodes {
		f.Chance = 0 // it has been taken
	}
	if info.Scope == OnLinks {
		f.Links = around(nodes)
	}
	return f, nil
}

// around returns the links from and to nodes.
func around(nodes []protocol.NodeID) Links {
	var links Links
	for _, id := range nodes {
		links = append(links, Link{id, Anybody}, Link{Anybody, id})
	}
	return links
}

// choose returns the nodes that the target of a fault means.
func (s Scene) choose(f Fault, r *prng.Rand) ([]protocol.NodeID, error) {
	t, pool := f.Target, s.Replicas
	if f.Kind == Join {
		pool = s.Absent
	}
	if t.Word == "" {
		for _, id := range t.Nodes {
			switch {
			case s.Busy[id]:
				return nil, fmt.Errorf("%s is under such a fault already", id)
			case f.Kind == Join && !slices.Contains(pool, id):
				return nil, fmt.Errorf("%s is in the cluster already", id)
			case f.Kind == Leave && !slices.Contains(pool, id):
				return nil, fmt.Errorf("%s is not in the cluster", id)
			}
		}
		return slices.Clone(t.Nodes), nil
	}
	if t.Word == Primary {
		switch {
		case s.Primary == "":
			return nil, errors.New("there is no primary")
		case s.Busy[s.Primary]:
			return nil, fmt.Errorf("the primary, %s, is under such a fault already", s.Primary)
		}
		return []protocol.NodeID{s.Primary}, nil
	}
	free := slices.DeleteFunc(slices.Clone(pool), func(id protocol.NodeID) bool { return s.Busy[id] })
	if t.Word == Each {
		struck := slices.DeleteFunc(free, func(protocol.NodeID) bool { return !r.Chance(f.Chance) })
		if len(struck) == 0 {
			return nil, fmt.Errorf("with a chance of %s each, no replica was struck", f.Chance)
		}
		return struck, nil
	}
	n := t.size(len(pool))
	if f.Kind == Join && (n == 0 || n > len(free)) {
		return nil, errors.New("no replica is left that could join")
	}
	if n > len(free) {
		return nil, fmt.Errorf("the target %s needs %d replicas that are under no such fault already; there are %d", t.Word, n, len(free))
	}
	return some(free, n, r), nil
}

// minority returns how many of n replicas may be missing while a majority is left.
func minority(n int) int { return (n - 1) / 2 }

// some returns n of the nodes, drawn, in the order in which they stand.
func some(nodes []protocol.NodeID, n int, r *prng.Rand) []protocol.NodeID {
	picked := r.Perm(len(nodes))[:n]
	slices.Sort(picked)
	out := make([]protocol.NodeID, n)
	for i, p := range picked {
		out[i] = nodes[p]
	}
	return out
}
