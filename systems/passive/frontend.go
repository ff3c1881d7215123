package passive

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
	message        Request // the same each time it is sent
	target         int     // the replica that is asked
	attempts       int
	redirects      int // since it was sent because a time was over
}

// FrontEnd makes the replication invisible to clients: it finds the primary, and asks again when there is no answer.
type FrontEnd struct {
	config   systems.Config
	operates []string
	object   object.Object
	id       FrontEndID
	primary  int    // the replica that is taken for the primary
	seen     uint64 // how many updates the answers up to now reflect
	updates  uint64 // numbers used
	reads    uint64
	open     []*request // in the order in which they were asked
}

func newFrontEnd(c systems.Config, _ protocol.NodeID) protocol.FrontEnd {
	value, known := object.New(c.Object)
	if !known {
		panic(fmt.Sprintf("passive: there is no object %q", c.Object))
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
	isRead := f.object.ReadOnly(op.F)
	r := &request{id: id, target: f.primary}
	if isRead && f.readsAnywhere() {
		r.target = slices.Index(f.config.Everyone(), f.config.Beside(env.Self))
	}
	if op.Via != "" {
		r.target = slices.Index(f.config.Everyone(), op.Via)
	}
	if err := f.refuses(op, r.target); err != nil {
		env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: err.Error()})
		return
	}
	r.message = Request{ID: RequestID{From: f.id, Read: isRead}, Done: f.done(), After: f.seen, Pinned: op.Via != "", Op: op}
	r.message.Op.Via = ""
	if isRead {
		f.reads++
		r.message.ID.Seq = f.reads
	} else {
		f.updates++
		r.message.ID.Seq = f.updates
	}
	r.resend, r.giveUp = timersOf(id)
	f.open = append(f.open, r)
	env.SetTimer(r.giveUp, f.config.Timeout)
	env.Phase(r.message.ID.operation(), protocol.RequestPhase)
	f.send(env, r)
}

// readsAnywhere tells whether any replica may answer reads.
func (f *FrontEnd) readsAnywhere() bool {
	reads := f.config.Options[optionReads]
	return reads == readsToken || reads == readsRaw
}

func (f *FrontEnd) refuses(op protocol.Op, target int) error {
	switch {
	case !slices.Contains(f.operates, op.F):
		return fmt.Errorf("passive has no operation %q on a %s (it has %s)", op.F, f.config.Object, strings.Join(f.operates, ", "))
	case target < 0:
		return fmt.Errorf("there is no replica %q", op.Via)
	}
	return f.object.Check(op)
}

// done returns the number up to which all updates have ended.
func (f *FrontEnd) done() uint64 {
	for _, r := range f.open {
		if !r.message.ID.Read {
			return r.message.ID.Seq - 1
		}
	}
	return f.updates
}

// resend is how long a front end waits for an answer before it asks again; it doubles up to eight times that.
const resend = 100 * time.Millisecond

// redirectsMost is how many redirections are followed before the front end waits.
const redirectsMost = 3

func (f *FrontEnd) send(env *protocol.Env, r *request) {
	r.redirects = 0
	env.Send(f.config.Everyone()[r.target], r.message)
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

// Receive ends the request that a reply is for, or follows a redirection. Who is busy is asked again later, or another one.
func (f *FrontEnd) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case Reply:
		r := f.find(m.ID)
		if r == nil {
			return
		}
		f.seen = max(f.seen, m.Index)
		if !r.message.Pinned && (!m.ID.Read || !f.readsAnywhere()) {
			f.primary = slices.Index(f.config.Everyone(), from)
		}
		f.end(env, r, m.Reply)
	case Redirect:
		to := slices.Index(f.config.Everyone(), m.Primary)
		r := f.find(m.ID)
		if r == nil || to < 0 || r.message.Pinned || r.redirects == redirectsMost {
			return
		}
		r.redirects++
		f.primary, r.target = to, to
		env.Send(m.Primary, r.message)
	}
}

// find returns the request of an id, nil if it has ended.
func (f *FrontEnd) find(id RequestID) *request {
	for _, r := range f.open {
		if r.message.ID == id {
			return r
		}
	}
	return nil
}

func (f *FrontEnd) end(env *protocol.Env, r *request, reply protocol.Reply) {
	f.open = slices.DeleteFunc(f.open, func(o *request) bool { return o == r })
	env.CancelTimer(r.resend)
	env.CancelTimer(r.giveUp)
	env.Phase(r.message.ID.operation(), protocol.PhasesEnd)
	env.Reply(r.id, reply)
}
