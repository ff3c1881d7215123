package prng

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// first returns the first draws of a stream.
func first(r *Rand) [4]uint64 {
	var out [4]uint64
	for i := range out {
		out[i] = r.Uint64()
	}
	return out
}

// TestStreamsAreTheSameForEver pins draws: a seed in a bug report must mean the same run on every processor and in
// every version.
func TestStreamsAreTheSameForEver(t *testing.T) {
	for _, c := range []struct {
		stream *Rand
		want   string
	}{
		{New(0), "[b18c97843f57bb91 d7046f21f79eba31 50a2e241ff366667 eabf2752ca7429a8]"},
		{New(1), "[ffeb7d7afcf0aba1 e067aece542a712e 415e52334f876d4b c564769f31a6367e]"},
		{New(1).Split("network"), "[cc9efc2a487168dc 9469aefc0c095641 4f95d982dd6f0649 eb1c6ac0160218e1]"},
		{New(1).Split("node/r1/boot/0"), "[cf461e700df4a744 6e63a01d63c7b81a 3ffbafdba134d21d 38f83fe2501e7665]"},
	} {
		if got := fmt.Sprintf("%x", first(c.stream)); got != c.want {
			t.Errorf("drew %s, want %s", got, c.want)
		}
	}
	r := New(7)
	got := fmt.Sprint(r.IntN(1000), r.Between(time.Second, 2*time.Second), r.Chance(One/2), r.Perm(5), r.Weighted([]int{1, 2, 3}), Pick(r, []string{"a", "b", "c"}))
	if want := "709 1.82621969s false [2 3 1 4 0] 2b"; got != want {
		t.Errorf("drew %s, want %s", got, want)
	}
}

func TestSplitsDependOnSeedAndNameAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, name := rapid.Uint64().Draw(t, "seed"), rapid.String().Draw(t, "name")
		fresh := first(New(seed).Split(name))
		used := New(seed)
		for range rapid.IntRange(1, 50).Draw(t, "draws") {
			used.Uint64()
			used.Split("another").Uint64()
		}
		if again := first(used.Split(name)); again != fresh {
			t.Fatalf("after draws from its parent, stream %q of seed %d gives %x, not %x", name, seed, again, fresh)
		}
	})
}

func TestSplittingDrawsNothing(t *testing.T) {
	plain, split := New(3), New(3)
	split.Split("a").Uint64()
	if a, b := first(plain), first(split); a != b {
		t.Errorf("a split shifts its parent's draws: %x, %x", a, b)
	}
}

// TestStreamsDiffer looks for two names, seeds or levels with the same stream.
func TestStreamsDiffer(t *testing.T) {
	seen := map[[4]uint64]string{}
	add := func(name string, r *Rand) {
		t.Helper()
		draws := first(r)
		if other, twice := seen[draws]; twice {
			t.Errorf("%s and %s are the same stream", name, other)
		}
		seen[draws] = name
	}
	for seed := range uint64(50) {
		r := New(seed)
		add(fmt.Sprint("seed ", seed), r)
		for _, name := range []string{"", "a", "b", "ab", "ba", "a/b", "network", "disk/r1", "disk/r2", "node/r1/boot/1", "node/r1/boot/11"} {
			add(fmt.Sprintf("seed %d, %q", seed, name), r.Split(name))
		}
		add(fmt.Sprintf("seed %d, a below b", seed), r.Split("b").Split("a"))
		add(fmt.Sprintf("seed %d, b below a", seed), r.Split("a").Split("b"))
	}
}

func TestInt64NIsUniform(t *testing.T) {
	const n, draws = 10, 100_000
	r := New(1)
	var counts [n]int
	for range draws {
		counts[r.Int64N(n)]++
	}
	// The standard deviation of a count is 95.
	for i, c := range counts {
		if c < draws/n-400 || c > draws/n+400 {
			t.Errorf("%d was drawn %d times of %d", i, c, draws)
		}
	}
}

// TestInt64NDoesNotFavourLowNumbers draws below three quarters of 2^63, where taking a remainder would draw the lowest
// third twice as often as the rest.
func TestInt64NDoesNotFavourLowNumbers(t *testing.T) {
	const n = 3 << 61
	r := New(1)
	low := 0
	for range 30_000 {
		if r.Int64N(n) < n/3 {
			low++
		}
	}
	if low < 9_600 || low > 10_400 {
		t.Errorf("the lowest third was drawn %d times of 30000", low)
	}
}

func TestRangesAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(rapid.Uint64().Draw(t, "seed"))
		n := rapid.Int64Range(1, 1<<62).Draw(t, "n")
		if got := r.Int64N(n); got < 0 || got >= n {
			t.Fatalf("Int64N(%d) = %d", n, got)
		}
		low := time.Duration(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "low"))
		high := low + time.Duration(rapid.Int64Range(0, 1<<60).Draw(t, "width"))
		if got := r.Between(low, high); got < low || got > high {
			t.Fatalf("Between(%v, %v) = %v", low, high, got)
		}
		p := r.Perm(rapid.IntRange(0, 30).Draw(t, "size"))
		sorted := slices.Clone(p)
		slices.Sort(sorted)
		for i, v := range sorted {
			if i != v {
				t.Fatalf("Perm = %v", p)
			}
		}
	})
}

func TestBetweenReachesBothEnds(t *testing.T) {
	r := New(1)
	seen := map[time.Duration]int{}
	for range 1000 {
		seen[r.Between(5, 7)]++
	}
	if len(seen) != 3 || seen[5] < 250 || seen[6] < 250 || seen[7] < 250 {
		t.Errorf("drew %v", seen)
	}
}

func TestPermGivesEveryOrder(t *testing.T) {
	r := New(1)
	seen := map[string]int{}
	for range 6000 {
		seen[fmt.Sprint(r.Perm(3))]++
	}
	if len(seen) != 6 {
		t.Errorf("drew %v", seen)
	}
	for order, n := range seen {
		if n < 850 || n > 1150 {
			t.Errorf("%s was drawn %d times of 6000", order, n)
		}
	}
}

func TestChance(t *testing.T) {
	r := New(1)
	hits := 0
	for range 100_000 {
		if r.Chance(50_000) {
			hits++
		}
	}
	if hits < 4700 || hits > 5300 {
		t.Errorf("a chance of 5%% came true %d times of 100000", hits)
	}
	rare := 0
	for range 1_000_000 {
		if r.Chance(1) {
			rare++
		}
	}
	if rare > 10 {
		t.Errorf("a chance of a millionth came true %d times of a million", rare)
	}
}

func TestCertaintyDrawsNothing(t *testing.T) {
	r, untouched := New(1), New(1)
	for range 10 {
		if r.Chance(0) || r.Chance(-1) || !r.Chance(One) || !r.Chance(One+1) {
			t.Fatal("what is certain is not")
		}
		if r.Between(4, 4) != 4 {
			t.Fatal("the only duration there is was not drawn")
		}
	}
	if a, b := first(r), first(untouched); a != b {
		t.Errorf("certain things were drawn: %x, %x", a, b)
	}
}

func TestWeighted(t *testing.T) {
	r := New(1)
	var counts [4]int
	for range 10_000 {
		counts[r.Weighted([]int{1, 0, 6, 3})]++
	}
	if counts[1] != 0 || counts[0] < 850 || counts[0] > 1150 || counts[2] < 5800 || counts[2] > 6200 {
		t.Errorf("weights 1, 0, 6 and 3 were drawn %v times", counts)
	}
}

func TestPickPicksEach(t *testing.T) {
	r := New(1)
	seen := map[string]bool{}
	for range 100 {
		seen[Pick(r, []string{"a", "b", "c"})] = true
	}
	if len(seen) != 3 {
		t.Errorf("picked %v", seen)
	}
}

func TestImpossibleDrawsPanic(t *testing.T) {
	for name, draw := range map[string]func(*Rand){
		"Int64N(0)":           func(r *Rand) { r.Int64N(0) },
		"IntN(-1)":            func(r *Rand) { r.IntN(-1) },
		"Between(2, 1)":       func(r *Rand) { r.Between(2, 1) },
		"Weighted of nothing": func(r *Rand) { r.Weighted([]int{0, 0}) },
		"Pick of nothing":     func(r *Rand) { Pick(r, []int{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			draw(New(1))
		})
	}
}

func TestRatioTextRoundTrip(t *testing.T) {
	for p := Ratio(0); p <= One; p += 7 {
		checkRatio(t, p)
	}
	for _, p := range []Ratio{1, 10, 100, 1000, 10_000, 100_000, One - 1, One} {
		checkRatio(t, p)
	}
}

func checkRatio(t *testing.T, p Ratio) {
	t.Helper()
	text, err := p.MarshalText()
	if err != nil || string(text) != p.String() {
		t.Fatalf("%d is written %s and %s, %v", int64(p), text, p, err)
	}
	var back Ratio
	if err := back.UnmarshalText(text); err != nil || back != p {
		t.Fatalf("%d is written %s and read as %d, %v", int64(p), text, int64(back), err)
	}
}

func TestParseRatio(t *testing.T) {
	for text, want := range map[string]Ratio{
		"0%": 0, "1%": 10_000, "0.25%": 2500, "5.0000%": 50_000, "0.0001%": 1, "100%": One, " 12.5% ": 125_000, ".5%": 5000, "007%": 70_000,
	} {
		if got, err := ParseRatio(text); err != nil || got != want {
			t.Errorf("ParseRatio(%q) = %d, %v, want %d", text, int64(got), err, int64(want))
		}
	}
	for _, text := range []string{
		"", "%", "5", "0.05", "-1%", "+1%", "1.%", "0.00001%", "101%", "100.0001%", "1e1%", "x%", "1 %", "1%%", "1_0%", "1,5%", "99999999999999999999%",
	} {
		p := Ratio(42)
		if err := p.UnmarshalText([]byte(text)); err == nil || p != 42 {
			t.Errorf("%q is read as %d, %v", text, int64(p), err)
		}
	}
}

func TestRatioString(t *testing.T) {
	for p, want := range map[Ratio]string{0: "0%", 1: "0.0001%", 2500: "0.25%", 10_000: "1%", 125_000: "12.5%", One: "100%"} {
		if got := p.String(); got != want {
			t.Errorf("%d is written %s, want %s", int64(p), got, want)
		}
	}
}

func BenchmarkBetween(b *testing.B) {
	r := New(1)
	b.ReportAllocs()
	for b.Loop() {
		r.Between(time.Millisecond, 10*time.Millisecond)
	}
}

func BenchmarkChance(b *testing.B) {
	r := New(1)
	b.ReportAllocs()
	for b.Loop() {
		r.Chance(50_000)
	}
}

func BenchmarkSplit(b *testing.B) {
	r := New(1)
	b.ReportAllocs()
	for b.Loop() {
		r.Split("node/r1/boot/0")
	}
}
