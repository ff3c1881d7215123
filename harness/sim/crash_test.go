package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

func crash(lose nemesis.Lose, nodes ...protocol.NodeID) nemesis.Fault {
	return nemesis.Fault{Kind: nemesis.Crash, Lose: lose, Target: nemesis.Target{Nodes: nodes}}
}

// describeSaved is what a machine found when it started, for a mark.
func describeSaved(s protocol.Saved) string {
	text := fmt.Sprintf("boot %d", s.Boot)
	if s.Snapshot != nil {
		text += " snapshot " + string(s.Snapshot)
	}
	var records []string
	for _, r := range s.Log {
		records = append(records, string(r))
	}
	text += " log " + strings.Join(records, ",")
	if s.Damaged {
		text += " damaged"
	}
	return text
}

// writer tells what it finds at each start, and does some writing at its first.
func writer(work func(*protocol.Env)) func(protocol.NodeID) *puppet {
	return func(protocol.NodeID) *puppet {
		return &puppet{start: func(env *protocol.Env, saved protocol.Saved) {
			env.Mark(describeSaved(saved))
			if saved.Boot == 0 {
				work(env)
			}
		}}
	}
}

// abc has a and b durable, and c and d not.
func abc(env *protocol.Env) {
	env.Append([]byte("a"))
	env.Append([]byte("b"))
	env.Sync()
	env.Append([]byte("c"))
	env.Append([]byte("d"))
}

// replaced has a snapshot and a record in place of what was durable, but not durable itself.
func replaced(env *protocol.Env) {
	env.Append([]byte("a"))
	env.Snapshot([]byte("S"))
	env.Append([]byte("b"))
	env.Sync()
	env.Append([]byte("c"))
	env.Snapshot([]byte("T"))
	env.Append([]byte("d"))
}

func TestCrashesTakeFromTheDisk(t *testing.T) {
	for _, c := range []struct {
		name string
		work func(*protocol.Env)
		lose nemesis.Lose
		want []string // what the next start may find, "" being the evidence: lost/torn
	}{
		{"nothing", abc, nemesis.LoseNothing, []string{"boot 1 log a,b,c,d 0/0"}},
		{"nothing is the default", abc, "", []string{"boot 1 log a,b,c,d 0/0"}},
		{"all", abc, nemesis.LoseAll, []string{"boot 1 log  4/0"}},
		{"unsynced", abc, nemesis.LoseUnsynced, []string{"boot 1 log a,b 2/0", "boot 1 log a,b damaged 2/1", "boot 1 log a,b,c 1/0"}},
		{"unsynced, with none", func(env *protocol.Env) { abc(env); env.Sync() }, nemesis.LoseUnsynced, []string{"boot 1 log a,b,c,d 0/0"}},
		{"nothing of a snapshot", replaced, nemesis.LoseNothing, []string{"boot 1 snapshot T log d 0/0"}},
		{"all of a snapshot", replaced, nemesis.LoseAll, []string{"boot 1 log  2/0"}},
		{"an unsynced snapshot", replaced, nemesis.LoseUnsynced, []string{
			"boot 1 snapshot S log b 3/0", "boot 1 snapshot S log b damaged 3/1", "boot 1 snapshot S log b,c 2/0", "boot 1 snapshot T log  1/0",
		}},
		{"an empty disk", func(*protocol.Env) {}, nemesis.LoseUnsynced, []string{"boot 1 log  0/0"}},
		{"an empty snapshot", func(env *protocol.Env) { env.Snapshot(nil) }, nemesis.LoseNothing, []string{"boot 1 snapshot  log  0/0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := map[string]bool{}
			for seed := range uint64(60) {
				l := plan{seed: seed, node: writer(c.work)}.run(t)
				l.until(ms)
				l.cluster.Begin(0, crash(c.lose, "r1"))
				l.until(2 * ms)
				l.cluster.End(0)
				l.until(3 * ms)
				e := l.evidence(0)
				facts := l.facts()
				found := strings.TrimPrefix(facts[len(facts)-1], "r1@2ms ") + fmt.Sprintf(" %d/%d", e["records_lost"], e["torn"])
				if !slices.Contains(c.want, found) {
					t.Fatalf("seed %d: found %q, want one of %q", seed, found, c.want)
				}
				if e["crashed"] != 1 || e["restarted"] != 1 {
					t.Errorf("evidence %v", e)
				}
				seen[found] = true
			}
			if len(seen) != len(c.want) {
				t.Errorf("60 seeds show only %v of %q", seen, c.want)
			}
		})
	}
}

func TestWhatACrashLeavesUnsyncedMayBeLostByTheNext(t *testing.T) {
	lost := false
	for seed := range uint64(20) {
		l := plan{seed: seed, node: writer(abc)}.run(t)
		for i, lose := range []nemesis.Lose{nemesis.LoseNothing, nemesis.LoseUnsynced, nemesis.LoseUnsynced} {
			l.cluster.Begin(i, crash(lose, "r1"))
			l.cluster.End(i)
			l.until(l.cluster.Now() + ms)
		}
		lost = lost || l.evidence(1)["records_lost"] > 0
		if n := l.evidence(2)["records_lost"]; n != 0 {
			t.Errorf("seed %d: the third crash lost %d records that the second left on the platter", seed, n)
		}
	}
	if !lost {
		t.Error("records that no Sync covers are safe after a crash that loses nothing")
	}
}

func TestDamageIsToldOnce(t *testing.T) {
	damaged := 0
	for seed := range uint64(30) {
		l := plan{seed: seed, node: writer(abc)}.run(t)
		for i, lose := range []nemesis.Lose{nemesis.LoseUnsynced, nemesis.LoseNothing} {
			l.cluster.Begin(i, crash(lose, "r1"))
			l.cluster.End(i)
			l.until(l.cluster.Now() + ms)
		}
		facts := l.facts()
		if strings.HasSuffix(facts[1], "damaged") {
			damaged++
		}
		if strings.HasSuffix(facts[2], "damaged") {
			t.Errorf("seed %d: the boot after the next finds a damaged record: %q", seed, facts)
		}
	}
	if damaged == 0 {
		t.Error("no seed tears a record")
	}
}

func TestCrashEndsAllThatIsVolatile(t *testing.T) {
	p := plan{replicas: 1, clients: 1, disk: diskOf(10 * ms), node: func(id protocol.NodeID) *puppet {
		memory := 0
		return &puppet{
			start: func(env *protocol.Env, saved protocol.Saved) {
				env.Mark(fmt.Sprintf("start %d memory %d draw %d", saved.Boot, memory, env.Rand.IntN(1000)))
				memory = 7
				if saved.Boot == 0 {
					env.SetTimer("late", 20*ms)
					env.Sync()
					env.Mark("never told")
					env.Send(env.Self, note{})
				}
			},
			timeout: func(env *protocol.Env, t protocol.Timer) { env.Mark("timer " + string(t)) },
			receive: func(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) { env.Mark("message") },
			request: func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
				env.Mark(fmt.Sprintf("request %d %s", id, op.F))
				env.Reply(1, protocol.Reply{Outcome: protocol.OK})
			},
		}
	}}
	l := p.run(t)
	l.until(5 * ms)
	l.cluster.Invoke("c1", 41, protocol.Op{F: "first"})
	l.until(5 * ms)
	l.cluster.Begin(0, crash("", "c1"))
	l.until(6 * ms)
	l.cluster.Invoke("c1", 42, protocol.Op{F: "unheard"})
	l.until(15 * ms)
	l.cluster.End(0)
	l.until(16 * ms)
	l.cluster.Invoke("c1", 43, protocol.Op{F: "second"})
	l.until(100 * ms)
	got := slices.DeleteFunc(l.facts(), func(f string) bool { return strings.HasPrefix(f, "r1") })
	if len(got) != 3 || !strings.HasPrefix(got[0], "c1@0s start 0 memory 0 draw ") ||
		!strings.HasPrefix(got[1], "c1@15ms start 1 memory 0 draw ") || got[2] != "c1@16ms request 2 second" {
		t.Errorf("got %v", got)
	}
	if got[0][len("c1@0s start 0 memory 0"):] == got[1][len("c1@15ms start 1 memory 0"):] {
		t.Errorf("both boots draw the same: %v", got)
	}
	if c := l.completions(); len(c) != 0 {
		t.Errorf("a reply to a request that the crash ended, or that was never made, completed %v", c)
	}
}

func TestCrashesOverlap(t *testing.T) {
	l := plan{node: writer(func(*protocol.Env) {})}.run(t)
	l.cluster.Begin(0, crash("", "r1", "r1"))
	l.until(10 * ms)
	l.cluster.Begin(1, crash(nemesis.LoseAll, "r1"))
	l.until(20 * ms)
	l.cluster.End(0)
	l.until(30 * ms)
	l.cluster.End(1)
	l.until(40 * ms)
	if got, want := l.facts(), []string{"r1@0s boot 0 log ", "r1@30ms boot 1 log "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := fmt.Sprint(l.evidence(0), l.evidence(1)),
		"map[crashed:1 records_lost:0 restarted:0 torn:0] map[crashed:0 records_lost:0 restarted:1 torn:0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRecordsAreNotShared has a machine that uses its buffer again in a later call, and spoils what it finds at a start.
func TestRecordsAreNotShared(t *testing.T) {
	p := plan{node: func(protocol.NodeID) *puppet {
		buffer := []byte("a")
		return &puppet{
			start: func(env *protocol.Env, saved protocol.Saved) {
				env.Mark(describeSaved(saved))
				for _, r := range saved.Log {
					r[0] = '!'
				}
				if saved.Boot == 0 {
					env.Append(buffer)
					env.Sync()
					env.SetTimer("again", ms)
				}
			},
			timeout: func(env *protocol.Env, _ protocol.Timer) {
				buffer[0] = 'b'
				env.Append(buffer)
			},
		}
	}}
	l := p.run(t)
	l.until(2 * ms)
	for i := range 2 {
		l.cluster.Begin(i, crash("", "r1"))
		l.cluster.End(i)
		l.until(l.cluster.Now() + ms)
	}
	if got, want := l.facts(), []string{"r1@0s boot 0 log ", "r1@2ms boot 1 log a,b", "r1@3ms boot 2 log a,b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
