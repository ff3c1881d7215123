package gossip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/systems"
)

// TestEncodingChangesNothing blows each storm twice, with messages as values and with messages as JSON. Equal
// transcripts prove determinism, that messages survive the journey, and that none shares memory with a state that goes
// on changing.
func TestEncodingChangesNothing(t *testing.T) {
	configs := []func(int) systems.Config{stormConfig, deltaConfig, forcedConfig, immediateConfig}
	for seed := range 48 {
		c := configs[seed%len(configs)](seed / len(configs))
		plain, coded := newStorm(c, uint64(seed)), newStorm(c, uint64(seed))
		coded.coded = protocol.NewCodec(messages())
		if a, b := plain.blow(), coded.blow(); a != "" || b != "" {
			t.Fatalf("seed %d: %s%s", seed, a, b)
		}
		if a, b := plain.look(), coded.look(); a != b {
			t.Fatalf("seed %d: %s", seed, firstDifference(a, b))
		}
	}
}

func firstDifference(a, b string) string {
	linesA, linesB := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(linesA), len(linesB)) {
		if linesA[i] != linesB[i] {
			return fmt.Sprintf("line %d: %q, %q", i+1, linesA[i], linesB[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(linesA), len(linesB))
}

// TestSnapshotsTakeTheLogsPlace lets a replica write more than one snapshot's worth, and crashes it now and then.
func TestSnapshotsTakeTheLogsPlace(t *testing.T) {
	s := newStorm(configured("set", 3, 3), 1)
	for i := range 3 * snapshotEvery {
		s.request("c1", protocol.Op{F: "add", Key: fmt.Sprint("k", i%3), Value: protocol.Int(int64(i))})
		s.deliver(s.find("c1", "r1", "UPDATE"), false)
		s.deliver(s.find("r1", "c1", "UREP"), false)
		if len(s.nodes["r1"].log) >= snapshotEvery {
			t.Fatalf("after %d updates the disk holds a log of %d records", i+1, len(s.nodes["r1"].log))
		}
		if i%200 != 100 {
			continue
		}
		before := s.durable("r1")
		s.crash("r1", true)
		s.start("r1")
		if after := s.durable("r1"); before != after {
			t.Fatalf("after %d updates: the replica was %s and came back as %s", i+1, before, after)
		}
	}
	if s.nodes["r1"].snapshot == nil {
		t.Error("there is no snapshot")
	}
}

// TestRecoveredRecordsAreSyncedFirst restarts a replica on a log that no Sync may have covered: before it says anything
// it must make sure of it, or a second crash could take what others were told.
func TestRecoveredRecordsAreSyncedFirst(t *testing.T) {
	w := newWorld(configured("set", 3, 3), 1)
	w.request("c1", protocol.Op{F: "add", Key: "k", Value: protocol.Int(1)})
	w.deliver(w.find("c1", "r1", "UPDATE"), false)
	env := &protocol.Env{Self: "r1", Replicas: w.config.Replicas, Rand: prng.New(1)}
	newReplica(w.config, "r1").Start(env, protocol.Saved{Boot: 1, Log: w.nodes["r1"].log})
	effects := env.Effects()
	if len(effects) < 2 || effects[0].Kind != protocol.EffectSync {
		t.Errorf("the first of %d effects is of kind %d", len(effects), effects[0].Kind)
	}
}

func TestStateDoesNotAlias(t *testing.T) {
	w := newWorld(configured("set", 3, 3), 1)
	add := func(n int64) {
		w.request("c1", protocol.Op{F: "add", Key: "k", Value: protocol.Int(n)})
		w.deliver(w.find("c1", "r1", "UPDATE"), false)
		w.deliver(w.find("r1", "c1", "UREP"), false)
	}
	add(5)
	state := w.replica("r1").State()
	before := string(encode(state))
	add(3)
	if after := string(encode(state)); after != before {
		t.Errorf("a state that was handed out changed from %s to %s", before, after)
	}
}

type stranger struct{}

func (stranger) Name() string { return "STRANGER" }

func TestStrangeMessagesAreIgnored(t *testing.T) {
	w := newWorld(configured("set", 3, 3), 1)
	w.look()
	w.facts = nil
	for _, p := range []packet{
		{"r2", "r1", stranger{}},
		{"r1", "c1", stranger{}},
		{"c1", "r1", Gossip{TS: Timestamp{9, 9, 9}}}, // a front end has no gossip
		{"c1", "r1", GossipRequest{}},
		{"r1", "c1", Retry{ID: QueryID{Seq: 4}}},
		{"r1", "c1", QueryReply{ID: QueryID{Seq: 4}, New: Timestamp{9, 9, 9}}},
		{"c2", "c1", OutOfBandAck{Seq: 4}},
	} {
		w.network = append(w.network, p)
		w.deliver(0, false)
	}
	if text := w.look(); text != "" || len(w.facts) > 0 {
		t.Errorf("got %q, facts %v", text, w.facts)
	}
	if ts := w.frontEnd("c1").prev; !ts.equal(nil) {
		t.Errorf("the front end depends on %s", ts)
	}
}

// TestIncarnationsDiffer restarts a front end with and without a boot count of its own: its update 1 must be taken for
// another than that of before.
func TestIncarnationsDiffer(t *testing.T) {
	seen := map[FrontEndID]bool{}
	for _, boot := range []uint64{0, 1, 2} {
		for _, seed := range []uint64{1, 2, 3} {
			f := newFrontEnd(configured("set", 3, 3), "c1").(*FrontEnd)
			f.Start(&protocol.Env{Self: "c1", Rand: prng.New(seed)}, protocol.Saved{Boot: boot})
			if seen[f.id] {
				t.Errorf("boot %d with seed %d is taken for another", boot, seed)
			}
			seen[f.id] = true
		}
	}
}

func TestResendsBackOff(t *testing.T) {
	env := &protocol.Env{Rand: prng.New(1)}
	for attempts, base := range []time.Duration{100, 200, 400, 800, 800, 800} {
		base *= time.Millisecond
		seen := map[time.Duration]bool{}
		for range 50 {
			wait := resendAfter(env, attempts)
			if wait < base*4/5 || wait > base*6/5 {
				t.Errorf("attempt %d: %v", attempts, wait)
			}
			seen[wait] = true
		}
		if len(seen) < 40 {
			t.Errorf("attempt %d: 50 waits, %d different", attempts, len(seen))
		}
	}
}

// BenchmarkUpdate measures an update at a replica: from its arrival to what is to be stored and sent.
func BenchmarkUpdate(b *testing.B) {
	r := newReplica(configured("register", 3, 3), "r1").(*Replica)
	env := &protocol.Env{Self: "r1", Replicas: r.replicas, Rand: prng.New(1)}
	r.Start(env, protocol.Saved{})
	id := FrontEndID{Node: "c1", Incarnation: 1}
	op := protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)}
	known := make(Timestamp, 3)
	b.ReportAllocs()
	for i := range b.N {
		env.Reset()
		r.Receive(env, "c1", Update{CID: CID{id, uint64(i + 1)}, Op: op, Prev: known})
		known = r.replicaTS()
		r.Receive(env, "r2", Gossip{TS: known})
		r.Receive(env, "r3", Gossip{TS: known})
	}
}

// BenchmarkQuietGossip measures gossip that tells nothing new, both ends of it.
func BenchmarkQuietGossip(b *testing.B) {
	r := newReplica(configured("register", 3, 3), "r1").(*Replica)
	env := &protocol.Env{Self: "r1", Replicas: r.replicas, Rand: prng.New(1)}
	r.Start(env, protocol.Saved{})
	quiet := Gossip{TS: make(Timestamp, 3)}
	b.ReportAllocs()
	for range b.N {
		env.Reset()
		r.Timeout(env, timerGossip)
		r.Receive(env, "r2", quiet)
	}
}

// BenchmarkCatchUp measures gossip that brings 1000 records at once, after a partition.
func BenchmarkCatchUp(b *testing.B) {
	c := configured("register", 3, 3)
	var log []*Record
	for i := range uint64(1000) {
		log = append(log, &Record{
			Replica: 1, TS: Timestamp{0, i + 1, 0}, Prev: Timestamp{0, i, 0}, CID: CID{FrontEndID{"c2", 1}, i + 1},
			Op: protocol.Op{F: "write", Key: "x", Value: protocol.Int(int64(i))},
		})
	}
	b.ReportAllocs()
	for range b.N {
		r := newReplica(c, "r1").(*Replica)
		env := &protocol.Env{Self: "r1", Replicas: r.replicas, Rand: prng.New(1)}
		r.Start(env, protocol.Saved{})
		r.Receive(env, "r2", Gossip{Log: log, TS: Timestamp{0, 1000, 0}})
	}
}
