package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// stormMax is how many messages a machine may send itself without a pause.
const stormMax = 100_000

// host runs the machine: it calls it, and carries out what it asks for.
type host struct {
	*process
	machine protocol.Machine
	front   protocol.FrontEnd // the machine, if it is a front end
	env     protocol.Env
	clock   clock
	rules   []*rule // on messages that are sent, in the order of their beginning
	watches []*rule // on messages that come
	all     map[int]*rule
	peers   map[protocol.NodeID]*peer
	own     []protocol.Message // from the machine to itself
	facts   *protocol.FactCodec
	calls   map[protocol.RequestID]uint64 // that are open
	last    protocol.RequestID            // used
	barrier barrier
	disk    *disk // nil: what is written is kept in memory only
	flusher *flusher
	delay   *prng.Rand  // draws how long syncs take
	fresh   []write     // since the last sync
	alarm   *time.Timer // when the next timer runs out
	started bool        // it has a clock and peers; its machine starts at time 0
	halted  bool
	told    int64 // when what is being let out was told: ns since 1970
}

func newHost(p *process) *host {
	return &host{
		process: p, alarm: time.NewTimer(time.Hour),
		all: map[int]*rule{}, peers: map[protocol.NodeID]*peer{}, calls: map[protocol.RequestID]uint64{},
	}
}

// barrier is what syncs hold back. Syncs are numbered from 1 and end in order.
type barrier struct {
	begun, ended uint64
	last         time.Time // when the last one begun may end
	outbox       []held    // in the order recorded
}

// held is an effect that waits for the end of a sync.
type held struct {
	sync   uint64
	effect protocol.Effect
}

// boot starts the machine.
func (h *host) boot() {
	c, saved := h.configured, h.found.saved()
	h.found = found{} // the machine has it now
	if h.clock.real() < 0 {
		h.clock.set(0)
	}
	root := prng.New(c.Seed)
	h.delay = root.Split("disk/" + string(c.Node) + "/boot/" + strconv.FormatUint(saved.Boot, 10))
	h.env = protocol.Env{
		Self: c.Node, Replicas: c.Replicas,
		Rand: root.Split("node/" + string(c.Node) + "/boot/" + strconv.FormatUint(saved.Boot, 10)),
	}
	if c.isClient() {
		h.front = h.build.FrontEnd(c)
		h.machine = h.front
	} else {
		h.machine = h.build.Replica(c)
	}
	h.call(func(env *protocol.Env) { h.machine.Start(env, saved) })
}

// call lets the machine handle something, then carries out what it asked for, and hands it what it has sent to itself.
func (h *host) call(handle func(*protocol.Env)) {
	h.step(handle)
	h.receiveOwn()
}

// receiveOwn hands the machine what it has sent to itself.
func (h *host) receiveOwn() {
	for n := 0; len(h.own) > 0 && h.failure == nil; n++ {
		m := h.own[0]
		h.own = h.own[1:]
		if n == stormMax {
			h.fail(fmt.Errorf("a storm: the machine has sent itself %d messages without a pause, the last one %s", n, m.Name()))
			return
		}
		h.step(func(env *protocol.Env) { h.machine.Receive(env, h.env.Self, m) })
	}
}

func (h *host) step(handle func(*protocol.Env)) {
	h.counts.events.Add(1)
	h.env.Now = h.clock.local(h.clock.real())
	handle(&h.env)
	h.told = h.clock.wall()
	effects := h.env.Effects()
	for i := range effects {
		h.perform(&effects[i])
	}
	h.env.Reset()
}

// perform carries out one effect, or puts it behind the syncs that are under way.
func (h *host) perform(e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectSend, protocol.EffectReply, protocol.EffectNote:
		if b := &h.barrier; b.ended < b.begun {
			b.outbox = append(b.outbox, held{sync: b.begun, effect: *e})
			return
		}
		h.let(e)
	case protocol.EffectSet:
		h.clock.timers.add(e.Timer, h.clock.due(h.clock.real(), e.After))
	case protocol.EffectCancel:
		h.clock.timers.cancel(e.Timer)
	case protocol.EffectAppend, protocol.EffectSnapshot:
		h.fresh = append(h.fresh, write{data: bytes.Clone(e.Data), snapshot: e.Kind == protocol.EffectSnapshot})
	case protocol.EffectSync:
		h.sync()
	default:
		panic(fmt.Sprintf("node: an effect of kind %d", e.Kind))
	}
}

// let lets an effect out into the world.
func (h *host) let(e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectSend:
		h.send(e.To, e.Message)
	case protocol.EffectReply:
		h.reply(e.Request, e.Reply)
	case protocol.EffectNote:
		h.note(e.Fact)
	}
}

// sync begins a sync, unless there is nothing that it would cover and no earlier one does.
func (h *host) sync() {
	takes := h.delay.Between(h.configured.SyncMin, h.configured.SyncMax)
	b := &h.barrier
	if takes == 0 && (len(h.fresh) == 0 || h.disk == nil) {
		h.fresh = h.fresh[:0]
		return // those under way hold back what comes now as well
	}
	b.begun++
	if due := time.Now().Add(takes); due.After(b.last) {
		b.last = due
	}
	h.flusher.add(flush{number: b.begun, due: b.last, batch: h.fresh})
	h.fresh = nil
}

// synced lets out what waited for the syncs that have ended.
func (h *host) synced(s synced) {
	if s.err != nil {
		h.fail(fmt.Errorf("the disk: %w", s.err))
		return
	}
	h.told = h.clock.wall()
	b := &h.barrier
	b.ended = s.number
	done := 0
	for done < len(b.outbox) && b.outbox[done].sync <= b.ended {
		h.let(&b.outbox[done].effect)
		done++
	}
	left := copy(b.outbox, b.outbox[done:])
	clear(b.outbox[left:])
	b.outbox = b.outbox[:left]
	h.counts.events.Add(1)
	h.receiveOwn()
}

// send takes a message from the machine to the network.
func (h *host) send(to protocol.NodeID, m protocol.Message) {
	if to == h.env.Self {
		h.own = append(h.own, m)
		return
	}
	if h.peers[to] == nil {
		h.fail(fmt.Errorf("the machine sends %s to %q, which is no node", m.Name(), to))
		return
	}
	p := parcel{to: to, message: m}
	if !h.taken(p) {
		h.peers[to].send(m)
	}
}

// taken tells whether a rule keeps a message from leaving.
func (h *host) taken(p parcel) bool {
	for _, r := range h.rules {
		if r.takes(p) {
			return true
		}
	}
	return false
}

// reply ends a request. A reply to one that is unknown or was answered before is ignored.
func (h *host) reply(id protocol.RequestID, r *protocol.Reply) {
	call, open := h.calls[id]
	if !open {
		return
	}
	delete(h.calls, id)
	h.tell(Report{Call: &Completed{Call: call, Reply: *r}})
}

// note passes a fact on to the controller.
func (h *host) note(f protocol.Fact) {
	text, err := h.facts.Encode(f)
	if err != nil {
		h.fail(err)
		return
	}
	h.tell(Report{Fact: text, At: h.told})
}

// receive hands a message that has come to the machine.
func (h *host) receive(a arrival) {
	for _, r := range h.watches {
		if slices.Contains(r.From, a.from) {
			r.counts[countHeard]++
		}
	}
	h.call(func(env *protocol.Env) { h.machine.Receive(env, a.from, a.message) })
}

// leave asks the machine to leave its cluster.
func (h *host) leave() error {
	leaver, can := h.machine.(protocol.Leaver)
	if !can {
		return fmt.Errorf("%s is asked to leave, and its machine is no protocol.Leaver", h.env.Self)
	}
	h.logf("is asked to leave")
	h.call(leaver.Leave)
	return nil
}

// invoke hands a call to the front end.
func (h *host) invoke(i Invoke) {
	h.last++
	h.calls[h.last] = i.Call
	id := h.last
	h.call(func(env *protocol.Env) { h.front.Request(env, id, i.Op) })
}

// waits tells whether the machine is to start at time 0.
func (h *host) waits() bool { return h.started && h.machine == nil && !h.halted }

// expire starts the machine when it is time for that, and hands it the timers that have run out.
func (h *host) expire() {
	if h.waits() && h.clock.real() >= 0 {
		h.boot()
	}
	for h.failure == nil {
		t, some := h.clock.timers.pop(h.clock.real())
		if !some {
			return
		}
		h.call(func(env *protocol.Env) { h.machine.Timeout(env, t) })
	}
}

// begin puts a rule into force.
func (h *host) begin(asked Rule) error {
	if _, used := h.all[asked.Fault]; used {
		return fmt.Errorf("fault %d is in force already", asked.Fault)
	}
	r, err := newRule(asked, h.clock.real())
	if err != nil {
		return err
	}
	text, _ := json.Marshal(asked) // it came as JSON
	h.logf("begins %s", text)
	h.all[asked.Fault] = r
	switch r.Kind {
	case Clock:
		h.clock.begin(r, r.begun)
	case Watch:
		h.watches = append(h.watches, r)
	default:
		h.rules = append(h.rules, r)
	}
	return nil
}

// end undoes a rule, and returns what it did. The messages that it kept leave now, but for those that another keeps.
func (h *host) end(fault int) (map[string]int64, error) {
	r, inForce := h.all[fault]
	if !inForce {
		return nil, fmt.Errorf("fault %d is not in force", fault)
	}
	delete(h.all, fault)
	switch r.Kind {
	case Clock:
		h.clock.end(r, h.clock.real())
		return r.counts, nil
	case Watch:
		h.watches = without(h.watches, r)
		return r.counts, nil
	}
	h.rules = without(h.rules, r)
	for _, p := range r.kept {
		if !h.keptAgain(p) {
			h.peers[p.to].send(p.message)
		}
	}
	return r.counts, nil
}

// keptAgain tells whether another hold goes on keeping a message that one has let go.
func (h *host) keptAgain(p parcel) bool {
	for _, r := range h.rules {
		if r.Kind == Hold && r.takes(p) {
			return true
		}
	}
	return false
}

// halt stops the machine and returns what goes with the process if it is killed now.
func (h *host) halt(flushed bool) (Halted, error) {
	h.halted = true
	if flushed {
		h.flusher.add(flush{number: h.barrier.begun + 1, due: time.Now(), batch: h.fresh})
		h.fresh = nil
	}
	unsynced, err := h.flusher.stop(flushed)
	halted := Halted{Unsynced: unsynced + len(h.fresh), Counts: map[int]map[string]int64{}}
	for fault, r := range h.all {
		halted.Counts[fault] = r.counts
	}
	return halted, err
}
