package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

func pause(nodes ...protocol.NodeID) nemesis.Fault {
	return nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Nodes: nodes}}
}

func diskOf(d time.Duration) cluster.Disk { return cluster.Disk{Sync: nemesis.Range{Min: d, Max: d}} }

// listener tells whatever it is called with, and sets timers at its start.
func listener(timers map[protocol.Timer]time.Duration) func() *puppet {
	return func() *puppet {
		p := teller()
		p.start = func(env *protocol.Env, saved protocol.Saved) {
			for _, t := range []protocol.Timer{"a", "b", "c"} {
				if after, set := timers[t]; set && saved.Boot == 0 {
					env.SetTimer(t, after)
				}
			}
		}
		p.timeout = func(env *protocol.Env, t protocol.Timer) { env.Mark("timer " + string(t)) }
		p.request = func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
			env.Mark("call " + op.F)
			env.Reply(id, protocol.Reply{Outcome: protocol.OK, Value: protocol.String(op.F)})
		}
		return p
	}
}

func TestPauseMakesEverythingWaitInOrder(t *testing.T) {
	p := plan{clients: 1, weather: constant(2 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "c1"),
		"c1": listener(map[protocol.Timer]time.Duration{"a": 5 * ms, "b": 15 * ms, "c": 40 * ms}),
	})}
	l := p.run(t)
	l.until(7 * ms)
	l.cluster.Begin(0, pause("c1"))
	l.until(17 * ms)
	l.cluster.Invoke("c1", 9, protocol.Op{F: "read"})
	l.until(32 * ms)
	// The third message arrives at the very instant of the end.
	l.cluster.End(0)
	l.until(50 * ms)
	want := []string{
		"c1@5ms timer a", "c1@32ms 1", "c1@32ms timer b", "c1@32ms call read", "c1@32ms 2", "c1@32ms 3", "c1@40ms timer c", "c1@42ms 4",
	}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wantDone := []cluster.Completion{{Call: 9, Time: 32 * ms, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.String("read")}}}
	if got := l.completions(); fmt.Sprint(got) != fmt.Sprint(wantDone) {
		t.Errorf("completed %v, want %v", got, wantDone)
	}
	// Messages 1, 2 and 3, the timer and the call.
	if e := l.evidence(0); e["delayed"] != 5 {
		t.Errorf("evidence %v", e)
	}
}

func TestPausesOverlap(t *testing.T) {
	p := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}
	l := p.run(t)
	l.cluster.Begin(0, pause("r2"))
	l.until(15 * ms)
	l.cluster.Begin(1, pause("r2", "r2"))
	l.until(25 * ms)
	l.cluster.End(0)
	l.until(35 * ms)
	l.cluster.End(1)
	l.until(36 * ms)
	if got, want := l.facts(), []string{"r2@35ms 1", "r2@35ms 2", "r2@35ms 3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b := l.evidence(0)["delayed"], l.evidence(1)["delayed"]; a != 2 || b != 2 {
		t.Errorf("delayed %d and %d", a, b)
	}
}

func TestTimerCancelledAtResumptionDoesNotRunOut(t *testing.T) {
	p := plan{replicas: 2, weather: constant(ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "r2"),
		"r2": func() *puppet {
			return &puppet{
				start: func(env *protocol.Env, _ protocol.Saved) {
					env.SetTimer("cancelled", 12*ms)
					env.SetTimer("moved", 13*ms)
				},
				receive: func(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) {
					env.Mark("message")
					env.CancelTimer("cancelled")
					env.SetTimer("moved", 5*ms)
				},
				timeout: func(env *protocol.Env, t protocol.Timer) { env.Mark(string(t)) },
			}
		},
	})}
	l := p.run(t)
	l.cluster.Begin(0, pause("r2"))
	l.until(15 * ms)
	l.cluster.End(0)
	l.until(20 * ms)
	if got, want := l.facts(), []string{"r2@15ms message", "r2@20ms moved"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCrashOfAPausedNode(t *testing.T) {
	p := plan{clients: 1, node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "c1"),
		"c1": listener(map[protocol.Timer]time.Duration{"a": 5 * ms, "b": 45 * ms}),
	})}
	l := p.run(t)
	l.cluster.Begin(0, pause("c1"))
	l.until(11 * ms)
	l.cluster.Begin(1, crash("", "c1"))
	l.until(21 * ms)
	l.cluster.Begin(2, pause("c1")) // there is nothing to pause
	l.until(25 * ms)
	l.cluster.End(1)
	l.until(35 * ms)
	l.cluster.End(0)
	l.cluster.End(2)
	l.until(50 * ms)
	// What waited died with the process; the new process is paused by neither.
	if got, want := l.facts(), []string{"c1@30ms 3", "c1@40ms 4", "c1@50ms 5"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b, c := l.evidence(0)["delayed"], l.evidence(1)["restarted"], l.evidence(2)["delayed"]; a != 2 || b != 1 || c != 0 {
		t.Errorf("delayed %d, restarted %d, delayed %d", a, b, c)
	}
}

func TestClockSkewMovesTheClockAndNoTimer(t *testing.T) {
	p := plan{node: func(protocol.NodeID) *puppet {
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", 10*ms) },
			timeout: func(env *protocol.Env, t protocol.Timer) {
				env.Mark(env.Now.String())
				env.SetTimer(t, 10*ms)
			},
		}
	}}
	l := p.run(t)
	skew := func(d time.Duration) nemesis.Fault {
		return nemesis.Fault{Kind: nemesis.ClockSkew, Offset: d, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}}
	}
	l.until(15 * ms)
	l.cluster.Begin(0, skew(time.Second))
	l.until(25 * ms)
	l.cluster.Begin(1, skew(-3*time.Second))
	l.until(35 * ms)
	l.cluster.End(0)
	l.until(45 * ms)
	l.cluster.End(1)
	l.until(50 * ms)
	want := []string{"r1@10ms 10ms", "r1@20ms 1.02s", "r1@30ms -1.97s", "r1@40ms -2.96s", "r1@50ms 50ms"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b := l.evidence(0)["skewed"], l.evidence(1)["skewed"]; a != 2 || b != 2 {
		t.Errorf("skewed %d and %d calls", a, b)
	}
}
