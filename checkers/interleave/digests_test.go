package interleave

import (
	"testing"

	"sunder/harness/prng"
)

// TestDigests compares the set with a map. Digests that differ in one half only, and the zero digest, are among them.
func TestDigests(t *testing.T) {
	r := prng.New(1)
	var d digests
	want := map[digest]bool{}
	for range 20_000 {
		x := digest{uint64(r.IntN(90)), uint64(r.IntN(90))}
		if got := d.add(x); got == want[x] {
			t.Fatalf("%v is new: %v", x, got)
		}
		want[x] = true
		if d.count != len(want) {
			t.Fatalf("%d digests, want %d", d.count, len(want))
		}
	}
	if !want[digest{}] {
		t.Error("the zero digest was not among them")
	}
}

// TestHashesDiffer checks that neither objects nor sessions nor both share a hash.
func TestHashesDiffer(t *testing.T) {
	seen := map[digest]bool{}
	for a := range int32(60) {
		for b := range int32(60) {
			seen[placeHash(a, b)] = true
			seen[stateHash(int(a), string('0'+b))] = true
		}
	}
	if len(seen) != 2*60*60 {
		t.Errorf("%d hashes of %d things", len(seen), 2*60*60)
	}
}
