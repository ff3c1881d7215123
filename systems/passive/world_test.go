package passive

import (
	"slices"
	"testing"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/systems"
)

// node is a replica that is stepped by hand, with its disk.
type node struct {
	replica  *Replica
	boot     uint64
	snapshot []byte
	log      [][]byte
	timers   map[protocol.Timer]bool
	down     bool
}

// packet is a message under way.
type packet struct {
	from, to protocol.NodeID
	message  protocol.Message
}

// world is some replicas and a network without delay that loses what it is told to. Clients are not in it: what is sent to
// them is kept.
type world struct {
	config  systems.Config
	nodes   map[protocol.NodeID]*node
	network []packet
	loses   func(packet) bool
	answers []protocol.Message
	now     time.Duration
}

func newWorld(object string, options map[string]string) *world {
	c := systems.Config{Object: object, Options: map[string]string{}, Replicas: []protocol.NodeID{"r1", "r2", "r3"}, Clients: []protocol.NodeID{"c1"}, Timeout: 2 * time.Second}
	for _, o := range optionList() {
		c.Options[o.Name] = o.Default
	}
	for name, value := range options {
		c.Options[name] = value
	}
	w := &world{config: c, nodes: map[protocol.NodeID]*node{}, loses: func(packet) bool { return false }}
	for _, id := range c.Replicas {
		w.nodes[id] = &node{}
		w.start(id)
	}
	return w
}

// start starts a replica with what its disk kept.
func (w *world) start(id protocol.NodeID) {
	n := w.nodes[id]
	n.replica, n.down, n.timers = newReplica(w.config, id).(*Replica), false, map[protocol.Timer]bool{}
	w.step(id, func(env *protocol.Env) {
		n.replica.Start(env, protocol.Saved{Boot: n.boot, Snapshot: n.snapshot, Log: slices.Clone(n.log)})
	})
	n.boot++
}

func (w *world) step(id protocol.NodeID, call func(*protocol.Env)) {
	n, env := w.nodes[id], &protocol.Env{Self: id, Replicas: w.config.Replicas, Now: w.now, Rand: prng.New(1)}
	call(env)
	for _, e := range env.Effects() {
		switch e.Kind {
		case protocol.EffectSend:
			w.network = append(w.network, packet{id, e.To, e.Message})
		case protocol.EffectSet:
			n.timers[e.Timer] = true
		case protocol.EffectAppend:
			n.log = append(n.log, e.Data)
		case protocol.EffectSnapshot:
			n.snapshot, n.log = e.Data, nil
		}
	}
}

// ask hands a replica a request and delivers all that comes of it.
func (w *world) ask(id protocol.NodeID, q Request) {
	w.network = append(w.network, packet{"c1", id, q})
	w.settle()
}

// settle delivers all that is under way.
func (w *world) settle() {
	for len(w.network) > 0 {
		p := w.network[0]
		w.network = w.network[1:]
		to := w.nodes[p.to]
		switch {
		case w.loses(p):
		case to == nil:
			w.answers = append(w.answers, p.message)
		case !to.down:
			w.step(p.to, func(env *protocol.Env) { to.replica.Receive(env, p.from, p.message) })
		}
	}
}

// long is how many ticks are time enough for a suspicion, an agreement and a new member.
const long = 40

// pass lets so many ticks of 50ms pass.
func (w *world) pass(ticks int) {
	for range ticks {
		w.now += 50 * time.Millisecond
		for _, id := range w.config.Replicas {
			n := w.nodes[id]
			due := n.timers
			n.timers = map[protocol.Timer]bool{}
			for _, t := range []protocol.Timer{"group/tick", timerRoster, timerHold} {
				if due[t] && !n.down {
					w.step(id, func(env *protocol.Env) { n.replica.Timeout(env, t) })
				}
			}
		}
		w.settle()
	}
}

// last returns the last answer and forgets all; nil if there was none.
func (w *world) last() protocol.Message {
	if len(w.answers) == 0 {
		return nil
	}
	m := w.answers[len(w.answers)-1]
	w.answers = nil
	return m
}

// expectValue fails unless the last answer is a reply with a value.
func (w *world) expectValue(t *testing.T, want protocol.Value) {
	t.Helper()
	m := w.last()
	if reply, isReply := m.(Reply); !isReply || reply.Reply.Outcome != protocol.OK || !reply.Reply.Value.Equal(want) {
		t.Errorf("the answer is %+v, not %s", m, want)
	}
}

// expectCounter fails unless all replicas that are up have a value of key x.
func (w *world) expectCounter(t *testing.T, want int64) {
	t.Helper()
	for _, id := range w.config.Replicas {
		n := w.nodes[id]
		if n.down {
			continue
		}
		reply := n.replica.value.Apply(protocol.Op{F: "read", Key: "x"})
		if got, _ := reply.Value.Int(); got != want {
			t.Errorf("%s has %d, not %d", id, got, want)
		}
	}
}

// requests of one front end.
func add(seq uint64, n int64) Request {
	return Request{ID: RequestID{From: FrontEndID{Node: "c1", Incarnation: 9}, Seq: seq}, Done: seq - 1, Op: protocol.Op{F: "add", Key: "x", Value: protocol.Int(n)}}
}

func read(seq, after uint64) Request {
	return Request{ID: RequestID{From: FrontEndID{Node: "c1", Incarnation: 9}, Seq: seq, Read: true}, After: after, Op: protocol.Op{F: "read", Key: "x"}}
}
