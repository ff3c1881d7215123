package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sunder/harness/protocol"
)

// chatter makes r1 send r2 a numbered note every 100 ms.
func chatter(s *stage) {
	n := 0
	r1 := s.puppets["r1"]
	r1.start = func(env *protocol.Env, _ protocol.Saved) { env.SetTimer("tick", 100*time.Millisecond) }
	r1.timeout = func(env *protocol.Env, _ protocol.Timer) {
		n++
		env.Send("r2", note{fmt.Sprint(n)})
		env.SetTimer("tick", 100*time.Millisecond)
	}
	s.puppets["r2"].receive = func(env *protocol.Env, _ protocol.NodeID, m protocol.Message) { say(env, m.(note).Text) }
}

func TestConnectionsAreThereBeforeTheFirstMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.open(nil)
		synctest.Wait()
		for _, id := range []string{"r1", "c1"} {
			if log := s.nodes["r2"].log.String(); !strings.Contains(log, "connected to "+id) {
				t.Errorf("r2 has logged, and is not connected to %s:\n%s", id, log)
			}
		}
	})
}

func TestConnectionIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		chatter(s)
		s.open(nil)
		time.Sleep(1050 * time.Millisecond)
		s.network.breakAll()
		time.Sleep(time.Second)
		synctest.Wait()
		want := make([]string, 20)
		for i := range want {
			want[i] = fmt.Sprint(i + 1)
		}
		expectSaid(t, s.nodes["r2"], want...)
		if log := s.nodes["r1"].log.String(); strings.Count(log, "connected to r2") != 2 || !strings.Contains(log, "the connection to r2 is lost") {
			t.Errorf("r1 has logged:\n%s", log)
		}
	})
}

func TestMessagesToNodesThatAreDownAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		chatter(s)
		s.open(nil)
		time.Sleep(350 * time.Millisecond)
		synctest.Wait()
		r2 := s.nodes["r2"]
		expectSaid(t, r2, "1", "2", "3")
		r2.end()
		if err := <-r2.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("r2 ended with %v", err)
		}
		time.Sleep(time.Second) // 4 ... 13 are lost
		s.launch("r2")
		again := s.nodes["r2"]
		c := s.configuration("r2")
		c.Boot = 1
		if ready, err := again.Configure(t.Context(), c); err != nil || ready.Boot != 1 {
			t.Errorf("configuring r2 again: %+v, %v", ready, err)
		}
		s.begin("r2", 1350*time.Millisecond)
		time.Sleep(time.Second)
		synctest.Wait()
		got := again.said()
		if len(got) < 9 || got[0] != "14" {
			t.Errorf("the second r2 said %q, want 14 ...", got)
		}
		if lost := s.nodes["r1"].counted().Broken; lost < 9 || lost > 10 {
			t.Errorf("r1 has counted %d lost messages, want 10, the last of which may not be reported yet", lost)
		}
	})
}

// TestPartitionThatHeals cuts r2 off without a word: no answer, no refusal. After it heals the way is open at once.
func TestPartitionThatHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		chatter(s)
		s.network.reach("r2", false)
		s.open(nil)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		expectSaid(t, s.nodes["r2"])
		s.network.reach("r2", true)
		time.Sleep(attemptGap + 100*time.Millisecond)
		synctest.Wait()
		said := s.nodes["r2"].said()
		if len(said) == 0 || said[len(said)-1] != "303" {
			t.Errorf("%v after the partition r2 has said %q, want up to 303", attemptGap+100*time.Millisecond, said)
		}
		if !slices.IsSortedFunc(said, func(a, b string) int { return len(a)*1000 - len(b)*1000 + strings.Compare(a, b) }) {
			t.Errorf("r2 has said %q, out of order", said)
		}
	})
}

func TestQueuesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) {
			for range 3 * queueMax {
				env.Send("r2", note{"x"})
			}
		}
		s.network.reach("r2", false)
		s.open(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		got := s.nodes["r1"].counted()
		if got.Sent+got.Overflow != 3*queueMax || got.Sent < queueMax || got.Overflow < queueMax {
			t.Errorf("r1 counted %+v of %d messages", got, 3*queueMax)
		}
	})
}

// knock connects to r1 as a node would, and sends a stream.
func knock(t *testing.T, s *stage, stream []byte) net.Conn {
	t.Helper()
	conn, err := s.network.dial(t.Context(), "r1")
	must(t, err)
	if _, err := conn.Write(stream); err != nil {
		t.Logf("after %d bytes: %v", len(stream), err)
	}
	settle()
	return conn
}

func TestDamagedFramesAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["r1"].receive = func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
			say(env, string(from)+" "+m.(note).Text)
		}
		s.open(nil)
		greeting, err := helloFrame(hello{Version: Version, System: "puppets", Seed: 1, From: "r2", To: "r1"})
		must(t, err)
		frame := func(text string) []byte {
			return framed(t, []byte(`{"name":"NOTE","body":{"text":"`+text+`"}}`))
		}
		damaged := frame("damaged")
		damaged[len(damaged)-5] ^= 1
		lost := frame("lost")
		lost[0] ^= 1
		first := knock(t, s, slices.Concat(greeting, frame("one"), damaged, frame("two"), lost, frame("three")))
		expectSaid(t, s.nodes["r1"], "r2 one", "r2 two")
		second := knock(t, s, slices.Concat(greeting, frame("four")))
		third := knock(t, s, slices.Concat(greeting, frame("five")))
		if _, err := second.Write(frame("six")); err == nil {
			t.Error("a connection is read after the same node has made another")
		}
		expectSaid(t, s.nodes["r1"], "r2 one", "r2 two", "r2 four", "r2 five")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.nodes["r1"].counted(); got.Damaged != 2 || got.Received != 4 {
			t.Errorf("r1 counted %+v, want 2 damaged of 6", got)
		}
		_, _, _ = first.Close(), second.Close(), third.Close()
	})
}

func TestUndecodableMessageEndsTheNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.open(nil)
		greeting, err := helloFrame(hello{Version: Version, System: "puppets", Seed: 1, From: "r2", To: "r1"})
		must(t, err)
		conn := knock(t, s, slices.Concat(greeting, framed(t, []byte(`{"name":"RUMOUR","body":{}}`))))
		expectError(t, <-s.nodes["r1"].ended, `from r2: message "RUMOUR" is not one of the protocol's NOTE, OTHER`)
		must(t, conn.Close())
	})
}

func TestStrangersAreNotHeard(t *testing.T) {
	good := hello{Version: Version, System: "puppets", Seed: 1, From: "r2", To: "r1"}
	message := []byte(`{"name":"NOTE","body":{"text":"x"}}`)
	for _, change := range []func(*hello){
		func(h *hello) { h.Version++ },
		func(h *hello) { h.System = "gossip" },
		func(h *hello) { h.Seed = 2 },
		func(h *hello) { h.From = "r9" },
		func(h *hello) { h.From = "r1" },
		func(h *hello) { h.To = "r2" },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			defer s.close()
			s.puppets["r1"].receive = func(env *protocol.Env, _ protocol.NodeID, _ protocol.Message) { say(env, "heard") }
			s.open(nil)
			h := good
			change(&h)
			greeting, err := helloFrame(h)
			must(t, err)
			conn := knock(t, s, slices.Concat(greeting, framed(t, message)))
			expectSaid(t, s.nodes["r1"])
			if log := s.nodes["r1"].log.String(); !strings.Contains(log, "a stranger") {
				t.Errorf("%+v: r1 has logged:\n%s", h, log)
			}
			_ = conn.Close()
		})
	}
}

// TestSilentStrangerIsLeft connects and says nothing.
func TestSilentStrangerIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.open(nil)
		conn := knock(t, s, nil)
		time.Sleep(helloTime)
		synctest.Wait()
		if _, err := conn.Write([]byte{0}); err == nil {
			t.Error("the connection is still open")
		}
		_ = conn.Close()
	})
}
