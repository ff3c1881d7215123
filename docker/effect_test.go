package docker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sunder/docker"
	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// hears returns whether a node's pod reaches another's.
func hears(t *testing.T, c cluster.Cluster, from, to protocol.NodeID) bool {
	t.Helper()
	deaf, err := docker.Deaf(t.Context(), c, from, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return !slices.Contains(deaf, to)
}

// shown has c1 write under a key at one replica and tells whether another shows it to c2 within a time. Calls are numbered
// from call on.
func shown(t *testing.T, c cluster.Cluster, call cluster.CallID, key string, at, by protocol.NodeID, within time.Duration) bool {
	t.Helper()
	return passedOn(t, c, call, key, place{"c1", at}, place{"c2", by}, within)
}

// place is a client at a replica. Who has seen a write may wait for it elsewhere, so each place has a client of its own.
type place struct{ client, replica protocol.NodeID }

// passedOn writes under a key at one place and tells whether it is read at another within a time.
func passedOn(t *testing.T, c cluster.Cluster, call cluster.CallID, key string, from, to place, within time.Duration) bool {
	t.Helper()
	if r := ask(t, c, from.client, call, protocol.Op{F: "write", Key: key, Value: protocol.Int(1), Via: from.replica}); r.Outcome != protocol.OK {
		t.Fatalf("a write of %s at %s: %+v", from.client, from.replica, r)
	}
	for until := time.Now().Add(within); time.Now().Before(until); time.Sleep(within / 20) {
		call++
		r := ask(t, c, to.client, call, protocol.Op{F: "read", Key: key, Via: to.replica})
		if r.Outcome == protocol.OK && r.Value.String() == "1" {
			return true
		}
	}
	return false
}

// TestFaultsByTheirEffects does each kind of fault to a cluster and looks between its containers at what came of it.
func TestFaultsByTheirEffects(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	c := start(t, b, spec(3, 3))
	read := func(via protocol.NodeID, call cluster.CallID) protocol.Reply {
		return ask(t, c, "c1", call, protocol.Op{F: "read", Key: "x", Via: via})
	}
	t.Run("partition", func(t *testing.T) {
		groups := nemesis.Groups{{"r1", "c1"}, {"r2", "r3", "c2", "c3"}}
		e := during(t, c, 1, nemesis.Fault{Kind: nemesis.Partition, Groups: groups}, func() {
			if hears(t, c, "r1", "r2") || hears(t, c, "r3", "r1") {
				t.Error("the sides reach each other")
			}
			if !hears(t, c, "r2", "r3") || !hears(t, c, "r1", "c1") {
				t.Error("a side is cut in itself")
			}
		})
		if e["dropped"] == 0 || e["links_open"] != 30 {
			t.Errorf("evidence %v", e)
		}
		if !hears(t, c, "r1", "r2") {
			t.Error("the sides are still apart")
		}
	})
	t.Run("pause", func(t *testing.T) {
		e := during(t, c, 2, nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}}, func() {
			if r := read("r1", 21); r.Outcome == protocol.OK {
				t.Errorf("a paused replica answers %+v", r)
			}
		})
		if e["delayed"] == 0 {
			t.Errorf("evidence %v", e)
		}
		if r := read("r1", 22); r.Outcome != protocol.OK {
			t.Errorf("after the pause: %+v", r)
		}
	})
	t.Run("crash", func(t *testing.T) {
		if r := ask(t, c, "c1", 30, protocol.Op{F: "write", Key: "x", Value: protocol.Int(7), Via: "r1"}); r.Outcome != protocol.OK {
			t.Fatalf("a write: %+v", r)
		}
		crash := nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}, Lose: nemesis.LoseUnsynced}
		e := during(t, c, 3, crash, func() {
			if state, err := c.State("r1"); state != nil || err != nil {
				t.Errorf("a crashed replica shows %v (%v)", state, err)
			}
		})
		if e["crashed"] != 1 || e["restarted"] != 1 {
			t.Errorf("evidence %v", e)
		}
		if r := read("r1", 31); r.Outcome != protocol.OK || r.Value.String() != "7" {
			t.Errorf("what was answered is lost: %+v", r)
		}
	})
	t.Run("loss", func(t *testing.T) {
		loss := nemesis.Fault{Kind: nemesis.Loss, Chance: prng.One, Links: nemesis.Links{{From: "r2", To: "r1"}}}
		e := during(t, c, 5, loss, func() {
			if hears(t, c, "r1", "r2") {
				t.Error("what is always lost arrives")
			}
			if !hears(t, c, "r1", "r3") {
				t.Error("another link loses too")
			}
		})
		if e["dropped"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("delay", func(t *testing.T) {
		extra := nemesis.Range{Min: 100 * time.Millisecond, Max: 500 * time.Millisecond}
		const reads = 8
		delay := nemesis.Fault{Kind: nemesis.Delay, Latency: extra, Links: nemesis.Links{{From: "c1", To: "r2"}}}
		e := during(t, c, 6, delay, func() {
			var took []time.Duration
			for call := range cluster.CallID(reads) {
				began := time.Now()
				if r := read("r2", 61+call); r.Outcome != protocol.OK {
					t.Errorf("%+v", r)
				}
				took = append(took, time.Since(began))
			}
			// That draws from the range lie so near to each other has a chance of a few millionths.
			if slices.Min(took) < extra.Min || slices.Max(took)-slices.Min(took) < (extra.Max-extra.Min)/10 {
				t.Errorf("with a delay from %v to %v reads took %v", extra.Min, extra.Max, took)
			}
		})
		if e["delayed"] < reads {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("corrupt", func(t *testing.T) {
		corrupt := nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Detected, Chance: prng.One, Links: nemesis.Links{{From: "c1", To: "r3"}}}
		e := during(t, c, 7, corrupt, func() {
			if r := read("r3", 71); r.Outcome == protocol.OK {
				t.Errorf("what is always damaged is answered: %+v", r)
			}
		})
		if e["corrupted"] == 0 || e["dropped"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("duplicate", func(t *testing.T) {
		e := during(t, c, 8, nemesis.Fault{Kind: nemesis.Duplicate, Chance: prng.One}, func() {
			if r := read("r2", 81); r.Outcome != protocol.OK {
				t.Errorf("%+v", r)
			}
		})
		if e["duplicated"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("hold", func(t *testing.T) {
		hold := nemesis.Fault{Kind: nemesis.Hold, Message: "GOSSIP", Links: nemesis.Links{{From: nemesis.Anybody, To: nemesis.Anybody}}}
		e := during(t, c, 9, hold, func() {
			if r := ask(t, c, "c1", 91, protocol.Op{F: "write", Key: "y", Value: protocol.Int(5), Via: "r1"}); r.Outcome != protocol.OK {
				t.Fatalf("a write: %+v", r)
			}
			time.Sleep(500 * time.Millisecond)
			if r := ask(t, c, "c2", 92, protocol.Op{F: "read", Key: "y", Via: "r2"}); r.Value.String() == "5" {
				t.Error("gossip that is held has arrived")
			}
		})
		if e["held"] == 0 {
			t.Errorf("evidence %v", e)
		}
		time.Sleep(time.Second)
		if r := ask(t, c, "c2", 93, protocol.Op{F: "read", Key: "y", Via: "r2"}); r.Value.String() != "5" {
			t.Errorf("gossip that was let go has not arrived: %+v", r)
		}
	})
	t.Run("one way", func(t *testing.T) {
		cut := nemesis.Fault{Kind: nemesis.Partition, Links: nemesis.Links{{From: "r2", To: "r1"}, {From: "r2", To: "r3"}}} // else r3 would pass it on
		e := during(t, c, 10, cut, func() {
			// At once: a connection dies when nothing is heard of what it brings.
			if !shown(t, c, 100, "ow1", "r1", "r2", time.Second) {
				t.Error("what can be heard is not")
			}
			if shown(t, c, 130, "ow2", "r2", "r1", 2*time.Second) {
				t.Error("what cannot be heard is heard")
			}
		})
		if e["dropped"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("drop", func(t *testing.T) {
		drop := nemesis.Fault{Kind: nemesis.Drop, Message: "GOSSIP", Links: nemesis.Links{{From: "r1", To: nemesis.Anybody}}}
		e := during(t, c, 11, drop, func() {
			if shown(t, c, 160, "dr1", "r1", "r2", time.Second) {
				t.Error("gossip that is dropped has arrived")
			}
		})
		if e["dropped"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("reorder", func(t *testing.T) {
		e := during(t, c, 12, nemesis.Fault{Kind: nemesis.Reorder, Chance: prng.One / 2, Links: nemesis.Links{{From: "c1", To: "r2"}}}, func() {
			for call := range cluster.CallID(10) {
				if r := read("r2", 190+call); r.Outcome != protocol.OK {
					t.Errorf("%+v", r)
				}
			}
		})
		if e["reordered"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
	t.Run("bandwidth", func(t *testing.T) {
		// It takes a second, and no client waits for longer than two.
		const length, rate = 40_000, 40_000
		long := protocol.Op{F: "write", Key: "long", Value: protocol.String(strings.Repeat("x", length)), Via: "r3"}
		e := during(t, c, 13, nemesis.Fault{Kind: nemesis.Bandwidth, Limit: rate, Links: nemesis.Links{{From: "c1", To: "r3"}}}, func() {
			began := time.Now()
			if r := ask(t, c, "c1", 210, long); r.Outcome != protocol.OK || time.Since(began) < 700*time.Millisecond {
				t.Errorf("%d bytes took %v at %d a second: %+v", length, time.Since(began), rate, r)
			}
		})
		if e["queued"] == 0 || e["carried"] < length {
			t.Errorf("evidence %v", e)
		}
		quick := false
		for call := cluster.CallID(211); call < 214 && !quick; call++ { // a busy machine may take its time, once or twice
			began := time.Now()
			r := ask(t, c, "c1", call, long)
			quick = r.Outcome == protocol.OK && time.Since(began) < 700*time.Millisecond
		}
		if !quick {
			t.Error("with all of the link it takes as long")
		}
	})
	t.Run("clock rate", func(t *testing.T) {
		slow := nemesis.Fault{Kind: nemesis.ClockSkew, Rate: prng.One / 100, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}}
		e := during(t, c, 14, slow, func() {
			// It gossips every ten seconds now, so that it may do so once meanwhile.
			if shown(t, c, 220, "cl1", "r1", "r2", time.Second) && shown(t, c, 300, "cl3", "r1", "r2", time.Second) {
				t.Error("a replica whose clock hardly runs gossips as ever")
			}
		})
		if e["skewed"] == 0 {
			t.Errorf("evidence %v", e)
		}
		if !shown(t, c, 250, "cl2", "r1", "r2", 3*time.Second) {
			t.Error("a replica whose clock was set right does not gossip")
		}
	})
	// The last one: what clients have seen is lost with it.
	t.Run("crash that loses all", func(t *testing.T) {
		crash := nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}, Lose: nemesis.LoseAll}
		if e := during(t, c, 4, crash, func() {}); e["records_lost"] == 0 {
			t.Errorf("evidence %v", e)
		}
	})
}

// TestCrashesByWhatTheyLose crashes a replica that answers updates before its disk has them: what was answered is there
// afterwards, or gone, as the fault says. There is no other replica that it could have it from.
func TestCrashesByWhatTheyLose(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	s := spec(1, 3)
	s.Config.Mutant = "GOS-M8"
	c := start(t, b, s)
	call := cluster.CallID(0)
	do := func(client protocol.NodeID, op protocol.Op) protocol.Reply {
		call++
		op.Key = "x"
		return ask(t, c, client, call, op)
	}
	for i, test := range []struct {
		lose   nemesis.Lose
		reader protocol.NodeID // who has not seen what is lost, and so does not wait for it
		want   string
		lost   bool
	}{
		{nemesis.LoseNothing, "c2", "1", false},
		{nemesis.LoseUnsynced, "c2", "1", true},
		{nemesis.LoseAll, "c3", "0", true},
	} {
		if test.lose != nemesis.LoseAll { // that loses what the first has made durable
			if r := do("c1", protocol.Op{F: "write", Value: protocol.Int(int64(i + 1))}); r.Outcome != protocol.OK {
				t.Fatalf("a write: %+v", r)
			}
		}
		crash := nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}, Lose: test.lose}
		if e := during(t, c, i+1, crash, func() {}); e["crashed"] != 1 || e["restarted"] != 1 || e["records_lost"] > 0 != test.lost {
			t.Errorf("a crash that loses %s: evidence %v", test.lose, e)
		}
		if r := do(test.reader, protocol.Op{F: "read"}); r.Outcome != protocol.OK || r.Value.String() != test.want {
			t.Errorf("after a crash that loses %s: %+v, not %s", test.lose, r, test.want)
		}
	}
}

// TestClocksByTheirEffects makes clocks wrong of nodes that go by them: a replica that forgets which updates it has
// executed refuses those that are old, by its own clock and that of the front end.
func TestClocksByTheirEffects(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	s := spec(2, 2)
	s.Config.Options["exec"], s.Config.Options["delta"] = "delta-by-clock", "2s"
	c := start(t, b, s)
	call := cluster.CallID(0)
	accepted := func(client, at protocol.NodeID) bool {
		call++
		return ask(t, c, client, call, protocol.Op{F: "write", Key: "x", Value: protocol.Int(1), Via: at}).Outcome == protocol.OK
	}
	skew := func(id protocol.NodeID, offset, strobe time.Duration) nemesis.Fault {
		return nemesis.Fault{Kind: nemesis.ClockSkew, Offset: offset, Strobe: strobe, Target: nemesis.Target{Nodes: []protocol.NodeID{id}}}
	}
	t.Run("offset", func(t *testing.T) {
		time.Sleep(3*time.Second - c.Now()) // no time is told that is less than 0, and that is to be old
		e := during(t, c, 1, skew("c1", -time.Minute, 0), func() {
			if accepted("c1", "r1") {
				t.Error("an update of a minute ago is accepted")
			}
			if !accepted("c2", "r1") {
				t.Error("another one is not")
			}
		})
		if e["skewed"] == 0 || e["jumps"] != 0 {
			t.Errorf("evidence %v", e)
		}
		if !accepted("c1", "r1") {
			t.Error("with the clock right again an update is refused")
		}
	})
	t.Run("strobe", func(t *testing.T) {
		e := during(t, c, 2, skew("r2", time.Minute, 150*time.Millisecond), func() {
			if accepted("c2", "r2") {
				t.Error("a replica that was a minute ahead accepts an update")
			}
			if !accepted("c2", "r1") {
				t.Error("another one does not")
			}
		})
		if e["skewed"] == 0 || e["jumps"] < 2 {
			t.Errorf("evidence %v", e)
		}
	})
}

// TestANemesisThatHearsNothingHeals lets the controller fall silent towards one pod in the middle of a partition: its
// links open again by themselves, and the run cannot go on.
func TestANemesisThatHearsNothingHeals(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	c := start(t, b, spec(2, 1))
	c.Begin(1, nemesis.Fault{Kind: nemesis.Partition, Links: nemesis.Links{{From: "r2", To: "r1"}}})
	await[cluster.FaultBegun](t, c, 30*time.Second)
	if hears(t, c, "r2", "r1") {
		t.Fatal("the partition does not cut")
	}
	docker.Silence(c, "r1")
	if err := awaitError(t, c, 3*docker.Lease); !strings.Contains(err.Error(), "undid its faults by itself") {
		t.Errorf("the run cannot go on because of %v", err)
	}
	if !hears(t, c, "r2", "r1") {
		t.Error("the link is still cut")
	}
}

// TestANemesisThatIsKilled ends the run as a failure of the harness.
func TestANemesisThatIsKilled(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	c := start(t, b, spec(2, 1))
	c.Begin(1, nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1"}, {"r2"}}})
	await[cluster.FaultBegun](t, c, 30*time.Second)
	id, _ := docker.Containers(c, "r1")
	if err := docker.Kill(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := awaitError(t, c, 20*time.Second); !strings.Contains(err.Error(), "the pod of r1") {
		t.Errorf("the run cannot go on because of %v", err)
	}
}

// TestANodeThatDiesByItself is told as such.
func TestANodeThatDiesByItself(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	c := start(t, b, spec(2, 1))
	_, id := docker.Containers(c, "r2")
	if err := docker.Kill(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := c.Await(t.Context(), c.Now()+20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if died, ok := n.(cluster.NodeDied); ok {
			if died.Node != "r2" || !strings.Contains(died.Reason, "boot 0") {
				t.Errorf("%+v does not show the end of the log of r2", died)
			}
			return
		}
		if _, reached := n.(cluster.Reached); reached {
			t.Fatal("nobody tells that r2 is gone")
		}
	}
}
