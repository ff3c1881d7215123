package sim_test

import (
	"slices"
	"testing"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// watch tells what its clock shows every time.
func watch(every time.Duration) func(protocol.NodeID) *puppet {
	return func(protocol.NodeID) *puppet {
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", every) },
			timeout: func(env *protocol.Env, t protocol.Timer) {
				env.Mark(env.Now.String())
				env.SetTimer(t, every)
			},
		}
	}
}

func skewed(f nemesis.Fault) nemesis.Fault {
	f.Kind, f.Target = nemesis.ClockSkew, nemesis.Target{Nodes: ids{"r1"}}
	return f
}

func TestStrobeJumpsToAndFro(t *testing.T) {
	l := plan{node: watch(10 * ms)}.run(t)
	l.until(15 * ms)
	l.cluster.Begin(0, skewed(nemesis.Fault{Offset: time.Second, Strobe: 12 * ms}))
	l.until(55 * ms)
	l.cluster.End(0)
	l.until(60 * ms)
	// Away from 15 ms on, right from 27 ms on, away from 39 ms on, right from 51 ms on.
	want := []string{"r1@10ms 10ms", "r1@20ms 1.02s", "r1@30ms 30ms", "r1@40ms 1.04s", "r1@50ms 1.05s", "r1@60ms 60ms"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(0); e["skewed"] != 3 || e["jumps"] != 2 || e["timers"] != 0 {
		t.Errorf("evidence %v", e)
	}
}

func TestRateMovesTheClockAndItsTimers(t *testing.T) {
	l := plan{node: watch(10 * ms)}.run(t)
	l.until(14 * ms)
	l.cluster.Begin(0, skewed(nemesis.Fault{Rate: 2 * prng.One}))
	l.until(25 * ms)
	l.cluster.Begin(1, skewed(nemesis.Fault{Rate: prng.One / 4}))
	l.until(49 * ms)
	l.cluster.End(0)
	l.until(65 * ms)
	l.cluster.End(1)
	l.until(80 * ms)
	// Twice as fast from 14 ms on: the timer that has 6 ms left has 3 ms. Half as fast as it should from 25 ms on: at 25 ms
	// the clock shows 36 ms, and the timer that was to run out at 27 ms does 4 / 0.5 = 8 ms later. A quarter as fast from
	// 49 ms on: the clock shows 48 ms, and the 2 ms that are left take 8 ms. At 65 ms 8 ms are left, and the clock is set
	// right, which timers do not mind.
	want := []string{"r1@10ms 10ms", "r1@17ms 20ms", "r1@22ms 30ms", "r1@33ms 40ms", "r1@57ms 50ms", "r1@73ms 73ms"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a, b := l.evidence(0), l.evidence(1); a["timers"] != 5 || b["timers"] != 4 || a["skewed"] != 3 || b["skewed"] != 2 {
		t.Errorf("evidence %v and %v", a, b)
	}
}

func TestRateOutlivesTheProcessAndTimersDoNot(t *testing.T) {
	l := plan{node: watch(10 * ms)}.run(t)
	l.cluster.Begin(0, skewed(nemesis.Fault{Rate: prng.One / 2, Offset: time.Second}))
	l.until(10 * ms)
	l.cluster.Begin(1, crash("", "r1"))
	l.until(30 * ms)
	l.cluster.End(1)
	l.until(60 * ms)
	l.cluster.End(0)
	l.until(80 * ms)
	// Started again at 30 ms, its timer takes 20 ms; the next has 5 ms left when the clock is right again.
	if got, want := l.facts(), []string{"r1@50ms 1.025s", "r1@65ms 65ms", "r1@75ms 75ms"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestTimerThatRanOutBeforeARateStaysSo pauses a node whose timer is due, and makes its clock slow.
func TestTimerThatRanOutBeforeARateStaysSo(t *testing.T) {
	l := plan{node: watch(10 * ms)}.run(t)
	l.cluster.Begin(0, pause("r1"))
	l.until(15 * ms)
	l.cluster.Begin(1, skewed(nemesis.Fault{Rate: prng.One / 10}))
	l.until(20 * ms)
	l.cluster.End(0)
	l.until(25 * ms)
	if got, want := l.facts(), []string{"r1@20ms 15.5ms"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestTimersThatNeverRunOutDoNotOverflow sets a timer for the longest time there is on a slow clock.
func TestTimersThatNeverRunOutDoNotOverflow(t *testing.T) {
	l := plan{node: watch(1<<63 - 1 - 10*ms)}.run(t)
	l.until(5 * ms)
	l.cluster.Begin(0, skewed(nemesis.Fault{Rate: prng.One / 10}))
	l.until(time.Hour)
	l.cluster.End(0)
	l.until(2 * time.Hour)
	if got := l.facts(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}
