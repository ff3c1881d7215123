package nemesis

import (
	"errors"
	"fmt"
	"slices"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// split resolves a partition: its groups are completed, its links stay as they are, its shape is drawn.
func (s Scene) split(f Fault, r *prng.Rand) (Fault, error) {
	switch {
	case len(f.Groups) > 0:
		f.Groups = s.complete(f.Groups)
		return f, nil
	case len(f.Links) > 0:
		return f, nil
	}
	n, err := sideOf(f.Shape, len(s.Replicas))
	if err != nil {
		return Fault{}, err
	}
	if f.Shape == Halves && r.Chance(prng.One/2) {
		n = len(s.Replicas) - n
	}
	inside := some(s.Replicas, n, r)
	outside := slices.DeleteFunc(slices.Clone(s.Replicas), func(id protocol.NodeID) bool { return slices.Contains(inside, id) })
	groups := s.complete(Groups{inside, outside})
	if f.Shape == OneWay {
		f.Links = between(groups[1], groups[0])
	} else {
		f.Groups = groups
	}
	f.Shape = ""
	return f, nil
}

// sideOf returns how many of n replicas are on the side that a shape cuts off: for halves, on the smaller one.
func sideOf(shape Shape, n int) (int, error) {
	if n < 2 {
		return 0, errors.New("there is nothing to cut with less than two replicas")
	}
	switch shape {
	case Halves:
		return n / 2, nil
	case Isolate, OneWay:
		return 1, nil
	case MajorityMinority:
		if minority(n) == 0 {
			return 0, fmt.Errorf("%d replicas have no minority", n)
		}
		return minority(n), nil
	}
	return 0, fmt.Errorf("there is no shape %q", shape)
}

// complete adds the front ends that are in no group to the group of the replica beside them.
func (s Scene) complete(groups Groups) Groups {
	out := make(Groups, len(groups))
	for i, side := range groups {
		out[i] = slices.Clone(side)
	}
	for _, client := range s.Clients {
		if groups.side(client) >= 0 {
			continue
		}
		if i := groups.side(s.Beside(client)); i >= 0 {
			out[i] = append(out[i], client)
		}
	}
	return out
}

// between returns the links that lead from one side to another.
func between(from, to []protocol.NodeID) Links {
	var links Links
	for _, a := range from {
		for _, b := range to {
			links = append(links, Link{a, b})
		}
	}
	return links
}
