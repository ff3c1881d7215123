package node

import (
	"math"
	"time"
)

// one is the rate of a clock that runs as it should, in millionths.
const one = 1_000_000

// The rates of a clock that several rules make fast or slow together stay between these, so that its timers leave time.
const (
	rateMin = one / 100
	rateMax = one * 100
)

// clock is a node's clock, which rules make wrong, and the timers that run by it. Real time is the time since the start
// of the run, as the controller counts it.
type clock struct {
	start  time.Duration // real time at which began was
	began  time.Time
	skews  []*rule
	offset time.Duration // by rules that last
	rate   int64         // 0: as it should be
	since  time.Duration // when the rate was set
	drift  time.Duration // by rates, up to then
	timers timers
}

// set begins real time. Rules that were begun before begin now, or at time 0 if that is still to come.
func (c *clock) set(now time.Duration) {
	c.start, c.began, c.since = now, time.Now(), max(now, 0)
	for _, r := range c.skews {
		r.begun = c.since
	}
}

// real returns the real time, 0 before it was set.
func (c *clock) real() time.Duration {
	if c.began.IsZero() {
		return 0
	}
	return c.start + time.Since(c.began)
}

// wall returns the real time in ns since 1970, which never goes back in one process.
func (c *clock) wall() int64 {
	if c.began.IsZero() {
		return time.Now().UnixNano()
	}
	return c.began.UnixNano() + int64(time.Since(c.began))
}

// local returns what the clock shows at a real time, and counts for the rules by which that is wrong.
func (c *clock) local(real time.Duration) time.Duration {
	now := real + c.offset + c.drifted(real)
	for _, r := range c.skews {
		wrong := r.Strobe == 0 && r.Offset != 0 || r.Rate != 0 && real > r.begun
		if r.Strobe != 0 {
			away := (real-r.begun)/r.Strobe%2 == 0
			if away {
				now += r.Offset
				wrong = true
			}
			if r.looked && r.away != away {
				r.counts[countJumps]++
			}
			r.looked, r.away = true, away
		}
		if wrong {
			r.counts[countSkewed]++
		}
	}
	return now
}

// drifted returns by how much the rates that the clock had have made it wrong.
func (c *clock) drifted(real time.Duration) time.Duration {
	if c.rate == 0 {
		return c.drift
	}
	gone := real - c.since
	return c.drift + stretch(gone, c.rate, one) - gone
}

// begin lets a rule make the clock wrong.
func (c *clock) begin(r *rule, real time.Duration) {
	if r.Strobe == 0 {
		c.offset += r.Offset
	}
	c.skews = append(c.skews, r)
	c.pace(real)
}

// end undoes begin. When no rule has a rate any longer the clock is set right.
func (c *clock) end(r *rule, real time.Duration) {
	if r.Strobe == 0 {
		c.offset -= r.Offset
	}
	c.skews = without(c.skews, r)
	c.pace(real)
}

// pace makes the clock run at the rate that the rules give it together, and the timers with it.
func (c *clock) pace(real time.Duration) {
	rate, rated := int64(one), false
	for _, r := range c.skews {
		if r.Rate != 0 {
			rated = true
			rate = min(max(rate*r.Rate/one, rateMin), rateMax)
		}
	}
	before := c.rate
	if before == 0 {
		before = one
	}
	c.drift, c.since, c.rate = c.drifted(real), real, rate
	if !rated {
		c.rate, c.drift = 0, 0
	}
	if rate == before {
		return
	}
	for _, t := range c.timers.set {
		c.timers.move(t, real+stretch(max(t.due-real, 0), before, rate))
		c.countTimer()
	}
}

// due returns the real time at which a timer runs out that is set now.
func (c *clock) due(real, after time.Duration) time.Duration {
	after = max(after, 0)
	if c.rate != 0 {
		c.countTimer()
		after = stretch(after, one, c.rate)
	}
	if after > math.MaxInt64-real {
		return math.MaxInt64
	}
	return real + after
}

func (c *clock) countTimer() {
	for _, r := range c.skews {
		if r.Rate != 0 {
			r.counts[countTimers]++
		}
	}
}

// stretch returns d times by divided by to.
func stretch(d time.Duration, by, to int64) time.Duration {
	stretched := float64(d) * float64(by) / float64(to)
	if stretched > math.MaxInt64/2 {
		return math.MaxInt64 / 2
	}
	return time.Duration(math.Round(stretched))
}
