package node_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"sunder/harness/node"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// These tests run gossip, as it runs in containers: real sockets, real timers, real disks.

func write(value int64, via protocol.NodeID) protocol.Op {
	return protocol.Op{F: "write", Key: "x", Value: protocol.Int(value), Via: via}
}

func read(via protocol.NodeID) protocol.Op { return protocol.Op{F: "read", Key: "x", Via: via} }

func add(n int64, via protocol.NodeID) protocol.Op {
	return protocol.Op{F: "add", Key: "x", Value: protocol.Int(n), Via: via}
}

func TestGossipSpreadsOverSockets(t *testing.T) {
	f := newFleet(t, asGoroutine, "register", true)
	f.wants("c1", write(5, "r1"), protocol.Value{})
	f.comes("c2", read("r2"), protocol.Int(5))
	f.comes("c2", read("r3"), protocol.Int(5))
	state, err := f.members["r2"].State(f.context())
	if err != nil || !json.Valid(state) || !strings.Contains(string(state), "5") {
		t.Errorf("r2 shows %s, %v; want a state with the 5 in it", state, err)
	}
	f.until("counts from every node", func() bool {
		for _, id := range f.ids() {
			if s := f.stats[id]; s.Events == 0 || s.Sent == 0 || s.Received == 0 {
				return false
			}
		}
		return true
	})
	for _, id := range f.ids() {
		if s := f.stats[id]; s.Damaged+s.Overflow+s.Broken != 0 {
			t.Errorf("%s has lost messages: %+v", id, s)
		}
		if err := f.members[id].Stop(f.context()); err != nil {
			t.Errorf("stopping %s: %v", id, err)
		}
	}
	f.until("the end of every stream", func() bool { return len(f.gone) == len(f.ids()) })
	for id, gone := range f.gone {
		if gone.Reason != "" || gone.Err != nil {
			t.Errorf("%s has ended with %+v", id, gone)
		}
	}
}

// TestGossipIsHeldAndDropped is GOS-A1 by hand: while gossip is held a write that was answered is not seen elsewhere.
func TestGossipIsHeldAndDropped(t *testing.T) {
	f := newFleet(t, asGoroutine, "register", true)
	for _, id := range f.config.Replicas {
		if err := f.members[id].Begin(f.context(), node.Rule{Fault: 1, Kind: node.Hold, Message: "GOSSIP"}); err != nil {
			t.Fatal(err)
		}
	}
	f.wants("c1", write(1, "r1"), protocol.Value{})
	time.Sleep(100 * time.Millisecond) // some rounds of gossip
	f.wants("c2", read("r2"), protocol.Int(0))
	for _, id := range f.config.Replicas {
		counts, err := f.members[id].End(f.context(), 1)
		if err != nil || counts["held"] < 2 {
			t.Errorf("%s has held %v, %v; want gossip for both others", id, counts, err)
		}
	}
	f.comes("c2", read("r2"), protocol.Int(1))

	drop := node.Rule{Fault: 2, Kind: node.Drop, Message: "UREP", To: []protocol.NodeID{"c1"}, Count: 1}
	if err := f.members["r1"].Begin(f.context(), drop); err != nil {
		t.Fatal(err)
	}
	if err := f.members["r1"].Begin(f.context(), drop); err == nil || err.Error() != "fault 2 is in force already" {
		t.Errorf("beginning a fault twice: %v", err)
	}
	f.wants("c1", write(2, "r1"), protocol.Value{}) // answered when it is sent again
	if counts, err := f.members["r1"].End(f.context(), 2); err != nil || counts["dropped"] != 1 {
		t.Errorf("r1 has dropped %v, %v; want 1", counts, err)
	}
	if _, err := f.members["r1"].End(f.context(), 2); err == nil || err.Error() != "fault 2 is not in force" {
		t.Errorf("ending a fault twice: %v", err)
	}
}

func TestKilledProcessesComeBackWithTheirDisk(t *testing.T) {
	f := newFleet(t, asProcess, "counter", true)
	for range 10 {
		f.wants("c1", add(1, "r1"), protocol.Value{})
	}
	for _, id := range f.config.Replicas { // all at once: only disks remember
		f.members[id].kill()
	}
	f.until("the end of three streams", func() bool { return len(f.gone) == 3 })
	for _, id := range f.config.Replicas {
		ready := f.configure(id, node.Configure{})
		if id == "r1" && ready.Records == 0 {
			t.Errorf("%s finds nothing on its disk: %+v", id, ready)
		}
	}
	for _, id := range f.config.Replicas {
		f.start(id)
	}
	f.comes("c2", read("r1"), protocol.Int(10))
	f.comes("c2", read("r2"), protocol.Int(10))
	f.wants("c2", add(1, "r2"), protocol.Value{})
	f.comes("c1", read("r3"), protocol.Int(11))
}

// TestKilledProcessLosesWhatIsNotSynced kills a replica whose syncs take long: what waited for one is gone.
func TestKilledProcessLosesWhatIsNotSynced(t *testing.T) {
	f := newFleet(t, asProcess, "counter", true)
	r1 := f.members["r1"]
	reboot := func(more node.Configure) node.Ready {
		r1.kill()
		_ = r1.Close()
		ready := f.configure("r1", more)
		f.start("r1")
		return ready
	}
	f.wants("c1", add(1, "r1"), protocol.Value{})
	for _, id := range []protocol.NodeID{"r2", "r3"} { // so that r1 hears of nobody but c1
		if err := f.members[id].Begin(f.context(), node.Rule{Kind: node.Hold, To: []protocol.NodeID{"r1"}}); err != nil {
			t.Fatal(err)
		}
	}
	before := reboot(node.Configure{SyncMin: time.Hour, SyncMax: time.Hour})
	f.invoke("c1", add(10, "r1"))
	f.until("the update at r1", func() bool { return f.stats["r1"].Received > 0 })
	halted, err := r1.Halt(f.context(), node.Halt{})
	if err != nil || halted.Unsynced == 0 {
		t.Errorf("Halt: %+v, %v; want some writes that are not synced", halted, err)
	}
	if _, err := r1.Halt(f.context(), node.Halt{}); err == nil || err.Error() != "the machine is halted" {
		t.Errorf("a second Halt: %v", err)
	}
	after := reboot(node.Configure{SyncMin: time.Hour, SyncMax: time.Hour})
	if after.Records != before.Records {
		t.Errorf("%d records are left, and there were %d before what was not synced", after.Records, before.Records)
	}
	// A crash that loses nothing flushes first.
	f.invoke("c1", add(10, "r1"))
	f.until("the update at r1", func() bool { return f.stats["r1"].Received > 0 })
	if h, err := r1.Halt(f.context(), node.Halt{Flush: true}); err != nil || h.Unsynced != 0 {
		t.Errorf("Halt with Flush: %+v, %v", h, err)
	}
	flushed := reboot(node.Configure{})
	if flushed.Records <= after.Records {
		t.Errorf("%d records after a flush, %d before", flushed.Records, after.Records)
	}
	wiped := reboot(node.Configure{Wipe: true})
	if wiped.Wiped == 0 || wiped.Records != 0 {
		t.Errorf("an emptied disk: %+v, want some wiped and none left", wiped)
	}
}

// TestCounterSurvivesKills kills replicas one by one while clients add: what was answered is there in the end, and
// nothing twice.
func TestCounterSurvivesKills(t *testing.T) {
	f := newFleet(t, asProcess, "counter", true)
	var mu sync.Mutex
	answered, asked := int64(0), int64(0)
	done := make(chan struct{})
	var all sync.WaitGroup
	for _, client := range f.config.Clients {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				r := f.do(client, add(1, ""))
				mu.Lock()
				asked++
				if r.Outcome == protocol.OK {
					answered++
				}
				mu.Unlock()
			}
		})
	}
	rand := prng.New(3)
	for range 10 {
		id := prng.Pick(rand, f.config.Replicas)
		time.Sleep(rand.Between(0, 40*time.Millisecond))
		f.members[id].kill()
		_ = f.members[id].Close() // its process is gone
		time.Sleep(rand.Between(0, 40*time.Millisecond))
		f.configure(id, node.Configure{})
		f.start(id)
	}
	close(done)
	all.Wait()
	agreed, values := false, map[protocol.NodeID]int64{}
	for end := time.Now().Add(patience); !agreed && time.Now().Before(end); {
		for _, id := range f.config.Replicas {
			values[id], _ = f.do("c1", read(id)).Value.Int()
		}
		agreed = values["r1"] == values["r2"] && values["r2"] == values["r3"] && values["r1"] >= answered
	}
	if !agreed || values["r1"] > asked || answered < 20 {
		t.Errorf("%d additions were asked for, %d answered, and the replicas have %v", asked, answered, values)
	}
}
