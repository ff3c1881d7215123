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
	s := spec(5, 1)
	c := start(t, b, s)
	replicas := s.Config.Replicas
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
		if e := await[cluster.FaultEnded](t, c, 60*time.Second).Evidence; e["dropped"] == 0 || e["links_open"] != 30 {
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
