package docker_test

import (
	"context"
	"testing"
	"time"

	"sunder/docker"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// keeper returns a backend that keeps the pods of runs that are over, and sees that nothing of the runs named is left when
// it is closed.
func keeper(t *testing.T) (b *docker.Backend, used func(cluster.Cluster)) {
	t.Helper()
	needEngine(t)
	var runs []string
	b = docker.New(docker.Options{Keep: true})
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Errorf("closing: %v", err)
		}
		for _, run := range runs {
			if n, err := docker.Left(context.Background(), run); n != 0 || err != nil {
				t.Errorf("%d containers and networks of %s are left (%v)", n, run, err)
			}
		}
	})
	return b, func(c cluster.Cluster) { runs = append(runs, docker.RunOf(c)) }
}

// up starts a cluster.
func up(t *testing.T, b *docker.Backend, s cluster.Spec) cluster.Cluster {
	t.Helper()
	c, err := b.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// down closes one.
func down(t *testing.T, c cluster.Cluster) {
	t.Helper()
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestPodsAreUsedAgain has a run leave everything behind that it can: values, a node that is down, one that is paused, a
// wrong clock, lost packets and a partition. The next run, which has some of the pods and one more, finds nothing of it.
func TestPodsAreUsedAgain(t *testing.T) {
	b, used := keeper(t)
	t.Parallel()
	first := up(t, b, spec(3, 2))
	used(first)
	if r := ask(t, first, "c1", 1, protocol.Op{F: "write", Key: "x", Value: protocol.Int(5), Via: "r1"}); r.Outcome != protocol.OK {
		t.Fatalf("the write: %+v", r)
	}
	faults := []nemesis.Fault{
		{Kind: nemesis.Loss, Chance: 1_000_000},
		{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1", "c1"}, {"r2", "r3", "c2"}}},
		{Kind: nemesis.ClockSkew, Offset: -time.Hour, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}},
		{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r2"}}},
		{Kind: nemesis.Pause, Target: nemesis.Target{Nodes: []protocol.NodeID{"c1"}}},
	}
	for i, f := range faults {
		first.Begin(i, f)
		await[cluster.FaultBegun](t, first, 30*time.Second)
	}
	nemesisOfR1, nodeOfR1 := docker.Containers(first, "r1")
	down(t, first)

	second := up(t, b, spec(2, 3))
	used(second)
	if nemesis, node := docker.Containers(second, "r1"); nemesis != nemesisOfR1 || node != nodeOfR1 {
		t.Error("r1 has other containers than before")
	}
	for i, client := range []protocol.NodeID{"c1", "c2", "c3"} {
		for k, replica := range []protocol.NodeID{"r1", "r2"} {
			r := ask(t, second, client, cluster.CallID(10*i+k), protocol.Op{F: "read", Key: "x", Via: replica})
			if r.Outcome != protocol.OK || !r.Value.Equal(protocol.Int(0)) {
				t.Errorf("%s reads at %s: %+v", client, replica, r)
			}
		}
	}
	if r := ask(t, second, "c3", 100, protocol.Op{F: "write", Key: "x", Value: protocol.Int(6), Via: "r2"}); r.Outcome != protocol.OK {
		t.Errorf("the write: %+v", r)
	}
	down(t, second)
}

// TestPodsThatAreNotInOrderAreNotUsedAgain kills the nemesis of a pod that waits.
func TestPodsThatAreNotInOrderAreNotUsedAgain(t *testing.T) {
	b, used := keeper(t)
	t.Parallel()
	first := up(t, b, spec(1, 1))
	used(first)
	killed, _ := docker.Containers(first, "r1")
	down(t, first)
	if err := docker.Kill(t.Context(), killed); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // until the controller knows
	second := up(t, b, spec(1, 1))
	used(second)
	if docker.RunOf(second) == docker.RunOf(first) {
		t.Error("the next run has the broken pods")
	}
	if r := ask(t, second, "c1", 1, protocol.Op{F: "read", Key: "x", Via: "r1"}); r.Outcome != protocol.OK {
		t.Errorf("the read: %+v", r)
	}
	down(t, second)
}

// TestPodsOfARunThatFailedAreRemoved closes a run whose node died by itself, and one of a backend that is closed.
func TestPodsOfARunThatFailedAreRemoved(t *testing.T) {
	b, used := keeper(t)
	t.Parallel()
	gone := func(c cluster.Cluster, what string) {
		if n, err := docker.Left(t.Context(), docker.RunOf(c)); n != 0 || err != nil {
			t.Errorf("%s: %d containers and networks are left (%v)", what, n, err)
		}
	}
	failed := up(t, b, spec(1, 0))
	used(failed)
	_, node := docker.Containers(failed, "r1")
	if err := docker.Kill(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	for died := false; !died; {
		n, err := failed.Await(t.Context(), failed.Now()+30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, reached := n.(cluster.Reached); reached {
			t.Fatal("nobody notices that the node is dead")
		}
		_, died = n.(cluster.NodeDied)
	}
	down(t, failed)
	gone(failed, "a node has died")
	late := up(t, b, spec(1, 0))
	used(late)
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	down(t, late)
	gone(late, "the backend is closed")
}
