package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

type ids = []protocol.NodeID

// everyone sends a note to every other node every 10 ms and marks what it gets as "from>to".
func everyone(all ids) func(protocol.NodeID) *puppet {
	return func(id protocol.NodeID) *puppet {
		p := ticker(10*ms, slices.DeleteFunc(slices.Clone(all), func(other protocol.NodeID) bool { return other == id })...)()
		p.receive = func(env *protocol.Env, from protocol.NodeID, _ protocol.Message) {
			env.Mark(string(from) + ">" + string(id))
		}
		return p
	}
}

// passing returns the links over which messages come, as "from>to" in order, and forgets the notices.
func (l *lab) passing() []string {
	var out []string
	for _, f := range l.facts() {
		_, link, _ := strings.Cut(f, " ")
		out = append(out, link)
	}
	l.notices = slices.DeleteFunc(l.notices, func(n cluster.Notice) bool { _, fact := n.(cluster.FactNoted); return fact })
	slices.Sort(out)
	return out
}

func TestPartitions(t *testing.T) {
	all := ids{"r1", "r2", "r3", "c1", "c2"}
	for _, c := range []struct {
		name  string
		fault nemesis.Fault
		cut   []string // links
	}{
		{
			"front ends go with the replica beside them",
			nemesis.Fault{Groups: nemesis.Groups{{"r1"}, {"r2", "r3"}}},
			[]string{"c1>c2", "c1>r2", "c1>r3", "c2>c1", "c2>r1", "r1>c2", "r1>r2", "r1>r3", "r2>c1", "r2>r1", "r3>c1", "r3>r1"},
		},
		{
			"front ends that are named do not",
			nemesis.Fault{Groups: nemesis.Groups{{"r1", "r2", "r3", "c1"}, {"c2"}}},
			[]string{"c1>c2", "c2>c1", "c2>r1", "c2>r2", "c2>r3", "r1>c2", "r2>c2", "r3>c2"},
		},
		{
			"one way",
			nemesis.Fault{Links: []nemesis.Link{{From: "r2", To: "r1"}, {From: "r3", To: "r1"}}},
			[]string{"r2>r1", "r3>r1"},
		},
		{
			"everything to one node",
			nemesis.Fault{Links: []nemesis.Link{{From: nemesis.Anybody, To: "r3"}}},
			[]string{"c1>r3", "c2>r3", "r1>r3", "r2>r3"},
		},
		{
			"groups and links",
			nemesis.Fault{Groups: nemesis.Groups{{"r1", "r2", "r3", "c1", "c2"}}, Links: []nemesis.Link{{From: "c1", To: "c2"}}},
			[]string{"c1>c2"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan{replicas: 3, clients: 2, node: everyone(all)}
			l := p.run(t)
			l.until(15 * ms)
			links := l.passing()
			if len(links) != 20 {
				t.Fatalf("before the partition messages come over %v", links)
			}
			c.fault.Kind = nemesis.Partition
			l.cluster.Begin(0, c.fault)
			l.until(25 * ms)
			want := slices.DeleteFunc(slices.Clone(links), func(link string) bool { return slices.Contains(c.cut, link) })
			if got := l.passing(); !slices.Equal(got, want) {
				t.Errorf("cut: messages come over\n%v, want\n%v", got, want)
			}
			l.cluster.End(0)
			l.until(35 * ms)
			if got := l.passing(); !slices.Equal(got, links) {
				t.Errorf("healed: messages come over %v", got)
			}
			if e := l.evidence(0); e["dropped"] != int64(len(c.cut)) {
				t.Errorf("evidence %v, want %d dropped", e, len(c.cut))
			}
		})
	}
}

// TestClogsComeAndGoWithinAFault cuts r1, then r3 too, and heals r1 first. c1 goes with r1, c2 was named.
func TestClogsComeAndGoWithinAFault(t *testing.T) {
	all := ids{"r1", "r2", "c1", "c2"}
	p := plan{replicas: 2, clients: 2, node: everyone(all)}
	l := p.run(t)
	l.until(5 * ms)
	clogs, err := nemesis.ParseClogs("r1 0s..20ms, c2 10ms..30ms")
	if err != nil {
		t.Fatal(err)
	}
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Partition, Clogs: clogs})
	free := "[c1>c2 c1>r1 c1>r2 c2>c1 c2>r1 c2>r2 r1>c1 r1>c2 r1>r2 r2>c1 r2>c2 r2>r1]"
	for i, want := range []string{
		"[c1>r1 c2>r2 r1>c1 r2>c2]",             // at 10 ms, 5 ms into the fault
		"[c1>r1 r1>c1]",                         // 15 ms
		"[c1>r1 c1>r2 r1>c1 r1>r2 r2>c1 r2>r1]", // 25 ms
		free,                                    // 35 ms: every clog is over, the fault is not
	} {
		l.until(l.cluster.Now() + 10*ms)
		if got := fmt.Sprint(l.passing()); got != want {
			t.Errorf("step %d: messages come over %s, want %s", i, got, want)
		}
	}
	l.cluster.End(0)
	l.until(55 * ms)
	if got := fmt.Sprint(l.passing()); got != free {
		t.Errorf("healed: messages come over %s", got)
	}
	if e := l.evidence(0); e["dropped"] != 8+10+6 {
		t.Errorf("evidence %v", e)
	}
}

func TestPartitionsOverlap(t *testing.T) {
	p := plan{replicas: 3, node: everyone(ids{"r1", "r2", "r3"})}
	l := p.run(t)
	first := nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1"}, {"r2", "r3"}}}
	second := nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1", "r2"}, {"r3"}}}
	steps := []struct {
		do   func()
		want string
	}{
		{func() { l.cluster.Begin(0, first) }, "[r2>r3 r3>r2]"},
		{func() { l.cluster.Begin(1, second) }, "[]"},
		{func() { l.cluster.End(0) }, "[r1>r2 r2>r1]"},
		{func() { l.cluster.End(1) }, "[r1>r2 r1>r3 r2>r1 r2>r3 r3>r1 r3>r2]"},
	}
	for i, step := range steps {
		step.do()
		l.until(l.cluster.Now() + 10*ms)
		if got := fmt.Sprint(l.passing()); got != step.want {
			t.Errorf("step %d: messages come over %s, want %s", i, got, step.want)
		}
	}
	// r1>r3 and r3>r1 were cut by both for one round.
	if a, b := l.evidence(0), l.evidence(1); a["dropped"] != 8 || b["dropped"] != 8 {
		t.Errorf("evidence %v and %v", a, b)
	}
}

func TestCutDropsWhatIsUnderWay(t *testing.T) {
	p := plan{replicas: 2, weather: constant(10 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "r2"), "r2": teller,
	})}
	l := p.run(t)
	cut := nemesis.Fault{Kind: nemesis.Partition, Links: []nemesis.Link{{From: "r1", To: "r2"}}}
	l.until(15 * ms)
	l.cluster.Begin(0, cut)
	l.until(21 * ms)
	l.cluster.End(0)
	l.until(45 * ms)
	// The first is under way when the link is cut, the second is sent while it is.
	if got := l.facts(); !slices.Equal(got, []string{"r2@40ms 3"}) {
		t.Errorf("got %v", got)
	}
	if e := l.evidence(0); e["dropped"] != 2 {
		t.Errorf("evidence %v", e)
	}
	l.cluster.Begin(1, cut)
	l.cluster.End(1)
	l.until(55 * ms)
	if e := l.evidence(1); e["dropped"] != 0 {
		t.Errorf("a cut that lasts no time dropped %v", e)
	}
}
