package docker_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"sunder/docker"
	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// friends returns how many of the replicas each of them can connect to, ascending.
func friends(t *testing.T, c cluster.Cluster, replicas []protocol.NodeID) []int {
	t.Helper()
	counts := make([]int, len(replicas))
	var all sync.WaitGroup
	for i, id := range replicas {
		all.Go(func() {
			deaf, err := docker.Deaf(context.Background(), c, id, 400*time.Millisecond)
			if err != nil {
				t.Error(err)
			}
			for _, other := range replicas {
				if other != id && !slices.Contains(deaf, other) {
					counts[i]++
				}
			}
		})
	}
	all.Wait()
	slices.Sort(counts)
	return counts
}

// TestShapesByTheirEffects draws partitions of every shape, and looks which of five replicas can still connect. A
// connection needs both directions.
func TestShapesByTheirEffects(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	s := spec(5, 2)
	c := start(t, b, s)
	replicas := s.Config.Replicas
	pods := len(replicas) + len(s.Config.Clients)
	scene := nemesis.Scene{Replicas: replicas, Clients: s.Config.Clients, Beside: s.Config.Beside, Lasts: 8 * time.Second}
	begin := func(index int, shape nemesis.Shape) {
		f, err := nemesis.Resolve(nemesis.Fault{Kind: nemesis.Partition, Shape: shape}, scene, prng.New(uint64(index)))
		if err != nil {
			t.Fatal(err)
		}
		c.Begin(index, f)
		await[cluster.FaultBegun](t, c, 30*time.Second)
	}
	end := func(index int) {
		c.End(index)
		if e := await[cluster.FaultEnded](t, c, 60*time.Second).Evidence; e["dropped"] == 0 || e["links_open"] != int64(pods*(pods-1)) {
			t.Errorf("evidence %v", e)
		}
	}
	open := []int{4, 4, 4, 4, 4}
	for i, test := range []struct {
		shape nemesis.Shape
		want  []int
	}{
		{nemesis.Halves, []int{1, 1, 2, 2, 2}},
		{nemesis.Isolate, []int{0, 3, 3, 3, 3}},
		{nemesis.MajorityMinority, []int{1, 1, 2, 2, 2}},
		{nemesis.OneWay, []int{0, 3, 3, 3, 3}},
		{nemesis.Bridge, []int{2, 2, 2, 2, 4}},
		{nemesis.Ring, []int{2, 2, 2, 2, 2}},
	} {
		begin(i+1, test.shape)
		if got := friends(t, c, replicas); !slices.Equal(got, test.want) {
			t.Errorf("in a partition of shape %s the replicas reach %v others, not %v", test.shape, got, test.want)
		}
		end(i + 1)
		if got := friends(t, c, replicas); !slices.Equal(got, open) {
			t.Errorf("after one of shape %s they reach %v others", test.shape, got)
		}
	}
	oneWay(t, c, scene)
	begin(10, nemesis.Swizzle)
	began := time.Now()
	var seen [][]int
	for time.Since(began) < scene.Lasts {
		if got := friends(t, c, replicas); len(seen) == 0 || !slices.Equal(got, seen[len(seen)-1]) {
			seen = append(seen, got)
		}
		time.Sleep(100 * time.Millisecond)
	}
	end(10)
	swizzled(t, seen)
}

// swizzled checks what was seen of replicas that are cut off one by one and healed one by one: of each moment, how many
// the replicas reach.
func swizzled(t *testing.T, seen [][]int) {
	t.Helper()
	var alone []int // at each moment, how many replicas reach nobody
	for _, counts := range seen {
		n := 0
		for _, count := range counts {
			if count == 0 {
				n++
			}
		}
		if len(alone) == 0 || n != alone[len(alone)-1] {
			alone = append(alone, n)
		}
	}
	most := slices.Max(alone)
	top := slices.Index(alone, most)
	if most < 2 || !slices.IsSorted(alone[:top+1]) || !slices.IsSortedFunc(alone[top:], func(a, b int) int { return b - a }) {
		t.Errorf("of a swizzle so many replicas were cut off, moment by moment: %v (%v)", alone, seen)
	}
}

// oneWay draws a partition one way until it is r1 that hears nothing, and sees that it is heard: of the two clients one is
// beside it.
func oneWay(t *testing.T, c cluster.Cluster, scene nemesis.Scene) {
	t.Helper()
	deaf, others := []protocol.NodeID{"r1", "c1"}, []protocol.NodeID{"r2", "r3", "r4", "r5", "c2"}
	var want nemesis.Links
	for _, from := range others {
		for _, to := range deaf {
			want = append(want, nemesis.Link{From: from, To: to})
		}
	}
	r := prng.New(1)
	cut := nemesis.Fault{}
	for tries := 0; !slices.ContainsFunc(cut.Links, func(l nemesis.Link) bool { return l.To == "r1" }); tries++ {
		if tries == 1000 {
			t.Fatal("r1 is never drawn")
		}
		var err error
		if cut, err = nemesis.Resolve(nemesis.Fault{Kind: nemesis.Partition, Shape: nemesis.OneWay}, scene, r); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(cut.Links, want) || len(cut.Groups) > 0 {
		t.Fatalf("a partition one way cuts %v and %v, not just %v", cut.Links, cut.Groups, want)
	}
	inside, outside := place{"c1", "r1"}, place{"c2", "r2"}
	// What others have cut before may still be dialled again.
	if !passedOn(t, c, 1, "before", inside, outside, 10*time.Second) || !passedOn(t, c, 30, "before too", outside, inside, 10*time.Second) {
		t.Fatal("the replicas do not hear each other before they are cut")
	}
	e := during(t, c, 9, cut, func() {
		// At once: a connection dies when nothing is heard of what it brings.
		if !passedOn(t, c, 60, "one", inside, outside, time.Second) {
			t.Error("of the replica that hears nothing nothing is heard")
		}
		if passedOn(t, c, 90, "other", outside, inside, 2*time.Second) {
			t.Error("the replica that is to hear nothing hears")
		}
	})
	if e["dropped"] == 0 {
		t.Errorf("evidence %v", e)
	}
	if !passedOn(t, c, 120, "after", outside, inside, 10*time.Second) {
		t.Error("the replica hears nothing after the partition either")
	}
}
