package gossip

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func timestamps() *rapid.Generator[Timestamp] {
	return rapid.Custom(func(t *rapid.T) Timestamp {
		return Timestamp(rapid.SliceOfN(rapid.Uint64Range(0, 3), 0, 3).Draw(t, "timestamp"))
	})
}

// TestTimestampAlgebra holds merge and Covers to the laws of a lattice; shorter timestamps stand for longer ones with
// zeros.
func TestTimestampAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := timestamps().Draw(t, "a"), timestamps().Draw(t, "b"), timestamps().Draw(t, "c")
		before := slices.Clone(a)
		m := merge(a, b)
		i := rapid.IntRange(0, 2).Draw(t, "i")
		higher := a.with(i, 9)
		for _, law := range []struct {
			name  string
			holds bool
		}{
			{"reflexive", a.Covers(a)},
			{"antisymmetric", !(a.Covers(b) && b.Covers(a)) || a.equal(b)},
			{"transitive", !(a.Covers(b) && b.Covers(c)) || a.Covers(c)},
			{"zero is least", a.Covers(nil)},
			{"merge is an upper bound", m.Covers(a) && m.Covers(b)},
			{"merge is the least", !(c.Covers(a) && c.Covers(b)) || c.Covers(m)},
			{"merge commutes", m.equal(merge(b, a))},
			{"merge associates", merge(m, c).equal(merge(a, merge(b, c)))},
			{"merge is idempotent", merge(m, a).equal(m)},
			{"with sets one entry", higher.at(i) == 9 && higher.with(i, a.at(i)).equal(a)},
			{"sum grows with the order", !a.Covers(b) || a.equal(b) || a.sum() > b.sum()},
			{"nothing was changed", slices.Equal(before, a)},
		} {
			if !law.holds {
				t.Errorf("%s: a %v b %v c %v merge %v", law.name, a, b, c, m)
			}
		}
	})
}

func TestTimestampsOfTheBook(t *testing.T) {
	query, value := Timestamp{2, 4, 6}, Timestamp{2, 5, 5}
	if value.Covers(query) || query.Covers(value) {
		t.Error("(2,4,6) and (2,5,5) are not ordered")
	}
	if got := merge(query, Timestamp{2, 5, 6}).String(); got != "(2,5,6)" {
		t.Errorf("merge: %s", got)
	}
}
