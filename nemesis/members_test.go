package nemesis_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// changed is a scene of five replicas, of which r4 and r5 are not in the cluster.
func changed() nemesis.Scene {
	s := scene(5, 3)
	s.Absent = s.Replicas[3:]
	s.Replicas = s.Replicas[:3:3]
	return s
}

func TestWhoIsInTheClusterLeavesAndWhoIsNotJoins(t *testing.T) {
	for _, test := range []struct {
		fault string
		most  int // how many it is done to; "each" may strike fewer
		from  string
		err   string
	}{
		{"fault=leave target=one", 1, "r1 r2 r3", ""},
		{"fault=leave target=minority", 1, "r1 r2 r3", ""},
		{"fault=leave target=majority", 2, "r1 r2 r3", ""},
		{`fault=leave target="r1 r3"`, 2, "r1 r3", ""},
		{"fault=leave target=all", 0, "", "no replica would be left"},
		{`fault=leave target="r1 r2 r3"`, 0, "", "no replica would be left"},
		{"fault=leave target=each chance=100%", 0, "", "no replica would be left"},
		{"fault=leave target=r4", 0, "", "r4 is not in the cluster"},
		{"fault=join target=one", 1, "r4 r5", ""},
		{"fault=join target=all", 2, "r4 r5", ""},
		{"fault=join target=each chance=100%", 2, "r4 r5", ""},
		{"fault=join target=r5", 1, "r5", ""},
		{"fault=join target=r1", 0, "", "r1 is in the cluster already"},
		{"fault=join target=minority", 0, "", "a join is of replicas that are not in the cluster: one, all or each of them, or names, not the minority"},
		{"fault=crash target=all", 3, "r1 r2 r3", ""},
	} {
		for seed := range uint64(20) {
			f, err := resolve(t, test.fault, changed(), seed)
			if err != nil || test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("%s: %v, want %q", test.fault, err, test.err)
				}
				continue
			}
			if len(f.Target.Nodes) != test.most {
				t.Errorf("%s is done to %v", test.fault, f.Target)
			}
			for _, id := range f.Target.Nodes {
				if !slices.Contains(strings.Fields(test.from), string(id)) {
					t.Errorf("%s is done to %s", test.fault, id)
				}
			}
		}
	}
	empty := changed()
	empty.Absent = nil
	for _, word := range []string{"one", "all"} {
		if _, err := resolve(t, "fault=join target="+word, empty, 1); err == nil || err.Error() != "no replica is left that could join" {
			t.Errorf("join of %s where nobody is absent: %v", word, err)
		}
	}
}

// TestWhoIsAbsentIsOnASide sees that a drawn cut says where a replica is that joins meanwhile, and is drawn among the others.
func TestWhoIsAbsentIsOnASide(t *testing.T) {
	for _, shape := range []string{"halves", "isolate", "majority-minority"} {
		for seed := range uint64(20) {
			f, err := resolve(t, "fault=partition shape="+shape, changed(), seed)
			if err != nil {
				t.Fatal(err)
			}
			last := f.Groups[len(f.Groups)-1]
			for _, id := range []protocol.NodeID{"r4", "r5"} {
				if !slices.Contains(last, id) {
					t.Errorf("%s, which is absent, is not on the side that is not cut off: %v", id, f.Groups)
				}
			}
			for i, side := range f.Groups {
				if !slices.ContainsFunc(side, func(id protocol.NodeID) bool { return slices.Contains(changed().Replicas, id) }) {
					t.Errorf("side %d has nobody of the cluster: %v", i+1, f.Groups)
				}
			}
		}
	}
}

// TestNobodyLeavesAtRandom sees that recipes neither take nor draw what is for good.
func TestNobodyLeavesAtRandom(t *testing.T) {
	r := nemesis.Random{Kinds: []nemesis.Kind{nemesis.Leave, nemesis.Join}, End: 10e9, Every: nemesis.Range{Min: 1e8, Max: 2e8}, For: nemesis.Range{Min: 1e8, Max: 2e8}}
	wrong := r.Check()
	if len(wrong) != 2 || !strings.Contains(wrong[0].Text, "what a leave does is for good") {
		t.Errorf("a recipe for leaves and joins: %v", wrong)
	}
	if schedule, _ := nemesis.Expand([]nemesis.Step{{Random: &r}}, changed(), prng.New(1)); len(schedule) > 0 {
		t.Errorf("it was drawn all the same:\n%s", schedule)
	}
}
