package txn

import "math/bits"

// shelf finds the versions of one key by their values: a hash table with open addresses, at most three quarters full.
// Each key has its own, because few keys are in use at a time: what is asked for next is in the processor's cache, which
// one table of a million keys is not.
type shelf struct {
	slots []int32 // versions +1; 0 if the slot is free
	count int
	shift uint8 // of the hash, which leaves a position
}

const fewSlots = 8

// find returns the version of a value; none.
func (s *shelf) find(versions []version, number int64, text bool) int32 {
	if len(s.slots) == 0 {
		return none
	}
	return s.slots[s.at(versions, number, text)] - 1
}

// at returns the position of a value, or where it is to be put.
func (s *shelf) at(versions []version, number int64, text bool) int {
	at := int(uint64(number) * 0x9e3779b97f4a7c15 >> s.shift)
	for ; s.slots[at] != 0; at = (at + 1) & (len(s.slots) - 1) {
		if v := &versions[s.slots[at]-1]; v.number == number && v.text == text {
			break
		}
	}
	return at
}

// put has a version found, in place of that of the same value, if there is one.
func (s *shelf) put(versions []version, version int32, from *stock) {
	if 4*(s.count+1) > 3*len(s.slots) {
		old := s.slots
		s.slots = from.take(max(fewSlots, 2*len(old)))
		s.shift = uint8(64 - bits.TrailingZeros(uint(len(s.slots))))
		for _, v := range old {
			if v != 0 {
				s.slots[s.at(versions, versions[v-1].number, versions[v-1].text)] = v
			}
		}
		from.give(old)
	}
	at := s.at(versions, versions[version].number, versions[version].text)
	if s.slots[at] == 0 {
		s.count++
	}
	s.slots[at] = version + 1
}

// stock keeps the memory of shelves that have grown, by the logarithm of its length, for others.
type stock [32][][]int32

func (s *stock) take(length int) []int32 {
	same := &s[bits.TrailingZeros(uint(length))]
	last := len(*same) - 1
	if last < 0 {
		return make([]int32, length)
	}
	out := (*same)[last]
	*same = (*same)[:last]
	clear(out)
	return out
}

func (s *stock) give(slots []int32) {
	if len(slots) > 0 {
		same := &s[bits.TrailingZeros(uint(len(slots)))]
		*same = append(*same, slots)
	}
}
