package checkers

import (
	"fmt"
	"slices"

	"sunder/harness/protocol"
)

// Process is one life of a node in a group. A node that was excluded, or that crashed, comes back as another process.
type Process struct {
	Node        protocol.NodeID
	Incarnation uint64
}

// String names the process for people: by its node, and from its second life on by the life too.
func (p Process) String() string {
	if p.Incarnation == 0 {
		return string(p.Node)
	}
	return fmt.Sprintf("%s/%d", p.Node, p.Incarnation)
}

// Sender returns the process that sent a message.
func Sender(id protocol.MessageID) Process { return Process{id.Sender, id.Boot} }

// MessageName names a message for people, by its sender and its number there.
func MessageName(id protocol.MessageID) string { return fmt.Sprintf("%s:%d", Sender(id), id.Seq) }

// ViewMembers returns the processes of a view in its order.
func ViewMembers(v protocol.Installed) []Process {
	out := make([]Process, len(v.Members))
	for i, node := range v.Members {
		out[i].Node = node
		if i < len(v.Incarnations) {
			out[i].Incarnation = v.Incarnations[i]
		}
	}
	return out
}

// Place says of a fact which process it is of, and the position of the fact by which that process had installed the view
// that it was in, -1 if it had none. The fact of an installation is in the view that it installs.
type Place struct {
	Process Process
	View    int
}

// Places returns the place of every fact. A process is named by the views that its node installs: before the first one
// of a boot, or when a view does not have the node, by the number of the boot.
func Places(facts []protocol.Noted) []Place {
	type life struct {
		boot  uint64
		place Place
	}
	lives, out := map[protocol.NodeID]*life{}, make([]Place, len(facts))
	for i := range facts {
		node, boot := facts[i].Node, facts[i].Boot
		l := lives[node]
		if l == nil || l.boot != boot {
			l = &life{boot, Place{Process{node, boot}, -1}}
			lives[node] = l
		}
		if v, ok := facts[i].Fact.(protocol.Installed); ok {
			l.place = Place{Process{node, boot}, i}
			if at := slices.Index(v.Members, node); at >= 0 {
				l.place.Process = ViewMembers(v)[at]
			}
		}
		out[i] = l.place
	}
	return out
}
