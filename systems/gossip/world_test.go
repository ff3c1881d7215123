package gossip

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/systems"
)

// world steps machines by hand: a network that delivers what it is told to, and disks whose syncs take no time.
type world struct {
	config  systems.Config
	rand    *prng.Rand
	nodes   map[protocol.NodeID]*worldNode
	network []packet
	asked   protocol.RequestID
	asking  map[protocol.RequestID]string // what each open request asked for
	replies map[protocol.RequestID]protocol.Reply
	facts   []protocol.Noted
	out     strings.Builder // what happened since the last look
	coded   *protocol.Codec // if set, messages travel as JSON
	clocks  map[protocol.NodeID]time.Duration
}

type worldNode struct {
	machine  protocol.Machine // nil while down
	boot     uint64
	timers   map[protocol.Timer]time.Duration
	snapshot []byte
	log      [][]byte
	synced   int // records of log that a crash keeps
	rand     *prng.Rand
}

type packet struct {
	from, to protocol.NodeID
	message  protocol.Message
}

// newWorld returns a world whose replicas and front ends are started.
func newWorld(c systems.Config, seed uint64) *world {
	w := &world{
		config: c, rand: prng.New(seed), nodes: map[protocol.NodeID]*worldNode{},
		asking: map[protocol.RequestID]string{}, replies: map[protocol.RequestID]protocol.Reply{},
		clocks: map[protocol.NodeID]time.Duration{},
	}
	for _, id := range slices.Concat(c.Replicas, c.Clients) {
		w.nodes[id] = &worldNode{rand: w.rand.Split(string(id))}
		w.start(id)
	}
	return w
}

// configured returns a configuration with every default filled in.
func configured(object string, replicas, clients int) systems.Config {
	c := systems.Config{Object: object, Options: map[string]string{}, Timeout: 2 * time.Second}
	for _, o := range optionList() {
		c.Options[o.Name] = o.Default
	}
	for i := range replicas {
		c.Replicas = append(c.Replicas, protocol.NodeID(fmt.Sprintf("r%d", i+1)))
	}
	for i := range clients {
		c.Clients = append(c.Clients, protocol.NodeID(fmt.Sprintf("c%d", i+1)))
	}
	return c
}

func (w *world) replica(id protocol.NodeID) *Replica { return w.nodes[id].machine.(*Replica) }

func (w *world) frontEnd(id protocol.NodeID) *FrontEnd { return w.nodes[id].machine.(*FrontEnd) }

func (w *world) isReplica(id protocol.NodeID) bool { return slices.Contains(w.config.Replicas, id) }

// start starts a node with what its disk kept.
func (w *world) start(id protocol.NodeID) {
	n := w.nodes[id]
	n.timers = map[protocol.Timer]time.Duration{}
	if w.isReplica(id) {
		n.machine = System().Replica(w.config, id)
	} else {
		n.machine = System().FrontEnd(w.config, id)
	}
	saved := protocol.Saved{Boot: n.boot, Snapshot: n.snapshot, Log: slices.Clone(n.log)}
	w.step(id, func(env *protocol.Env) { n.machine.Start(env, saved) })
	n.boot++
}

// crash stops a node. What it has not synced is lost if so wanted.
func (w *world) crash(id protocol.NodeID, loseUnsynced bool) {
	n := w.nodes[id]
	n.machine, n.timers = nil, nil
	if loseUnsynced {
		n.log = n.log[:n.synced]
	}
	n.synced = len(n.log)
}

// request hands an operation to a front end.
func (w *world) request(id protocol.NodeID, op protocol.Op) protocol.RequestID {
	w.asked++
	request := w.asked
	w.asking[request] = strings.TrimSpace(op.F + " " + op.Key)
	w.step(id, func(env *protocol.Env) { w.frontEnd(id).Request(env, request, op) })
	return request
}

// deliver takes the packet at position i out of the network, or a copy of it, to where it is bound for.
func (w *world) deliver(i int, keep bool) {
	p := w.network[i]
	if !keep {
		w.network = slices.Delete(w.network, i, i+1)
	}
	if w.nodes[p.to].machine == nil {
		fmt.Fprintf(&w.out, "%s is down\n", p.to)
		return
	}
	m := p.message
	if w.coded != nil {
		m = w.recode(m)
	}
	w.step(p.to, func(env *protocol.Env) { w.nodes[p.to].machine.Receive(env, p.from, m) })
}

func (w *world) recode(m protocol.Message) protocol.Message {
	data, err := w.coded.Encode(m)
	if err != nil {
		panic(err)
	}
	decoded, err := w.coded.Decode(data)
	if err != nil {
		panic(err)
	}
	return decoded
}

// find returns the position of the first packet on a link whose description begins so, such as "OOB" or "OOB 4"; -1 if
// there is none.
func (w *world) find(from, to protocol.NodeID, message string) int {
	return slices.IndexFunc(w.network, func(p packet) bool {
		return p.from == from && p.to == to && strings.HasPrefix(describe(p.message)+" ", message+" ")
	})
}

// fire lets a timer run out, and tells whether it was set.
func (w *world) fire(id protocol.NodeID, t protocol.Timer) bool {
	n := w.nodes[id]
	if _, set := n.timers[t]; !set {
		return false
	}
	delete(n.timers, t)
	w.step(id, func(env *protocol.Env) { n.machine.Timeout(env, t) })
	return true
}

// step makes one call of a machine and carries out its effects.
func (w *world) step(id protocol.NodeID, call func(*protocol.Env)) {
	env := protocol.Env{Self: id, Replicas: w.config.Replicas, Now: w.clocks[id], Rand: w.nodes[id].rand}
	call(&env)
	for _, e := range env.Effects() {
		w.carryOut(id, e)
	}
}

func (w *world) carryOut(id protocol.NodeID, e protocol.Effect) {
	n := w.nodes[id]
	switch e.Kind {
	case protocol.EffectSend:
		w.network = append(w.network, packet{id, e.To, e.Message})
		fmt.Fprintf(&w.out, "%s -> %s %s\n", id, e.To, describe(e.Message))
	case protocol.EffectSet:
		n.timers[e.Timer] = e.After
	case protocol.EffectCancel:
		delete(n.timers, e.Timer)
	case protocol.EffectAppend:
		n.log = append(n.log, e.Data)
	case protocol.EffectSnapshot:
		n.snapshot, n.log = e.Data, nil
		n.synced = 0
	case protocol.EffectSync:
		n.synced = len(n.log)
	case protocol.EffectReply:
		w.replies[e.Request] = *e.Reply
		fmt.Fprintf(&w.out, "%s answers %s: %s\n", id, w.asking[e.Request], describeReply(*e.Reply))
	case protocol.EffectNote:
		w.facts = append(w.facts, protocol.Noted{Node: id, Boot: n.boot, Fact: e.Fact})
		if mark, isMark := e.Fact.(protocol.Mark); isMark {
			fmt.Fprintf(&w.out, "%s notes %s\n", id, mark.Name)
		}
	}
}

// look returns what happened since the last look.
func (w *world) look() string {
	text := w.out.String()
	w.out.Reset()
	return text
}

func describeReply(r protocol.Reply) string {
	text := r.Outcome.String()
	if !r.Value.IsNull() {
		text += " " + r.Value.String()
	}
	if r.Error != "" {
		text += " (" + r.Error + ")"
	}
	return text
}

// describe writes a message for people.
func describe(m protocol.Message) string {
	text := m.Name()
	switch m := m.(type) {
	case Query:
		text += fmt.Sprintf(" %d %s %s prev %s", m.ID.Seq, m.Op.F, m.Op.Key, m.Prev)
	case QueryReply:
		text += fmt.Sprintf(" %d %s new %s", m.ID.Seq, m.Value, m.New)
	case Retry:
		text += fmt.Sprintf(" %d", m.ID.Seq)
	case Update:
		text += fmt.Sprintf(" %s %s %s %s prev %s", m.CID, m.Op.F, m.Op.Key, m.Op.Value, m.Prev)
	case Ack:
		text += fmt.Sprintf(" %d", m.Done)
	case UpdateReply:
		text += fmt.Sprintf(" %s ts %s", m.CID, m.TS)
	case Gossip:
		text += fmt.Sprintf(" %s ts %s", describeRecords(m.Log), m.TS)
	case Forward:
		text += fmt.Sprintf(" %s prev %s", m.Update.CID, m.Update.Prev)
	case Heartbeat:
		text += fmt.Sprintf(" %s", m.Ballot)
	case Elect:
		text += fmt.Sprintf(" %s logged %d", m.Ballot, m.Logged)
	case Vote:
		text += fmt.Sprintf(" %s logged %d %s accepted %s", m.Ballot, m.Logged, describeRecords(m.Log), describePrepared(m.Prepared))
	case Refusal:
		text += fmt.Sprintf(" promised %s", m.Promised)
	case Prepare:
		text += fmt.Sprintf(" %s %s", m.Ballot, describeForced(m.Record))
	case PrepareAck:
		text += fmt.Sprintf(" %s %d", m.Ballot, m.Position)
	case Chosen:
		text += fmt.Sprintf(" %s", describeForced(m.Record))
	case Stop:
		text += " " + describeAttempt(m.Attempt)
	case Stopped:
		text += fmt.Sprintf(" %s %s ts %s", describeAttempt(m.Attempt), describeRecords(m.Gossip.Log), m.Gossip.TS)
	case Commit:
		text += describeEnd(end(m))
	case Abort:
		text += describeEnd(end(m))
	case Ended:
		text += " " + describeAttempt(m.Attempt)
	case OutOfBand:
		text += fmt.Sprintf(" %d (from %d) %s ts %s", m.Seq, m.Floor, m.Payload, m.TS)
	case OutOfBandAck:
		text += fmt.Sprintf(" %d", m.Seq)
	}
	return text
}

func describeAttempt(a Attempt) string { return fmt.Sprintf("%s.%d", a.Ballot, a.Number) }

func describeEnd(e end) string {
	return fmt.Sprintf(" %s at %d %s ts %s", describeAttempt(e.Attempt), e.Position, describeRecords(e.Gossip.Log), e.Gossip.TS)
}

// describeForced writes a forced record as its position and what it does.
func describeForced(r *Record) string {
	what := "no-op"
	if !r.isNoOp() {
		what = r.Op.Value.String()
	}
	return fmt.Sprintf("%d:%s", r.ID().Number, what)
}

func describePrepared(list []Prepared) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = fmt.Sprintf("%s at %s", describeForced(p.Record), p.Ballot)
	}
	return "{" + strings.Join(names, ", ") + "}"
}

func describeRecords(records []*Record) string {
	names := make([]string, len(records))
	for i, r := range records {
		if names[i] = r.Op.Value.String(); r.isNoOp() {
			names[i] = "no-op"
		}
	}
	return "{" + strings.Join(names, " ") + "}"
}
