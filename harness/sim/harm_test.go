package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

func harm(m nemesis.Mode, nodes ...protocol.NodeID) nemesis.Fault {
	return nemesis.Fault{Kind: nemesis.Disk, Mode: m, Target: nemesis.Target{Nodes: nodes}}
}

func TestDamageIsFoundAtTheNextStart(t *testing.T) {
	for _, c := range []struct {
		name string
		work func(*protocol.Env)
		mode nemesis.Mode
		want []string // what the next start may find, and the evidence: lost/torn/flipped
	}{
		{"torn", abc, nemesis.Torn, []string{"boot 1 log a,b,c damaged 1/1/0"}},
		{"torn, with nothing unsynced", func(env *protocol.Env) { abc(env); env.Sync() }, nemesis.Torn, []string{"boot 1 log a,b,c,d 0/0/0"}},
		{"torn after a snapshot", replaced, nemesis.Torn, []string{"boot 1 snapshot T log  damaged 1/1/0"}},
		{"torn snapshot", func(env *protocol.Env) { abc(env); env.Snapshot([]byte("T")) }, nemesis.Torn, []string{"boot 1 log a,b,c,d 1/0/0"}},
		{"flipped", abc, nemesis.Flip, []string{
			"boot 1 log  damaged 4/0/1", "boot 1 log a damaged 3/0/1", "boot 1 log a,b damaged 2/0/1", "boot 1 log a,b,c damaged 1/0/1",
		}},
		{"flipped after a snapshot", replaced, nemesis.Flip, []string{"boot 1 snapshot T log  damaged 1/0/1"}},
		{"nothing to flip", func(*protocol.Env) {}, nemesis.Flip, []string{"boot 1 log  0/0/0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := map[string]bool{}
			for seed := range uint64(40) {
				l := plan{seed: seed, node: writer(c.work)}.run(t)
				l.until(ms)
				l.cluster.Begin(0, harm(c.mode, "r1"))
				l.until(2 * ms)
				l.cluster.End(0)
				l.until(3 * ms)
				e, facts := l.evidence(0), l.facts()
				found := strings.TrimPrefix(facts[len(facts)-1], "r1@2ms ") + fmt.Sprintf(" %d/%d/%d", e["records_lost"], e["torn"], e["flipped"])
				if !slices.Contains(c.want, found) || e["crashed"] != 1 || e["restarted"] != 1 {
					t.Fatalf("seed %d: found %q with %v, want one of %q", seed, found, e, c.want)
				}
				seen[found] = true
			}
			if len(seen) != len(c.want) {
				t.Errorf("40 seeds show only %v of %q", seen, c.want)
			}
		})
	}
}

// diarist writes a number every 10 ms, says so before and after, and tells what it finds at each start.
func diarist(protocol.NodeID) *puppet {
	n := 0
	return &puppet{
		start: func(env *protocol.Env, saved protocol.Saved) {
			n = len(saved.Log)
			env.Mark(describeSaved(saved))
			env.SetTimer("tick", 10*ms)
		},
		timeout: func(env *protocol.Env, t protocol.Timer) {
			n++
			env.Mark(fmt.Sprintf("before %d", n))
			env.Append([]byte(fmt.Sprint(n)))
			env.Mark(fmt.Sprintf("after %d", n))
			env.SetTimer(t, 10*ms)
		},
		receive: func(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) { env.Mark("message") },
	}
}

func TestFullDiskStopsItsNodeAtTheNextWrite(t *testing.T) {
	l := plan{node: diarist}.run(t)
	l.until(15 * ms)
	l.cluster.Begin(0, harm(nemesis.Full, "r1"))
	l.until(42 * ms)
	l.cluster.End(0)
	l.until(53 * ms)
	want := []string{
		"r1@0s boot 0 log ", "r1@10ms before 1", "r1@10ms after 1", "r1@20ms before 2", "r1@42ms boot 1 log 1", "r1@52ms before 2", "r1@52ms after 2",
	}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(0); e["failed"] != 1 || e["restarted"] != 1 || e["crashed"]+e["records_lost"] != 0 {
		t.Errorf("evidence %v", e)
	}
}

// TestFullDiskAndOtherFaults crashes a node with a full disk, which comes back, fails again, and is paused in vain.
func TestFullDiskAndOtherFaults(t *testing.T) {
	l := plan{node: diarist}.run(t)
	l.cluster.Begin(0, harm(nemesis.Full, "r1"))
	l.until(5 * ms)
	l.cluster.Begin(1, crash("", "r1"))
	l.until(15 * ms)
	l.cluster.End(1) // back at 15 ms, stopped at 25 ms
	l.until(22 * ms)
	l.cluster.Begin(2, pause("r1"))
	l.until(28 * ms)
	l.cluster.End(2) // the timer of 25 ms waited until now
	l.until(30 * ms)
	l.cluster.Begin(3, crash("", "r1"))
	l.until(35 * ms)
	l.cluster.End(0) // still down by the crash
	l.until(40 * ms)
	l.cluster.End(3)
	l.until(51 * ms)
	want := []string{
		"r1@0s boot 0 log ", "r1@15ms boot 1 log ", "r1@28ms before 1", "r1@40ms boot 2 log ", "r1@50ms before 1", "r1@50ms after 1",
	}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b := l.evidence(0), l.evidence(3); a["failed"] != 1 || a["restarted"] != 0 || b["crashed"] != 0 || b["restarted"] != 1 {
		t.Errorf("evidence %v and %v", a, b)
	}
}

// TestFullDiskStopsASlowNode lets what waits behind the write that fails die with the process.
func TestFullDiskStopsASlowNode(t *testing.T) {
	p := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{"r1": func() *puppet { return diarist("r1") }, "r2": ticker(12*ms, "r1")})}
	l := p.run(t)
	l.cluster.Begin(0, harm(nemesis.Full, "r1"))
	l.cluster.Begin(1, slow(5*ms, "r1"))
	l.until(20 * ms) // the timer of 10 ms is done with at 15 ms, and the message of 12 ms waits behind it
	l.cluster.End(1)
	l.cluster.End(0)
	l.until(24 * ms)
	want := []string{"r1@0s boot 0 log ", "r1@15ms before 1", "r1@20ms boot 1 log ", "r1@24ms message"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSlowDiskHoldsBackLonger(t *testing.T) {
	l := plan{disk: diskOf(2 * ms), node: func(protocol.NodeID) *puppet {
		p := watch(20 * ms)("r1")
		p.timeout = func(env *protocol.Env, timer protocol.Timer) {
			env.Append(nil)
			env.Sync()
			env.Mark("synced")
			env.SetTimer(timer, 20*ms)
		}
		return p
	}}.run(t)
	l.until(30 * ms)
	f := harm(nemesis.SlowSync, "r1")
	f.Latency = nemesis.Range{Min: 5 * ms, Max: 5 * ms}
	l.cluster.Begin(0, f)
	l.until(50 * ms)
	l.cluster.End(0)
	l.until(70 * ms)
	if got, want := l.facts(), []string{"r1@22ms synced", "r1@47ms synced", "r1@62ms synced"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(0); e["delayed"] != 1 {
		t.Errorf("evidence %v", e)
	}
}
