package interleave

import "sunder/harness/protocol"

// digest is 128 bits of hash.
type digest [2]uint64

// What a hash begins with, besides which half of a digest it is.
const (
	ofState = 2 * iota
	ofPlace
)

// stateHash hashes what an object holds.
func stateHash(key int, text string) digest {
	var out digest
	for half := range out {
		var h protocol.Hash
		h.Word(ofState + uint64(half))
		h.Word(uint64(key))
		h.Text(text)
		out[half] = uint64(h)
	}
	return out
}

// placeHash hashes how many operations of a session are placed.
func placeHash(session, at int32) digest {
	var out digest
	for half := range out {
		var h protocol.Hash
		h.Word(ofPlace + uint64(half))
		h.Word(uint64(session)<<32 | uint64(at))
		out[half] = uint64(h)
	}
	return out
}

// digests is a set of digests: a hash table with open addresses, at most three quarters full. They are hashes already, so
// the first half of one says where it is to be put.
type digests struct {
	slots []digest // of a power of two; the zero digest is a free slot
	count int
	zero  bool // whether the zero digest is in the set
}

// add adds a digest, and tells whether it is new.
func (d *digests) add(x digest) bool {
	if x == (digest{}) {
		added := !d.zero
		if d.zero = true; added {
			d.count++
		}
		return added
	}
	if 4*d.count >= 3*len(d.slots) {
		d.grow()
	}
	slot := d.slot(x)
	if *slot == x {
		return false
	}
	*slot = x
	d.count++
	return true
}

// slot returns where a digest is, or the free slot where it is to be put.
func (d *digests) slot(x digest) *digest {
	i := x[0] & uint64(len(d.slots)-1)
	for d.slots[i] != (digest{}) && d.slots[i] != x {
		i = (i + 1) & uint64(len(d.slots)-1)
	}
	return &d.slots[i]
}

func (d *digests) grow() {
	old := d.slots
	d.slots = make([]digest, max(16, 2*len(old)))
	for _, x := range old {
		if x != (digest{}) {
			*d.slot(x) = x
		}
	}
}
