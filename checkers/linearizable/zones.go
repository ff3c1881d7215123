package linearizable

import (
	"cmp"
	"slices"
)

// sweepZones sorts the blocks into a valid order, or reports two that must each precede the other.
func (r *registerKey) sweepZones() *finding {
	r.sortBlocks()
	last := -1 // the forward block that ends last
	for b := range r.blocks {
		now := &r.blocks[b]
		if last >= 0 && now.return1.at < r.blocks[last].call2.at {
			return r.entangled(&r.blocks[last], r.clearest(&r.blocks[last], b))
		}
		if now.forward() {
			last = b
		}
	}
	return nil
}

// sortBlocks sorts blocks by rank. No two have the same: it is an event of an operation of the block. So where events
// are not much more than blocks, each block has its place among them.
func (r *registerKey) sortBlocks() {
	from, to := int32(never), int32(-2)
	for i := range r.blocks {
		from, to = min(from, r.blocks[i].rank()), max(to, r.blocks[i].rank())
	}
	if int(to-from) > 16*len(r.blocks) {
		slices.SortFunc(r.blocks, func(a, b block) int { return cmp.Compare(a.rank(), b.rank()) })
		return
	}
	at := empty(int(to-from) + 1)
	for i := range r.blocks {
		at[r.blocks[i].rank()-from] = int32(i)
	}
	sorted := make([]block, 0, len(r.blocks))
	for _, i := range at {
		if i != nothing {
			sorted = append(sorted, r.blocks[i])
		}
	}
	r.blocks = sorted
}

// clearest returns, of the blocks from the b-th on that block a cannot be beside, one that tells most: one that began
// after a was there, and of which a write had returned, else any operation, before a was seen again.
func (r *registerKey) clearest(a *block, b int) *block {
	best, rating := &r.blocks[b], 0
	for ; b < len(r.blocks) && r.blocks[b].rank() < a.call2.at && rating < 2; b++ {
		other := &r.blocks[b]
		if other.return1.at >= a.call2.at || !r.beganAfter(other, a) {
			continue
		}
		if r.writes[other.return1.op] != nothing {
			best, rating = other, 2
		} else if rating == 0 {
			best, rating = other, 1
		}
	}
	return best
}

// forward tells whether an operation of the block returns before another of it is called.
func (b *block) forward() bool { return b.return1.at < b.call2.at }

// rank is the moment that a block is sorted by: where its zone begins.
func (b *block) rank() int32 { return min(b.return1.at, b.call2.at) }
