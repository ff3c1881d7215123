package nemesis

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Expand returns the schedule of a scenario's steps: its actions as they are, and what is drawn from r for its recipes.
// It is in the order of At. The steps must have passed Check. Mixes are the recipes that were drawn for those that are
// a swarm, in the order of the steps.
//
// Of each recipe at least one fault is drawn, unless other faults of its kinds fill its time: a drawn fault never
// overlaps in time with another of its kind. All end within the recipe's time, and before it is calm.
func Expand(steps []Step, s Scene, r *prng.Rand) (schedule Schedule, mixes []Random) {
	for _, step := range steps {
		if step.Action != nil {
			schedule = append(schedule, *step.Action)
		}
	}
	for i, step := range steps {
		if step.Random == nil {
			continue
		}
		recipe, own := *step.Random, r.Split(strconv.Itoa(i))
		if recipe.Swarm {
			recipe = s.mix(recipe, own.Split("mix"))
			mixes = append(mixes, recipe)
		}
		schedule = s.follow(recipe, schedule, own)
	}
	slices.SortStableFunc(schedule, func(a, b Action) int { return cmp.Compare(a.At, b.At) })
	return schedule, mixes
}

// follow appends what is drawn for a recipe, burst after burst.
func (s Scene) follow(recipe Random, schedule Schedule, r *prng.Rand) Schedule {
	if recipe.Calm.Max == 0 {
		return s.burst(recipe, schedule, r)
	}
	for from := recipe.Start; from+recipe.For.Min <= recipe.End; {
		part := recipe
		part.Start = from
		part.End = min(recipe.End, from+max(recipe.For.Min, draw(r, recipe.Bursts)))
		schedule = s.burst(part, schedule, r)
		from = part.End + draw(r, recipe.Calm)
	}
	return schedule
}

// burst appends what is drawn for a recipe without a break.
func (s Scene) burst(recipe Random, schedule Schedule, r *prng.Rand) Schedule {
	latest := recipe.End - recipe.For.Min
	at := recipe.Start + draw(r, Range{0, min(recipe.Every.Max, latest-recipe.Start)})
	for at <= latest {
		length := draw(r, Range{recipe.For.Min, min(recipe.For.Max, recipe.End-at)})
		free := slices.DeleteFunc(slices.Clone(recipe.Kinds), func(k Kind) bool {
			return !s.can(k) || slices.ContainsFunc(schedule, func(a Action) bool { return a.Kind == k && a.overlaps(at, at+length) })
		})
		if len(free) > 0 {
			schedule = append(schedule, Action{At: at, For: length, Random: true, Fault: s.invent(prng.Pick(r, free), recipe.Size, r)})
		}
		at += max(tick, draw(r, recipe.Every))
	}
	return schedule
}

// mixLeast is how many kinds a mix has at least, if there are so many: of a single kind, such as reorder where little is
// sent, too often nothing takes effect.
const mixLeast = 3

// mix draws a recipe from a swarm: each kind is in it or not, each range is a part of the swarm's, and its faults are
// small, large or as they come.
func (s Scene) mix(swarm Random, r *prng.Rand) Random {
	m := swarm
	m.Swarm = false
	possible := slices.DeleteFunc(slices.Clone(swarm.Kinds), func(k Kind) bool { return !s.can(k) })
	m.Kinds = nil
	for _, k := range possible {
		if r.Chance(prng.One / 2) {
			m.Kinds = append(m.Kinds, k)
		}
	}
	for len(m.Kinds) < min(mixLeast, len(possible)) {
		if k := prng.Pick(r, possible); !slices.Contains(m.Kinds, k) {
			m.Kinds = append(m.Kinds, k)
		}
	}
	for _, span := range []*Range{&m.Every, &m.For, &m.Bursts, &m.Calm} {
		*span = within(r, *span)
	}
	if m.Size == "" {
		m.Size = prng.Pick(r, append(Sizes(), ""))
	}
	return m
}

// within draws a part of a range.
func within(r *prng.Rand, span Range) Range {
	a, b := draw(r, span), draw(r, span)
	return Range{min(a, b), max(a, b)}
}

// draw draws a duration, in whole milliseconds where the range allows it, so that schedules can be read.
func draw(r *prng.Rand, span Range) time.Duration {
	return max(span.Min, r.Between(span.Min, span.Max).Truncate(time.Millisecond))
}

// end returns when a fault ends; what lasts until the run is healed never does.
func (a Action) end() time.Duration {
	if a.For == 0 {
		return math.MaxInt64
	}
	return a.At + a.For
}

// overlaps tells whether the fault is in force at some time in [from, to).
func (a Action) overlaps(from, to time.Duration) bool { return a.At < to && from < a.end() }

// can tells whether a kind of fault can be drawn at all.
func (s Scene) can(k Kind) bool { return !k.ForGood() && (k != Partition || len(s.Replicas) > 1) }

// of returns the part of a range that drawn faults of the size come from.
func (z Size) of(span Range) Range {
	middle := span.Min + (span.Max-span.Min)/2
	switch z {
	case Small:
		return Range{span.Min, middle}
	case Large:
		return Range{middle, span.Max}
	}
	return span
}

// pick draws a number from least to most, of a small size from the lower half and of a large one from the upper.
func (z Size) pick(r *prng.Rand, least, most int) int {
	part := z.of(Range{time.Duration(least), time.Duration(most)})
	return int(part.Min) + r.IntN(int(part.Max-part.Min)+1)
}

// invent draws a fault of a kind, such that it can be resolved.
func (s Scene) invent(k Kind, z Size, r *prng.Rand) Fault {
	f := Fault{Kind: k}
	info, _ := Lookup(k)
	if info.Scope == OnNodes {
		f.Target = Target{Word: One}
		if minority(len(s.Replicas)) > 1 && z != Small && (z == Large || r.Chance(prng.One/2)) {
			f.Target.Word = Minority
		}
	}
	switch k {
	case Partition:
		shapes := slices.DeleteFunc(Shapes(), func(shape Shape) bool {
			return shape.fits(len(s.Replicas)) != nil
		})
		f.Shape = prng.Pick(r, shapes)
	case Crash:
		f.Lose = prng.Pick(r, []Lose{LoseNothing, LoseUnsynced})
	case ClockSkew:
		s.inventSkew(&f, z, r)
	case Slow:
		least := draw(r, z.of(Range{time.Millisecond, 10 * time.Millisecond}))
		f.Latency = Range{least, least + draw(r, z.of(Range{time.Millisecond, 20 * time.Millisecond}))}
	case Delay:
		f.Target = s.where(r)
		least := draw(r, z.of(Range{time.Millisecond, 50 * time.Millisecond}))
		f.Latency = Range{least, least + draw(r, z.of(Range{time.Millisecond, 200 * time.Millisecond}))}
	case Loss, Duplicate, Reorder, Corrupt:
		if k == Corrupt {
			f.Mode = Detected // what is delivered no protocol here survives
		}
		f.Target = s.where(r)
		f.Chance = prng.Ratio(z.pick(r, 5, 50)) * (prng.One / 100)
	case Disk:
		f.Mode = prng.Pick(r, []Mode{Torn, Full, SlowSync}) // a flip takes what was promised
		if f.Mode == SlowSync {
			f.Latency = Range{0, draw(r, z.of(Range{time.Millisecond, 200 * time.Millisecond}))}
		}
	case Bandwidth:
		f.Target = s.where(r)
		f.Limit = 1000 * Limit(18-z.pick(r, 2, 16)) // the less, the harder
	case Hold, Drop:
		f.Links = s.someLinks(r)
	}
	return f
}

// inventSkew draws what is wrong with a clock.
func (s Scene) inventSkew(f *Fault, z Size, r *prng.Rand) {
	sort := r.IntN(3)
	if sort == 0 {
		rates := []prng.Ratio{80, 90, 110, 125, 20, 50, 200, 500} // those that are less wrong first
		f.Rate = rates[z.pick(r, 0, len(rates)-1)] * (prng.One / 100)
		return
	}
	if sort == 1 {
		f.Strobe = draw(r, Range{10 * time.Millisecond, 200 * time.Millisecond})
	}
	f.Offset = draw(r, z.of(Range{100 * time.Millisecond, 10 * time.Second}))
	if r.Chance(prng.One / 2) {
		f.Offset = -f.Offset
	}
}

// where draws what a fault on links is done to: all links, or those of one replica.
func (s Scene) where(r *prng.Rand) Target {
	if r.Chance(prng.One / 2) {
		return Target{}
	}
	return Target{Word: One}
}

// someLinks draws one link from or to a replica, or all links of a node.
func (s Scene) someLinks(r *prng.Rand) Links {
	replica := prng.Pick(r, s.Replicas)
	others := slices.DeleteFunc(slices.Concat(s.Replicas, s.Clients), func(id protocol.NodeID) bool { return id == replica })
	if len(others) == 0 || r.Chance(prng.One/4) {
		return around([]protocol.NodeID{replica})
	}
	other := prng.Pick(r, others)
	if r.Chance(prng.One / 2) {
		return Links{{replica, other}}
	}
	return Links{{other, replica}}
}
