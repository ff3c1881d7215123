package group

import (
	"fmt"
	"maps"
	"slices"

	"sunder/harness/protocol"
	"sunder/systems"
)

// factDecided is the name of the one fact of a member's own.
const factDecided = "group/decided"

// decided is the fact that a node found a view decided: by whose votes, and who had one.
type decided struct {
	View   uint64            `json:"view"`
	Voters []protocol.NodeID `json:"voters"`
	Nodes  []protocol.NodeID `json:"nodes"` // of the view before
}

// noteDecision notes that this node's proposal was accepted.
func (g *Group) noteDecision(env *protocol.Env) {
	env.Note(protocol.Own{Name: factDecided, Fields: decided{g.View.Number + 1, slices.Sorted(maps.Keys(g.votes)), g.nodes()}})
}

const primaryName = "primary-partition"

// Facts lists the layer's own facts, as systems.System wants them.
func Facts() []protocol.Own { return []protocol.Own{{Name: factDecided, Fields: decided{}}} }

// Invariants lists what must always be true of the layer.
func Invariants() []systems.Invariant {
	return []systems.Invariant{{
		Name: primaryName, About: "every view is decided by a majority of the nodes of the view before it", Check: primaryPartition,
	}}
}

func primaryPartition(facts []protocol.Noted) *systems.Violation {
	for i, f := range facts {
		own, isOwn := f.Fact.(protocol.Own)
		if !isOwn || own.Name != factDecided {
			continue
		}
		d, isDecision := own.Fields.(decided)
		if !isDecision {
			continue
		}
		n := 0
		for _, node := range d.Voters {
			if slices.Contains(d.Nodes, node) {
				n++
			}
		}
		if n <= len(d.Nodes)/2 {
			return &systems.Violation{
				Sentence: fmt.Sprintf("%s decided view %d with the votes of %v, of %d nodes", f.Node, d.View, d.Voters, len(d.Nodes)),
				Facts:    []int{i},
			}
		}
	}
	return nil
}
