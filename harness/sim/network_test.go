package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
)

// stream runs r1 sending numbered notes to r2, one a millisecond, until the time, and waits until all have arrived. It
// returns the numbers in the order of arrival. Faults are in force all the time.
func stream(t *testing.T, w cluster.Weather, seed uint64, last int, faults ...nemesis.Fault) ([]int, *lab) {
	t.Helper()
	var got []int
	p := plan{replicas: 2, weather: w, seed: seed, node: on(map[protocol.NodeID]func() *puppet{
		"r1": func() *puppet {
			n := 0
			return &puppet{
				start: func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", ms) },
				timeout: func(env *protocol.Env, tick protocol.Timer) {
					n++
					env.Send("r2", note{N: n})
					if n < last {
						env.SetTimer(tick, ms)
					}
				},
			}
		},
		"r2": func() *puppet {
			return &puppet{receive: func(_ *protocol.Env, _ protocol.NodeID, m protocol.Message) { got = append(got, m.(note).N) }}
		},
	})}
	l := p.run(t)
	for i, f := range faults {
		l.cluster.Begin(i, f)
	}
	l.until(time.Duration(last)*ms + time.Minute)
	for i := range faults {
		l.cluster.End(i)
	}
	l.until(l.cluster.Now() + time.Minute)
	return got, l
}

var changeable = cluster.Weather{Latency: nemesis.Range{Min: ms, Max: 20 * ms}}

func numbers(last int) []int {
	out := make([]int, last)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// overtaken counts the numbers that arrive after a higher one.
func overtaken(got []int) (n int64) {
	highest := 0
	for _, g := range got {
		if g < highest {
			n++
		}
		highest = max(highest, g)
	}
	return n
}

func TestMessagesOnOneLinkKeepTheirOrder(t *testing.T) {
	for seed := range uint64(20) {
		got, _ := stream(t, changeable, seed, 200)
		if !slices.Equal(got, numbers(200)) {
			t.Fatalf("seed %d: arrived as %v", seed, got)
		}
	}
}

func TestLatencyIsDrawnFromItsRange(t *testing.T) {
	seen := map[time.Duration]bool{}
	p := plan{replicas: 2, weather: changeable, node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(100*ms, "r2"),
		"r2": func() *puppet {
			return &puppet{receive: func(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
				latency := env.Now - time.Duration(m.(note).N)*100*ms
				if latency < ms || latency > 20*ms {
					t.Errorf("a latency of %v", latency)
				}
				seen[latency.Truncate(ms)] = true
			}}
		},
	})}
	p.run(t).until(100 * time.Second)
	if len(seen) < 19 {
		t.Errorf("of 19 milliseconds of latency only these were drawn: %v", seen)
	}
}

func TestWeatherReordersSomeMessages(t *testing.T) {
	w := changeable
	w.Reorder = 200_000
	got, _ := stream(t, w, 1, 1000)
	if n := overtaken(got); n < 50 || n > 500 {
		t.Errorf("%d of 1000 messages were overtaken", n)
	}
	slices.Sort(got)
	if !slices.Equal(got, numbers(1000)) {
		t.Errorf("reordering lost or doubled messages: %d arrived", len(got))
	}
}

func TestReorderFaultCountsWhatWasOvertaken(t *testing.T) {
	got, l := stream(t, constant(5*ms), 1, 1000, nemesis.Fault{Kind: nemesis.Reorder, Chance: 100_000})
	n := overtaken(got)
	if n < 50 || n > 150 {
		t.Errorf("%d of 1000 messages were overtaken at a chance of a tenth", n)
	}
	if e := l.evidence(0); e["reordered"] != n {
		t.Errorf("evidence %v, %d were overtaken", e, n)
	}
}

// TestACopyIsNotOvertakenByItsTwin doubles every message: a copy that comes late is overtaken by later messages only.
func TestACopyIsNotOvertakenByItsTwin(t *testing.T) {
	w := constant(5 * ms)
	w.Duplicate = prng.One
	got, l := stream(t, w, 1, 300, nemesis.Fault{Kind: nemesis.Reorder, Chance: 300_000})
	if n, e := overtaken(got), l.evidence(0); n == 0 || e["reordered"] != n {
		t.Errorf("evidence %v, %d were overtaken", e, n)
	}
}

func TestReorderFaultClaimsNothingThatTheWeatherDid(t *testing.T) {
	w := constant(5 * ms)
	w.Reorder = prng.One / 2
	got, l := stream(t, w, 1, 1000, nemesis.Fault{Kind: nemesis.Reorder, Chance: 0})
	if overtaken(got) == 0 || l.evidence(0)["reordered"] != 0 {
		t.Errorf("%d were overtaken by the weather, the fault claims %v", overtaken(got), l.evidence(0))
	}
}

func TestLossIsAsLikelyAsItsChance(t *testing.T) {
	w := changeable
	w.Loss = 100_000
	got, _ := stream(t, w, 7, 10_000)
	// 9000 expected, with a standard deviation of 30.
	if len(got) < 8850 || len(got) > 9150 || !slices.IsSorted(got) {
		t.Errorf("%d of 10000 messages arrived at a loss of a tenth", len(got))
	}
	again, _ := stream(t, w, 7, 10_000)
	if !slices.Equal(got, again) {
		t.Error("the same seed lost other messages")
	}
	elsewhere, _ := stream(t, w, 8, 10_000)
	if slices.Equal(got, elsewhere) {
		t.Error("another seed lost the same messages")
	}
}

func TestLossFaultCountsWhatItDropped(t *testing.T) {
	got, l := stream(t, changeable, 7, 2000, nemesis.Fault{Kind: nemesis.Loss, Chance: 250_000})
	if e := l.evidence(0); e["dropped"] != int64(2000-len(got)) || e["dropped"] < 400 || e["dropped"] > 600 {
		t.Errorf("evidence %v, %d of 2000 arrived", e, len(got))
	}
}

func TestDuplicates(t *testing.T) {
	w := changeable
	w.Duplicate = 50_000
	got, l := stream(t, w, 3, 2000, nemesis.Fault{Kind: nemesis.Duplicate, Chance: 200_000})
	times := map[int]int{}
	for _, g := range got {
		times[g]++
	}
	for n := 1; n <= 2000; n++ {
		if times[n] < 1 || times[n] > 3 {
			t.Errorf("message %d arrived %d times", n, times[n])
		}
	}
	byFault := l.evidence(0)["duplicated"]
	byWeather := int64(len(got)-2000) - byFault
	if byFault < 340 || byFault > 460 || byWeather < 60 || byWeather > 140 {
		t.Errorf("of 2000 messages a fifth and a twentieth should be doubled: by the fault %d, by the weather %d", byFault, byWeather)
	}
	if !slices.IsSorted(got) {
		t.Error("copies do not keep the order of their link")
	}
}

func TestDelayAddsToTheLatency(t *testing.T) {
	p := plan{replicas: 3, weather: constant(5 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(100*ms, "r2", "r3"), "r2": teller, "r3": teller,
	})}
	l := p.run(t)
	l.until(150 * ms)
	l.cluster.Begin(0, nemesis.Fault{
		Kind: nemesis.Delay, Links: []nemesis.Link{{From: "r1", To: "r2"}}, Latency: nemesis.Range{Min: 20 * ms, Max: 20 * ms},
	})
	l.until(250 * ms)
	l.cluster.End(0)
	l.until(350 * ms)
	want := []string{"r2@105ms 1", "r3@105ms 1", "r3@205ms 2", "r2@225ms 2", "r2@305ms 3", "r3@305ms 3"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e := l.evidence(0); e["delayed"] != 1 {
		t.Errorf("evidence %v", e)
	}
}

func TestFaultsOnTheLinksOfTargets(t *testing.T) {
	p := plan{replicas: 3, node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "r2", "r3"), "r2": teller, "r3": ticker(10*ms, "r2"),
	})}
	l := p.run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Loss, Target: nemesis.Target{Nodes: []protocol.NodeID{"r3"}}, Chance: 1_000_000})
	l.until(15 * ms)
	l.cluster.End(0)
	if got := l.facts(); !slices.Equal(got, []string{"r2@10ms 1"}) {
		t.Errorf("r3 is to be cut off, got %v", got)
	}
	l.until(15 * ms)
	if e := l.evidence(0); e["dropped"] != 2 {
		t.Errorf("evidence %v, want the message to r3 and the one from it", e)
	}
}

func TestOwnMessagesNeverMeetTheNetwork(t *testing.T) {
	w := cluster.Weather{Latency: nemesis.Range{Min: ms, Max: ms}, Loss: 1_000_000}
	p := plan{weather: w, node: func(protocol.NodeID) *puppet {
		return &puppet{
			start:   func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("go", 10*ms) },
			timeout: func(env *protocol.Env, _ protocol.Timer) { env.Send(env.Self, note{N: 1}); env.Mark("sent") },
			receive: func(env *protocol.Env, from protocol.NodeID, _ protocol.Message) { env.Mark("from " + string(from)) },
		}
	}}
	l := p.run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Hold})
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Drop})
	l.until(20 * ms)
	if got, want := l.facts(), []string{"r1@10ms sent", "r1@10ms from r1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMessageToNobodyIsAnError(t *testing.T) {
	p := plan{node: func(protocol.NodeID) *puppet {
		return &puppet{start: func(env *protocol.Env, _ protocol.Saved) { env.Send("r9", note{}) }}
	}}
	err := p.run(t).untilError(ms)
	if err == nil || !strings.Contains(err.Error(), `r1 sends NOTE to "r9"`) {
		t.Errorf("got %v", err)
	}
}

// mute is a message that loses its contents as JSON.
type mute struct{ hidden int }

func (mute) Name() string { return "MUTE" }

func TestEncodedMessagesMustSurvive(t *testing.T) {
	for _, c := range []struct {
		m    protocol.Message
		want string
	}{
		{mute{hidden: 3}, `r1 sends a MUTE that does not survive its journey as JSON: {"name":"MUTE","body":{}}`},
		{ball{}, "message BALL is not listed"},
	} {
		p := plan{replicas: 2, options: sim.Options{Encode: true}, node: on(map[protocol.NodeID]func() *puppet{"r1": func() *puppet {
			return &puppet{start: func(env *protocol.Env, _ protocol.Saved) { env.Send("r2", c.m) }}
		}})}
		spec := p.spec()
		spec.System.Messages = []protocol.Message{mute{}}
		running, err := sim.New(p.options).Start(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		l := &lab{t: t, cluster: running}
		if err := l.untilError(ms); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestMessageToRestartedNodeIsDelivered(t *testing.T) {
	p := plan{replicas: 2, weather: constant(10 * ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "r2"), "r2": teller,
	})}
	l := p.run(t)
	crash := nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r2"}}}
	l.until(11 * ms)
	l.cluster.Begin(0, crash)
	l.until(15 * ms)
	l.cluster.End(0)
	l.until(21 * ms)
	l.cluster.Begin(1, crash)
	l.until(31 * ms)
	l.cluster.End(1)
	l.until(41 * ms)
	// The second message arrives while r2 is down; the first was sent to the first process and reaches the second.
	want := []string{"r2@20ms 1", "r2@40ms 3"}
	if got := l.facts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWhatIsOvertakenAfterTheEndCounts lets one message off the order, whose fault is over before the next one is sent.
func TestWhatIsOvertakenAfterTheEndCounts(t *testing.T) {
	late := 0
	for seed := range uint64(20) {
		l := plan{replicas: 2, seed: seed, weather: constant(10 * ms), node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}.run(t)
		l.until(5 * ms)
		l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Reorder, Chance: prng.One})
		l.until(15 * ms)
		l.cluster.End(0)
		l.until(100 * ms)
		var arrived, ended time.Duration
		overtaken := false
		for _, n := range l.notices {
			switch n := n.(type) {
			case cluster.FactNoted:
				text := n.Fact.(protocol.Mark).Name
				overtaken = overtaken || arrived == 0 && text == "2"
				if text == "1" {
					arrived = n.Time
				}
			case cluster.FaultEnded:
				ended = n.Time
			}
		}
		if ended != arrived {
			t.Errorf("seed %d: the fault is over at %v, when its message arrived at %v", seed, ended, arrived)
		}
		if got := l.evidence(0)["reordered"]; (got == 1) != overtaken || got > 1 {
			t.Errorf("seed %d: reordered is %d, and that the message was overtaken is %t", seed, got, overtaken)
		}
		if overtaken {
			late++
		}
	}
	if late < 5 {
		t.Errorf("only %d of 20 messages were overtaken", late)
	}
}

// TestAReorderingDoesNotWaitForEver has a message that takes longer than anybody waits for it.
func TestAReorderingDoesNotWaitForEver(t *testing.T) {
	l := plan{replicas: 2, weather: constant(time.Minute), node: on(map[protocol.NodeID]func() *puppet{"r1": ticker(10*ms, "r2"), "r2": teller})}.run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Reorder, Chance: prng.One})
	l.until(15 * ms)
	l.cluster.End(0)
	l.until(10*time.Second + 15*ms)
	if got := l.evidence(0)["reordered"]; got != 0 {
		t.Errorf("reordered is %d before anything arrived", got)
	}
	l.until(10 * time.Minute)
	ends := 0
	for _, n := range l.notices {
		if _, is := n.(cluster.FaultEnded); is {
			ends++
		}
	}
	if ends != 1 {
		t.Errorf("the fault ended %d times", ends)
	}
}
