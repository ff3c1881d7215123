package docker

import (
	"slices"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// lack is something of a kind of fault that containers cannot do.
type lack struct {
	kind nemesis.Kind
	cluster.Lack
	// only tells of which faults that ask for it this is true, as Lack.When does in words; nil: of all.
	only func(f nemesis.Fault, nodes []protocol.NodeID) bool
}

// lacks are all that there are. What is refused and what is told of the backend both come from here.
func lacks() []lack {
	return []lack{
		{nemesis.Slow, cluster.Lack{Why: "a real process cannot be made to take a time for each event"}, nil},
		{nemesis.Disk, cluster.Lack{Why: "a real disk cannot be made to tear, flip, fill up or slow down without another file system"}, nil},
		{
			nemesis.Corrupt,
			cluster.Lack{Mode: nemesis.Delivered, Why: "the checksums of TCP and of the nodes' frames find damage out, so that it is never delivered"},
			nil,
		},
		{nemesis.Corrupt, cluster.Lack{Field: "message", Why: "packets are damaged, and they do not tell whose message they carry"}, nil},
		{
			nemesis.Drop,
			cluster.Lack{
				Field: "count", When: "several nodes send on its links",
				Why: "the first messages of several senders cannot be counted together; name the sender in link",
			},
			func(f nemesis.Fault, nodes []protocol.NodeID) bool { return senders(f.Links, nodes) > 1 },
		},
	}
}

// whole tells whether it is all of its kind.
func (l lack) whole() bool { return l.Mode == "" && l.Field == "" }

// meets tells whether a fault asks for what is lacking.
func (l lack) meets(f nemesis.Fault, nodes []protocol.NodeID) bool {
	if f.Kind != l.kind || l.Mode != "" && f.Mode != l.Mode {
		return false
	}
	given := func(set nemesis.Field) bool { return set.Name == l.Field }
	if l.Field != "" && !slices.ContainsFunc(f.Fields(), given) {
		return false
	}
	return l.only == nil || l.only(f, nodes)
}

// Does tells whether the backend can carry out a kind of fault.
func (*Backend) Does(k nemesis.Kind) bool {
	_, known := nemesis.Lookup(k)
	return known && !slices.ContainsFunc(lacks(), func(l lack) bool { return l.kind == k && l.whole() })
}

// Lacks returns what the backend cannot do of a kind of fault.
func (*Backend) Lacks(k nemesis.Kind) []cluster.Lack {
	var out []cluster.Lack
	for _, l := range lacks() {
		if l.kind == k {
			out = append(out, l.Lack)
		}
	}
	return out
}

// senders returns how many nodes send on the links that a fault is done to.
func senders(links nemesis.Links, nodes []protocol.NodeID) int {
	n := 0
	for _, id := range nodes {
		if len(links) == 0 || slices.ContainsFunc(links, func(l nemesis.Link) bool { return l.From == nemesis.Anybody || l.From == id }) {
			n++
		}
	}
	return n
}
