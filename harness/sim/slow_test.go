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

func slow(takes time.Duration, nodes ...protocol.NodeID) nemesis.Fault {
	return nemesis.Fault{Kind: nemesis.Slow, Latency: nemesis.Range{Min: takes, Max: takes}, Target: nemesis.Target{Nodes: nodes}}
}

func TestSlowNodeWorksOnOneEventAtATime(t *testing.T) {
	p := plan{clients: 1, weather: constant(2 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "c1"),
		"c1": listener(map[protocol.Timer]time.Duration{"a": 15 * ms, "b": 16 * ms}),
	})}
	l := p.run(t)
	l.cluster.Begin(0, slow(8*ms, "c1"))
	l.until(17 * ms)
	l.cluster.Invoke("c1", 9, protocol.Op{F: "read"})
	l.until(55 * ms)
	l.cluster.End(0)
	l.until(65 * ms)
	// The message of 12 ms takes until 20 ms; the timers of 15 and 16 ms and the call of 17 ms queue behind it, and behind
	// them the messages of 22, 32, 42 and 52 ms. The node is done with the second message at 52 ms, and free at 55 ms.
	want := []string{
		"c1@20ms 1", "c1@28ms timer a", "c1@36ms timer b", "c1@44ms call read", "c1@52ms 2", "c1@55ms 3", "c1@55ms 4", "c1@55ms 5", "c1@62ms 6",
	}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wantDone := []cluster.Completion{{Call: 9, Time: 44 * ms, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.String("read")}}}
	if got := l.completions(); fmt.Sprint(got) != fmt.Sprint(wantDone) {
		t.Errorf("completed %v, want %v", got, wantDone)
	}
	if e := l.evidence(0); e["delayed"] != 8 {
		t.Errorf("evidence %v", e)
	}
}

func TestSlowNodeThatIsPausedBeginsAnew(t *testing.T) {
	p := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}
	l := p.run(t)
	l.cluster.Begin(0, slow(8*ms, "r2"))
	l.until(12 * ms)
	l.cluster.Begin(1, pause("r2"))
	l.until(25 * ms)
	l.cluster.End(1)
	l.until(35 * ms)
	l.cluster.Begin(2, slow(2*ms, "r2")) // both together from the next event on
	l.until(60 * ms)
	l.cluster.Begin(3, pause("r2"))
	l.until(65 * ms)
	l.cluster.End(0)
	l.cluster.End(2)
	l.until(66 * ms)
	l.cluster.End(3)
	l.until(67 * ms)
	want := []string{"r2@33ms 1", "r2@41ms 2", "r2@51ms 3", "r2@66ms 4", "r2@66ms 5", "r2@66ms 6"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b := l.evidence(0)["delayed"], l.evidence(2)["delayed"]; a != 6 || b != 3 {
		t.Errorf("delayed %d and %d", a, b)
	}
}

// TestSlownessOutlivesTheProcess crashes a slow node: what waited is lost, and the new process is as slow.
func TestSlownessOutlivesTheProcess(t *testing.T) {
	p := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}
	l := p.run(t)
	l.cluster.Begin(0, slow(8*ms, "r2"))
	l.until(12 * ms)
	l.cluster.Begin(1, crash("", "r2"))
	l.until(25 * ms)
	l.cluster.End(1)
	l.until(45 * ms)
	l.cluster.End(0)
	l.until(50 * ms)
	if got, want := l.facts(), []string{"r2@38ms 3", "r2@45ms 4", "r2@50ms 5"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTimerReplacedWhileItWaitsRunsOutOnce(t *testing.T) {
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
					env.SetTimer("moved", 100*ms)
				},
				timeout: func(env *protocol.Env, t protocol.Timer) { env.Mark(string(t)) },
			}
		},
	})}
	l := p.run(t)
	l.cluster.Begin(0, slow(5*ms, "r2"))
	l.until(30 * ms)
	// Done with the message at 16 ms; the timers that waited behind it are gone and cost nothing.
	if got, want := l.facts(), []string{"r2@16ms message", "r2@26ms message"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
