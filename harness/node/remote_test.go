package node

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/protocol"
)

// script plays a node: it answers each request with the reports that answer returns.
func script(t *testing.T, conn net.Conn, answer func(Request) []Report) {
	t.Helper()
	lines := newLineReader(conn)
	for {
		var q Request
		if lines.read(&q) != nil {
			return
		}
		for _, p := range answer(q) {
			text, err := json.Marshal(p)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := conn.Write(append(text, '\n')); err != nil {
				return
			}
		}
	}
}

// ear collects events.
type ear struct {
	mu     sync.Mutex
	events []Event
}

func (e *ear) hear(v Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, v)
}

func (e *ear) all() []Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Event(nil), e.events...)
}

func TestRemoteAsksAndHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		var asked []Request
		go script(t, far, func(q Request) []Report {
			if q.Beat != nil {
				return nil
			}
			asked = append(asked, q)
			switch {
			case q.Configure != nil:
				return []Report{{ID: q.ID, Ready: &Ready{Address: "127.0.0.1:1", Boot: 7}}}
			case q.Invoke != nil:
				return []Report{
					{Fact: json.RawMessage(`{"name":"mark","body":{"name":"met"}}`), At: 1_700_000_000_000_000_001},
					{Call: &Completed{Call: q.Invoke.Call, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(5)}}},
				}
			case q.State != nil:
				return []Report{{Beat: &Beat{Stats: &Stats{Events: 3}}}, {ID: q.ID, State: &State{Shows: json.RawMessage(`[1]`)}}}
			case q.End != nil:
				return []Report{{ID: q.ID, Ended: &Ended{Counts: map[string]int64{"held": 2}}}}
			case q.Halt != nil:
				return []Report{{ID: q.ID, Halted: &Halted{Unsynced: 4}}}
			case q.Begin != nil:
				return []Report{{ID: q.ID, Error: "no such kind"}}
			}
			return []Report{{ID: q.ID, Done: &Done{}}}
		})
		var heard ear
		r := NewRemote(near, protocol.NewFactCodec(nil), heard.hear)
		ctx := t.Context()
		if ready, err := r.Configure(ctx, Configure{Node: "r1"}); err != nil || ready.Boot != 7 || ready.Address != "127.0.0.1:1" {
			t.Errorf("Configure: %+v, %v", ready, err)
		}
		if err := r.Start(ctx, Start{Now: time.Second}); err != nil {
			t.Errorf("Start: %v", err)
		}
		if err := r.Invoke(9, protocol.Op{F: "read"}); err != nil {
			t.Errorf("Invoke: %v", err)
		}
		if state, err := r.State(ctx); err != nil || string(state) != "[1]" {
			t.Errorf("State: %s, %v", state, err)
		}
		if err := r.Begin(ctx, Rule{Kind: "shake"}); err == nil || err.Error() != "no such kind" {
			t.Errorf("Begin: %v", err)
		}
		if counts, err := r.End(ctx, 1); err != nil || counts["held"] != 2 {
			t.Errorf("End: %v, %v", counts, err)
		}
		if h, err := r.Halt(ctx, Halt{Flush: true}); err != nil || h.Unsynced != 4 {
			t.Errorf("Halt: %+v, %v", h, err)
		}
		if err := r.Stop(ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if len(asked) != 8 || asked[0].Configure.Version != Version {
			t.Errorf("the node was asked %d things: %+v", len(asked), asked)
		}
		got := heard.all()
		if len(got) != 4 {
			t.Fatalf("heard %d events: %+v", len(got), got)
		}
		want := []Event{
			Noted{At: time.Unix(1_700_000_000, 1), Boot: 7, Fact: protocol.Mark{Name: "met"}},
			Completed{Call: 9, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(5)}}, Stats{Events: 3},
		}
		if diff := cmp.Diff(want, got[:3]); diff != "" {
			t.Errorf("heard something else (-want +got):\n%s", diff)
		}
		if _, gone := got[3].(Gone); !gone {
			t.Errorf("the last event is %+v, want Gone", got[3])
		}
	})
}

func TestRemoteBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		beats := 0
		go script(t, far, func(q Request) []Report {
			if q.Beat != nil {
				beats++
			}
			return nil
		})
		r := NewRemote(near, protocol.NewFactCodec(nil), func(Event) {})
		time.Sleep(10*beatEvery + beatEvery/2)
		synctest.Wait()
		if beats != 10 {
			t.Errorf("%d heartbeats in the time of 10", beats)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestRemoteTellsWhyItsNodeIsGone(t *testing.T) {
	for _, test := range []struct{ sends, reason, err, asking string }{
		{`{"died":{"reason":"the disk is full"}}` + "\n", "the disk is full", "", "the node has ended: the disk is full"},
		{"", "", "", "the node's control stream has ended"},
		{"panic!\n", "", "line 1", "the node's control stream has ended: line 1"},
		{"{}\n", "", "says nothing", "says nothing"},
		{`{"fact":{"name":"none","body":{}}}` + "\n", "", `fact "none"`, `fact "none"`},
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			var heard ear
			r := NewRemote(near, protocol.NewFactCodec(nil), heard.hear)
			go func() {
				if err := newLineReader(far).read(&Request{}); err != nil {
					t.Error(err)
				}
				_, _ = far.Write([]byte(test.sends))
				_ = far.Close()
			}()
			if _, err := r.State(t.Context()); err == nil || !strings.Contains(err.Error(), test.asking) {
				t.Errorf("after %q: State: %v, want %s", test.sends, err, test.asking)
			}
			if err := r.Invoke(1, protocol.Op{}); err == nil {
				t.Errorf("after %q: Invoke succeeds", test.sends)
			}
			_ = r.Close()
			got := heard.all()
			if len(got) != 1 {
				t.Fatalf("after %q: heard %+v", test.sends, got)
			}
			gone := got[0].(Gone)
			if gone.Reason != test.reason || (gone.Err == nil) != (test.err == "") || gone.Err != nil && !strings.Contains(gone.Err.Error(), test.err) {
				t.Errorf("after %q: %+v, want %q and %q", test.sends, gone, test.reason, test.err)
			}
		})
	}
}

func TestRemoteStopsWaitingWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		go script(t, far, func(Request) []Report { return nil })
		r := NewRemote(near, protocol.NewFactCodec(nil), func(Event) {})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.State(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("State: %v", err)
		}
		_ = r.Close()
	})
}

// TestNothingIsSentBehindARenewal holds the answer back for the time of many heartbeats: the process that is about to end
// might read one that is for the next.
func TestNothingIsSentBehindARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		renewing, beats, behind := false, 0, 0
		go script(t, far, func(q Request) []Report {
			switch {
			case q.Renew != nil:
				renewing = true
				time.Sleep(10 * beatEvery)
				renewing = false
				return []Report{{ID: q.ID, Done: &Done{}}}
			case q.Beat != nil && renewing:
				behind++
			case q.Beat != nil:
				beats++
			}
			return nil
		})
		var old, now ear
		r := NewRemote(near, protocol.NewFactCodec(nil), old.hear)
		if err := r.Renew(t.Context()); err != nil {
			t.Error(err)
		}
		r.Attend(protocol.NewFactCodec(nil), now.hear)
		time.Sleep(5*beatEvery + beatEvery/2)
		synctest.Wait()
		if behind != 0 || beats == 0 {
			t.Errorf("%d heartbeats behind the renewal, %d after it", behind, beats)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if len(old.all()) != 0 || len(now.all()) != 1 {
			t.Errorf("of the end heard who attended %v, and who attends %v", old.all(), now.all())
		}
	})
}
