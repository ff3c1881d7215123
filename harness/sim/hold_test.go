package sim_test

import (
	"slices"
	"testing"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// mixer sends a NOTE and an OTHER of the same number to r2 every 10 ms.
func mixer() *puppet {
	n := 0
	return &puppet{
		start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", 10*ms) },
		timeout: func(env *protocol.Env, t protocol.Timer) {
			n++
			env.Send("r2", note{N: n})
			env.Send("r2", other{N: n})
			env.SetTimer(t, 10*ms)
		},
	}
}

func mixed(w time.Duration) plan {
	return plan{replicas: 2, weather: constant(w), node: on(map[protocol.NodeID]func() *puppet{"r1": mixer, "r2": teller})}
}

func TestHoldLetsMessagesGoInTheOrderSent(t *testing.T) {
	l := mixed(2 * ms).run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Hold, Message: "NOTE"})
	l.until(35 * ms)
	l.cluster.End(0)
	l.until(45 * ms)
	want := []string{
		"r2@12ms other 1", "r2@22ms other 2", "r2@32ms other 3", "r2@35ms 1", "r2@35ms 2", "r2@35ms 3", "r2@42ms 4", "r2@42ms other 4",
	}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(0); e["held"] != 3 {
		t.Errorf("evidence %v", e)
	}
}

func TestHeldMessagesOutliveTheirSender(t *testing.T) {
	l := mixed(2 * ms).run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Hold, Links: []nemesis.Link{{From: "r1", To: "r2"}}})
	l.until(15 * ms)
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}})
	l.until(20 * ms)
	l.cluster.End(0)
	l.until(30 * ms)
	if got, want := l.facts(), []string{"r2@20ms 1", "r2@20ms other 1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHoldsOverlap(t *testing.T) {
	l := mixed(0).run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Hold, Message: "NOTE"})
	l.until(15 * ms)
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Hold})
	l.until(25 * ms)
	l.cluster.End(0)
	l.until(28 * ms)
	if got, want := l.facts(), []string{"r2@10ms other 1"}; !slices.Equal(got, want) {
		t.Errorf("the second hold is to keep what the first lets go, got %v, want %v", got, want)
	}
	l.cluster.End(1)
	l.until(29 * ms)
	want := []string{"r2@10ms other 1", "r2@28ms 1", "r2@28ms 2", "r2@28ms other 2"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHeldMessagesMeetACutWhenLetGo(t *testing.T) {
	l := mixed(0).run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Hold})
	l.until(15 * ms)
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Partition, Links: []nemesis.Link{{From: "r1", To: "r2"}}})
	l.cluster.End(0)
	l.until(16 * ms)
	l.cluster.End(1)
	l.until(16 * ms)
	if got := l.facts(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if e := l.evidence(1); e["dropped"] != 2 {
		t.Errorf("evidence of the partition %v", e)
	}
}

func TestDropCounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   nemesis.Fault
		want    []string
		dropped int64
	}{
		{"all", nemesis.Fault{}, nil, 6},
		{"by name", nemesis.Fault{Message: "NOTE"}, []string{"r2@10ms other 1", "r2@20ms other 2", "r2@30ms other 3"}, 3},
		{
			"the first",
			nemesis.Fault{Message: "OTHER", Count: 1},
			[]string{"r2@10ms 1", "r2@20ms 2", "r2@20ms other 2", "r2@30ms 3", "r2@30ms other 3"},
			1,
		},
		{"the first three", nemesis.Fault{Count: 3}, []string{"r2@20ms other 2", "r2@30ms 3", "r2@30ms other 3"}, 3},
		{
			"on another link",
			nemesis.Fault{Links: []nemesis.Link{{From: "r2", To: "r1"}}},
			[]string{"r2@10ms 1", "r2@10ms other 1", "r2@20ms 2", "r2@20ms other 2", "r2@30ms 3", "r2@30ms other 3"},
			0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := mixed(0).run(t)
			c.fault.Kind = nemesis.Drop
			l.cluster.Begin(0, c.fault)
			l.until(35 * ms)
			l.cluster.End(0)
			l.until(35 * ms)
			if got := l.facts(); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if e := l.evidence(0); e["dropped"] != c.dropped {
				t.Errorf("evidence %v, want %d dropped", e, c.dropped)
			}
		})
	}
}
