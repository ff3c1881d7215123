package gossip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/object"
)

// kind is what a front end does with a request.
type kind uint8

const (
	query kind = iota
	update
	telling
	hearing
)

// request is an operation that is not answered yet.
type request struct {
	id       protocol.RequestID
	kind     kind
	op       protocol.Op     // without Via
	via      protocol.NodeID // the replica that must serve it, "" if any may
	seq      uint64          // number of the query, update or message to peer
	prev     Timestamp       // what the client depended on when it asked
	first    int             // the replica that was asked first
	attempts int             // times it was sent again
	copies   []protocol.NodeID
	peer     protocol.NodeID // whom a tell is for
	payload  protocol.Value
	resend   protocol.Timer
	giveUp   protocol.Timer
}

// FrontEnd makes replication invisible to the clients of one node. Its prev covers all that they have seen and done,
// so they share their causal past.
type FrontEnd struct {
	config   systems.Config
	options  options
	operates []string // what the system serves of the object
	object   object.Object
	id       FrontEndID
	prev     Timestamp
	updates  uint64 // numbers used
	queries  uint64
	open     []*request // in the order in which they were asked
	channel  sideChannel

	clock time.Duration // see now
	told  uint64        // the last update of which all replicas were told that it has ended, with all before it
}

// newFrontEnd returns the front end of a name.
func newFrontEnd(c systems.Config, _ protocol.NodeID) protocol.FrontEnd {
	value, known := object.New(c.Object)
	if !known {
		panic(fmt.Sprintf("gossip: there is no object %q", c.Object))
	}
	o := parseOptions(c.Options)
	service, _ := System().Service(c.Object)
	return &FrontEnd{
		config:   c,
		options:  o,
		operates: service.Operations,
		object:   value,
		prev:     make(Timestamp, components(o, len(c.Replicas))),
		channel:  newSideChannel(),
	}
}

// Start names this incarnation: a front end keeps nothing on disk, and its updates of before must not be taken for
// those of now. The boot count suffices where nodes are counted, the random number where they are not.
func (f *FrontEnd) Start(env *protocol.Env, saved protocol.Saved) {
	f.id = FrontEndID{Node: env.Self, Incarnation: env.Rand.Uint64() + saved.Boot}
}

// Request begins an operation. What no replica could execute is refused here and never sent.
func (f *FrontEnd) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	r := &request{id: id, op: op, via: op.Via, prev: f.prev, resend: timer(timerResend, id), giveUp: timer(timerGiveUp, id)}
	r.op.Via = ""
	if err := f.prepare(env, r); err != nil {
		env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: err.Error()})
		return
	}
	f.open = append(f.open, r)
	env.SetTimer(r.giveUp, f.config.Timeout)
	if r.kind == hearing {
		f.handOver(env)
		return
	}
	f.note(env, r, protocol.RequestPhase)
	f.send(env, r)
}

// prepare finds out what to do for a request and numbers it.
func (f *FrontEnd) prepare(env *protocol.Env, r *request) error {
	switch {
	case !slices.Contains(f.operates, r.op.F):
		return fmt.Errorf("gossip has no operation %q on a %s (it has %s)", r.op.F, f.config.Object, strings.Join(f.operates, ", "))
	case r.op.F == tell:
		return f.prepareTell(r)
	case r.op.F == hear:
		r.kind = hearing
		return nil
	}
	if err := f.object.Check(r.op); err != nil {
		return err
	}
	if err := f.chooseReplica(env, r); err != nil {
		return err
	}
	if f.object.ReadOnly(r.op.F) {
		f.queries++
		r.kind, r.seq = query, f.queries
		return nil
	}
	f.updates++
	r.kind, r.seq = update, f.updates
	return nil
}

// chooseReplica says which replica is asked first.
func (f *FrontEnd) chooseReplica(env *protocol.Env, r *request) error {
	first := r.via
	if first == "" {
		first = f.config.Beside(env.Self)
		if f.options.roaming {
			first = f.config.Replicas[env.Rand.IntN(len(f.config.Replicas))]
		}
	}
	r.first = slices.Index(f.config.Replicas, first)
	if r.first < 0 {
		return fmt.Errorf("there is no replica %q", first)
	}
	return nil
}

// send sends a request, and again when there is no answer in time.
func (f *FrontEnd) send(env *protocol.Env, r *request) {
	switch r.kind {
	case query:
		env.Send(f.target(r), Query{ID: QueryID{f.id, r.seq}, Op: r.op, Prev: r.prev})
	case update:
		for _, replica := range f.targets(r) {
			env.Send(replica, Update{CID: CID{f.id, r.seq}, Op: r.op, Prev: r.prev, Order: f.order(), Time: f.now(env)})
		}
	case telling:
		f.sendTell(env, r)
	}
	env.SetTimer(r.resend, resendAfter(env, r.attempts))
}

// target returns the replica that the request is for: a roaming front end turns to the next one at each attempt.
func (f *FrontEnd) target(r *request) protocol.NodeID {
	i := r.first
	if f.moves(r) {
		i += r.attempts
	}
	return f.config.Replicas[i%len(f.config.Replicas)]
}

func (f *FrontEnd) moves(r *request) bool { return f.options.roaming && r.via == "" }

// targets returns the replicas to send an update to: its target, and others as long as too few have confirmed it. Who
// the others are changes with every attempt, so that one that is down does not stand in the way.
func (f *FrontEnd) targets(r *request) []protocol.NodeID {
	target := f.target(r)
	targets := []protocol.NodeID{target}
	if slices.Contains(r.copies, target) {
		targets = nil
	}
	n := len(f.config.Replicas)
	at := slices.Index(f.config.Replicas, target)
	for i := 0; i < n-1 && len(targets)+len(r.copies) < f.copiesFor(r); i++ {
		other := f.config.Replicas[(at+1+(i+r.attempts)%(n-1))%n]
		if !slices.Contains(r.copies, other) {
			targets = append(targets, other)
		}
	}
	return targets
}

// order returns the order that the front end asks for.
func (f *FrontEnd) order() Order {
	number := slices.Index(f.config.Clients, f.id.Node) + 1
	switch {
	case f.options.order == causalOrder, f.options.evenCausal && number%2 == 0:
		return Causal
	case f.options.order == forcedOrder, f.options.thirdForced && number%3 == 0:
		return Forced
	}
	return Immediate
}

// copiesFor returns how many replicas must confirm an update. A forced one is confirmed when a majority has it.
func (f *FrontEnd) copiesFor(r *request) int {
	if r.via != "" || f.order() != Causal {
		return 1
	}
	return min(f.options.copies, len(f.config.Replicas))
}

// The timers of requests: their names end in the request's number.
const (
	timerResend = "resend/"
	timerGiveUp = "give-up/"
)

func timer(prefix string, id protocol.RequestID) protocol.Timer {
	var name [32]byte // long enough, so that the only memory taken is that of the name itself
	return protocol.Timer(strconv.AppendUint(append(name[:0], prefix...), uint64(id), 10))
}

// resendAfter returns how long to wait for an answer: 100 ms, twice as long at each attempt up to 800 ms, and up to a
// fifth more or less so that front ends do not keep in step.
func resendAfter(env *protocol.Env, attempts int) time.Duration {
	wait := 100 * time.Millisecond << min(attempts, 3)
	return env.Rand.Between(wait*4/5, wait*6/5)
}

// Timeout sends a request again, or gives it up.
func (f *FrontEnd) Timeout(env *protocol.Env, t protocol.Timer) {
	for _, r := range f.open {
		switch t {
		case r.resend:
			f.resend(env, r)
			return
		case r.giveUp:
			f.giveUp(env, r)
			return
		}
	}
}

func (f *FrontEnd) resend(env *protocol.Env, r *request) {
	r.attempts++
	if r.kind != telling && f.moves(r) {
		env.Mark(markMoved)
	}
	if r.kind == update && f.config.Mutant == mutantNewIDOnRetry {
		f.updates++
		r.seq = f.updates
	}
	f.send(env, r)
}

// giveUp ends a request of which nothing is known: it may take effect yet. Only a hear is known to have done nothing.
func (f *FrontEnd) giveUp(env *protocol.Env, r *request) {
	env.Mark(markGaveUp)
	reply := protocol.Reply{Outcome: protocol.Info, Error: "no answer in time"}
	switch {
	case r.kind == hearing:
		reply = protocol.Reply{Outcome: protocol.Fail, Error: "nothing was told"}
	case f.config.Mutant == mutantFailOnTimeout:
		reply.Outcome = protocol.Fail
	}
	f.end(env, r, reply)
}

// note notes that a query or an update entered a phase. What clients tell one another goes through none.
func (f *FrontEnd) note(env *protocol.Env, r *request, name protocol.PhaseName) {
	switch r.kind {
	case query:
		env.Phase(QueryID{f.id, r.seq}.operation(), name)
	case update:
		env.Phase(CID{f.id, r.seq}.operation(), name)
	}
}

// end answers a request.
func (f *FrontEnd) end(env *protocol.Env, r *request, reply protocol.Reply) {
	f.open = slices.DeleteFunc(f.open, func(o *request) bool { return o == r })
	env.CancelTimer(r.resend)
	env.CancelTimer(r.giveUp)
	f.note(env, r, protocol.PhasesEnd)
	env.Reply(r.id, reply)
	if r.kind == update && f.options.forgets() {
		f.endedUpdates(env)
	}
}
