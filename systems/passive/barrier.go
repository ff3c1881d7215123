package passive

import "sunder/systems/group"

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
	if !asks(b.behind, q.ID) && !asks(b.fresh, q.ID) {
		b.fresh = append(b.fresh, q)
	}
}

// asks tells whether a request is in a list.
func asks(list []Request, id RequestID) bool {
	for i := range list {
		if list[i].ID == id {
			return true
		}
	}
	return false
}

// delivered takes note of a mark.
func (b *barrier) delivered(self group.PID, m Mark) {
	if m.From == self {
		b.ripe = max(b.ripe, m.Number)
	}
}

// drop forgets all reads: their front ends will ask somebody else.
func (b *barrier) drop() { *b = barrier{} }
