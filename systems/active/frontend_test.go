package active_test

import (
	"testing"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/active"
)

// front is a front end that is stepped by hand.
type front struct {
	t       *testing.T
	machine protocol.FrontEnd
	rand    *prng.Rand
	sent    []protocol.Effect // since the last look
	replies []protocol.Reply
}

func newFront(t *testing.T, options map[string]string) *front {
	t.Helper()
	s := active.System()
	c := systems.Config{
		Object: "register", Timeout: 2 * time.Second, Options: map[string]string{},
		Replicas: []protocol.NodeID{"r1", "r2", "r3"}, Clients: []protocol.NodeID{"c1"},
	}
	for _, o := range s.Options {
		c.Options[o.Name] = o.Default
	}
	for name, value := range options {
		c.Options[name] = value
	}
	f := &front{t: t, machine: s.FrontEnd(c, "c1"), rand: prng.New(1)}
	f.step(func(env *protocol.Env) { f.machine.Start(env, protocol.Saved{}) })
	return f
}

func (f *front) step(call func(*protocol.Env)) {
	env := &protocol.Env{Self: "c1", Replicas: []protocol.NodeID{"r1", "r2", "r3"}, Rand: f.rand}
	call(env)
	for _, e := range env.Effects() {
		switch e.Kind {
		case protocol.EffectSend:
			f.sent = append(f.sent, e)
		case protocol.EffectReply:
			f.replies = append(f.replies, *e.Reply)
		}
	}
}

// ask begins an operation and returns what is sent, and to whom.
func (f *front) ask(id protocol.RequestID, op protocol.Op) (active.Request, []protocol.NodeID) {
	f.t.Helper()
	f.step(func(env *protocol.Env) { f.machine.Request(env, id, op) })
	return f.outgoing()
}

func (f *front) outgoing() (q active.Request, to []protocol.NodeID) {
	for _, e := range f.sent {
		q, _ = e.Message.(active.Request)
		to = append(to, e.To)
	}
	f.sent = nil
	return q, to
}

func (f *front) answer(from protocol.NodeID, q active.Request, index uint64, value int64) {
	f.step(func(env *protocol.Env) {
		f.machine.Receive(env, from, active.Reply{ID: q.ID, Index: index, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(value)}})
	})
}

func read(via protocol.NodeID) protocol.Op { return protocol.Op{F: "read", Key: "x", Via: via} }

// TestAnAnswerThatEnoughGive: of three replicas one may lie, so two must say the same.
func TestAnAnswerThatEnoughGive(t *testing.T) {
	f := newFront(t, map[string]string{"front-end": "f+1"})
	q, _ := f.ask(1, read(""))
	f.answer("r3", q, 1, 1_000_005)
	f.answer("r3", q, 1, 1_000_005)
	f.answer("r1", q, 1, 5)
	if len(f.replies) != 0 {
		t.Fatalf("answered with %v after one of each", f.replies)
	}
	f.answer("r2", q, 1, 5)
	f.answer("r1", q, 1, 5)
	if len(f.replies) != 1 || f.replies[0].Value.String() != "5" {
		t.Errorf("answered with %v", f.replies)
	}
}

func TestANamedReplicaAnswersItself(t *testing.T) {
	f := newFront(t, map[string]string{"front-end": "f+1", "relays": "all"})
	q, to := f.ask(1, read("r2"))
	if !q.Pinned || len(to) != 1 || to[0] != "r2" {
		t.Fatalf("sent to %v, pinned %t", to, q.Pinned)
	}
	f.answer("r1", q, 1, 5)
	if len(f.replies) != 0 {
		t.Fatal("another replica has answered")
	}
	f.answer("r2", q, 1, 5)
	if len(f.replies) != 1 {
		t.Error("it has not answered")
	}
}

// TestReadsReflectWhatWasSeen: a local read asks for as much as any answer before it reflected.
func TestReadsReflectWhatWasSeen(t *testing.T) {
	f := newFront(t, map[string]string{"reads": "local-token"})
	q, _ := f.ask(1, protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)})
	f.answer("r1", q, 7, 0)
	if q, _ := f.ask(2, read("")); !q.ID.Local || q.After != 7 {
		t.Errorf("the read asks for %d executions (local %t), want 7", q.After, q.ID.Local)
	}
	raw := newFront(t, map[string]string{"reads": "local-raw"})
	q, _ = raw.ask(1, protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)})
	raw.answer("r1", q, 7, 0)
	if q, _ := raw.ask(2, read("")); !q.ID.Local || q.After != 0 {
		t.Errorf("the raw read asks for %d executions (local %t)", q.After, q.ID.Local)
	}
}

// TestRequestsAreSentAgainUnchanged: to the next replica, or to all where several answers are needed; and given up in the
// end, when the operation may still take effect.
func TestRequestsAreSentAgainUnchanged(t *testing.T) {
	for options, want := range map[string][]int{"first": {1, 1}, "f+1": {1, 3}} {
		f := newFront(t, map[string]string{"front-end": options})
		q, to := f.ask(1, protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)})
		f.step(func(env *protocol.Env) { f.machine.Timeout(env, "resend/1") })
		again, more := f.outgoing()
		if len(to) != want[0] || len(more) != want[1] || again.ID != q.ID || again.Done != q.Done {
			t.Errorf("%s: sent %+v to %v, and again %+v to %v", options, q, to, again, more)
		}
		f.step(func(env *protocol.Env) { f.machine.Timeout(env, "give-up/1") })
		if len(f.replies) != 1 || f.replies[0].Outcome != protocol.Info {
			t.Errorf("%s: given up as %v", options, f.replies)
		}
		f.answer("r1", q, 1, 0)
		if len(f.replies) != 1 {
			t.Errorf("%s: a late answer is taken", options)
		}
		if q, _ := f.ask(2, read("")); q.Done != 1 {
			t.Errorf("%s: done up to %d, want 1", options, q.Done)
		}
	}
}

func TestWhatNobodyCanExecuteIsRefused(t *testing.T) {
	f := newFront(t, nil)
	for _, op := range []protocol.Op{
		{F: "add", Key: "x", Value: protocol.Int(1)}, {F: "read", Key: "x", Via: "r9"}, {F: "cas", Key: "x", Value: protocol.Int(1)},
	} {
		f.replies = nil
		if _, to := f.ask(1, op); len(to) > 0 || len(f.replies) != 1 || f.replies[0].Outcome != protocol.Fail {
			t.Errorf("%v: sent to %v, answered %v", op, to, f.replies)
		}
	}
}
