package sim_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
)

// stormy is a network on which everything happens.
var stormy = cluster.Weather{Latency: changeable.Latency, Loss: 50_000, Duplicate: 50_000, Reorder: 100_000}

// gossipers send one another random numbers from a timer, and ask the disk for a lot.
func gossipers(id protocol.NodeID) *puppet {
	sum := 0
	return &puppet{
		start: func(env *protocol.Env, s protocol.Saved) {
			env.Note(protocol.Own{Name: "saved", Fields: len(s.Log)})
			env.SetTimer("tick", env.Rand.Between(ms, 5*ms))
		},
		timeout: func(env *protocol.Env, t protocol.Timer) {
			env.Append([]byte{byte(sum)})
			if env.Rand.IntN(3) == 0 {
				env.Sync()
			}
			env.Send(prng.Pick(env.Rand, env.Replicas), note{N: env.Rand.IntN(100), Text: string(id)})
			env.SetTimer(t, env.Rand.Between(ms, 5*ms))
		},
		receive: func(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
			if sum += m.(note).N; sum%7 == 0 {
				env.Mark("seven")
			}
		},
		request: func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
			env.Reply(id, protocol.Reply{Outcome: protocol.OK, Value: op.Value})
		},
	}
}

// exercise runs a cluster through everything there is and returns its stats. The calls are made at the pace of faults.
func exercise(ctx context.Context, b cluster.Backend, seed uint64, node func(protocol.NodeID) *puppet) (cluster.Stats, error) {
	p := plan{replicas: 3, clients: 2, seed: seed, weather: stormy, node: node, disk: cluster.Disk{Sync: nemesis.Range{Max: 3 * ms}}}
	c, err := b.Start(ctx, p.spec())
	if err != nil {
		return cluster.Stats{}, err
	}
	target := nemesis.Target{Nodes: ids{"r2"}}
	for i, f := range []nemesis.Fault{
		{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1"}, {"r2", "r3"}}},
		{Kind: nemesis.Crash, Target: target, Lose: nemesis.LoseUnsynced},
		{Kind: nemesis.Pause, Target: target},
		{Kind: nemesis.Slow, Target: target, Latency: nemesis.Range{Min: ms, Max: 3 * ms}},
		{Kind: nemesis.Delay, Latency: nemesis.Range{Min: ms, Max: 30 * ms}},
		{Kind: nemesis.Loss, Chance: 100_000},
		{Kind: nemesis.Duplicate, Chance: 100_000},
		{Kind: nemesis.Reorder, Chance: 100_000},
		{Kind: nemesis.Corrupt, Chance: 100_000, Mode: nemesis.Detected},
		{Kind: nemesis.Corrupt, Chance: 300_000, Mode: nemesis.Delivered},
		{Kind: nemesis.Bandwidth, Limit: 10_000},
		{Kind: nemesis.ClockSkew, Target: target, Offset: time.Second},
		{Kind: nemesis.ClockSkew, Target: target, Offset: time.Second, Strobe: 3 * ms},
		{Kind: nemesis.ClockSkew, Target: target, Rate: 3 * prng.One},
		{Kind: nemesis.ClockSkew, Target: target, Rate: prng.One / 3},
		{Kind: nemesis.Disk, Target: target, Mode: nemesis.Torn},
		{Kind: nemesis.Disk, Target: target, Mode: nemesis.Flip},
		{Kind: nemesis.Disk, Target: target, Mode: nemesis.Full},
		{Kind: nemesis.Disk, Target: target, Mode: nemesis.SlowSync, Latency: nemesis.Range{Min: ms, Max: 9 * ms}},
		{Kind: nemesis.Hold, Message: "NOTE"},
		{Kind: nemesis.Drop, Count: 10},
	} {
		c.Begin(i, f)
		c.Invoke("c1", cluster.CallID(i), protocol.Op{F: "write", Value: protocol.Int(int64(i))})
		if err := await(ctx, c, c.Now()+20*ms); err != nil {
			return cluster.Stats{}, err
		}
		c.End(i)
		if err := await(ctx, c, c.Now()+5*ms); err != nil {
			return cluster.Stats{}, err
		}
	}
	return c.Stats(), nil
}

func await(ctx context.Context, c cluster.Cluster, until time.Duration) error {
	for {
		n, err := c.Await(ctx, until)
		if err != nil {
			return err
		}
		if _, reached := n.(cluster.Reached); reached {
			return nil
		}
	}
}

func statsOf(t *testing.T, o sim.Options, seed uint64, node func(protocol.NodeID) *puppet) cluster.Stats {
	t.Helper()
	stats, err := exercise(t.Context(), sim.New(o), seed, node)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func TestSameSeedSameRun(t *testing.T) {
	seen := map[string]uint64{}
	for seed := range uint64(20) {
		want := statsOf(t, sim.Options{}, seed, gossipers)
		if len(want.Digest) != 16 || want.Events < 500 {
			t.Fatalf("stats %+v", want)
		}
		if other, twice := seen[want.Digest]; twice {
			t.Errorf("seeds %d and %d have the same digest", other, seed)
		}
		seen[want.Digest] = seed
		for name, o := range map[string]sim.Options{
			"again": {}, "encoded": {Encode: true}, "traced": {Trace: func(sim.Entry) {}}, "traced a little": {Trace: func(sim.Entry) {}, TraceMax: 3},
		} {
			if got := statsOf(t, o, seed, gossipers); got != want {
				t.Errorf("seed %d, %s: %+v, want %+v", seed, name, got, want)
			}
		}
	}
}

func TestProcessorsDoNotMatter(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	one := statsOf(t, sim.Options{}, 1, gossipers)
	runtime.GOMAXPROCS(2)
	if two := statsOf(t, sim.Options{}, 1, gossipers); one != two {
		t.Errorf("on one processor %+v, on two %+v", one, two)
	}
}

// TestDigestSeesContents changes one thing at a time that no count shows.
func TestDigestSeesContents(t *testing.T) {
	variants := map[string]func(*protocol.Env){
		"base": func(env *protocol.Env) {
			env.Send("r2", note{N: 1})
			env.Append([]byte("x"))
			env.Mark("m")
			env.SetTimer("t", ms)
		},
		"message": func(env *protocol.Env) {
			env.Send("r2", note{N: 2})
			env.Append([]byte("x"))
			env.Mark("m")
			env.SetTimer("t", ms)
		},
		"name": func(env *protocol.Env) {
			env.Send("r2", other{N: 1})
			env.Append([]byte("x"))
			env.Mark("m")
			env.SetTimer("t", ms)
		},
		"receiver": func(env *protocol.Env) {
			env.Send("r1", note{N: 1})
			env.Append([]byte("x"))
			env.Mark("m")
			env.SetTimer("t", ms)
		},
		"record": func(env *protocol.Env) {
			env.Send("r2", note{N: 1})
			env.Append([]byte("y"))
			env.Mark("m")
			env.SetTimer("t", ms)
		},
		"fact": func(env *protocol.Env) {
			env.Send("r2", note{N: 1})
			env.Append([]byte("x"))
			env.Mark("n")
			env.SetTimer("t", ms)
		},
		"a role": func(env *protocol.Env) {
			env.Send("r2", note{N: 1})
			env.Append([]byte("x"))
			env.Note(protocol.Role{Name: "m"})
			env.SetTimer("t", ms)
		},
		"timer": func(env *protocol.Env) {
			env.Send("r2", note{N: 1})
			env.Append([]byte("x"))
			env.Mark("m")
			env.SetTimer("u", ms)
		},
		"time": func(env *protocol.Env) {
			env.Send("r2", note{N: 1})
			env.Append([]byte("x"))
			env.Mark("m")
			env.SetTimer("t", ms+1)
		},
	}
	seen := map[string]string{}
	for name, work := range variants {
		l := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": func() *puppet {
			return &puppet{start: func(env *protocol.Env, _ protocol.Saved) { work(env) }}
		}})}.run(t)
		if err := await(t.Context(), l.cluster, 10*ms); err != nil {
			t.Fatal(err)
		}
		digest := l.cluster.Stats().Digest
		if same, twice := seen[digest]; twice {
			t.Errorf("%s and %s have the same digest", name, same)
		}
		seen[digest] = name
	}
}

// TestFaultDrawsDoNotShiftTheWeather adds a fault that draws on one link and looks at another.
func TestFaultDrawsDoNotShiftTheWeather(t *testing.T) {
	arrivals := func(faults ...nemesis.Fault) string {
		l := plan{replicas: 3, weather: stormy, node: on(map[protocol.NodeID]func() *puppet{
			"r1": ticker(10*ms, "r2", "r3"), "r2": teller, "r3": teller,
		})}.run(t)
		for i, f := range faults {
			l.cluster.Begin(i, f)
		}
		l.until(time.Second)
		var out []string
		for _, f := range l.facts() {
			if strings.HasPrefix(f, "r2") {
				out = append(out, f)
			}
		}
		return fmt.Sprint(out)
	}
	delay := nemesis.Fault{Kind: nemesis.Delay, Links: []nemesis.Link{{From: "r1", To: "r3"}}, Latency: nemesis.Range{Max: 50 * ms}}
	narrow := nemesis.Fault{Kind: nemesis.Bandwidth, Links: delay.Links, Limit: 1000}
	if calm, delayed, queued := arrivals(), arrivals(delay), arrivals(narrow); calm != delayed || calm != queued {
		t.Errorf("a fault on the way to r3 moves messages to r2:\n%s\n%s\n%s", calm, delayed, queued)
	}
}

// forgetful is a machine as it must not be: the order of a map decides what it sends first.
func forgetful(id protocol.NodeID) *puppet {
	votes := map[protocol.NodeID]int{"r1": 1, "r2": 2, "r3": 3, "c1": 4, "c2": 5}
	p := gossipers(id)
	calm := p.timeout
	p.timeout = func(env *protocol.Env, t protocol.Timer) {
		calm(env, t)
		for to, vote := range votes {
			env.Send(to, note{N: vote, Text: "a vote"})
		}
	}
	return p
}

// vain is a machine as it must not be: it changes a message after it has sent it.
func vain(id protocol.NodeID) *puppet {
	p := gossipers(id)
	calm := p.timeout
	var sent *shared
	p.timeout = func(env *protocol.Env, t protocol.Timer) {
		calm(env, t)
		if sent != nil {
			sent.Numbers[0]++
		}
		sent = &shared{Numbers: []int{1}}
		env.Send("c1", *sent)
	}
	p.receive = nil
	return p
}

type shared struct {
	Numbers []int `json:"numbers"`
}

func (shared) Name() string { return "SHARED" }

func TestDiverge(t *testing.T) {
	runOf := func(node func(protocol.NodeID) *puppet) func(cluster.Backend) error {
		return func(b cluster.Backend) error {
			_, err := exercise(t.Context(), withMessages{b}, 1, node)
			return err
		}
	}
	if d, err := sim.Diverge(runOf(gossipers), sim.Options{}, sim.Options{Encode: true}); d != nil || err != nil {
		t.Errorf("a sound machine diverges: %v, %v", d, err)
	}
	d, err := sim.Diverge(runOf(forgetful), sim.Options{}, sim.Options{})
	if err != nil || d == nil {
		t.Fatalf("a machine that ranges over a map goes unnoticed: %v, %v", d, err)
	}
	t.Log(d)
	// Both are votes, sent or lost on the spot, and not the same one: nothing before them and nothing after is blamed.
	if !strings.Contains(d.First.Text, "a vote") || !strings.Contains(d.Then.Text, "a vote") || d.First.Time != d.Then.Time {
		t.Errorf("the divergence is not where the votes are sent: %v", d)
	}
	if d, err := sim.Diverge(runOf(vain), sim.Options{}, sim.Options{}); d != nil || err != nil {
		t.Errorf("a machine that changes what it has sent is deterministic: %v, %v", d, err)
	}
	d, err = sim.Diverge(runOf(vain), sim.Options{}, sim.Options{Encode: true})
	if err != nil || d == nil {
		t.Fatalf("a machine that changes what it has sent goes unnoticed: %v, %v", d, err)
	}
	t.Log(d)
	if d.First.Kind != "receive" || !strings.Contains(d.First.Text, `SHARED {"numbers":[2]}`) || !strings.Contains(d.Then.Text, `SHARED {"numbers":[1]}`) {
		t.Errorf("the divergence is not where the changed message arrives: %v", d)
	}
}

// withMessages is a backend that lets systems send what these tests make up.
type withMessages struct{ cluster.Backend }

func (w withMessages) Start(ctx context.Context, spec cluster.Spec) (cluster.Cluster, error) {
	spec.System.Messages = []protocol.Message{note{}, shared{}}
	return w.Backend.Start(ctx, spec)
}

func TestDivergeOfRunsThatEnd(t *testing.T) {
	length := 10 * ms
	run := func(b cluster.Backend) error {
		c, err := b.Start(t.Context(), plan{node: ticker1}.spec())
		if err != nil {
			return err
		}
		length += 10 * ms
		return await(t.Context(), c, length)
	}
	d, err := sim.Diverge(run, sim.Options{}, sim.Options{})
	if err != nil || d == nil || d.First != nil || d.Then == nil || !strings.Contains(d.String(), "the run had ended") {
		t.Errorf("the second run is longer: %v, %v", d, err)
	}
	length = 100 * ms
	shrink := func(b cluster.Backend) error { length -= 30 * ms; return run(b) }
	if d, err = sim.Diverge(shrink, sim.Options{}, sim.Options{}); err != nil || d == nil || d.First == nil || d.Then != nil {
		t.Errorf("the first run is longer: %v, %v", d, err)
	}
	failing := func(b cluster.Backend) error {
		_, err := b.Start(t.Context(), cluster.Spec{})
		return err
	}
	if d, err = sim.Diverge(failing, sim.Options{}, sim.Options{}); d != nil || err == nil || !strings.Contains(err.Error(), "the first run") {
		t.Errorf("a run that fails: %v, %v", d, err)
	}
}

func ticker1(protocol.NodeID) *puppet { return ticker(ms)() }
