package passive

import (
	"sunder/harness/protocol"
	"sunder/systems/group"
)

// barrier holds reads back until it is certain that no other view has begun since they came. A mark that is multicast
// after that is delivered only when all members of the view have it, so all of them were still in the view, and have
// acknowledged before it every update that was answered before the read came. A deposed primary gets no mark through.
type barrier struct {
	sent, ripe uint64    // the numbers of the last mark sent, and of the last one delivered
	behind     []Request // reads behind the last mark sent
	fresh      []Request // reads that came after it was sent
}

// ask takes a read, unless it waits already.
func (b *barrier) ask(q Request) {
	for _, list := range [][]Request{b.behind, b.fresh} {
		for _, other := range list {
			if other.ID == q.ID {
				return
			}
		}
	}
	b.fresh = append(b.fresh, q)
}

// delivered takes note of a mark.
func (b *barrier) delivered(self group.PID, m Mark) {
	if m.From == self {
		b.ripe = max(b.ripe, m.Number)
	}
}

// drop forgets all reads: their front ends will ask somebody else.
func (b *barrier) drop() { *b = barrier{} }

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
			env.Send(q.ID.From.Node, Reply{q.ID, r.value.Apply(q.Op)})
		}
		b.behind = nil
		if len(b.fresh) > 0 {
			b.behind, b.fresh = b.fresh, nil
			b.sent++
			r.group.Multicast(env, encode(payload{Mark: &Mark{r.group.PID(), b.sent}}))
		}
	}
}
