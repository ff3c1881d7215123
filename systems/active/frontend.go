package active

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
	"sunder/systems/object"
)

// request is an operation that is not answered yet.
type request struct {
	id             protocol.RequestID
	resend, giveUp protocol.Timer
	message        Request // the same each time it is sent
	target         int     // the replica that is asked, or asked first
	attempts       int
	replies        map[protocol.NodeID]Reply
}

// FrontEnd makes the replication invisible to clients: it hands an operation to replicas, takes an answer, and asks again
// when there is none.
type FrontEnd struct {
	config   systems.Config
	operates []string
	object   object.Object
	id       group.FrontEndID
	ordered  uint64 // numbers used
	local    uint64
	seen     uint64     // executions that what was answered reflects
	open     []*request // in the order in which they were asked
}

func newFrontEnd(c systems.Config, _ protocol.NodeID) protocol.FrontEnd {
	value, known := object.New(c.Object)
	if !known {
		panic(fmt.Sprintf("active: there is no object %q", c.Object))
	}
	service, _ := System().Service(c.Object)
	return &FrontEnd{config: c, operates: service.Operations, object: value}
}

// Start names this life: a front end keeps nothing on disk, and its requests of before must not be taken for those of now.
func (f *FrontEnd) Start(env *protocol.Env, saved protocol.Saved) {
	f.id = group.FrontEndID{Node: env.Self, Incarnation: env.Rand.Uint64() + saved.Boot}
}

// Request begins an operation. What no replica could execute is refused here and never sent.
func (f *FrontEnd) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	first := op.Via
	if first == "" {
		first = f.config.Beside(env.Self)
	}
	r := &request{id: id, target: slices.Index(f.config.Everyone(), first), replies: map[protocol.NodeID]Reply{}}
	if err := f.refuses(op, r.target); err != nil {
		env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: err.Error()})
		return
	}
	r.message = Request{ID: RequestID{From: f.id, Local: f.isLocal(op)}, Done: f.done(), Pinned: op.Via != "", Op: op}
	r.message.Op.Via = ""
	if r.message.ID.Local {
		f.local++
		r.message.ID.Seq = f.local
		if f.config.Options[optionReads] == readsToken {
			r.message.After = f.seen
		}
	} else {
		f.ordered++
		r.message.ID.Seq = f.ordered
	}
	r.resend, r.giveUp = timersOf(id)
	f.open = append(f.open, r)
	env.SetTimer(r.giveUp, f.config.Timeout)
	env.Phase(r.message.ID.operation(), protocol.RequestPhase)
	f.send(env, r)
}

func (f *FrontEnd) refuses(op protocol.Op, target int) error {
	switch {
	case !slices.Contains(f.operates, op.F):
		return fmt.Errorf("active has no operation %q on a %s (it has %s)", op.F, f.config.Object, strings.Join(f.operates, ", "))
	case target < 0:
		return fmt.Errorf("there is no replica %q", op.Via)
	}
	return f.object.Check(op)
}

func (f *FrontEnd) isLocal(op protocol.Op) bool {
	return f.object.ReadOnly(op.F) && f.config.Options[optionReads] != readsOrder
}

// done returns the number up to which all ordered requests have ended.
func (f *FrontEnd) done() uint64 {
	for _, r := range f.open {
		if !r.message.ID.Local {
			return r.message.ID.Seq - 1
		}
	}
	return f.ordered
}

// resend is how long a front end waits for an answer before it asks again; it doubles up to eight times that.
const resend = 100 * time.Millisecond

// send hands a request to one replica, or to all. One that needs several answers goes to all when it is sent again: each
// replica then answers what it has executed.
func (f *FrontEnd) send(env *protocol.Env, r *request) {
	all := f.config.Options[optionRelays] == allRelays || f.needed(r) > 1 && r.attempts > 0
	if all && !r.message.Pinned && !r.message.ID.Local {
		for _, id := range f.config.Everyone() {
			env.Send(id, r.message)
		}
	} else {
		env.Send(f.config.Everyone()[r.target], r.message)
	}
	wait := resend << min(r.attempts, 3)
	env.SetTimer(r.resend, env.Rand.Between(wait*4/5, wait*6/5))
}

// timersOf names the timers of a request: when it is sent again, and when it is given up.
func timersOf(id protocol.RequestID) (resend, giveUp protocol.Timer) {
	n := strconv.FormatUint(uint64(id), 10)
	return protocol.Timer("resend/" + n), protocol.Timer("give-up/" + n)
}

// Timeout sends a request again, to the next replica unless one was named, or gives it up.
func (f *FrontEnd) Timeout(env *protocol.Env, t protocol.Timer) {
	for _, r := range f.open {
		switch t {
		case r.resend:
			r.attempts++
			if !r.message.Pinned {
				r.target = (r.target + 1) % len(f.config.Everyone())
				env.Mark(markMoved)
			}
			f.send(env, r)
			return
		case r.giveUp:
			env.Mark(markGaveUp)
			f.end(env, r, protocol.Reply{Outcome: protocol.Info, Error: "no answer in time"})
			return
		}
	}
}

// needed returns how many replicas must answer alike.
func (f *FrontEnd) needed(r *request) int {
	if r.message.Pinned || r.message.ID.Local || f.config.Options[optionFrontEnd] == firstReply || f.config.Mutant == mutantTakesFirst {
		return 1
	}
	return faulty(len(f.config.Replicas)) + 1
}

// Receive takes an answer: the operation ends when enough replicas have given the same.
func (f *FrontEnd) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	reply, isReply := m.(Reply)
	if !isReply {
		return
	}
	at := slices.IndexFunc(f.open, func(r *request) bool { return r.message.ID == reply.ID })
	if at < 0 {
		return
	}
	r := f.open[at]
	if r.message.Pinned && from != f.config.Everyone()[r.target] {
		return
	}
	r.replies[from] = reply
	alike := 0
	for _, id := range f.config.Everyone() {
		if other, answered := r.replies[id]; answered && same(other.Reply, reply.Reply) {
			alike++
		}
	}
	if alike < f.needed(r) {
		return
	}
	if alike < len(r.replies) {
		env.Mark(markOutvoted)
	}
	f.seen = max(f.seen, reply.Index)
	f.end(env, r, reply.Reply)
}

func same(a, b protocol.Reply) bool {
	return a.Outcome == b.Outcome && a.Error == b.Error && a.Value.Equal(b.Value)
}

func (f *FrontEnd) end(env *protocol.Env, r *request, reply protocol.Reply) {
	f.open = slices.DeleteFunc(f.open, func(o *request) bool { return o == r })
	env.CancelTimer(r.resend)
	env.CancelTimer(r.giveUp)
	env.Phase(r.message.ID.operation(), protocol.PhasesEnd)
	env.Reply(r.id, reply)
}
