// Package prng is the only source of randomness in sunder: one seed a run, and a stream of its own for each
// part, found by name. A part that draws once more than before shifts no other part's draws, so a seed keeps
// its meaning while the code around it grows.
//
// Everything is integer arithmetic: chances are Ratios, so that a seed gives the same run on every processor.
// The package must not know what is drawn for.
package prng

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Rand is one stream of random numbers. It is not safe for concurrent use.
type Rand struct {
	seed uint64
	pcg  rand.PCG
}

// New returns the stream of a seed.
func New(seed uint64) *Rand {
	r := &Rand{seed: seed}
	r.pcg.Seed(mix(seed), mix(seed^0x9e3779b97f4a7c15))
	return r
}

// Split returns the stream called name below r. It depends on r's seed and the name alone, not on what was
// drawn from r before.
func (r *Rand) Split(name string) *Rand {
	// The seed is mixed before the name comes in: else a bit of a neighbouring seed could undo a bit of the name.
	h := mix(r.seed ^ 0xcbf29ce484222325)
	for i := range len(name) {
		h = mix(h ^ uint64(name[i]))
	}
	return New(h)
}

// mix is the finalizer of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// Uint64 returns 64 random bits.
func (r *Rand) Uint64() uint64 { return r.pcg.Uint64() }

// Int64N returns a number in [0, n). It panics if n <= 0.
func (r *Rand) Int64N(n int64) int64 {
	if n <= 0 {
		panic(fmt.Sprintf("prng: Int64N(%d)", n))
	}
	bound := uint64(n)
	for {
		// Lemire's method without the multiplication: draw again what would make the low values likelier.
		v := r.pcg.Uint64() & (1<<63 - 1)
		if v < (1<<63)-(1<<63)%bound {
			return int64(v % bound)
		}
	}
}

// IntN returns a number in [0, n). It panics if n <= 0.
func (r *Rand) IntN(n int) int { return int(r.Int64N(int64(n))) }

// Between returns a duration in [low, high], both included. It panics if high < low.
func (r *Rand) Between(low, high time.Duration) time.Duration {
	if low == high {
		return low
	}
	return low + time.Duration(r.Int64N(int64(high-low)+1))
}

// Chance is true with probability p. It draws nothing when p is 0 or 1.
func (r *Rand) Chance(p Ratio) bool {
	switch {
	case p <= 0:
		return false
	case p >= One:
		return true
	}
	return Ratio(r.Int64N(int64(One))) < p
}

// Perm returns the numbers 0..n-1 in random order.
func (r *Rand) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		j := r.IntN(i + 1)
		p[i] = p[j]
		p[j] = i
	}
	return p
}

// Weighted returns an index of weights, each drawn as often as its weight says. It panics if no weight is above 0.
func (r *Rand) Weighted(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	left := r.IntN(total)
	for i, w := range weights {
		if left < w {
			return i
		}
		left -= w
	}
	panic("prng: weights do not add up")
}

// Pick returns one of the choices. It panics if there is none.
func Pick[T any](r *Rand, choices []T) T { return choices[r.IntN(len(choices))] }

// Ratio is a probability in millionths: an integer, so that no run depends on how a processor rounds.
type Ratio int64

// One is the certain Ratio.
const One Ratio = 1_000_000

// String writes a Ratio in percent, as ParseRatio reads it.
func (p Ratio) String() string {
	text := fmt.Sprintf("%d.%04d", p/10_000, p%10_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}

// MarshalText writes what UnmarshalText reads.
func (p Ratio) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParseRatio reads.
func (p *Ratio) UnmarshalText(text []byte) error {
	v, err := ParseRatio(string(text))
	if err == nil {
		*p = v
	}
	return err
}

// ParseRatio reads a percentage from 0% to 100% with up to four decimals.
func ParseRatio(text string) (Ratio, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	whole, fraction, dotted := strings.Cut(number, ".")
	if !ok || number == "" || len(fraction) > 4 || dotted && fraction == "" {
		return 0, fmt.Errorf("%q is not a percentage such as 5%% or 0.25%%", text)
	}
	n, err := strconv.ParseUint(whole+(fraction + "0000")[:4], 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a percentage such as 5%% or 0.25%%", text)
	}
	if Ratio(n) > One {
		return 0, fmt.Errorf("%s is above 100%%", text)
	}
	return Ratio(n), nil
}
