package session

import "math/bits"

// bitset is a set of numbers of writes.
type bitset []uint64

func newBitsets(n, words int) []bitset {
	all := make(bitset, n*words)
	out := make([]bitset, n)
	for i := range out {
		out[i] = all[i*words : (i+1)*words : (i+1)*words]
	}
	return out
}

func (b bitset) add(i int32)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int32) bool { return b[i/64]&(1<<(i%64)) != 0 }

// or adds all of other and tells whether that changed anything.
func (b bitset) or(other bitset) bool {
	news := uint64(0)
	for i, w := range other {
		news |= w &^ b[i]
		b[i] |= w
	}
	return news != 0
}

// each visits what is in both sets, ascending, until visit answers false.
func (b bitset) each(other bitset, visit func(i int32) bool) {
	for w := range b {
		for both := b[w] & other[w]; both != 0; both &= both - 1 {
			if !visit(int32(w*64 + bits.TrailingZeros64(both))) {
				return
			}
		}
	}
}
