package group

import "sunder/harness/protocol"

// MutantSkipsGap is a bug of the layer that systems above it plant: a member goes on without a place of the total order
// that did not come, though it was asked for, and tells the others that it has it.
const MutantSkipsGap = "skips-gap"

// gapTicks is how long the bug waits.
const gapTicks = 3 * retryTicks

// gap is the place that the bug waits for, and those that it waits for no more, counted from 0.
type gap struct {
	position, since uint64
	skipped         map[uint64]bool
}

// skips tells whether a place is one that the bug goes on without.
func (g *Group) skips(position uint64) bool { return g.gap.skipped[position] }

// waitForPlace is called when a place is missing.
func (g *Group) waitForPlace(env *protocol.Env, position uint64) {
	if g.config.Mutant != MutantSkipsGap {
		return
	}
	if g.gap.since == 0 || g.gap.position != position {
		g.gap.position, g.gap.since = position, g.now
		return
	}
	if g.now-g.gap.since >= gapTicks {
		g.gap.skipped[position] = true
		g.progress(env)
	}
}

// leap passes over the places that the bug goes on without, and over the messages that they were for.
func (g *Group) leap() {
	for g.skips(g.position) {
		g.position++
	}
	if p := g.nextPlace(); g.config.Mutant == MutantSkipsGap && p != nil && p.Seq > g.delivered[p.Rank]+1 {
		g.delivered[p.Rank] = p.Seq - 1
	}
}
