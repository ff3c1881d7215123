package sim_test

import (
	"context"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
	"sunder/systems"
)

// ball is a message as small as they get.
type ball struct {
	N int `json:"n"`
}

func (ball) Name() string { return "BALL" }

// player sends every ball back, with the next number. It serves some at the start.
type player struct{ serves int }

func (p player) Start(env *protocol.Env, _ protocol.Saved) {
	for i := range p.serves {
		env.Send("r2", ball{N: i})
	}
}

func (p player) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	env.Send(from, ball{N: m.(ball).N + 1})
}

func (player) Timeout(*protocol.Env, protocol.Timer) {}

// game is a spec in which two machines play with a number of balls.
func game(balls int, w cluster.Weather) cluster.Spec {
	spec := plan{replicas: 2, weather: w}.spec()
	spec.System.Messages = []protocol.Message{ball{}}
	spec.System.Replica = func(_ systems.Config, id protocol.NodeID) protocol.Machine {
		if id == "r1" {
			return player{serves: balls}
		}
		return player{}
	}
	return spec
}

func benchmark(b *testing.B, spec cluster.Spec, begin func(cluster.Cluster)) {
	b.ReportAllocs()
	c, err := sim.New(sim.Options{}).Start(context.Background(), spec)
	if err != nil {
		b.Fatal(err)
	}
	if begin != nil {
		begin(c)
	}
	b.ResetTimer()
	for c.Stats().Events < int64(b.N) {
		if _, err := c.Await(context.Background(), c.Now()+time.Second); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(c.Stats().Events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkPingPong is the whole way of a message: network, queue, machine, digest. One operation is one event.
func BenchmarkPingPong(b *testing.B) {
	b.Run("one", func(b *testing.B) {
		benchmark(b, game(1, constant(ms)), nil)
	})
	weather := cluster.Weather{Latency: nemesis.Range{Min: ms, Max: 10 * ms}, Reorder: 50_000}
	b.Run("hundred", func(b *testing.B) {
		benchmark(b, game(100, weather), nil)
	})
	b.Run("faults", func(b *testing.B) {
		benchmark(b, game(100, weather), func(c cluster.Cluster) {
			c.Begin(0, nemesis.Fault{Kind: nemesis.Delay, Latency: nemesis.Range{Min: ms, Max: 2 * ms}})
			c.Begin(1, nemesis.Fault{Kind: nemesis.Reorder, Chance: 10_000})
		})
	})
}

// BenchmarkTimers sets and replaces a timer in each event.
func BenchmarkTimers(b *testing.B) {
	build := func(protocol.NodeID) *puppet {
		work := func(env *protocol.Env) {
			env.SetTimer("tick", ms)
			env.SetTimer("deadline", time.Second)
		}
		return &puppet{
			start:   func(env *protocol.Env, _ protocol.Saved) { work(env) },
			timeout: func(env *protocol.Env, _ protocol.Timer) { work(env) },
		}
	}
	benchmark(b, plan{replicas: 3, node: build}.spec(), nil)
}

// BenchmarkStart sets up and starts a cluster of five replicas and six front ends, as every run of a campaign does.
func BenchmarkStart(b *testing.B) {
	b.ReportAllocs()
	p := plan{replicas: 5, clients: 6, weather: constant(ms)}
	for b.Loop() {
		c, err := sim.New(p.options).Start(context.Background(), p.spec())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Await(context.Background(), time.Millisecond); err != nil {
			b.Fatal(err)
		}
	}
}
