package node

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sunder/harness/protocol"
)

// leaver is a puppet that can leave.
type leaver struct {
	*puppet
	leave func(*protocol.Env)
}

func (l *leaver) Leave(env *protocol.Env) { l.leave(env) }

// withSpare tells a node that r3 may come later.
func withSpare(c *Configure) { c.Spares = []protocol.NodeID{"r3"} }

// TestSpareThatJoins starts a third replica when the others have run for a while: messages pass both ways from then on, and
// a rule counts those that came from it.
func TestSpareThatJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", time.Second) }
		s.puppets["r1"].timeout = func(env *protocol.Env, timer protocol.Timer) {
			env.Send("r3", note{"to the spare"})
			env.SetTimer(timer, time.Second)
		}
		s.puppets["r3"] = &puppet{receive: func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
			say(env, fmt.Sprint(m, " from ", from))
			env.Send(from, note{"from the spare"})
		}}
		s.puppets["r1"].receive = func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
			say(env, fmt.Sprint(m, " from ", from))
		}
		s.open(withSpare)
		r1, ctx := s.nodes["r1"], t.Context()
		must(t, r1.Begin(ctx, Rule{Fault: 1, Kind: Watch, From: []protocol.NodeID{"r3"}}))
		must(t, s.nodes["r2"].Begin(ctx, Rule{Fault: 1, Kind: Watch, From: []protocol.NodeID{"r3"}}))
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		expectSaid(t, r1)
		s.launch("r3")
		c := s.configuration("r3")
		withSpare(&c)
		_, err := s.nodes["r3"].Configure(ctx, c)
		must(t, err)
		s.begin("r3", 1500*time.Millisecond)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		expectSaid(t, s.nodes["r3"], "{to the spare} from r1", "{to the spare} from r1")
		expectSaid(t, r1, "{from the spare} from r3", "{from the spare} from r3")
		expectCounts(t, r1, 1, map[string]int64{"answered": 2})
		expectCounts(t, s.nodes["r2"], 1, map[string]int64{"answered": 0})
	})
}

// TestLeaving asks a machine to leave, which says by a fact that it has.
func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.leavers = map[protocol.NodeID]*leaver{"r1": {s.puppets["r1"], func(env *protocol.Env) { env.SetTimer("left", time.Second) }}}
		s.puppets["r1"].timeout = func(env *protocol.Env, _ protocol.Timer) { env.Note(protocol.Left{}) }
		s.open(nil)
		must(t, s.nodes["r1"].Leave(t.Context()))
		left := func() (n int) {
			for _, e := range s.nodes["r1"].heard.all() {
				if f, is := e.(Noted); is && f.Fact == (protocol.Left{}) {
					n++
				}
			}
			return n
		}
		synctest.Wait()
		if n := left(); n != 0 {
			t.Errorf("it had left %d times before it said so", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := left(); n != 1 {
			t.Errorf("it left %d times", n)
		}
		err := s.nodes["r2"].Leave(t.Context())
		if want := "r2 is asked to leave, and its machine is no protocol.Leaver"; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	})
}
