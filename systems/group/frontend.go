package group

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

// request is an operation that is not answered yet.
type request struct {
	id             protocol.RequestID
	resend, giveUp protocol.Timer
	seq            uint64 // of updates and of reads apart
	read           bool
	op             protocol.Op // without Via
	pinned         bool        // a replica was named, or the group is closed
	target         int         // the replica that is asked
	attempts       int
}

// FrontEnd makes the group invisible to clients: it hands an operation to a replica, and to the next one if there is no
// answer.
type FrontEnd struct {
	config   systems.Config
	operates []string
	object   object.Object
	id       FrontEndID
	updates  uint64 // numbers used
	reads    uint64
	open     []*request // in the order in which they were asked
}

func newFrontEnd(c systems.Config, _ protocol.NodeID) protocol.FrontEnd {
	value, known := object.New(c.Object)
	if !known {
		panic(fmt.Sprintf("group: there is no object %q", c.Object))
	}
	service, _ := System().Service(c.Object)
	return &FrontEnd{config: c, operates: service.Operations, object: value}
}

// Start names this life: a front end keeps nothing on disk, and its updates of before must not be taken for those of now.
func (f *FrontEnd) Start(env *protocol.Env, saved protocol.Saved) {
	f.id = FrontEndID{env.Self, env.Rand.Uint64() + saved.Boot}
}

// Request begins an operation. What no replica could execute is refused here and never sent.
func (f *FrontEnd) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	r := &request{id: id, op: op, pinned: op.Via != "" || f.config.Options[optionAccess] == closed}
	first := op.Via
	if first == "" {
		first = f.config.Beside(env.Self)
	}
	r.op.Via = ""
	r.target = slices.Index(f.config.Everyone(), first)
	if err := f.refuses(op, r.target); err != nil {
		env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: err.Error()})
		return
	}
	if r.read = f.object.ReadOnly(op.F); r.read {
		f.reads++
		r.seq = f.reads
	} else {
		f.updates++
		r.seq = f.updates
	}
	r.resend, r.giveUp = timersOf(id)
	f.open = append(f.open, r)
	env.SetTimer(r.giveUp, f.config.Timeout)
	env.Phase(operation(f.id, r.seq, r.read), protocol.RequestPhase)
	f.send(env, r)
}

func (f *FrontEnd) refuses(op protocol.Op, target int) error {
	switch {
	case !slices.Contains(f.operates, op.F):
		return fmt.Errorf("group has no operation %q on a %s (it has %s)", op.F, f.config.Object, strings.Join(f.operates, ", "))
	case target < 0:
		return fmt.Errorf("there is no replica %q", op.Via)
	}
	return f.object.Check(op)
}

func (f *FrontEnd) send(env *protocol.Env, r *request) {
	env.Send(f.config.Everyone()[r.target], Request{f.id, r.seq, r.op})
	wait := 100 * time.Millisecond << min(r.attempts, 3)
	env.SetTimer(r.resend, env.Rand.Between(wait*4/5, wait*6/5))
}

// timersOf names the timers of a request: when it is sent again, and when it is given up.
func timersOf(id protocol.RequestID) (resend, giveUp protocol.Timer) {
	n := strconv.FormatUint(uint64(id), 10)
	return protocol.Timer("resend/" + n), protocol.Timer("give-up/" + n)
}

// Timeout sends a request again, or gives it up.
func (f *FrontEnd) Timeout(env *protocol.Env, t protocol.Timer) {
	for _, r := range f.open {
		switch t {
		case r.resend:
			r.attempts++
			if !r.pinned {
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

// Receive ends the request that a reply is for.
func (f *FrontEnd) Receive(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
	reply, isReply := m.(Reply)
	if !isReply || reply.To != f.id {
		return
	}
	for _, r := range f.open {
		if r.seq == reply.Seq && r.read == reply.Read {
			f.end(env, r, certain(r, reply.Reply))
			return
		}
	}
}

// certain makes a refusal one of unknown outcome if another replica was asked, too, and may do what this one has refused.
func certain(r *request, reply protocol.Reply) protocol.Reply {
	if reply.Outcome == protocol.Fail && !r.read && r.attempts > 0 && !r.pinned {
		return protocol.Reply{Outcome: protocol.Info, Error: "a replica has refused it, and another one may not have"}
	}
	return reply
}

func (f *FrontEnd) end(env *protocol.Env, r *request, reply protocol.Reply) {
	f.open = slices.DeleteFunc(f.open, func(o *request) bool { return o == r })
	env.CancelTimer(r.resend)
	env.CancelTimer(r.giveUp)
	env.Phase(operation(f.id, r.seq, r.read), protocol.PhasesEnd)
	env.Reply(r.id, reply)
}
