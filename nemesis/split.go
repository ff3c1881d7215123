package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// split resolves a partition: its groups are completed, its links and clogs stay as they are, its shape is drawn.
func (s Scene) split(f Fault, r *prng.Rand) (Fault, error) {
	switch {
	case len(f.Groups) > 0:
		f.Groups = s.complete(f.Groups)
		return f, nil
	case len(f.Links) > 0 || len(f.Clogs) > 0:
		return f, nil
	}
	err := f.Shape.fits(len(s.Replicas))
	if err != nil {
		return Fault{}, err
	}
	switch f.Shape {
	case Bridge:
		f.Links = s.bridge(r)
	case Ring:
		f.Links = s.ring(r)
	case Swizzle:
		f.Clogs, err = s.swizzle(r)
	case OneWay:
		groups := s.halve(1, r)
		f.Links = between(groups[1], groups[0])
	default:
		f.Groups = s.halve(f.Shape.side(len(s.Replicas), r), r)
	}
	f.Shape = ""
	return f, err
}

// fits tells why a shape cannot be made of n replicas, nil if it can.
func (shape Shape) fits(n int) error {
	if n < 2 {
		return errors.New("there is nothing to cut with less than two replicas")
	}
	switch shape {
	case Halves, Isolate, OneWay, Swizzle:
		return nil
	case MajorityMinority:
		if n < 3 {
			return fmt.Errorf("%d replicas have no minority", n)
		}
		return nil
	case Bridge, Ring:
		if n < 3 {
			return fmt.Errorf("a %s has at least three replicas, not %d", shape, n)
		}
		return nil
	}
	return fmt.Errorf("there is no shape %q", shape)
}

// side returns how many of n replicas are on the side that a shape cuts off. Of two halves, either may be that side.
func (shape Shape) side(n int, r *prng.Rand) int {
	switch {
	case shape == MajorityMinority:
		return minority(n)
	case shape == Isolate:
		return 1
	case r.Chance(prng.One / 2):
		return n - n/2
	}
	return n / 2
}

// halve draws n replicas and returns them and the others as two sides, front ends included.
func (s Scene) halve(n int, r *prng.Rand) Groups {
	inside := some(s.Replicas, n, r)
	others := slices.Concat(s.Replicas, s.Absent) // one that joins meanwhile is on the other side
	outside := slices.DeleteFunc(others, func(id protocol.NodeID) bool { return slices.Contains(inside, id) })
	return s.complete(Groups{inside, outside})
}

// bridge draws a replica and halves the others; the links between the halves are cut.
func (s Scene) bridge(r *prng.Rand) Links {
	order := s.shuffled(r)
	sides := s.complete(Groups{order[1 : 1+len(order)/2], order[1+len(order)/2:]})
	return append(between(sides[0], sides[1]), between(sides[1], sides[0])...)
}

// ring draws an order of the replicas in a circle. Each hears the majority that stands about it and nobody else: the
// majorities of neighbours overlap, and no two replicas have the same.
func (s Scene) ring(r *prng.Rand) Links {
	order := s.shuffled(r)
	n := len(order)
	majority := n/2 + 1
	var links Links
	for i := range order {
		var deaf []protocol.NodeID
		for j := majority; j < n; j++ {
			deaf = append(deaf, order[(i+j)%n])
		}
		sides := s.complete(Groups{deaf, {order[(i+majority/2)%n]}})
		links = append(links, between(sides[0], sides[1])...)
	}
	return links
}

// swizzle draws two replicas or more, an order in which they are cut off and another in which they are healed. The
// steps are as far apart as the time of the fault allows; after half of it all are cut off.
func (s Scene) swizzle(r *prng.Rand) (Clogs, error) {
	nodes := s.shuffled(r)[:2+r.IntN(len(s.Replicas)-1)]
	n := len(nodes)
	step := s.Lasts / time.Duration(2*n)
	if step <= 0 {
		return nil, fmt.Errorf("a swizzle of %d replicas needs more time than %v", n, s.Lasts)
	}
	healed := r.Perm(n)
	if slices.IsSorted(healed) {
		slices.Reverse(healed)
	}
	clogs := make(Clogs, n)
	for i, id := range nodes {
		clogs[i] = Clog{Node: id, During: Range{time.Duration(i) * step, time.Duration(n+1+healed[i]) * step}}
	}
	return clogs, nil
}

// shuffled returns the replicas in an order that is drawn.
func (s Scene) shuffled(r *prng.Rand) []protocol.NodeID {
	out := make([]protocol.NodeID, len(s.Replicas))
	for i, p := range r.Perm(len(s.Replicas)) {
		out[i] = s.Replicas[p]
	}
	return out
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
