package docker

import (
	"slices"
	"testing"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// queueOf returns a queue with one rule for the packets of r2, which no kernel feeds.
func queueOf(w weather) (*queue, *queueRule) {
	q := newQueue(take{Self: "r1", Peers: map[protocol.NodeID]string{"r1": "198.18.0.2", "r2": "198.18.0.3"}, Seed: 1})
	r := &queueRule{rule: rule{Number: 1, Weather: w}, from: map[[4]byte]bool{{198, 18, 0, 3}: true}, counts: map[string]int64{}, free: map[[4]byte]time.Time{}}
	q.rules[1] = r
	return q, r
}

// arrived hands packets to a queue that come a microsecond apart, and returns those that go on.
func arrived(q *queue, n, size int, from [4]byte) (out []*packet) {
	now := time.Now()
	for i := range n {
		q.number++
		p := &packet{at: now.Add(time.Duration(i) * time.Microsecond), number: q.number, from: from, payload: make([]byte, size)}
		if q.weather(p) {
			out = append(out, p)
		}
	}
	return out
}

var peer, stranger = [4]byte{198, 18, 0, 3}, [4]byte{198, 18, 0, 9}

func TestWeatherKeepsTheOrderOfAPeerUnlessAskedNotTo(t *testing.T) {
	q, r := queueOf(weather{Latency: nemesis.Range{Min: time.Millisecond, Max: 50 * time.Millisecond}})
	packets := arrived(q, 1000, 100, peer)
	for i := 1; i < len(packets); i++ {
		if packets[i].at.Before(packets[i-1].at) {
			t.Fatalf("packet %d is let in before the one ahead of it", i)
		}
	}
	if len(packets) != 1000 || r.counts["delayed"] != 1000 {
		t.Errorf("%d of 1000 go on, %v", len(packets), r.counts)
	}
}

// TestReorderedPacketsAreOvertaken: a packet that is to be reordered comes after some of those behind it, and never before
// one ahead of it, whatever the latency of those is.
func TestReorderedPacketsAreOvertaken(t *testing.T) {
	q, _ := queueOf(weather{Latency: nemesis.Range{Min: time.Millisecond, Max: 20 * time.Millisecond}, Reorder: prng.One / 4})
	packets := arrived(q, 2000, 100, peer)
	late := 0
	for i, p := range packets {
		if p.reordered == nil {
			continue
		}
		late++
		if slices.ContainsFunc(packets[:i], func(ahead *packet) bool { return ahead.reordered == nil && ahead.at.After(p.at) }) {
			t.Fatalf("packet %d is let in before one ahead of it", i)
		}
		if i+1 < len(packets) && !slices.ContainsFunc(packets[i+1:], func(behind *packet) bool { return behind.reordered == nil && behind.at.Before(p.at) }) && i < 1900 {
			t.Fatalf("packet %d is overtaken by none", i)
		}
	}
	if late < 300 || late > 700 {
		t.Errorf("%d of 2000 are reordered, asked for a quarter", late)
	}
}

func TestWeatherIsForThePeersOfTheRule(t *testing.T) {
	q, r := queueOf(weather{Loss: prng.One})
	if went := arrived(q, 10, 100, peer); len(went) != 0 || r.counts["dropped"] != 10 {
		t.Errorf("%d go on, %v", len(went), r.counts)
	}
	if went := arrived(q, 10, 100, stranger); len(went) != 10 || r.counts["dropped"] != 10 {
		t.Errorf("of a stranger %d of 10 go on, %v", len(went), r.counts)
	}
}

func TestDuplicatesAndDamage(t *testing.T) {
	q, r := queueOf(weather{Duplicate: prng.One, Corrupt: prng.One})
	for _, p := range arrived(q, 10, 100, peer) {
		differing := 0
		for i := range p.payload {
			if p.changed[i] != p.payload[i] {
				differing++
			}
		}
		if p.copies != 1 || differing != 1 {
			t.Errorf("%d copies, %d bytes are damaged", p.copies, differing)
		}
	}
	if r.counts["duplicated"] != 10 || r.counts["corrupted"] != 10 {
		t.Errorf("%v", r.counts)
	}
}

// TestBandwidth: a thousand bytes a second let ten packets of a hundred through in a second.
func TestBandwidth(t *testing.T) {
	q, r := queueOf(weather{Limit: 1000})
	packets := arrived(q, 10, 100, peer)
	took := packets[9].at.Sub(packets[0].at)
	if took < 890*time.Millisecond || took > 910*time.Millisecond {
		t.Errorf("nine packets take %v", took)
	}
	if r.counts["carried"] != 1000 || r.counts["queued"] != 9 {
		t.Errorf("%v", r.counts)
	}
}
