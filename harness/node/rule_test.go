package node

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sunder/harness/protocol"
)

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) {
			env.SetTimer("cancelled", time.Second)
			env.SetTimer("second", 3*time.Second)
			env.SetTimer("moved", time.Second)
			env.SetTimer("third", 3*time.Second)
			env.SetTimer("moved", 5*time.Second)
			env.CancelTimer("cancelled")
			env.SetTimer("first", -time.Second)
		}
		s.puppets["r1"].timeout = func(env *protocol.Env, timer protocol.Timer) { say(env, fmt.Sprint(timer, " ", env.Now)) }
		s.open(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		expectSaid(t, s.nodes["r1"], "first 0s", "second 3s", "third 3s", "moved 5s")
	})
}

func TestClockRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		r1 := s.puppets["r1"]
		r1.start = func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", time.Second) }
		r1.timeout = func(env *protocol.Env, timer protocol.Timer) {
			say(env, env.Now.String())
			env.SetTimer("tick", time.Second)
		}
		s.open(nil)
		a, ctx := s.nodes["r1"], t.Context()
		time.Sleep(1500 * time.Millisecond)
		must(t, a.Begin(ctx, Rule{Fault: 1, Kind: Clock, Offset: time.Minute}))
		time.Sleep(time.Second)
		expectCounts(t, a, 1, map[string]int64{"skewed": 1, "jumps": 0, "timers": 0})
		// At twice the rate the half second that is left of a timer takes a quarter, and a second half of one.
		must(t, a.Begin(ctx, Rule{Fault: 2, Kind: Clock, Rate: 2 * one}))
		time.Sleep(time.Second)
		expectCounts(t, a, 2, map[string]int64{"skewed": 2, "jumps": 0, "timers": 3})
		// The clock is set right; half of the second that the timer had left at twice the rate is left.
		time.Sleep(time.Second)
		expectSaid(t, a, "1s", "1m2s", "3s", "4s", "4s")
		// It goes forth and back every 750 ms.
		must(t, a.Begin(ctx, Rule{Fault: 3, Kind: Clock, Offset: time.Hour, Strobe: 750 * time.Millisecond}))
		time.Sleep(3 * time.Second)
		expectCounts(t, a, 3, map[string]int64{"skewed": 2, "jumps": 1, "timers": 0})
		expectSaid(t, a, "1s", "1m2s", "3s", "4s", "4s", "1h0m5s", "1h0m6s", "7s")
	})
}

func TestRulesOnMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["c1"].request = func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
			env.Send("r1", note{op.F})
			env.Send("r2", note{op.F})
			env.Send("r2", other{})
			env.Send("c1", note{op.F}) // no rule touches what does not leave
		}
		hear := func(env *protocol.Env, from protocol.NodeID, m protocol.Message) { say(env, fmt.Sprint(m)) }
		for _, p := range s.puppets {
			p.receive = hear
		}
		s.open(nil)
		c1, ctx := s.nodes["c1"], t.Context()
		must(t, c1.Begin(ctx, Rule{Fault: 1, Kind: Hold, Message: "NOTE", To: []protocol.NodeID{"r2"}}))
		must(t, c1.Begin(ctx, Rule{Fault: 2, Kind: Hold, Message: "NOTE"}))
		must(t, c1.Begin(ctx, Rule{Fault: 3, Kind: Drop, Message: "OTHER", Count: 1}))
		must(t, c1.Invoke(1, protocol.Op{F: "a"}))
		must(t, c1.Invoke(2, protocol.Op{F: "b"}))
		settle()
		expectSaid(t, s.nodes["r1"])
		expectSaid(t, s.nodes["r2"], "{}")
		expectSaid(t, c1, "{a}", "{b}")
		expectCounts(t, c1, 1, map[string]int64{"held": 2}) // which the other hold keeps on
		settle()
		expectSaid(t, s.nodes["r2"], "{}")
		expectCounts(t, c1, 2, map[string]int64{"held": 4})
		expectCounts(t, c1, 3, map[string]int64{"dropped": 1})
		settle()
		expectSaid(t, s.nodes["r1"], "{a}", "{b}")
		expectSaid(t, s.nodes["r2"], "{}", "{a}", "{b}")
		must(t, c1.Begin(ctx, Rule{Fault: 4, Kind: Drop, Message: "NOTE"}))
		must(t, c1.Invoke(3, protocol.Op{F: "c"}))
		if h, err := c1.Halt(ctx, Halt{}); err != nil || h.Counts[4]["dropped"] != 2 {
			t.Errorf("what a rule did before the machine was halted: %+v, %v", h, err)
		}
	})
}

func TestRulesThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		rule Rule
		want string
	}{
		{Rule{Kind: "shake"}, `there is no kind of rule "shake"`},
		{Rule{Kind: Clock}, "needs an offset or a rate"},
		{Rule{Kind: Clock, Rate: 2 * one, Message: "NOTE"}, "a field of another kind"},
		{Rule{Kind: Hold, Count: 1}, "a field of another kind"},
		{Rule{Kind: Drop, Offset: 1}, "a field of another kind"},
		{Rule{Kind: Drop, Count: -1}, "a field below 0"},
		{Rule{Kind: Clock, Rate: 2 * one, Strobe: 1}, "needs an offset"},
		{Rule{Kind: Watch}, "needs to know from whom"},
		{Rule{Kind: Watch, From: []protocol.NodeID{"r1"}, Message: "NOTE"}, "a field of another kind"},
		{Rule{Kind: Hold, From: []protocol.NodeID{"r1"}}, "a field of another kind"},
	} {
		if _, err := newRule(test.rule, 0); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %s", test.rule, err, test.want)
		}
	}
}

// TestRulesBeforeTheStart begins rules in a process whose machine is not started.
func TestRulesBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		chatter(s)
		tick := s.puppets["r1"].timeout
		s.puppets["r1"].timeout = func(env *protocol.Env, timer protocol.Timer) {
			say(env, env.Now.String())
			tick(env, timer)
		}
		r1, ctx := s.nodes["r1"], t.Context()
		for _, id := range []protocol.NodeID{"r1", "r2", "c1"} {
			_, err := s.nodes[id].Configure(ctx, s.configuration(id))
			must(t, err)
		}
		must(t, r1.Begin(ctx, Rule{Fault: 1, Kind: Hold}))
		must(t, r1.Begin(ctx, Rule{Fault: 2, Kind: Clock, Rate: 2 * one, Offset: time.Hour}))
		time.Sleep(time.Second)
		s.begin("r2", 0)
		s.begin("r1", time.Minute)
		time.Sleep(125 * time.Millisecond)
		synctest.Wait()
		expectSaid(t, r1, "1h1m0.1s", "1h1m0.2s")
		expectSaid(t, s.nodes["r2"])
		expectCounts(t, r1, 2, map[string]int64{"skewed": 3, "jumps": 0, "timers": 3})
		expectCounts(t, r1, 1, map[string]int64{"held": 2})
		settle()
		expectSaid(t, s.nodes["r2"], "1", "2")
	})
}
