package group

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sunder/harness/protocol"
)

// journal is an application that remembers what was delivered to it.
type journal struct{ delivered []string }

func (j *journal) Deliver(_ *protocol.Env, payload string) {
	j.delivered = append(j.delivered, payload)
}
func (j *journal) Snapshot() string      { return strings.Join(j.delivered, " ") }
func (j *journal) Restore(state string)  { j.delivered = strings.Fields(state) }
func (j *journal) Changed(*protocol.Env) {}

// member is a process that is stepped by hand, with its disk.
type member struct {
	group    *Group
	journal  *journal
	boot     uint64
	snapshot []byte
	log      [][]byte
	down     bool
	deaf     bool // nothing comes in or goes out
}

// packet is a message under way.
type packet struct {
	from, to protocol.NodeID
	message  protocol.Message
}

// world is some members and a network without delay that loses what it is told to.
type world struct {
	config  Config
	names   []protocol.NodeID
	members map[protocol.NodeID]*member
	network []packet
	loses   func(packet) bool
	damage  func(protocol.Message) protocol.Message
	views   map[protocol.NodeID][]string
}

func newWorld(order string, uniform bool, names ...protocol.NodeID) *world {
	w := &world{
		config: Config{First: names, Nodes: names, Order: order, Uniform: uniform}, names: names,
		members: map[protocol.NodeID]*member{}, loses: func(packet) bool { return false },
		damage: func(m protocol.Message) protocol.Message { return m }, views: map[protocol.NodeID][]string{},
	}
	for _, name := range names {
		w.members[name] = &member{down: true}
		w.start(name)
	}
	return w
}

// start starts a member with what its disk kept.
func (w *world) start(name protocol.NodeID) {
	m, c := w.members[name], w.config
	c.Self = name
	m.journal, m.down = &journal{}, false
	m.group = New(c, m.journal)
	w.step(name, func(env *protocol.Env) {
		m.group.Start(env, protocol.Saved{Boot: m.boot, Snapshot: m.snapshot, Log: slices.Clone(m.log)})
	})
	m.boot++
}

func (w *world) step(name protocol.NodeID, call func(*protocol.Env)) {
	m, env := w.members[name], &protocol.Env{Self: name, Replicas: w.names}
	call(env)
	for _, e := range env.Effects() {
		switch e.Kind {
		case protocol.EffectSend:
			w.network = append(w.network, packet{name, e.To, e.Message})
		case protocol.EffectAppend:
			m.log = append(m.log, e.Data)
		case protocol.EffectSnapshot:
			m.snapshot, m.log = e.Data, nil
		case protocol.EffectNote:
			if v, isView := e.Fact.(protocol.Installed); isView {
				w.views[name] = append(w.views[name], describe(v))
			}
		}
	}
}

// describe writes a view as its number and its processes.
func describe(v protocol.Installed) string {
	var out []string
	for i := range v.Members {
		out = append(out, fmt.Sprintf("%s%d", v.Members[i], v.Incarnations[i]))
	}
	return fmt.Sprintf("%d(%s)", v.View, strings.Join(out, ","))
}

func (w *world) multicast(name protocol.NodeID, payload string) {
	w.step(name, func(env *protocol.Env) { w.members[name].group.Multicast(env, payload) })
}

// settle delivers all that is under way.
func (w *world) settle() {
	for len(w.network) > 0 {
		p := w.network[0]
		w.network = w.network[1:]
		from, to := w.members[p.from], w.members[p.to]
		if to.down || from.deaf || to.deaf || w.loses(p) {
			continue
		}
		w.step(p.to, func(env *protocol.Env) { to.group.Receive(env, p.from, w.damage(p.message)) })
	}
}

// pass lets so many heartbeats pass.
func (w *world) pass(ticks int) {
	for range ticks {
		for _, name := range w.names {
			if m := w.members[name]; !m.down {
				w.step(name, func(env *protocol.Env) { m.group.Timeout(env, timerTick) })
			}
		}
		w.settle()
	}
}

// long is time enough for a suspicion, an agreement and a new member.
const long = 40

func (w *world) expectViews(t *testing.T, name protocol.NodeID, want ...string) {
	t.Helper()
	if got := w.views[name]; !slices.Equal(got, want) {
		t.Errorf("%s installed %v, not %v", name, got, want)
	}
}

func (w *world) expectDelivered(t *testing.T, name protocol.NodeID, want string) {
	t.Helper()
	if got := w.members[name].journal.Snapshot(); got != want {
		t.Errorf("%s has %q, not %q", name, got, want)
	}
}

// TestCrashAndReturn is vectors V1 and V2: a member that crashed is excluded, and comes back as another process, behind
// those who stayed.
func TestCrashAndReturn(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	w.members["p"].down = true
	w.pass(long)
	w.expectViews(t, "q", "0(p1,q1,r1)", "1(q1,r1)")
	w.start("p")
	w.pass(long)
	for _, name := range []protocol.NodeID{"q", "r"} {
		w.expectViews(t, name, "0(p1,q1,r1)", "1(q1,r1)", "2(q1,r1,p2)")
	}
	w.expectViews(t, "p", "0(p1,q1,r1)", "2(q1,r1,p2)")
}

// TestCutAndHealed is vector V3: who was cut off learns that it is excluded, and joins again without a crash. The minority
// delivers nothing meanwhile, and what it would have sent is lost.
func TestCutAndHealed(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	w.members["p"].deaf = true
	w.multicast("p", "lost")
	w.multicast("q", "kept")
	w.pass(long)
	w.expectViews(t, "p", "0(p1,q1,r1)")
	w.expectDelivered(t, "p", "")
	w.members["p"].deaf = false
	w.pass(long)
	w.expectViews(t, "p", "0(p1,q1,r1)", "2(q1,r1,p2)")
	for _, name := range w.names {
		w.expectDelivered(t, name, "kept")
	}
}

// TestCausalHoldBack is the vector of section 14.3: p's message is late at r, and q's answer to it waits there.
func TestCausalHoldBack(t *testing.T) {
	w := newWorld(Causal, false, "p", "q", "r")
	w.loses = func(p packet) bool { return p.from == "p" && p.to == "r" && p.message.Name() == "DATA" }
	w.multicast("p", "question")
	w.settle()
	w.multicast("q", "answer")
	w.settle()
	held := w.members["r"].group.Held
	if answer := held[1][0]; answer == nil || !slices.Equal(answer.VC, []uint64{1, 1, 0}) {
		t.Fatalf("r holds %v", held)
	}
	w.expectDelivered(t, "r", "")
	w.loses = func(packet) bool { return false }
	w.pass(4)
	w.expectDelivered(t, "r", "question answer")
}

// TestUniformDelivery: nobody delivers what one member does not have on disk, not even the sender.
func TestUniformDelivery(t *testing.T) {
	w := newWorld(Total, true, "p", "q", "r")
	w.loses = func(p packet) bool { return p.to == "r" && p.message.Name() == "DATA" }
	w.multicast("q", "m")
	w.pass(4)
	for _, name := range w.names {
		w.expectDelivered(t, name, "")
	}
	w.loses = func(packet) bool { return false }
	w.pass(4)
	for _, name := range w.names {
		w.expectDelivered(t, name, "m")
	}
}

// TestFlush: q has delivered p's last message and r lacks it. Both have it before they go on without p.
func TestFlush(t *testing.T) {
	w := newWorld(FIFO, false, "p", "q", "r")
	w.loses = func(p packet) bool { return p.to == "r" && (p.message.Name() == "DATA" || p.message.Name() == "STAB") }
	w.multicast("p", "m")
	w.settle()
	w.members["p"].down = true
	w.expectDelivered(t, "q", "m")
	w.expectDelivered(t, "r", "")
	w.pass(long)
	w.expectViews(t, "r", "0(p1,q1,r1)", "1(q1,r1)")
	w.expectDelivered(t, "r", "m")
}

// TestTotalFailure: all crash, and the state is rebuilt from what the disks have.
func TestTotalFailure(t *testing.T) {
	w := newWorld(Total, true, "p", "q", "r")
	w.multicast("p", "a")
	w.pass(2)
	w.multicast("q", "b")
	w.pass(2)
	for _, name := range w.names {
		w.members[name].down = true
	}
	for _, name := range w.names {
		w.start(name)
	}
	w.pass(2 * long)
	for _, name := range w.names {
		w.expectViews(t, name, "0(p1,q1,r1)", "1(p2,q2,r2)")
		w.expectDelivered(t, name, "a b")
	}
}

// TestLastStays: members leave one after the other, and the last one that has the state does not.
func TestLastStays(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	for _, name := range w.names {
		w.members[name].group.Leave()
		w.pass(long)
	}
	for _, name := range []protocol.NodeID{"p", "q"} {
		if !w.members[name].group.Left() {
			t.Errorf("%s has not left", name)
		}
	}
	if w.members["r"].group.Left() || !w.members["r"].group.Ready() {
		t.Error("the last member has left")
	}
	w.expectViews(t, "r", "0(p1,q1,r1)", "1(q1,r1)", "2(r1)")
}

// TestCutLeavesOutWhatLostItsCause: p's message reached q alone, and q's answer all. When both are gone the answer goes too.
func TestCutLeavesOutWhatLostItsCause(t *testing.T) {
	for order, want := range map[string]string{FIFO: "answer", Causal: ""} {
		w := newWorld(order, false, "p", "q", "r", "s", "t")
		w.loses = func(p packet) bool { return p.from == "p" && p.to != "q" && p.message.Name() == "DATA" }
		w.multicast("p", "question")
		w.settle()
		w.multicast("q", "answer")
		w.settle()
		w.members["p"].down, w.members["q"].down = true, true
		w.pass(long)
		for _, name := range []protocol.NodeID{"r", "s", "t"} {
			w.expectViews(t, name, "0(p1,q1,r1,s1,t1)", "1(r1,s1,t1)")
			w.expectDelivered(t, name, want)
		}
	}
}

func TestPrimaryPartition(t *testing.T) {
	fact := func(voters ...protocol.NodeID) []protocol.Noted {
		return []protocol.Noted{{Node: "p", Fact: protocol.Own{Name: factDecided, Fields: decided{1, voters, []protocol.NodeID{"p", "q", "r", "s"}}}}}
	}
	if v := primaryPartition(fact("p", "q", "r")); v != nil {
		t.Errorf("three of four: %s", v.Sentence)
	}
	for _, voters := range [][]protocol.NodeID{{"p", "q"}, {"p", "q", "x"}} {
		if v := primaryPartition(fact(voters...)); v == nil || !slices.Equal(v.Facts, []int{0}) {
			t.Errorf("%v of four were taken for a majority", voters)
		}
	}
}
