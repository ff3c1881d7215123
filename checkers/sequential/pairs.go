package sequential

// pairs is a set of pairs of operations: a hash table with open addresses, at most half full.
type pairs struct {
	slots []uint64 // of a power of two; each a pair +1, 0 if it is free
	shift uint8    // of the hash, which leaves a slot
	count int
}

// add adds a pair, and tells whether it is new.
func (p *pairs) add(from, to int32) bool {
	if 2*p.count >= len(p.slots) {
		p.grow()
	}
	pair := (uint64(from)<<32 | uint64(to)) + 1
	slot := p.slot(pair)
	if *slot == pair {
		return false
	}
	*slot = pair
	p.count++
	return true
}

// slot returns where a pair is, or the free slot where it is to be put.
func (p *pairs) slot(pair uint64) *uint64 {
	i := pair * 0x9e3779b97f4a7c15 >> p.shift
	for p.slots[i] != 0 && p.slots[i] != pair {
		i = (i + 1) & uint64(len(p.slots)-1)
	}
	return &p.slots[i]
}

func (p *pairs) grow() {
	old := p.slots
	if len(old) == 0 {
		p.slots, p.shift = make([]uint64, 16), 60
		return
	}
	p.slots, p.shift = make([]uint64, 2*len(old)), p.shift-1
	for _, pair := range old {
		if pair != 0 {
			*p.slot(pair) = pair
		}
	}
}
