package nemesis

import (
	"slices"
	"strconv"
	"time"

	"sunder/harness/prng"
)

// Expand returns the actions of the steps, those that recipes stand for drawn, in the order of At. Random faults of one
// kind never overlap, and each has ended when its recipe ends.
func Expand(steps []Step, scene Scene, r *prng.Rand) Schedule {
	var schedule Schedule
	for i, step := range steps {
		if step.Action != nil {
			schedule = append(schedule, *step.Action)
		}
		if step.Random != nil {
			schedule = append(schedule, step.Random.draw(scene, schedule, r.Split("recipe/"+strconv.Itoa(i)))...)
		}
	}
	slices.SortStableFunc(schedule, func(a, b Action) int { return int(min(max(a.At-b.At, -1), 1)) })
	return schedule
}

// draw draws the actions of one recipe.
func (recipe Random) draw(scene Scene, taken Schedule, r *prng.Rand) Schedule {
	var out Schedule
	for at := recipe.Start + r.Between(0, recipe.Every.Max); at < recipe.End; at += r.Between(recipe.Every.Min, recipe.Every.Max) {
		a := Action{
			At:     at.Truncate(time.Millisecond),
			For:    r.Between(recipe.For.Min, recipe.For.Max).Truncate(time.Millisecond),
			Random: true,
			Fault:  drawFault(prng.Pick(r, recipe.Kinds), scene, r),
		}
		a.For = max(min(a.For, recipe.End-a.At), time.Millisecond)
		if !slices.ContainsFunc(slices.Concat(taken, out), a.collides) {
			out = append(out, a)
		}
	}
	return out
}

// collides tells whether two actions of one kind overlap in time.
func (a Action) collides(b Action) bool { return a.Kind == b.Kind && a.overlaps(b) }

func (a Action) overlaps(b Action) bool {
	return (b.For == 0 || a.At <= b.At+b.For) && (a.For == 0 || b.At <= a.At+a.For)
}

// drawFault draws the parameters of a fault: from a nuisance to a disaster, never the loss of a whole disk, which few
// protocols are made to survive.
func drawFault(k Kind, scene Scene, r *prng.Rand) Fault {
	f := Fault{Kind: k}
	switch k {
	case Partition:
		f.Shape = prng.Pick(r, []Shape{Halves, Isolate, MajorityMinority, OneWay})
	case Crash:
		f.Target = drawTarget(scene, r)
		f.Lose = prng.Pick(r, []Lose{LoseNothing, LoseUnsynced})
	case Pause:
		f.Target = drawTarget(scene, r)
	case ClockSkew:
		f.Target = drawTarget(scene, r)
		f.Offset = r.Between(100*time.Millisecond, 10*time.Second).Truncate(time.Millisecond)
		if r.Chance(prng.One / 2) {
			f.Offset = -f.Offset
		}
	case Delay:
		f.Links = drawLinks(scene, r)
		low := r.Between(5*time.Millisecond, 100*time.Millisecond).Truncate(time.Millisecond)
		f.Latency = Range{low, low + r.Between(0, 400*time.Millisecond).Truncate(time.Millisecond)}
	case Loss, Duplicate, Reorder:
		f.Links = drawLinks(scene, r)
		f.Chance = prng.Ratio(r.Between(5, 50)) * (prng.One / 100)
	case Hold, Drop:
		f.Links = drawLinks(scene, r)
	}
	return f
}

// drawTarget draws a word that can be met: a minority is none of fewer than three replicas.
func drawTarget(scene Scene, r *prng.Rand) Target {
	if len(scene.Replicas) < 3 {
		return Target{Word: One}
	}
	return Target{Word: prng.Pick(r, []Word{One, One, Minority})}
}

// drawLinks draws one link between replicas, or all from or to one.
func drawLinks(scene Scene, r *prng.Rand) []Link {
	from := prng.Pick(r, scene.Replicas)
	switch r.IntN(3) {
	case 0:
		return []Link{{from, Anybody}}
	case 1:
		return []Link{{Anybody, from}}
	}
	to := prng.Pick(r, scene.Replicas)
	if from == to {
		return []Link{{from, Anybody}, {Anybody, from}}
	}
	return []Link{{from, to}}
}
