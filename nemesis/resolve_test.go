package nemesis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

func resolve(t *testing.T, text string, s nemesis.Scene, seed uint64) (nemesis.Fault, error) {
	t.Helper()
	f, err := nemesis.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return nemesis.Resolve(f, s, prng.New(seed))
}

func TestWordsMeanSoManyReplicas(t *testing.T) {
	for _, test := range []struct {
		word string
		want [8]int // by the number of replicas; 0: there is nobody
	}{
		{"one", [8]int{1: 1, 1, 1, 1, 1, 1, 1}},
		{"minority", [8]int{1: 0, 0, 1, 1, 2, 2, 3}},
		{"majority", [8]int{1: 1, 2, 2, 3, 3, 4, 4}},
		{"all", [8]int{1: 1, 2, 3, 4, 5, 6, 7}},
	} {
		for n := 1; n <= 7; n++ {
			f, err := resolve(t, "fault=crash target="+test.word, scene(n, 2), 1)
			if got := len(f.Target.Nodes); got != test.want[n] || (err == nil) != (test.want[n] > 0) {
				t.Errorf("%s of %d replicas: got %v (%v), want %d", test.word, n, f.Target, err, test.want[n])
			}
			if f.Target.Word != "" {
				t.Errorf("%s of %d replicas is still a word: %s", test.word, n, f)
			}
		}
	}
}

func TestEveryReplicaIsMeantBySomeSeed(t *testing.T) {
	for _, text := range []string{"fault=crash target=one", "fault=pause target=minority", "fault=partition shape=isolate", "fault=partition shape=halves"} {
		count := map[protocol.NodeID]int{}
		for seed := range uint64(60) {
			f, err := resolve(t, text, scene(3, 1), seed)
			if err != nil {
				t.Fatal(err)
			}
			first := f.Target.Nodes
			if len(f.Groups) > 0 {
				first = f.Groups[0]
			}
			for _, id := range first {
				count[id]++
			}
		}
		for _, id := range scene(3, 1).Replicas {
			if count[id] < 5 {
				t.Errorf("%s: %s was drawn %d times of 60", text, id, count[id])
			}
		}
	}
}

// TestEachReplicaHasItsOwnChance counts how often how many of three replicas are struck: as dice have it.
func TestEachReplicaHasItsOwnChance(t *testing.T) {
	count, nobody := map[string]int{}, 0
	for seed := range uint64(800) {
		f, err := resolve(t, "fault=crash target=each chance=50%", scene(3, 2), seed)
		if err != nil {
			if !strings.Contains(err.Error(), "with a chance of 50% each, no replica was struck") {
				t.Fatal(err)
			}
			nobody++
			continue
		}
		if f.Chance != 0 || f.Target.Word != "" {
			t.Fatalf("not resolved: %s", f)
		}
		count[f.Target.String()]++
	}
	count[""] = nobody
	if len(count) != 8 {
		t.Errorf("not every set of replicas was struck: %v", count)
	}
	for nodes, n := range count {
		if n < 60 || n > 140 {
			t.Errorf("%q was struck %d times of 800, not about 100", nodes, n)
		}
	}
	s := scene(3, 2)
	s.Busy["r2"] = true
	if f, err := resolve(t, "fault=crash target=each chance=100%", s, 1); err != nil || f.Target.String() != "r1 r3" {
		t.Errorf("with r2 busy: %s, %v", f, err)
	}
}

func TestNodesUnderSuchAFaultAreLeftOut(t *testing.T) {
	for _, test := range []struct{ target, busy, want string }{
		{"one", "r1 r3 r4 r5", "r2"},
		{"minority", "r2 r3 r4", "r1 r5"},
		{"majority", "r2 r4", "r1 r3 r5"},
		{"all", "", "r1 r2 r3 r4 r5"},
		{"primary", "r1", "r2"},
		{"r1 c1", "r2", "r1 c1"},
		{"one", "r1 r2 r3 r4 r5", "needs 1 replicas that are under no such fault already; there are 0"},
		{"majority", "r1 r2 r3", "needs 3 replicas that are under no such fault already; there are 2"},
		{"all", "r1", "needs 5 replicas"},
		{"primary", "r2", "the primary, r2, is under such a fault already"},
		{"r1 c1", "c1", "c1 is under such a fault already"},
	} {
		s := scene(5, 1)
		s.Primary = "r2"
		for _, id := range strings.Fields(test.busy) {
			s.Busy[protocol.NodeID(id)] = true
		}
		f, err := resolve(t, fmt.Sprintf("fault=pause target=%q", test.target), s, 4)
		if got := f.Target.String() + fmt.Sprint(err); err == nil && f.Target.String() != test.want || !strings.Contains(got, test.want) {
			t.Errorf("%s with %s busy: got %s (%v), want %s", test.target, test.busy, f.Target, err, test.want)
		}
	}
	if _, err := resolve(t, "fault=pause target=primary", scene(3, 1), 1); err == nil || err.Error() != "there is no primary" {
		t.Errorf("no primary: got %v", err)
	}
}

func TestFaultsOnLinksNameTheirLinks(t *testing.T) {
	for text, want := range map[string]string{
		"fault=delay latency=5ms":                 `fault=delay link="* -> *" latency=5ms`,
		`fault=delay latency=5ms link="r1 -> c1"`: `fault=delay link="r1 -> c1" latency=5ms`,
		"fault=loss chance=5% target=r2":          `fault=loss target=r2 link="r2 -> *, * -> r2" chance=5%`,
		"fault=loss chance=5% target=all":         `fault=loss target="r1 r2" link="r1 -> *, * -> r1, r2 -> *, * -> r2" chance=5%`,
		"fault=hold message=GOSSIP":               `fault=hold link="* -> *" message=GOSSIP`,
		`fault=partition link="r1 -> r2"`:         `fault=partition link="r1 -> r2"`,
		`fault=partition groups="r1 | r2"`:        `fault=partition groups="r1 c1 c3 | r2 c2"`,
		`fault=partition groups="r1 c2 | r2 c1"`:  `fault=partition groups="r1 c2 c3 | r2 c1"`,
		`fault=partition clogs="r1 0s..1s"`:       `fault=partition clogs="r1 0s..1s"`,
		`fault=crash target="c1 r1" lose=all`:     `fault=crash target="c1 r1" lose=all`,
	} {
		f, err := resolve(t, text, scene(2, 3), 1)
		if err != nil || f.String() != want {
			t.Errorf("%s: got %s (%v), want %s", text, f, err, want)
		}
	}
}

func TestResolvingLeavesThePlanAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, s, seed := faults().Draw(t, "fault"), scenes().Draw(t, "scene"), rapid.Uint64().Draw(t, "seed")
		before := f.String()
		first, err1 := nemesis.Resolve(f, s, prng.New(seed))
		second, err2 := nemesis.Resolve(f, s, prng.New(seed))
		if f.String() != before {
			t.Fatalf("%s became %s", before, f)
		}
		if diff := cmp.Diff(first, second); diff != "" || fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Fatalf("one seed, two results (%v, %v):\n%s", err1, err2, diff)
		}
	})
}

func TestShapesSplitTheCluster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenes().Draw(t, "scene")
		twoSided := []nemesis.Shape{nemesis.Halves, nemesis.Isolate, nemesis.MajorityMinority, nemesis.OneWay}
		shape := rapid.SampledFrom(twoSided).Draw(t, "shape")
		n := len(s.Replicas)
		f, err := nemesis.Resolve(nemesis.Fault{Kind: nemesis.Partition, Shape: shape}, s, prng.New(rapid.Uint64().Draw(t, "seed")))
		if impossible := n < 2 || shape == nemesis.MajorityMinority && n < 3; impossible {
			if err == nil {
				t.Fatalf("%s of %d replicas is %s", shape, n, f)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Shape != "" {
			t.Fatalf("%s still has a shape", f)
		}
		inside, outside := sides(t, f, s)
		small := min(replicasOf(inside), replicasOf(outside))
		want := map[nemesis.Shape]int{nemesis.Halves: n / 2, nemesis.Isolate: 1, nemesis.OneWay: 1, nemesis.MajorityMinority: (n - 1) / 2}[shape]
		if small != want {
			t.Fatalf("%s of %d replicas has %d on the small side: %s", shape, n, small, f)
		}
		checkSides(t, s, inside, outside)
	})
}

// heard returns whom a node hears, itself included, when links are cut.
func heard(s nemesis.Scene, links nemesis.Links, id protocol.NodeID) []protocol.NodeID {
	return slices.DeleteFunc(slices.Concat(s.Replicas, s.Clients), func(from protocol.NodeID) bool {
		return slices.ContainsFunc(links, func(l nemesis.Link) bool { return l.Matches(from, id) })
	})
}

// withReplica sees that a front end has the fate of the replica beside it.
func withReplica(t *rapid.T, s nemesis.Scene, links nemesis.Links) {
	for _, c := range s.Clients {
		if !slices.Equal(heard(s, links, c), heard(s, links, s.Beside(c))) {
			t.Fatalf("%s hears %v, and %s %v", c, heard(s, links, c), s.Beside(c), heard(s, links, s.Beside(c)))
		}
		for _, id := range s.Replicas {
			if who := heard(s, links, id); slices.Contains(who, c) != slices.Contains(who, s.Beside(c)) {
				t.Fatalf("%s hears one of %s and %s: %v", id, c, s.Beside(c), who)
			}
		}
	}
}

// linksOf resolves a shape that becomes links, which two replicas are too few for.
func linksOf(t *rapid.T, s nemesis.Scene, shape nemesis.Shape) nemesis.Links {
	f, err := nemesis.Resolve(nemesis.Fault{Kind: nemesis.Partition, Shape: shape}, s, prng.New(rapid.Uint64().Draw(t, "seed")))
	if few := len(s.Replicas) < 3; few != (err != nil) {
		t.Fatalf("a %s of %d replicas: %s, %v", shape, len(s.Replicas), f, err)
	}
	if err == nil && (f.Shape != "" || len(f.Groups)+len(f.Clogs) > 0) {
		t.Fatalf("a %s is more than links: %s", shape, f)
	}
	return f.Links
}

func TestABridgeJoinsTwoHalves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenes().Draw(t, "scene")
		links := linksOf(t, s, nemesis.Bridge)
		if len(links) == 0 {
			return
		}
		withReplica(t, s, links)
		sizes := map[int]int{} // how many replicas hear so many
		for _, id := range s.Replicas {
			who := heard(s, links, id)
			sizes[replicasOf(who)]++
			for _, other := range who {
				if !slices.Contains(heard(s, links, other), id) {
					t.Fatalf("%s hears %s and not the other way: %s", id, other, links)
				}
			}
		}
		n := len(s.Replicas)
		small, large := (n-1)/2, n-1-(n-1)/2
		want := map[int]int{n: 1}
		want[small+1] += small
		want[large+1] += large
		if diff := cmp.Diff(want, sizes); diff != "" {
			t.Fatalf("%s\n%s", links, diff)
		}
	})
}

func TestInARingEachHearsAMajorityOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenes().Draw(t, "scene")
		links := linksOf(t, s, nemesis.Ring)
		if len(links) == 0 {
			return
		}
		withReplica(t, s, links)
		seen := map[string]protocol.NodeID{}
		for _, id := range s.Replicas {
			who := heard(s, links, id)
			if !slices.Contains(who, id) || replicasOf(who) != len(s.Replicas)/2+1 {
				t.Fatalf("%s hears %v: %s", id, who, links)
			}
			if other, twice := seen[fmt.Sprint(who)]; twice {
				t.Fatalf("%s and %s hear the same: %v", id, other, who)
			}
			seen[fmt.Sprint(who)] = id
		}
	})
}

func TestASwizzleCutsOneByOneAndHealsInAnotherOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenes().Draw(t, "scene")
		s.Lasts = rapid.Map(rapid.Int64Range(0, int64(time.Minute)), func(n int64) time.Duration { return time.Duration(n) }).Draw(t, "lasts")
		f, err := nemesis.Resolve(nemesis.Fault{Kind: nemesis.Partition, Shape: nemesis.Swizzle}, s, prng.New(rapid.Uint64().Draw(t, "seed")))
		if err != nil {
			if len(s.Replicas) >= 2 && s.Lasts >= 14 {
				t.Fatal(err)
			}
			return
		}
		byHealing := slices.SortedFunc(slices.Values(f.Clogs), func(a, b nemesis.Clog) int { return int(a.During.Max - b.During.Max) })
		if f.Shape != "" || len(f.Clogs) < 2 || slices.Equal(byHealing, f.Clogs) {
			t.Fatalf("no swizzle: %s", f)
		}
		for i, c := range f.Clogs {
			if c.Node[0] != 'r' || c.During.Max > s.Lasts || c.During.Min >= byHealing[0].During.Max {
				t.Fatalf("%s in %v: %s", c.Node, s.Lasts, f)
			}
			if i > 0 && (c.During.Min <= f.Clogs[i-1].During.Min || byHealing[i].During.Max <= byHealing[i-1].During.Max) {
				t.Fatalf("two at once: %s", f)
			}
		}
		if again, err := nemesis.ParseFault(f.String()); err != nil || cmp.Diff(f, again) != "" {
			t.Fatalf("%s is read back as %s, %v", f, again, err)
		}
	})
}

func TestASwizzleNeedsItsTime(t *testing.T) {
	if f, err := resolve(t, "fault=partition shape=swizzle", scene(3, 3), 1); err == nil || !strings.Contains(err.Error(), "needs more time than 0s") {
		t.Errorf("got %s, %v", f, err)
	}
}

// sides returns the two sides of a partition; of a one-way partition those that hear nothing come first.
func sides(t *rapid.T, f nemesis.Fault, s nemesis.Scene) (inside, outside []protocol.NodeID) {
	if len(f.Groups) > 0 {
		if len(f.Groups) != 2 || len(f.Links) > 0 {
			t.Fatalf("not two sides: %s", f)
		}
		return f.Groups[0], f.Groups[1]
	}
	for _, l := range f.Links {
		if !slices.Contains(inside, l.To) {
			inside = append(inside, l.To)
		}
		if !slices.Contains(outside, l.From) {
			outside = append(outside, l.From)
		}
	}
	if len(f.Links) != len(inside)*len(outside) {
		t.Fatalf("some link to the isolated replica is open: %s", f)
	}
	return inside, outside
}

func replicasOf(nodes []protocol.NodeID) int {
	n := 0
	for _, id := range nodes {
		if id[0] == 'r' {
			n++
		}
	}
	return n
}

// checkSides sees that each node is on one side, and each front end on that of the replica beside it.
func checkSides(t *rapid.T, s nemesis.Scene, inside, outside []protocol.NodeID) {
	all := slices.Sorted(slices.Values(slices.Concat(inside, outside)))
	if want := slices.Sorted(slices.Values(slices.Concat(s.Replicas, s.Clients))); !slices.Equal(all, want) {
		t.Fatalf("the sides %v and %v are not the nodes %v", inside, outside, want)
	}
	for _, c := range s.Clients {
		if slices.Contains(inside, c) != slices.Contains(inside, s.Beside(c)) {
			t.Fatalf("%s is on another side than %s: %v | %v", c, s.Beside(c), inside, outside)
		}
	}
}

func TestResolveRefusesWhatIsNoFault(t *testing.T) {
	for _, f := range []nemesis.Fault{{}, {Kind: "explode"}, {Kind: nemesis.Crash}, {Kind: nemesis.Partition}, {Kind: nemesis.Partition, Shape: "circle"}} {
		if got, err := nemesis.Resolve(f, scene(3, 3), prng.New(1)); err == nil {
			t.Errorf("%+v became %s", f, got)
		}
	}
}
