package group

import (
	"fmt"
	"testing"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// TestUnsoundMessagesAreNotHeard gives q, a member of a view of three, messages that nobody can have sent: nothing comes of
// them, and they do not count as a sign of life. Each has a sound twin that is heard, so that the difference is what is told.
func TestUnsoundMessagesAreNotHeard(t *testing.T) {
	summed := func(d Data) Data { d.Sum = d.sum(); return d }
	data := func(rank int, seq uint64, vc ...uint64) Data {
		return summed(Data{View: 0, Rank: rank, Seq: seq, Number: seq, VC: vc, Payload: "m"})
	}
	flipped := data(0, 1, 1, 0, 0)
	flipped.Payload = "n"
	value := func(members ...PID) Value { return Value{Members: members, Stateful: members, Cut: []uint64{0, 0, 0}} }
	p, q, r, x := PID{"p", 1}, PID{"q", 1}, PID{"r", 1}, PID{"x", 1}
	short := value(q, r)
	short.Cut = []uint64{0, 0}
	outsider := value(q, r)
	outsider.Stateful = []PID{p}
	stale := value(q, r)
	stale.Messages = []Data{summed(Data{View: 7, Rank: 0, Seq: 1, Number: 1, VC: []uint64{1, 0, 0}})}
	promise := func(m Promise) Promise {
		m.View, m.Ballot = 1, Ballot{1, "q"}
		return m
	}
	tests := []struct {
		name           string
		sound, twisted protocol.Message
	}{
		{"heartbeat of another", Heartbeat{From: p}, Heartbeat{From: r}},
		{"heartbeat of life 0", Heartbeat{From: p}, Heartbeat{From: PID{"p", 0}}},
		{"join request of a stranger", JoinRequest{From: PID{"p", 2}}, JoinRequest{From: x}},
		{"leave request of another", LeaveRequest{From: p}, LeaveRequest{From: r}},
		{"data with a wrong sum", data(0, 1, 1, 0, 0), flipped},
		{"data of no rank", data(2, 1, 0, 0, 1), data(3, 1, 0, 0, 1)},
		{"data of a rank below 0", data(0, 1, 1, 0, 0), data(-1, 1, 1, 0, 0)},
		{"data number 0", data(0, 1, 1, 0, 0), data(0, 0, 0, 0, 0)},
		{"data from far ahead", data(0, farthest, farthest, 0, 0), data(0, farthest+1, farthest+1, 0, 0)},
		{"data with a short clock", data(0, 1, 1, 0, 0), data(0, 1, 1, 0)},
		{"data with another's number", data(0, 2, 2, 0, 0), data(0, 2, 1, 0, 0)},
		{"order at position 0", Order{Position: 1, Place: Place{0, 1}}, Order{Position: 0, Place: Place{0, 1}}},
		{"order from far ahead", Order{Position: farthest, Place: Place{0, 1}}, Order{Position: farthest + 1, Place: Place{0, 1}}},
		{"order of no rank", Order{Position: 1, Place: Place{2, 1}}, Order{Position: 1, Place: Place{3, 1}}},
		{"order of number 0", Order{Position: 1, Place: Place{0, 1}}, Order{Position: 1, Place: Place{0, 0}}},
		{"nak from 0", Nak{Rank: 1, From: 1, To: 1}, Nak{Rank: 1, From: 0, To: 1}},
		{"nak of no rank", Nak{Rank: -1, From: 1, To: 1}, Nak{Rank: -2, From: 1, To: 1}},
		{"stability of two", Stability{Have: []uint64{0, 0, 0}}, Stability{Have: []uint64{0, 0}}},
		{"state with a wrong sum", State{0, "a", sumOf(State{View: 0, State: "a"})}, State{0, "b", sumOf(State{View: 0, State: "a"})}},
		{"prepare for another", Prepare{1, Ballot{1, "p"}}, Prepare{1, Ballot{1, "r"}}},
		{"prepare of view 0", Prepare{1, Ballot{1, "p"}}, Prepare{0, Ballot{1, "p"}}},
		{"accept with a short cut", Accept{1, Ballot{1, "p"}, value(q, r)}, Accept{1, Ballot{1, "p"}, short}},
		{"accept of nobody", Accept{1, Ballot{1, "p"}, value(q, r)}, Accept{1, Ballot{1, "p"}, value()}},
		{"accept of nobody that no request asks for", Accept{1, Ballot{1, "p"}, Value{Cut: []uint64{0, 0, 0}, Acts: []Act{{}}}}, Accept{1, Ballot{1, "p"}, value()}},
		{"promise of a few", promise(Promise{From: p, Have: []uint64{0, 0, 0}}), promise(Promise{From: p, Have: []uint64{0}})},
		{"promise with an unsound value", promise(Promise{From: p, Have: []uint64{0, 0, 0}}),
			promise(Promise{From: p, Have: []uint64{0, 0, 0}, Accepted: &Proposal{Value: value(x)}})},
		{"refusal of a stranger", Refusal{1, Ballot{1, "r"}}, Refusal{1, Ballot{1, "x"}}},
		{"decision on a stranger", Decide{1, value(q, r)}, Decide{1, value(q, x)}},
		{"decision on two lives of a node", Decide{1, value(q, r)}, Decide{1, value(q, PID{"q", 2})}},
		{"decision that an outsider has the state", Decide{1, value(q, r)}, Decide{1, outsider}},
		{"decision with a short cut", Decide{1, value(q, r)}, Decide{1, short}},
		{"decision with messages of another view", Decide{1, value(q, r)}, Decide{1, stale}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for twisted, m := range map[bool]protocol.Message{false: test.sound, true: test.twisted} {
				w := newWorld(Total, true, "p", "q", "r")
				w.network = nil
				g, env := w.members["q"].group, &protocol.Env{Self: "q", Replicas: w.names}
				before := fmt.Sprintf("%+v", g.State())
				if heard := g.Receive(env, "p", m); heard == twisted {
					t.Errorf("%s %+v: heard %v", m.Name(), m, heard)
				}
				if after := fmt.Sprintf("%+v", g.State()); twisted && (after != before || len(env.Effects()) > 0) {
					t.Errorf("%s %+v: %d effects, and the state became %s", m.Name(), m, len(env.Effects()), after)
				}
			}
		})
	}
	g, env := newWorld(Total, true, "p", "q", "r").members["q"].group, &protocol.Env{Self: "q"}
	if g.Receive(env, "x", Heartbeat{From: x}) || g.Receive(env, "x", Need{}) || len(env.Effects()) > 0 {
		t.Error("a node that is none of the group's was heard")
	}
}

func sumOf(s State) uint64 { return s.sum() }

// TestEndlessNak asks for more messages than there can be.
func TestEndlessNak(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	for range 2 * askMost {
		w.multicast("p", "m")
	}
	env := &protocol.Env{Self: "p"}
	w.members["p"].group.Receive(env, "q", Nak{Rank: 0, From: 1, To: 1<<64 - 1})
	if n := len(env.Effects()); n != askMost {
		t.Errorf("%d messages were sent, not %d", n, askMost)
	}
}

// TestNoDamageStopsAMember flips bits in a third of all messages while members crash and come back. What comes of it may be
// wrong where the damage makes sense, but no member panics.
func TestNoDamageStopsAMember(t *testing.T) {
	codec := protocol.NewCodec(Messages())
	orders := []string{FIFO, Causal, Total}
	damaged := 0
	for seed := range uint64(60) {
		rand := prng.New(seed)
		w := newWorld(orders[seed%3], seed%2 == 0, "p", "q", "r")
		w.damage = func(m protocol.Message) protocol.Message {
			data, err := codec.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if rand.IntN(3) > 0 {
				return m
			}
			bit := rand.IntN(8 * len(data))
			data[bit/8] ^= 1 << (bit % 8)
			twisted, err := codec.Decode(data)
			if err != nil {
				return m
			}
			damaged++
			return twisted
		}
		for round := range 100 {
			name := w.names[rand.IntN(len(w.names))]
			switch m := w.members[name]; {
			case m.down:
				w.start(name)
			case rand.IntN(20) == 0:
				m.down = true
			default:
				w.multicast(name, fmt.Sprint(round))
			}
			w.pass(1)
		}
	}
	if damaged < 10_000 {
		t.Errorf("only %d messages were damaged", damaged)
	}
}
