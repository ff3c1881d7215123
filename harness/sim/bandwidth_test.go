package sim_test

import (
	"slices"
	"testing"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// noteSize is the length of {"name":"NOTE","body":{"n":1}}.
const noteSize = 30

func narrow(limit nemesis.Limit, links string) nemesis.Fault {
	f := nemesis.Fault{Kind: nemesis.Bandwidth, Limit: limit}
	if links != "" {
		f.Links, _ = nemesis.ParseLinks(links)
	}
	return f
}

func TestBandwidthQueuesByTheByte(t *testing.T) {
	if data, err := protocol.NewCodec([]protocol.Message{note{}}).Encode(note{N: 1}); err != nil || len(data) != noteSize {
		t.Fatalf("a note has %d bytes: %s, %v", len(data), data, err)
	}
	p := plan{replicas: 3, weather: constant(2 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "r2", "r3"), "r2": teller, "r3": teller,
	})}
	l := p.run(t)
	// 30 bytes take 15 ms to r2, and a note comes every 10 ms. The way to r3 is as wide as ever.
	l.cluster.Begin(0, narrow(2*noteSize*1000/30, "r1 -> r2"))
	l.until(58 * ms)
	l.cluster.End(0)
	l.until(65 * ms)
	var got []string
	for _, f := range l.facts() {
		if f[:2] == "r2" {
			got = append(got, f)
		}
	}
	// The notes of 10, 20 and 30 ms are through at 25, 40 and 55 ms; those of 40 and 50 ms leave when the fault ends.
	if want := []string{"r2@27ms 1", "r2@42ms 2", "r2@57ms 3", "r2@60ms 4", "r2@60ms 5", "r2@62ms 6"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(0); e["queued"] != 4 || e["carried"] != 3 {
		t.Errorf("evidence %v", e)
	}
	if len(l.facts()) != 12 {
		t.Errorf("to r3: %v", l.facts())
	}
}

func TestTheNarrowestBandwidthCounts(t *testing.T) {
	p := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}
	l := p.run(t)
	l.cluster.Begin(0, narrow(noteSize*1000/5, ""))
	l.cluster.Begin(1, narrow(noteSize*1000/15, "* -> r2"))
	l.until(27 * ms)
	l.cluster.End(1)
	l.until(40 * ms)
	l.cluster.End(0)
	l.until(41 * ms)
	if got, want := l.facts(), []string{"r2@25ms 1", "r2@27ms 2", "r2@35ms 3", "r2@40ms 4"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b := l.evidence(0), l.evidence(1); a["carried"] != 1 || a["queued"] != 0 || b["carried"] != 1 || b["queued"] != 1 {
		t.Errorf("evidence %v and %v", a, b)
	}
}

// TestQueuedMessagesMeetCutsAndCrashes cuts the link that a message waits for, and crashes the node that it is for.
func TestQueuedMessagesMeetCutsAndCrashes(t *testing.T) {
	p := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}
	l := p.run(t)
	l.cluster.Begin(0, narrow(noteSize*1000/15, ""))
	l.until(22 * ms)
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1"}, {"r2"}}})
	l.until(26 * ms) // the first is through at 25 ms
	l.cluster.End(1)
	l.until(39 * ms)
	l.cluster.Begin(2, crash("", "r1", "r2"))
	l.until(41 * ms) // the second at 40 ms
	l.cluster.End(2)
	l.until(60 * ms)
	l.cluster.End(0)
	l.until(60 * ms)
	// The third was sent by a process that is gone, to one that is gone; the network does not know.
	if got, want := l.facts(), []string{"r2@55ms 3", "r2@60ms 1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(1); e["dropped"] != 1 {
		t.Errorf("evidence %v", e)
	}
}
