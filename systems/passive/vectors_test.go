package passive

import (
	"testing"

	"sunder/harness/protocol"
)

var null protocol.Value

// TestRetryAfterFailover is vector V1: a request that was answered comes again at the next primary, which answers it from
// the table and executes nothing.
func TestRetryAfterFailover(t *testing.T) {
	w := newWorld("counter", nil)
	w.ask("r1", add(1, 5))
	w.expectValue(t, null)
	w.nodes["r1"].down = true
	w.pass(long)
	w.ask("r2", add(1, 5))
	w.expectValue(t, null)
	w.expectCounter(t, 5)
	if got := w.nodes["r2"].replica.index; got != 1 {
		t.Errorf("%d updates were applied", got)
	}
}

// TestAnswerLost is vector V2: the primary crashes when all have the update and nobody has the answer. It takes effect once.
func TestAnswerLost(t *testing.T) {
	w := newWorld("counter", nil)
	w.loses = func(p packet) bool { return p.message.Name() == "REPLY" }
	w.ask("r1", add(1, 5))
	w.nodes["r1"].down = true
	w.loses = func(packet) bool { return false }
	w.pass(long)
	w.ask("r2", add(1, 5))
	w.expectValue(t, null)
	w.expectCounter(t, 5)
}

// TestUpdateLost is vector V3: the primary crashes before any backup has the update. It takes effect if the front end asks
// again, and only then.
func TestUpdateLost(t *testing.T) {
	w := newWorld("counter", nil)
	w.loses = func(p packet) bool { return p.message.Name() == "DATA" }
	w.ask("r1", add(1, 5))
	w.nodes["r1"].down = true
	w.loses = func(packet) bool { return false }
	w.pass(long)
	if m := w.last(); m != nil {
		t.Errorf("it was answered: %+v", m)
	}
	w.expectCounter(t, 0)
	w.ask("r2", add(1, 5))
	w.expectValue(t, null)
	w.pass(1)
	w.expectCounter(t, 5)
	w.start("r1")
	w.pass(long)
	w.expectCounter(t, 5)
}

// TestDeposedPrimaryReadsNothing: marks of a primary that is cut off come through at nobody.
func TestDeposedPrimaryReadsNothing(t *testing.T) {
	w := newWorld("counter", nil)
	cut := func(p packet) bool { return (p.from == "r1") != (p.to == "r1") && p.from != "c1" && p.to != "c1" }
	w.loses = cut
	w.pass(long)
	w.ask("r2", add(1, 5))
	w.expectValue(t, null)
	w.ask("r1", read(1, 0))
	w.pass(long)
	if m := w.last(); m != nil {
		t.Errorf("a primary that is cut off answered %+v", m)
	}
	w.loses = func(packet) bool { return false }
	w.pass(long)
	w.expectCounter(t, 5)
	w.ask("r3", read(1, 0))
	if m, isRedirect := w.last().(Redirect); !isRedirect || m.Primary != "r2" {
		t.Errorf("r3 answers %+v", m)
	}
	w.ask("r2", read(1, 0))
	w.expectValue(t, protocol.Int(5))
}

// TestPinnedReadAtBackup: a backup that is named answers by a mark of its own, from all that was answered before.
func TestPinnedReadAtBackup(t *testing.T) {
	w := newWorld("counter", nil)
	w.loses = func(p packet) bool { return p.to == "r3" && p.message.Name() == "STAB" }
	w.ask("r1", add(1, 5))
	w.expectValue(t, null)
	w.loses = func(packet) bool { return false }
	q := read(1, 0)
	q.Pinned = true
	w.ask("r3", q)
	w.expectValue(t, protocol.Int(5))
}

func TestLease(t *testing.T) {
	w := newWorld("counter", map[string]string{optionReads: readsLease})
	w.pass(1)
	w.loses = func(p packet) bool { return p.message.Name() == "DATA" || p.message.Name() == "LEASE_REQ" }
	w.ask("r1", read(1, 0))
	w.expectValue(t, protocol.Int(0))
	w.pass(3)
	w.ask("r1", read(2, 0))
	w.expectValue(t, protocol.Int(0))
	w.pass(1)
	w.ask("r1", read(3, 0))
	if m := w.last(); m != nil {
		t.Errorf("a lease that is over 190ms old serves a read: %+v", m)
	}
}

// TestRestartedMemberKeepsLease: a member that is started again takes part in no ballot while a lease may last that it has
// granted in the life before.
func TestRestartedMemberKeepsLease(t *testing.T) {
	w := newWorld("counter", map[string]string{optionReads: readsLease})
	w.pass(2)
	w.loses = func(p packet) bool { return p.from == "r1" && p.to == "r3" }
	w.pass(8) // r3 suspects r1 and owes it nothing
	w.loses = func(p packet) bool { return p.from == "r1" || p.to == "r1" }
	began := w.now
	w.nodes["r2"].down = true
	w.start("r2")
	for w.nodes["r3"].replica.isPrimary == w.nodes["r2"].replica.isPrimary {
		w.pass(1)
		if w.now > began+long*holdTick {
			t.Fatal("there is no new primary")
		}
	}
	if waited := w.now - began; waited < lease {
		t.Errorf("there is another primary %v after the last lease was granted", waited)
	}
}

func TestTokenWaits(t *testing.T) {
	w := newWorld("counter", map[string]string{optionReads: readsToken})
	w.loses = func(p packet) bool { return p.to == "r3" && p.message.Name() == "STAB" }
	w.ask("r1", add(1, 5))
	w.expectValue(t, null)
	w.ask("r3", read(1, 0))
	w.expectValue(t, protocol.Int(0))
	w.ask("r3", read(2, 1))
	if m := w.last(); m != nil {
		t.Errorf("r3 answers %+v", m)
	}
	w.loses = func(packet) bool { return false }
	w.pass(1)
	w.expectValue(t, protocol.Int(5))
	w.ask("r3", read(3, 7))
	w.pass(holdTicks - 1)
	if m := w.last(); m != nil {
		t.Errorf("r3 answers %+v", m)
	}
	w.pass(1)
	if m, isRedirect := w.last().(Redirect); !isRedirect || m.Primary != "r1" {
		t.Errorf("a read that waited too long is answered by %+v", m)
	}
}

// TestNoViews: two sides that suspect each other both go on, and what one of them did stays there.
func TestNoViews(t *testing.T) {
	w := newWorld("counter", map[string]string{optionViews: off})
	w.ask("r1", add(1, 1))
	w.expectValue(t, null)
	w.pass(1)
	w.expectCounter(t, 1)
	w.loses = func(p packet) bool { return (p.from == "r1") != (p.to == "r1") && p.from != "c1" && p.to != "c1" }
	w.pass(long)
	w.ask("r1", add(2, 10))
	w.expectValue(t, null)
	w.ask("r2", add(2, 100))
	w.expectValue(t, null)
	w.loses = func(packet) bool { return false }
	w.pass(long)
	for id, want := range map[protocol.NodeID]int64{"r1": 11, "r2": 101, "r3": 101} {
		reply := w.nodes[id].replica.value.Apply(protocol.Op{F: "read", Key: "x"})
		if got, _ := reply.Value.Int(); got != want {
			t.Errorf("%s has %d, not %d", id, got, want)
		}
	}
	w.ask("r1", add(3, 1000))
	w.expectValue(t, null)
	w.pass(1)
	if reply := w.nodes["r3"].replica.value.Apply(protocol.Op{F: "read", Key: "x"}); !reply.Value.Equal(protocol.Int(1101)) {
		t.Errorf("r3 has %s", reply.Value)
	}
}

// TestNoViewsFailover: a backup that has an update which it does not know to be everywhere applies it when it takes over.
func TestNoViewsFailover(t *testing.T) {
	w := newWorld("counter", map[string]string{optionViews: off})
	w.ask("r1", add(1, 5))
	w.expectValue(t, null)
	w.nodes["r1"].down = true
	w.expectCounter(t, 0)
	w.pass(long)
	w.ask("r2", add(1, 5))
	w.expectValue(t, null)
	if reply := w.nodes["r2"].replica.value.Apply(protocol.Op{F: "read", Key: "x"}); !reply.Value.Equal(protocol.Int(5)) {
		t.Errorf("r2 has %s", reply.Value)
	}
}
