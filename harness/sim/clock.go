package sim

import (
	"maps"
	"math/bits"
	"slices"
	"time"

	"sunder/harness/prng"
)

// The rates of a clock that several faults make fast or slow together stay between these, so that its timers leave time.
const (
	rateMin = prng.One / 100
	rateMax = prng.One * 100
)

// farAway is a time that no run reaches, and that can be added to any that one does.
const farAway = time.Duration(1) << 61

// stretch returns d times by divided by to, rounded up.
func stretch(d time.Duration, by, to prng.Ratio) time.Duration {
	high, low := bits.Mul64(uint64(d), uint64(by))
	low, carry := bits.Add64(low, uint64(to)-1, 0)
	high += carry
	if high >= uint64(to) {
		return farAway
	}
	quotient, _ := bits.Div64(high, low, uint64(to))
	return time.Duration(min(quotient, uint64(farAway)))
}

// skew makes the clock of a node, which is about to be called, as wrong as its faults say, besides the offset that it has
// all the time.
func (s *simulation) skew(n *node) {
	n.env.Now += s.drift(n)
	for _, f := range n.skews {
		wrong := f.Strobe == 0 && f.Offset != 0 || f.Rate != 0 && s.now > f.begun
		if f.Strobe != 0 {
			away := (s.now-f.begun)/f.Strobe%2 == 0
			if away {
				n.env.Now += f.Offset
				wrong = true
			}
			if f.away == nil {
				f.away = map[int32]bool{}
			}
			if last, looked := f.away[n.index]; looked && last != away {
				f.counts[jumps]++
			}
			f.away[n.index] = away
		}
		if wrong {
			f.counts[skewed]++
		}
	}
}

// drift returns by how much the rates that a node's clock had have made it wrong.
func (s *simulation) drift(n *node) time.Duration {
	if n.rate == 0 {
		return n.drift
	}
	gone := s.now - n.since
	return n.drift + stretch(gone, n.rate, prng.One) - gone
}

// setRate makes a node's clock run as its faults say together, and moves its timers: they run by the clock. When no fault
// has a rate any longer the clock is set right.
func (s *simulation) setRate(n *node) {
	rate := prng.One
	rated := false
	for _, f := range n.skews {
		if f.Rate != 0 {
			rated = true
			rate = min(max(rate*f.Rate/prng.One, rateMin), rateMax)
		}
	}
	before := n.rate
	if before == 0 {
		before = prng.One
	}
	n.drift, n.since = s.drift(n), s.now
	n.rate = rate
	if !rated {
		n.rate, n.drift = 0, 0
	}
	if rate != before {
		s.moveTimers(n, before, rate)
	}
}

// moveTimers lets the timers that are set run at another rate from now on. Those that have run out and wait for a node
// that is paused or slow have.
func (s *simulation) moveTimers(n *node, before, rate prng.Ratio) {
	for _, t := range slices.Sorted(maps.Keys(n.timers)) {
		slot := n.timers[t]
		if s.queue.slots[slot].waiting {
			continue
		}
		left := s.queue.due(slot) - s.now
		s.queue.cancel(slot)
		e, moved := s.queue.add(s.now + stretch(left, before, rate))
		e.kind, e.node, e.timer = timeout, n.index, t
		n.timers[t] = moved
		s.countTimer(n)
	}
}

// paced returns how long a timer runs that is set for a time by the node's clock.
func (s *simulation) paced(n *node, after time.Duration) time.Duration {
	s.countTimer(n)
	return stretch(max(after, 0), prng.One, n.rate)
}

func (s *simulation) countTimer(n *node) {
	for _, f := range n.skews {
		if f.Rate != 0 {
			f.counts[timers]++
		}
	}
}
