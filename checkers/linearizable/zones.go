package linearizable

import (
	"cmp"
	"slices"
)

// sweepZones sorts the blocks into a valid order, or reports two that must each precede the other.
func (r *registerKey) sweepZones() *finding {
	r.sortBlocks()
	var last *block // the forward block that ends last
	for at, b := range r.sorted {
		now := &r.blocks[b]
		if last != nil && now.return1.at < last.call2.at {
			return r.entangled(last, r.clearest(last, at))
		}
		if now.forward() {
			last = now
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
		r.sorted = make([]int32, len(r.blocks))
		for i := range r.sorted {
			r.sorted[i] = int32(i)
		}
		slices.SortFunc(r.sorted, func(a, b int32) int { return cmp.Compare(r.blocks[a].rank(), r.blocks[b].rank()) })
		return
	}
	at := empty(int(to-from) + 1)
	for i := range r.blocks {
		at[r.blocks[i].rank()-from] = int32(i)
	}
	r.sorted = slices.DeleteFunc(at, func(i int32) bool { return i == nothing })
}

// clearest returns, of the blocks from a place in the order on that block a cannot be beside, one that tells most: one that began
// after a was there, and of which a write had returned, else any operation, before a was seen again.
func (r *registerKey) clearest(a *block, at int) *block {
	best, rating := &r.blocks[r.sorted[at]], 0
	for ; at < len(r.sorted) && rating < 2; at++ {
		other := &r.blocks[r.sorted[at]]
		if other.rank() >= a.call2.at {
			break
		}
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
