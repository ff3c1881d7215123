package gossip

import (
	"slices"
	"testing"

	"sunder/harness/protocol"
)

// TestInvariantsSeeViolations plants a violation of each invariant in a run that holds to all.
func TestInvariantsSeeViolations(t *testing.T) {
	cid, other, third := CID{FrontEndID{"c1", 1}, 1}, CID{FrontEndID{"c1", 1}, 2}, CID{FrontEndID{"c2", 1}, 1}
	table := func(rows ...Timestamp) []Timestamp { return rows }
	zero, one := Timestamp{0, 0}, Timestamp{1, 0}
	good := []protocol.Noted{
		noted("r1", changed{ValueTS: zero, Table: table(zero, zero)}),
		noted("r2", changed{ValueTS: zero, Table: table(zero, zero), Self: 1}),
		noted("r1", changed{ValueTS: one, Table: table(one, zero), Executed: []CID{cid}}),
		{Node: "r2", Fact: protocol.Mark{Name: markQueryHeld}},
		noted("r2", changed{ValueTS: one, Table: table(one, one), Self: 1, Executed: []CID{cid}}),
		noted("r1", changed{ValueTS: one, Table: table(one, one), Discarded: []RecordID{{0, 1}}}),
	}
	for _, test := range []struct {
		name  string
		facts []protocol.Noted
		want  []int // the facts that prove it; nil: it holds
	}{
		{"all", good, nil},
		{"timestamps-within", append(slices.Clone(good), noted("r1", changed{ValueTS: Timestamp{1, 1}, Table: table(one, one)})), []int{6}},
		{"timestamps-grow", append(slices.Clone(good), noted("r1", changed{ValueTS: zero, Table: table(one, one)})), []int{5, 6}},
		{"timestamps-grow", append(slices.Clone(good), noted("r1", changed{ValueTS: one, Table: table(one, zero)})), []int{5, 6}},
		{"discarded-everywhere", slices.Delete(slices.Clone(good), 4, 5), []int{1, 4}},
		{"executed-once", append(slices.Clone(good), noted("r2", changed{ValueTS: one, Table: table(one, one), Self: 1, Executed: []CID{cid}})), []int{4, 6}},
		{"forced-order", append(slices.Clone(good), forced("r1", "c1", 3), forced("r2", "c1", 3), forced("r1", "c2", 2)), []int{6, 8}},
		{"forced-order", append(slices.Clone(good), forced("r1", "c1", 3), forced("r2", "c2", 3)), []int{6, 7}},
		{
			"immediate-order", append(slices.Clone(good),
				noted("r1", changed{ValueTS: one, Table: table(one, one), Executed: []CID{other, third}, Before: []uint64{0, 1}}),
				noted("r2", changed{ValueTS: one, Table: table(one, one), Self: 1, Executed: []CID{third, other}, Before: []uint64{1, 1}}),
			), []int{6, 7},
		},
		{"all", append(slices.Clone(good), forced("r1", "c1", 3), forced("r2", "c1", 3), forced("r1", "c2", 5)), nil},
	} {
		for _, invariant := range invariants() {
			v := invariant.Check(test.facts)
			switch {
			case test.name != invariant.Name && v != nil:
				t.Errorf("%s is broken in the run against %s: %s", invariant.Name, test.name, v.Sentence)
			case test.name == invariant.Name && (v == nil || !slices.Equal(v.Facts, test.want)):
				t.Errorf("%s: got %v, want it broken by facts %v", invariant.Name, v, test.want)
			}
		}
	}
}

func noted(node protocol.NodeID, c changed) protocol.Noted {
	return protocol.Noted{Node: node, Fact: protocol.Own{Name: factChanged, Fields: c}}
}

// forced is the fact that a replica executed the first update of a client, at a position.
func forced(node, client protocol.NodeID, position uint64) protocol.Noted {
	return protocol.Noted{Node: node, Fact: protocol.Delivered{ID: protocol.MessageID{Sender: client, Seq: 1}, Position: position}}
}
