package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
)

func TestSyncHoldsBackWhatIsRecordedAfterIt(t *testing.T) {
	p := plan{replicas: 2, clients: 1, disk: diskOf(10 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"c1": func() *puppet {
			return &puppet{
				request: func(env *protocol.Env, id protocol.RequestID, _ protocol.Op) {
					env.Mark("before")
					env.Send("r2", note{N: 1})
					env.Sync()
					env.Mark("after")
					env.Send("r2", note{N: 2})
					env.SetTimer("next", 4*ms)
					env.Reply(id, protocol.Reply{Outcome: protocol.OK})
				},
				timeout: func(env *protocol.Env, _ protocol.Timer) {
					env.Mark("a later call")
					env.Sync()
					env.Send("r2", note{N: 3})
				},
			}
		},
		"r2": teller,
	})}
	l := p.run(t)
	l.cluster.Invoke("c1", 1, protocol.Op{F: "go"})
	l.until(30 * ms)
	want := []string{"c1@0s before", "r2@0s 1", "c1@10ms after", "c1@10ms a later call", "r2@10ms 2", "r2@14ms 3"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if c := l.completions(); len(c) != 1 || c[0].Time != 10*ms {
		t.Errorf("completions %v", c)
	}
}

func TestSyncsOfOneNodeEndInOrder(t *testing.T) {
	const syncs = 200
	var ends []string // of the syncs, by the trace
	trace := func(e sim.Entry) {
		if e.Kind == "sync" {
			ends = append(ends, strings.TrimPrefix(e.Text, "until "))
		}
	}
	p := plan{disk: cluster.Disk{Sync: nemesis.Range{Min: ms, Max: 10 * ms}}, seed: 5, options: sim.Options{Trace: trace}, node: func(protocol.NodeID) *puppet {
		n := 0
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", ms) },
			timeout: func(env *protocol.Env, tick protocol.Timer) {
				n++
				env.Sync()
				env.Mark(fmt.Sprintf("%d at %v", n, env.Now))
				if n < syncs {
					env.SetTimer(tick, ms)
				}
			},
		}
	}}
	l := p.run(t)
	l.until(time.Second)
	var late int
	told := 0
	for _, notice := range l.notices {
		f := notice.(cluster.FactNoted)
		told++
		if want := fmt.Sprintf("%d at %v", told, time.Duration(told)*ms); f.Fact.(protocol.Mark).Name != want {
			t.Fatalf("fact %d is %v, want %s", told, f.Fact, want)
		}
		if ends[told-1] != f.Time.String() {
			t.Errorf("%s was told at %v, its sync ended at %s", f.Fact, f.Time, ends[told-1])
		}
		if f.Time > time.Duration(told+2)*ms {
			late++
		}
	}
	if told != syncs || late < syncs/2 {
		t.Errorf("%d of %d facts were told, %d of them late", told, syncs, late)
	}
}

func TestInstantSyncHoldsNothingBack(t *testing.T) {
	p := plan{node: func(protocol.NodeID) *puppet {
		return &puppet{start: func(env *protocol.Env, _ protocol.Saved) {
			env.Mark("one")
			env.Sync()
			env.Mark("two")
		}}
	}}
	l := p.run(t)
	l.until(0)
	if got, want := l.facts(), []string{"r1@0s one", "r1@0s two"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := l.cluster.Stats().Events; n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestCrashInsideASync crashes a node between the beginning and the end of a sync: nothing that waited leaves, and what
// the sync would have covered may be lost.
func TestCrashInsideASync(t *testing.T) {
	kept := map[string]bool{}
	for seed := range uint64(40) {
		p := plan{disk: diskOf(10 * ms), seed: seed, node: writer(func(env *protocol.Env) {
			env.Append([]byte("a"))
			env.Sync()
			env.Mark("a is safe")
			env.SetTimer("idle", 15*ms)
			env.Append([]byte("b"))
			env.Sync()
			env.Mark("b is safe")
			env.Append([]byte("c"))
		})}
		l := p.run(t)
		l.until(9 * ms)
		l.cluster.Begin(0, crash(nemesis.LoseUnsynced, "r1"))
		l.cluster.End(0)
		l.until(50 * ms)
		facts := l.facts()
		if len(facts) != 2 {
			t.Fatalf("seed %d: got %v", seed, facts)
		}
		kept[facts[1]] = true
	}
	want := []string{
		"r1@9ms boot 1 log ", "r1@9ms boot 1 log  damaged", "r1@9ms boot 1 log a", "r1@9ms boot 1 log a damaged", "r1@9ms boot 1 log a,b",
	}
	if len(kept) != len(want) {
		t.Errorf("found %v, want %q", kept, want)
	}
	for _, w := range want {
		if !kept[w] {
			t.Errorf("no seed shows %q", w)
		}
	}
}

// TestInstantSyncWaitsForTheOneBeforeIt draws syncs of 0 and 1 ns: one that takes no time covers nothing before the one
// under way has ended.
func TestInstantSyncWaitsForTheOneBeforeIt(t *testing.T) {
	early := 0
	for seed := range uint64(60) {
		p := plan{disk: cluster.Disk{Sync: nemesis.Range{Min: 0, Max: 1}}, seed: seed, node: writer(func(env *protocol.Env) {
			env.Append([]byte("a"))
			env.Sync()
			env.Mark("a is safe")
			env.Append([]byte("b"))
			env.Sync()
			env.Mark("b is safe")
		})}
		l := p.run(t)
		l.cluster.Begin(0, crash(nemesis.LoseUnsynced, "r1"))
		l.cluster.End(0)
		l.until(0)
		told, lost := len(l.facts())-2, l.evidence(0)["records_lost"]
		if told+int(lost) > 2 || told == 0 && lost == 0 {
			t.Errorf("seed %d: %d records are told to be safe, %d are lost", seed, told, lost)
		}
		if told == 0 {
			early++
		}
	}
	if early == 0 {
		t.Error("no seed crashes inside the first sync")
	}
}

// TestSyncOfADeadProcessFreesNothing lets a sync of the first process end while the second has one under way.
func TestSyncOfADeadProcessFreesNothing(t *testing.T) {
	p := plan{disk: diskOf(10 * ms), node: func(protocol.NodeID) *puppet {
		return &puppet{start: func(env *protocol.Env, _ protocol.Saved) {
			env.Sync()
			env.Mark("synced")
		}}
	}}
	l := p.run(t)
	l.until(5 * ms)
	l.cluster.Begin(0, crash("", "r1"))
	l.cluster.End(0)
	l.until(30 * ms)
	if got, want := l.facts(), []string{"r1@15ms synced"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestASyncCoversWhatWasWrittenBeforeIt crashes a node after its sync: what was appended later is not covered.
func TestASyncCoversWhatWasWrittenBeforeIt(t *testing.T) {
	p := plan{disk: diskOf(10 * ms), node: writer(func(env *protocol.Env) {
		env.Append([]byte("a"))
		env.Sync()
		env.Append([]byte("b"))
	})}
	l := p.run(t)
	l.until(11 * ms)
	l.cluster.Begin(0, crash(nemesis.LoseUnsynced, "r1"))
	l.cluster.End(0)
	l.until(12 * ms)
	if got := l.facts()[1]; got != "r1@11ms boot 1 log a" {
		t.Errorf("got %q", got)
	}
}

// TestDiskGoesOnWhileItsNodeIsPaused ends a sync during a pause: the records are safe, what waited for them leaves at
// the end of the pause.
func TestDiskGoesOnWhileItsNodeIsPaused(t *testing.T) {
	work := func(env *protocol.Env) {
		env.Append([]byte("a"))
		env.Sync()
		env.Mark("synced")
	}
	l := plan{disk: diskOf(10 * ms), node: writer(work)}.run(t)
	l.cluster.Begin(0, pause("r1"))
	l.until(20 * ms)
	l.cluster.End(0)
	l.until(20 * ms)
	if got, want := l.facts()[1], "r1@20ms synced"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	l = plan{disk: diskOf(10 * ms), node: writer(work)}.run(t)
	l.cluster.Begin(0, pause("r1"))
	l.until(20 * ms)
	l.cluster.Begin(1, crash(nemesis.LoseUnsynced, "r1"))
	l.cluster.End(1)
	l.cluster.End(0)
	l.until(20 * ms)
	if got, want := l.facts()[1], "r1@20ms boot 1 log a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
