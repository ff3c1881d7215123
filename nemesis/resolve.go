package nemesis

import (
	"errors"
	"fmt"
	"slices"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Scene is what a fault meets when it begins.
type Scene struct {
	Replicas, Clients []protocol.NodeID
	Beside            func(client protocol.NodeID) protocol.NodeID // the replica that a front end stands beside
	Primary           protocol.NodeID                              // "" if nobody is
	Busy              map[protocol.NodeID]bool                     // under a fault of this kind already
}

// Resolve puts names in place of words: a target word becomes the names of nodes that are not busy, a shape becomes
// groups or links, the target of a fault of links becomes the links from and to it. It returns an error if there is
// nobody for the fault.
func Resolve(f Fault, scene Scene, r *prng.Rand) (Fault, error) {
	info, known := Lookup(f.Kind)
	if !known {
		return f, fmt.Errorf("there is no fault %q", f.Kind)
	}
	if info.Scope == OnSplit {
		return split(f, scene, r)
	}
	if f.Target.Word != "" {
		nodes, err := scene.choose(f.Target.Word, r)
		if err != nil {
			return f, err
		}
		f.Target = Target{Nodes: nodes}
	}
	if info.Scope == OnLinks && len(f.Links) == 0 {
		for _, n := range f.Target.Nodes {
			f.Links = append(f.Links, Link{n, Anybody}, Link{Anybody, n})
		}
	}
	return f, nil
}

// choose draws the replicas that a word means.
func (s Scene) choose(w Word, r *prng.Rand) ([]protocol.NodeID, error) {
	if w == Primary {
		if s.Primary == "" || s.Busy[s.Primary] {
			return nil, errors.New("no replica is primary")
		}
		return []protocol.NodeID{s.Primary}, nil
	}
	count := 1
	switch w {
	case Minority:
		count = (len(s.Replicas) - 1) / 2
	case Majority:
		count = len(s.Replicas)/2 + 1
	case Everyone:
		count = len(s.Replicas)
	}
	var free []protocol.NodeID
	for _, n := range s.Replicas {
		if !s.Busy[n] {
			free = append(free, n)
		}
	}
	if count == 0 || count > len(free) {
		return nil, fmt.Errorf("%s of %d replicas cannot be found, with %d of them free", w, len(s.Replicas), len(free))
	}
	return s.pick(free, count, r), nil
}

// pick draws some of the nodes and returns them in their order.
func (s Scene) pick(nodes []protocol.NodeID, count int, r *prng.Rand) []protocol.NodeID {
	chosen := make([]protocol.NodeID, 0, count)
	order := r.Perm(len(nodes))[:count]
	slices.Sort(order)
	for _, i := range order {
		chosen = append(chosen, nodes[i])
	}
	return chosen
}

// split finds the sides of a partition that has a shape.
func split(f Fault, s Scene, r *prng.Rand) (Fault, error) {
	if f.Shape == "" {
		return f, nil
	}
	n := len(s.Replicas)
	size := 1
	switch f.Shape {
	case Halves:
		size = n / 2
	case MajorityMinority:
		size = (n - 1) / 2
	}
	if size == 0 || n < 2 {
		return f, fmt.Errorf("%d replicas cannot be split by %s", n, f.Shape)
	}
	few := s.pick(s.Replicas, size, r)
	inside, outside := s.sides(few)
	if f.Shape == OneWay {
		for _, from := range outside {
			for _, to := range inside {
				f.Links = append(f.Links, Link{from, to})
			}
		}
		return f, nil
	}
	f.Groups = Groups{inside, outside}
	return f, nil
}

// sides divides all nodes: the replicas named and the front ends beside them, and the others.
func (s Scene) sides(few []protocol.NodeID) (inside, outside []protocol.NodeID) {
	for _, n := range s.Replicas {
		if slices.Contains(few, n) {
			inside = append(inside, n)
		} else {
			outside = append(outside, n)
		}
	}
	for _, c := range s.Clients {
		if slices.Contains(few, s.Beside(c)) {
			inside = append(inside, c)
		} else {
			outside = append(outside, c)
		}
	}
	return inside, outside
}
