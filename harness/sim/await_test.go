package sim_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
)

func TestNodesStartAtTimeZeroReplicasFirst(t *testing.T) {
	p := plan{replicas: 2, clients: 2, node: func(protocol.NodeID) *puppet {
		return &puppet{start: func(env *protocol.Env, s protocol.Saved) {
			env.Mark(fmt.Sprintf("%v %v %v", describeSaved(s), env.Now, env.Replicas))
		}}
	}}
	l := p.run(t)
	l.until(0)
	want := []string{
		"r1@0s boot 0 log  0s [r1 r2]", "r2@0s boot 0 log  0s [r1 r2]", "c1@0s boot 0 log  0s [r1 r2]", "c2@0s boot 0 log  0s [r1 r2]",
	}
	if got := l.facts(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRequestsAndReplies(t *testing.T) {
	p := plan{clients: 1, node: func(protocol.NodeID) *puppet {
		return &puppet{request: func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
			env.Reply(id+100, protocol.Reply{Outcome: protocol.Fail})
			if id == 2 {
				env.Reply(1, protocol.Reply{Outcome: protocol.OK, Value: op.Value})
				env.Reply(2, protocol.Reply{Outcome: protocol.Info, Error: "busy"})
				env.Reply(2, protocol.Reply{Outcome: protocol.OK})
			}
		}}
	}}
	l := p.run(t)
	l.until(3 * ms)
	l.cluster.Invoke("c1", 70, protocol.Op{F: "write", Value: protocol.Int(1)})
	l.cluster.Invoke("c1", 80, protocol.Op{F: "write", Value: protocol.Int(2)})
	l.until(4 * ms)
	want := []cluster.Completion{
		{Call: 70, Time: 3 * ms, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(2)}},
		{Call: 80, Time: 3 * ms, Reply: protocol.Reply{Outcome: protocol.Info, Error: "busy"}},
	}
	if got := l.completions(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFaultNoticesComeAtOnce(t *testing.T) {
	l := plan{}.run(t)
	l.until(5 * ms)
	l.cluster.Begin(3, pause("r1"))
	l.until(7 * ms)
	l.cluster.End(3)
	l.until(9 * ms)
	want := []cluster.Notice{
		cluster.FaultBegun{Index: 3, Time: 5 * ms},
		cluster.FaultEnded{Index: 3, Time: 7 * ms, Evidence: nemesis.Evidence{"delayed": 0}},
	}
	if !reflect.DeepEqual(l.notices, want) {
		t.Errorf("got %v, want %v", l.notices, want)
	}
}

func TestTimers(t *testing.T) {
	p := plan{node: func(protocol.NodeID) *puppet {
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) {
				env.SetTimer("replaced", 5*ms)
				env.SetTimer("cancelled", 6*ms)
				env.SetTimer("replaced", 8*ms)
				env.Send(env.Self, note{})
				env.SetTimer("negative", -time.Hour)
				env.CancelTimer("cancelled")
				env.CancelTimer("unknown")
				env.SetTimer("again", 7*ms)
			},
			receive: func(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) { env.Mark("message") },
			timeout: func(env *protocol.Env, t protocol.Timer) {
				env.Mark(string(t))
				if t == "again" && env.Now < 20*ms {
					env.SetTimer(t, 7*ms)
				}
			},
		}
	}}
	l := p.run(t)
	l.until(time.Second)
	want := []string{"r1@0s message", "r1@0s negative", "r1@7ms again", "r1@8ms replaced", "r1@14ms again", "r1@21ms again"}
	if got := l.facts(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := l.cluster.Stats().Events; n != 7 {
		t.Errorf("%d events, want the start, a message and 5 timers", n)
	}
}

func TestAwaitThePast(t *testing.T) {
	l := plan{}.run(t)
	l.until(5 * ms)
	n, err := l.cluster.Await(context.Background(), ms)
	if err != nil || n != (cluster.Reached{Time: 5 * ms}) || l.cluster.Now() != 5*ms {
		t.Errorf("got %v, %v at %v", n, err, l.cluster.Now())
	}
}

func TestStorms(t *testing.T) {
	for _, c := range []struct {
		name string
		node *puppet
		want string
	}{
		{"messages", &puppet{
			start:   func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("go", 3*ms) },
			timeout: func(env *protocol.Env, _ protocol.Timer) { env.Send("r1", note{}) },
			receive: func(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) { env.Send("r1", note{}) },
		}, "at 3ms the machines made 51 events for that same instant; in the last one r1 sends NOTE to r1"},
		{"timers", &puppet{
			start:   func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("spin", 0) },
			timeout: func(env *protocol.Env, t protocol.Timer) { env.SetTimer(t, 0) },
		}, "at 0s the machines made 51 events for that same instant; in the last one r1 sets timer spin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := plan{options: sim.Options{StormMax: 50}, node: func(protocol.NodeID) *puppet { return c.node }}.run(t)
			err := l.untilError(time.Second)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if again := l.untilError(time.Second); !errors.Is(again, err) {
				t.Errorf("an error is final, got %v", again)
			}
		})
	}
}

// TestMuchAtOneInstantIsNoStorm ends a pause and a hold with more waiting than a storm has: time goes on, so it is none.
func TestMuchAtOneInstantIsNoStorm(t *testing.T) {
	p := plan{replicas: 3, options: sim.Options{StormMax: 10}, weather: constant(ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(ms, "r2", "r3"), "r2": teller, "r3": teller,
	})}
	l := p.run(t)
	l.cluster.Begin(0, pause("r2"))
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Hold, Links: []nemesis.Link{{From: "r1", To: "r3"}}})
	l.until(99*ms + 1)
	l.cluster.End(0)
	l.cluster.End(1)
	l.until(99*ms + 1)
	if n := len(l.facts()); n != 98+99 {
		t.Errorf("%d messages arrived", n)
	}
}

// TestAStormIsOfOneInstant makes an event for the present instant in each of many.
func TestAStormIsOfOneInstant(t *testing.T) {
	p := plan{options: sim.Options{StormMax: 10}, node: func(protocol.NodeID) *puppet { return ticker(ms, "r1")() }}
	l := p.run(t)
	l.until(100 * ms)
	if n := l.cluster.Stats().Events; n != 201 {
		t.Errorf("%d events, want the start, 100 timers and 100 messages", n)
	}
}

func TestContextEndsAwait(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	handled := 0
	p := plan{node: func(protocol.NodeID) *puppet {
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", ms) },
			timeout: func(env *protocol.Env, t protocol.Timer) {
				if handled++; handled == 5000 {
					cancel(nil)
				}
				env.SetTimer(t, ms)
			},
		}
	}}
	l := p.run(t)
	if _, err := l.cluster.Await(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if handled > 5000+1024 {
		t.Errorf("%d events were handled after the end of the context", handled-5000)
	}
	before := handled
	if _, err := l.cluster.Await(ctx, time.Hour); !errors.Is(err, context.Canceled) || handled != before {
		t.Errorf("got %v from another Await, after %d events", err, handled-before)
	}
	if _, err := sim.New(sim.Options{}).Start(ctx, plan{}.spec()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v from Start", err)
	}
}

func explode(map[string]int) { panic("no more") }

func TestPanicsAreBlamedOnTheirMachine(t *testing.T) {
	for _, c := range []struct {
		name string
		node *puppet
		want string
	}{
		{"start", &puppet{start: func(*protocol.Env, protocol.Saved) { explode(nil) }}, "at 0s r1 panicked in Start, boot 0: no more (sim_test.explode, await_test.go:"},
		{"timer", &puppet{
			start:   func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("fuse", 4*ms) },
			timeout: func(*protocol.Env, protocol.Timer) { explode(nil) },
		}, "at 4ms r1 panicked in Timeout of fuse: no more (sim_test.explode, "},
		{"message", &puppet{
			start:   func(env *protocol.Env, _ protocol.Saved) { env.Send("r1", note{N: 8}) },
			receive: func(_ *protocol.Env, _ protocol.NodeID, m protocol.Message) { _ = make([]int, 3)[m.(note).N] },
		}, `at 0s r1 panicked in Receive of NOTE from r1: {"n":8}: runtime error: index out of range [8] with length 3 (sim_test.TestPanics`},
		{"call", &puppet{
			request: func(_ *protocol.Env, _ protocol.RequestID, _ protocol.Op) { explode(nil) },
		}, "at 1ms c1 panicked in Request: write x 5 via r1: no more (sim_test.explode, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := plan{clients: 1, node: func(protocol.NodeID) *puppet { return c.node }}.run(t)
			err := l.untilError(ms)
			if err == nil {
				l.cluster.Invoke("c1", 1, protocol.Op{F: "write", Key: "x", Value: protocol.Int(5), Via: "r1"})
				err = l.untilError(5 * ms)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// boom is a state that cannot be shown.
type boom struct{ puppet }

func (*boom) State() any { panic("nothing to see") }

func TestState(t *testing.T) {
	l := plan{replicas: 2, node: func(id protocol.NodeID) *puppet { return &puppet{state: "state of " + string(id)} }}.run(t)
	show := func(id protocol.NodeID) any {
		t.Helper()
		state, err := l.cluster.State(id)
		if err != nil {
			t.Errorf("State(%s): %v", id, err)
		}
		return state
	}
	if got := show("r1"); got != nil {
		t.Errorf("before its start r1 shows %v", got)
	}
	l.until(ms)
	l.cluster.Begin(0, crash("", "r1"))
	l.until(2 * ms)
	if a, b := show("r1"), show("r2"); a != nil || b != "state of r2" {
		t.Errorf("r1 is down and shows %v, r2 shows %v", a, b)
	}
	if _, err := l.cluster.State("r3"); err == nil {
		t.Error("a node that does not exist has a state")
	}

	spec := plan{}.spec()
	spec.System.Replica = replicaOf(&boom{})
	c, err := sim.New(sim.Options{}).Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	l = &lab{t: t, cluster: c}
	l.until(ms)
	if _, err := c.State("r1"); err == nil || !strings.Contains(err.Error(), "r1 panicked in State: nothing to see") {
		t.Errorf("got %v", err)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestWrongUseIsAnError uses the cluster as no harness should: each is an error of the next Await.
func TestWrongUseIsAnError(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(cluster.Cluster)
		want string
	}{
		{"a call to a replica", func(c cluster.Cluster) { c.Invoke("r1", 1, protocol.Op{}) }, `a call to "r1", which is no front end`},
		{"a call to nobody", func(c cluster.Cluster) { c.Invoke("c9", 1, protocol.Op{}) }, `a call to "c9", which is no front end`},
		{"twice the same fault", func(c cluster.Cluster) { c.Begin(0, pause("r1")); c.Begin(0, pause("r1")) }, "fault 1 was begun before"},
		{"an end without a beginning", func(c cluster.Cluster) { c.End(4) }, "fault 5 is not in force"},
		{"two ends", func(c cluster.Cluster) { c.Begin(0, pause("r1")); c.End(0); c.End(0) }, "fault 1 is not in force"},
		{"an unknown kind", func(c cluster.Cluster) { c.Begin(0, nemesis.Fault{Kind: "flood"}) }, `fault 1 cannot begin: there is no fault "flood"`},
		{"an unresolved word", func(c cluster.Cluster) {
			c.Begin(0, nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Word: nemesis.One}})
		}, "its target one is not resolved"},
		{"an unresolved word of a fault on links", func(c cluster.Cluster) {
			c.Begin(0, nemesis.Fault{Kind: nemesis.Loss, Chance: 1, Target: nemesis.Target{Word: nemesis.Everyone}})
		}, "its target all is not resolved"},
		{"an unresolved shape", func(c cluster.Cluster) {
			c.Begin(0, nemesis.Fault{Kind: nemesis.Partition, Shape: nemesis.Halves})
		}, `its shape "halves" is not resolved`},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := plan{clients: 1}.run(t)
			l.until(ms)
			c.use(l.cluster)
			if err := l.untilError(2 * ms); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
