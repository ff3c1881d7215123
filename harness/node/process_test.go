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

// settle waits for a time in which all that is under way arrives.
func settle() {
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
}

func expectSaid(t *testing.T, a *actor, want ...string) {
	t.Helper()
	if got := a.said(); !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestMessagesArriveInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		const many = 3000
		s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) {
			for i := range many {
				env.Send("r2", note{fmt.Sprint(i)})
			}
			env.Send("r1", note{"to myself"})
			say(env, "sent")
		}
		s.puppets["r1"].receive = func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
			say(env, string(from)+" "+m.(note).Text)
		}
		next := 0
		s.puppets["r2"].receive = func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
			if from != "r1" || m.(note).Text != fmt.Sprint(next) {
				t.Errorf("message %d is %v from %s", next, m, from)
			}
			next++
		}
		s.open(nil)
		settle()
		expectSaid(t, s.nodes["r1"], "sent", "r1 to myself")
		if next != many {
			t.Errorf("%d messages of %d arrived", next, many)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.nodes["r1"].counted(); got.Sent != many || got.Broken+got.Overflow != 0 {
			t.Errorf("r1 counted %+v", got)
		}
		if got := s.nodes["r2"].counted(); got.Received != many || got.Events != many+1 {
			t.Errorf("r2 counted %+v", got)
		}
	})
}

func TestSyncHoldsBackWhatComesAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) {
			say(env, "before")
			env.Append([]byte("one"))
			env.Sync()
			say(env, "after one")
			env.Send("r1", note{"held"})
			env.SetTimer("early", time.Second)
			env.SetTimer("late", 20*time.Second)
		}
		s.puppets["r1"].timeout = func(env *protocol.Env, timer protocol.Timer) {
			if timer == "early" {
				env.Append([]byte("two"))
				env.Sync()
			}
			say(env, string(timer))
		}
		s.puppets["r1"].receive = func(env *protocol.Env, _ protocol.NodeID, m protocol.Message) { say(env, m.(note).Text) }
		s.open(func(c *Configure) { c.SyncMin, c.SyncMax, c.Dir = 5*time.Second, 5*time.Second, t.TempDir() })
		settle()
		expectSaid(t, s.nodes["r1"], "before")
		time.Sleep(5 * time.Second) // the first sync has ended and the second has not
		synctest.Wait()
		// What is recorded while the second is under way waits for it, even if the machine says it after the first.
		expectSaid(t, s.nodes["r1"], "before", "after one")
		time.Sleep(time.Second)
		synctest.Wait()
		expectSaid(t, s.nodes["r1"], "before", "after one", "early", "held")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		expectSaid(t, s.nodes["r1"], "before", "after one", "early", "held", "late")
	})
}

func TestNothingIsHeldBackWhereThereIsNothingToSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) {
			env.Append([]byte("one"))
			env.Sync()
			say(env, "at once")
		}
		s.open(nil) // without a disk
		synctest.Wait()
		expectSaid(t, s.nodes["r1"], "at once")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectCounts(t *testing.T, a *actor, fault int, want map[string]int64) {
	t.Helper()
	got, err := a.End(t.Context(), fault)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("fault %d: %v, %v; want %v", fault, got, err, want)
	}
}

// TestMachinesStartTogether starts two nodes one after the other, for the same time to come.
func TestMachinesStartTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		for id, a := range s.nodes {
			start := func(env *protocol.Env, _ protocol.Saved) {
				say(env, fmt.Sprint("starts at ", env.Now))
				env.SetTimer("tick", time.Second)
			}
			s.puppets[id].start = start
			s.puppets[id].timeout = func(env *protocol.Env, _ protocol.Timer) { say(env, env.Now.String()) }
			s.puppets[id].request = func(env *protocol.Env, _ protocol.RequestID, op protocol.Op) { say(env, op.F) }
			_, err := a.Configure(t.Context(), s.configuration(id))
			must(t, err)
		}
		r1, r2, c1 := s.nodes["r1"], s.nodes["r2"], s.nodes["c1"]
		must(t, r1.Begin(t.Context(), Rule{Kind: Clock, Rate: one / 2}))
		s.begin("r1", -500*time.Millisecond)
		if state, err := r1.State(t.Context()); err != nil || string(state) != "null" {
			t.Errorf("before it starts r1 shows %s, %v", state, err)
		}
		time.Sleep(200 * time.Millisecond)
		s.begin("r2", -300*time.Millisecond)
		s.begin("c1", -300*time.Millisecond)
		time.Sleep(299 * time.Millisecond)
		must(t, c1.Invoke(1, protocol.Op{F: "read"})) // a little early
		synctest.Wait()
		expectSaid(t, r1)
		expectSaid(t, r2)
		expectSaid(t, c1, "starts at 0s", "read")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		expectSaid(t, r1, "starts at 0s")
		expectSaid(t, r2, "starts at 0s")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		expectSaid(t, r1, "starts at 0s", "1s")
		expectSaid(t, r2, "starts at 0s", "1s")
		expectSaid(t, c1, "starts at 0s", "read", "1s")
	})
}

func TestRequestsAreAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["c1"].request = func(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
			env.Reply(id, protocol.Reply{Outcome: protocol.OK, Value: op.Value})
			env.Reply(id, protocol.Reply{Outcome: protocol.Fail})
			env.Reply(id+100, protocol.Reply{Outcome: protocol.Info})
		}
		s.open(nil)
		must(t, s.nodes["c1"].Invoke(41, protocol.Op{F: "read", Value: protocol.Int(3)}))
		must(t, s.nodes["c1"].Invoke(42, protocol.Op{F: "read", Value: protocol.Int(4)}))
		settle()
		got := s.nodes["c1"].heard.all()
		want := []Event{
			Completed{Call: 41, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(3)}},
			Completed{Call: 42, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(4)}},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("heard %v, want %v", got, want)
		}
		state, err := s.nodes["c1"].State(t.Context())
		if err != nil || string(state) != `{"a":"puppet"}` {
			t.Errorf("State: %s, %v", state, err)
		}
	})
}

// TestNodesThatEndByThemselves tells each what it does in its start, or to whom it is asked to do something.
func TestNodesThatEndByThemselves(t *testing.T) {
	for _, test := range []struct {
		name   string
		start  func(*protocol.Env)
		during func(*stage)
		want   string
	}{
		{name: "a panic", start: func(*protocol.Env) { panic("lost my strings") }, want: "panic: lost my strings"},
		{name: "a message to nobody", start: func(env *protocol.Env) { env.Send("r9", note{}) }, want: `the machine sends NOTE to "r9", which is no node`},
		{name: "an unlisted message", start: func(env *protocol.Env) { env.Send("r2", unlisted{}) }, want: "message UNLISTED is not listed"},
		{name: "an unlisted fact", start: func(env *protocol.Env) { env.Note(protocol.Own{Name: "puppets/done", Fields: 1}) }, want: "fact puppets/done is not listed"},
		{name: "a storm", start: func(env *protocol.Env) { env.Send("r1", note{}) }, want: "a storm: the machine has sent itself 100000 messages"},
		{name: "a call to a replica", during: func(s *stage) { must(s.t, s.nodes["r1"].Invoke(1, protocol.Op{})) }, want: "a call to r1, which is no front end"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			defer s.close()
			s.puppets["r1"].start = func(env *protocol.Env, _ protocol.Saved) {
				if test.start != nil {
					test.start(env)
				}
			}
			s.puppets["r1"].receive = func(env *protocol.Env, from protocol.NodeID, m protocol.Message) { env.Send("r1", m) }
			for id, a := range s.nodes {
				_, err := a.Configure(t.Context(), s.configuration(id))
				must(t, err)
			}
			peers := map[protocol.NodeID]string{"r1": "r1", "r2": "r2", "c1": "c1"}
			_ = s.nodes["r1"].Start(t.Context(), Start{Peers: peers}) // it may end before it answers
			if test.during != nil {
				test.during(s)
			}
			settle()
			events := s.nodes["r1"].heard.all()
			if len(events) == 0 {
				t.Fatalf("%s: nothing was heard", test.name)
			}
			gone, is := events[len(events)-1].(Gone)
			if !is || !strings.Contains(gone.Reason, test.want) {
				t.Errorf("%s: heard %+v, want the reason %s", test.name, events, test.want)
			}
			if err := <-s.nodes["r1"].ended; err == nil || err.Error() != gone.Reason {
				t.Errorf("%s: Run returned %v", test.name, err)
			}
		})
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		for _, test := range []struct {
			change func(*Configure)
			want   string
		}{
			{func(c *Configure) { c.System = "gossip" }, `there is no system "gossip"`},
			{func(c *Configure) { c.Node = "r9" }, `"r9" is neither a replica, nor a spare, nor a client`},
			{func(c *Configure) { c.Lease = time.Second }, "a lease of 1s is shorter than the least, 2s"},
			{func(c *Configure) { c.SyncMin = 2 }, "a sync cannot take from 2ns to 0s"},
			{func(c *Configure) { c.Dir = "puppet_test.go" }, "the disk: mkdir puppet_test.go"},
		} {
			c := s.configuration("r1")
			test.change(&c)
			if _, err := s.nodes["r1"].Configure(t.Context(), c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v: %v, want %s", c, err, test.want)
			}
		}
		r1, r2, ctx := s.nodes["r1"], s.nodes["r2"], t.Context()
		expectError(t, r1.Start(ctx, Start{}), "a process is started once, after it is configured")
		_, err := r1.State(ctx)
		expectError(t, err, "the process is not configured")
		_, err = r1.Configure(ctx, s.configuration("r1"))
		must(t, err)
		_, err = r1.State(ctx)
		expectError(t, err, "the machine is not started")
		taken := s.configuration("r2")
		taken.Listen = "r1"
		_, err = r2.Configure(ctx, taken)
		expectError(t, err, "listening: the address is taken")
		_, err = r1.Configure(ctx, s.configuration("r1"))
		expectError(t, err, "the process is configured already")
		expectError(t, r1.Start(ctx, Start{Peers: map[protocol.NodeID]string{"r2": "r2"}}), "c1 has no address")
		s.begin("r1", 0)
		expectError(t, r1.Start(ctx, Start{}), "a process is started once, after it is configured")
		expectError(t, r1.do(ctx, "nothing", Request{}), "a request that asks for nothing")
	})
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

func TestOldControllerIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		c := s.configuration("r1")
		_, err := s.nodes["r1"].ask(t.Context(), Request{Configure: &c})
		expectError(t, err, "the controller speaks version 0 of the control protocol, and this node 1")
	})
}

func TestNodeEndsWithItsController(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.open(nil)
		must(t, s.nodes["r1"].Close())
		if err := <-s.nodes["r1"].ended; !errors.Is(err, errAlone) {
			t.Errorf("r1 ended with %v", err)
		}
		s.nodes["r2"].end()
		if err := <-s.nodes["r2"].ended; !errors.Is(err, context.Canceled) {
			t.Errorf("r2 ended with %v", err)
		}
	})
}

func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.open(func(c *Configure) { c.Lease = 4 * time.Second })
		time.Sleep(time.Minute) // the controller beats
		synctest.Wait()
		if len(s.nodes["r1"].ended) > 0 {
			t.Fatalf("r1 ended with %v though it heard of its controller", <-s.nodes["r1"].ended)
		}
		// A stream that is open and silent.
		near, far := net.Pipe()
		p := Process{In: far, Out: far, Log: &journal{}, Systems: []System{s.system()}, transport: s.network.transport()}
		ended := make(chan error, 1)
		go func() { ended <- p.Run(t.Context()) }()
		c := s.configuration("r1")
		c.Version, c.Lease, c.Listen = Version, 4*time.Second, "another"
		out := newOutbox()
		must(t, out.put(Request{ID: 1, Configure: &c}))
		out.close()
		must(t, out.pump(near))
		go func() {
			for lines := newLineReader(near); lines.read(&Report{}) == nil; {
				continue
			}
		}()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(ended) > 0 {
			t.Fatalf("it ended before its lease: %v", <-ended)
		}
		time.Sleep(3 * time.Second)
		expectError(t, <-ended, "nothing was heard from the controller for 4s")
		_, _ = near.Close(), far.Close()
	})
}
