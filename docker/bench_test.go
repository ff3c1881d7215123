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

// BenchmarkPods measures five replica and three client pods: how long until they reach each other, how long until they are
// gone, and how much memory one takes.
func BenchmarkPods(b *testing.B) {
	backend := needEngine(b)
	var up, down time.Duration
	var memory int64
	for range b.N {
		began := time.Now()
		c, err := backend.Start(b.Context(), spec(5, 3))
		if err != nil {
			b.Fatal(err)
		}
		up += time.Since(began)
		used, err := docker.Memory(b.Context(), docker.RunOf(c))
		if err != nil {
			b.Error(err)
		}
		memory += used / 8
		began = time.Now()
		if err := c.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		down += time.Since(began)
	}
	b.ReportMetric(up.Seconds()/float64(b.N), "s/up")
	b.ReportMetric(down.Seconds()/float64(b.N), "s/down")
	b.ReportMetric(float64(memory)/float64(b.N)/(1<<20), "MB/pod")
}

// BenchmarkPartition measures how long it takes to cut five replicas in two, and to heal them. The healing ends before it
// is measured that all links are open.
func BenchmarkPartition(b *testing.B) {
	c := start(b, needEngine(b), spec(5, 0))
	f := nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1", "r2"}, {"r3", "r4", "r5"}}}
	var cut, heal time.Duration
	b.ResetTimer()
	for range b.N {
		first, second, err := docker.CutAndHeal(b.Context(), c, f)
		if err != nil {
			b.Fatal(err)
		}
		cut, heal = cut+first, heal+second
	}
	b.ReportMetric(float64(cut.Microseconds())/1000/float64(b.N), "ms/cut")
	b.ReportMetric(float64(heal.Microseconds())/1000/float64(b.N), "ms/heal")
}

// BenchmarkOperations measures how many operations three clients do, each with eight at a time, that one replica answers
// from its memory.
func BenchmarkOperations(b *testing.B) {
	c := start(b, needEngine(b), spec(1, 3))
	call := cluster.CallID(0)
	clients := map[cluster.CallID]protocol.NodeID{}
	invoke := func(client protocol.NodeID) {
		call++
		clients[call] = client
		c.Invoke(client, call, protocol.Op{F: "read", Key: "x", Via: "r1"})
	}
	b.ResetTimer()
	for _, client := range []protocol.NodeID{"c1", "c2", "c3"} {
		for range 8 {
			invoke(client)
		}
	}
	for range b.N {
		done := await[cluster.Completion](b, c, time.Minute)
		if done.Reply.Outcome != protocol.OK {
			b.Fatalf("%+v", done.Reply)
		}
		invoke(clients[done.Call])
		delete(clients, done.Call)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "operations/s")
}
