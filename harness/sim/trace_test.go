package sim_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
)

func TestTraceTellsWhatBecameOfEveryMessage(t *testing.T) {
	var trace []string
	p := plan{
		replicas: 2, clients: 1, weather: constant(2 * ms), disk: diskOf(ms),
		options: sim.Options{Trace: func(e sim.Entry) { trace = append(trace, e.String()) }},
		node: on(map[protocol.NodeID]func() *puppet{
			"c1": func() *puppet {
				return &puppet{
					request: func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
						n, _ := op.Value.Int()
						env.Send("r2", note{N: int(n)})
						env.Append([]byte("rec"))
						env.Snapshot([]byte("snap"))
						env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: "refused"})
						env.Mark("sent")
						env.SetTimer("later", 50*ms)
						env.Sync()
					},
				}
			},
			"r2": teller,
		}),
	}
	l := p.run(t)
	call := func(n int64) {
		l.cluster.Invoke("c1", cluster.CallID(n), protocol.Op{F: "write", Key: "x", Value: protocol.Int(n), Via: "r2"})
		l.until(l.cluster.Now() + 10*ms)
	}
	call(1)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Hold, Message: "NOTE"})
	call(2)
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1"}, {"r2"}}})
	l.cluster.End(0)
	call(3)
	l.cluster.End(1)
	l.cluster.Begin(2, nemesis.Fault{Kind: nemesis.Drop, Count: 1})
	call(4)
	l.cluster.Begin(3, crash(nemesis.LoseAll, "r2"))
	call(5)
	l.cluster.End(3)
	l.cluster.Begin(4, crash("", "c1"))
	call(6)
	l.cluster.End(4)
	l.until(61 * ms)
	l.cluster.Begin(5, pause("c1", "r2"))
	call(7)
	l.cluster.End(5)
	call(8)
	text := strings.Join(trace, "\n")
	for _, want := range []string{
		"0s r2 start boot 0, a snapshot of 0 bytes, 0 records",
		"0s c1 request call 1: write x 1 via r2",
		`0s c1 send #1 c1 -> r2 NOTE {"n":1}, due at 2ms`,
		"0s c1 append rec",
		"0s c1 snapshot snap",
		"0s c1 reply request 1: fail null refused",
		`0s c1 fact Mark {"name":"sent"}`,
		"0s c1 sync until 1ms",
		`2ms r2 receive #1 c1 -> r2 NOTE {"n":1}`,
		`10ms r2 held #2 c1 -> r2 NOTE {"n":2} by fault 1 (hold)`,
		`20ms r2 lost #2 c1 -> r2 NOTE {"n":2}: the link is cut by fault 2 (partition)`,
		`20ms r2 lost #3 c1 -> r2 NOTE {"n":3}: the link is cut by fault 2 (partition)`,
		`30ms r2 lost #4 c1 -> r2 NOTE {"n":4}: dropped by fault 3 (drop)`,
		"40ms r2 crash 0 writes lost, damaged: false",
		`42ms r2 lost #5 c1 -> r2 NOTE {"n":5}: the node is down`,
		"50ms r2 start boot 1, a snapshot of 0 bytes, 0 records",
		"50ms c1 request call 6: write x 6 via r2: nobody hears it, the node is down",
		"61ms c1 waits call 7: write x 7 via r2 by fault 6 (pause)",
		"71ms c1 request call 7: write x 7 via r2",
		`20ms r2 let go #2 c1 -> r2 NOTE {"n":2} by fault 1 (hold)`,
	} {
		if !strings.Contains(text+"\n", want+"\n") {
			t.Errorf("the trace lacks %q", want)
		}
	}
	if !strings.Contains(text, "10ms  fault 1 begins: ") || !strings.Contains(text, "20ms  fault 1 ends: ") {
		t.Error("the trace lacks the faults")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestTraceIsCutAtItsLimit(t *testing.T) {
	var trace []sim.Entry
	p := plan{options: sim.Options{TraceMax: 10, Trace: func(e sim.Entry) { trace = append(trace, e) }}, node: ticker1}
	l := p.run(t)
	l.until(100 * ms)
	if len(trace) != 11 {
		t.Fatalf("%d entries", len(trace))
	}
	if last := trace[10]; last.Kind != "cut" || !strings.Contains(last.Text, "limit of 10 entries") {
		t.Errorf("the last entry is %v", last)
	}
	if n := l.cluster.Stats().Events; n != 101 {
		t.Errorf("%d events, want the start and 100 timers", n)
	}
}

func TestRefuses(t *testing.T) {
	backend := sim.New(sim.Options{})
	spec := plan{replicas: 3, clients: 1}.spec()
	if errs := backend.Refuses(spec, nemesis.Schedule{{Fault: pause("r1")}, {Fault: nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Word: nemesis.One}}}}); len(errs) != 0 {
		t.Errorf("refused what it can do: %v", errs)
	}
	bad := spec
	bad.System.Replica, bad.System.FrontEnd = nil, nil
	bad.Config.Replicas = ids{"r1", "r1", "*"}
	bad.Weather = cluster.Weather{Latency: nemesis.Range{Min: 2, Max: 1}, Loss: -1, Duplicate: 1_000_001, Reorder: -1}
	bad.Disk.Sync.Min = -1
	empty := spec
	empty.Config.Replicas = nil
	for _, c := range []struct {
		name  string
		spec  cluster.Spec
		fault nemesis.Fault
		want  []string
	}{
		{"a spec", bad, pause("r1"), []string{
			"no replicas that could", "no front ends that could", `two nodes are called "r1"`, `cannot be called "*"`, "a latency from 2ns to 1ns",
			"the time of a sync from -1ns", "a loss of -1", "a duplication of 1000001", "a reordering of -1",
		}},
		{"no replicas", empty, nemesis.Fault{Kind: nemesis.Hold}, []string{"there is no replica"}},
		{"a kind", spec, nemesis.Fault{Kind: "flood"}, []string{`fault 1, flood at 1ms: there is no fault "flood"`}},
		{"a target", spec, pause("r4"), []string{`there is no node "r4"`}},
		{"links", spec, nemesis.Fault{Kind: nemesis.Hold, Links: []nemesis.Link{{From: "*", To: "r4"}, {From: "c2", To: "r1"}}}, []string{`node "r4"`, `node "c2"`}},
		{"groups", spec, nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1", "r5"}, {"r1", "r2"}}}, []string{
			`node "r5"`, "r1 is in two groups", "r3 is in no group",
		}},
		{"numbers", spec, nemesis.Fault{Kind: nemesis.Drop, Latency: nemesis.Range{Max: -1}, Chance: 2 * prng.One, Count: -1, Lose: "mind"}, []string{
			"a latency from 0s to -1ns", "a chance of 2000000", "a count of -1", `cannot lose "mind"`,
		}},
		{"an offset", spec, nemesis.Fault{Kind: nemesis.ClockSkew, Offset: 1 << 62}, []string{"an offset of"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			errs := backend.Refuses(c.spec, nemesis.Schedule{{At: ms, Fault: c.fault}})
			if len(errs) != len(c.want) {
				t.Errorf("%d errors, want %d: %v", len(errs), len(c.want), errs)
			}
			for i, want := range c.want {
				if i < len(errs) && !strings.Contains(errs[i].Error(), want) {
					t.Errorf("error %d is %v, want %s", i, errs[i], want)
				}
			}
			if _, err := backend.Start(t.Context(), c.spec); (err != nil) != (c.name == "a spec" || c.name == "no replicas") {
				t.Errorf("Start: %v", err)
			}
		})
	}
}

func TestDoes(t *testing.T) {
	backend := sim.New(sim.Options{})
	for _, info := range nemesis.Kinds() {
		if !backend.Does(info.Kind) || len(backend.Lacks(info.Kind)) > 0 {
			t.Errorf("does not do %s, or not all of it: %v", info.Kind, backend.Lacks(info.Kind))
		}
	}
	if backend.Does("flood") || backend.Name() != "sim" {
		t.Errorf("%s does floods: %v", backend.Name(), backend.Does("flood"))
	}
}

// TestEvidenceHasEveryCount begins and ends each kind of fault in each mode: it reports what nemesis says that it counts,
// and nothing else.
func TestEvidenceHasEveryCount(t *testing.T) {
	for _, info := range nemesis.Kinds() {
		modes := info.Modes
		if len(modes) == 0 {
			modes = []nemesis.ModeInfo{{}}
		}
		for _, m := range modes {
			l := plan{replicas: 2}.run(t)
			l.cluster.Begin(0, nemesis.Fault{
				Kind: info.Kind, Mode: m.Mode, Limit: 1, Target: nemesis.Target{Nodes: ids{"r1"}}, Groups: nemesis.Groups{{"r1"}, {"r2"}},
			})
			l.cluster.End(0)
			l.until(ms)
			got, want := slices.Sorted(maps.Keys(l.evidence(0))), slices.Sorted(slices.Values(info.Counts()))
			if !slices.Equal(got, want) {
				t.Errorf("%s %s reports %v, want %v", info.Kind, m.Mode, got, want)
			}
		}
	}
}
