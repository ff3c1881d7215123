package passive

import (
	"time"

	"sunder/harness/protocol"
)

// holdTicks is how many heartbeats a read waits for what its front end has seen already.
const (
	holdTicks = 20
	holdTick  = 50 * time.Millisecond
	timerHold = protocol.Timer("passive/hold")
)

// waiting is a read at a replica that does not have yet what its front end has seen.
type waiting struct {
	request Request
	ticks   int
}

// read takes a read.
func (r *Replica) read(env *protocol.Env, q Request) {
	atBackups := r.reads == readsToken || r.reads == readsRaw
	switch {
	case atBackups && (r.reads == readsRaw || r.index >= q.After || r.mutant == mutantIgnoresToken):
		r.answer(env, q)
	case atBackups:
		r.hold(env, q)
	case !r.isPrimary && !q.Pinned:
		r.redirect(env, q)
	case r.isPrimary && r.mutant == mutantReadsLocally:
		r.answer(env, q)
	case r.isPrimary && r.members.Leased(env):
		env.Mark(markLeaseRead)
		r.answer(env, q)
	default:
		env.Phase(q.ID.operation(), protocol.CoordinationPhase)
		r.barrier.ask(q)
	}
}

// answer answers a read from the copy here.
func (r *Replica) answer(env *protocol.Env, q Request) {
	env.Phase(q.ID.operation(), protocol.ExecutionPhase)
	r.reply(env, Reply{q.ID, r.index, r.value.Apply(q.Op)})
}

// serveReads answers the reads whose mark was delivered, and sends a mark for those that came meanwhile. It comes after all
// else that an event leads to: the event that made a mark deliverable has made all updates before it deliverable, too, and
// these may be delivered after the mark if their sender is another.
func (r *Replica) serveReads(env *protocol.Env) {
	b := &r.barrier
	for b.ripe == b.sent && len(b.behind)+len(b.fresh) > 0 {
		if len(b.behind) > 1 {
			env.Mark(markReadsBatched)
		}
		for _, q := range b.behind {
			r.answer(env, q)
		}
		b.behind = nil
		if len(b.fresh) > 0 {
			b.behind, b.fresh = b.fresh, nil
			b.sent++
			r.members.Multicast(env, Mark{r.members.PID(), b.sent}.encode())
		}
	}
}

// hold keeps a read until the copy here has what its front end has seen.
func (r *Replica) hold(env *protocol.Env, q Request) {
	for _, w := range r.held {
		if w.request.ID == q.ID {
			return
		}
	}
	env.Mark(markReadHeld)
	env.Phase(q.ID.operation(), protocol.CoordinationPhase)
	if len(r.held) == 0 {
		env.SetTimer(timerHold, holdTick)
	}
	r.held = append(r.held, waiting{request: q})
}

// serveHeld answers held reads that need not wait any more.
func (r *Replica) serveHeld(env *protocol.Env) {
	keep := r.held[:0]
	for _, w := range r.held {
		if r.members.Ready() && r.index >= w.request.After {
			r.answer(env, w.request)
		} else {
			keep = append(keep, w)
		}
	}
	r.held = keep
}

// age sends the front ends of reads that have waited too long to the primary.
func (r *Replica) age(env *protocol.Env) {
	keep := r.held[:0]
	for _, w := range r.held {
		if w.ticks++; w.ticks < holdTicks {
			keep = append(keep, w)
		} else {
			r.redirect(env, w.request)
		}
	}
	if r.held = keep; len(keep) > 0 {
		env.SetTimer(timerHold, holdTick)
	}
}
