package nemesis

import (
	"errors"
	"fmt"
	"slices"

	"sunder/harness/protocol"
)

// Clash is two actions that may not be in force together; positions in the schedule, the earlier first.
type Clash struct {
	First, Second int
	Why           string
}

// Clashes returns the pairs of one kind that overlap in time and are surely done to the same: two partitions; one node
// named twice; words that together mean more replicas than there are; one link, if both name a message also one message.
func (s Schedule) Clashes(replicas int) []Clash {
	var out []Clash
	for j, b := range s {
		for i, a := range s[:j] {
			if why := a.clash(b, replicas); why != "" {
				out = append(out, Clash{i, j, why})
			}
		}
	}
	return out
}

// clash tells why two actions cannot be in force together, "" if they can. One that ends when the other begins is over, and
// one that is for good is over at once: whether it can be done again depends on who is in the cluster then.
func (a Action) clash(b Action, replicas int) string {
	if a.Kind != b.Kind || a.Kind.ForGood() || !a.overlaps(b.At, b.end()) {
		return ""
	}
	info, _ := Lookup(a.Kind)
	switch {
	case info.Scope == OnSplit:
		return "two partitions at once"
	case info.Scope == OnNodes || !a.Target.empty() && !b.Target.empty():
		return a.sharedNode(b, replicas)
	}
	return a.sharedLink(b)
}

func (a Action) sharedNode(b Action, replicas int) string {
	for _, n := range a.Target.Nodes {
		if slices.Contains(b.Target.Nodes, n) {
			return fmt.Sprintf("two faults of kind %s on %s at once", a.Kind, n)
		}
	}
	if a.Target.size(replicas)+b.Target.size(replicas) > replicas && (a.Target.Word != "" || b.Target.Word != "") {
		return fmt.Sprintf("two faults of kind %s on %s and on %s at once are more than the replicas", a.Kind, a.Target, b.Target)
	}
	return ""
}

// size is how many replicas a target means for sure.
func (t Target) size(replicas int) int {
	switch t.Word {
	case One, Primary:
		return 1
	case Minority:
		return minority(replicas)
	case Majority:
		return replicas/2 + 1
	case Everyone:
		return replicas
	}
	count := 0
	for _, n := range t.Nodes {
		if n[0] == 'r' {
			count++
		}
	}
	return count
}

func (a Action) sharedLink(b Action) string {
	if a.Message != "" && b.Message != "" && a.Message != b.Message {
		return ""
	}
	for _, l := range a.reach() {
		for _, m := range b.reach() {
			if meet(l.From, m.From) && meet(l.To, m.To) {
				return fmt.Sprintf("two faults of kind %s on the link %s at once", a.Kind, l)
			}
		}
	}
	return ""
}

// reach returns the links that a fault on links is done to for sure, which are none for a target that is still to be drawn.
func (f Fault) reach() Links {
	switch {
	case len(f.Links) > 0:
		return f.Links
	case f.Target.empty():
		return Links{{Anybody, Anybody}}
	}
	return around(f.Target.Nodes)
}

func meet(a, b protocol.NodeID) bool { return a == b || a == Anybody || b == Anybody }

// Nodes returns the nodes that the links name, Anybody left out.
func (l Links) Nodes() []protocol.NodeID {
	var nodes []protocol.NodeID
	for _, link := range l {
		for _, end := range []protocol.NodeID{link.From, link.To} {
			if end != Anybody && !slices.Contains(nodes, end) {
				nodes = append(nodes, end)
			}
		}
	}
	return nodes
}

// Nodes returns the nodes that are cut off.
func (c Clogs) Nodes() []protocol.NodeID {
	nodes := make([]protocol.NodeID, len(c))
	for i, clog := range c {
		nodes[i] = clog.Node
	}
	return nodes
}

// Fits tells why a fault cannot be done to so many replicas, whatever is drawn; nil if it can.
func (f Fault) Fits(replicas int) error {
	if f.Shape != "" {
		return f.Shape.fits(replicas)
	}
	switch word := f.Target.Word; {
	case f.Kind == Join && (word == Minority || word == Majority || word == Primary):
		return fmt.Errorf("a join is of replicas that are not in the cluster: one, all or each of them, or names, not the %s", word)
	case f.Kind == Join:
		return nil
	case f.Kind == Leave && word == Everyone:
		return errors.New("no replica would be left")
	}
	if f.Target.Word != "" && f.Target.Word != Each && f.Target.size(replicas) == 0 {
		return fmt.Errorf("%d replicas have no %s", replicas, f.Target.Word)
	}
	return nil
}
