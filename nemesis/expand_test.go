package nemesis_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sunder/harness/prng"
	"sunder/nemesis"
)

func TestExpandKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenes().Draw(t, "scene")
		var steps []nemesis.Step
		for range rapid.IntRange(0, 3).Draw(t, "actions") {
			a := actions().Draw(t, "action")
			a.Random = false
			steps = append(steps, nemesis.Step{Action: &a})
		}
		for range rapid.IntRange(0, 2).Draw(t, "recipes") {
			r := recipes().Draw(t, "recipe")
			steps = append(steps, nemesis.Step{Random: &r})
		}
		steps = rapid.Permutation(steps).Draw(t, "steps")
		seed := rapid.Uint64().Draw(t, "seed")
		schedule, mixes := nemesis.Expand(steps, s, prng.New(seed))
		again, same := nemesis.Expand(steps, s, prng.New(seed))
		if diff := cmp.Diff(schedule, again) + cmp.Diff(mixes, same); diff != "" {
			t.Fatalf("one seed, two schedules:\n%s", diff)
		}
		checkMixes(t, mixes, steps)
		if !slices.IsSortedFunc(schedule, func(a, b nemesis.Action) int { return int(a.At - b.At) }) {
			t.Fatalf("not in order:\n%s", schedule)
		}
		for i, a := range schedule {
			if a.Random {
				checkDrawn(t, a, steps, s)
				checkAlone(t, schedule, i)
			}
		}
		if planned := slices.DeleteFunc(slices.Clone(schedule), func(a nemesis.Action) bool { return a.Random }); len(planned) != countActions(steps) {
			t.Fatalf("of %d actions %d are in the schedule", countActions(steps), len(planned))
		}
	})
}

// checkMixes sees that each swarm has drawn a recipe of its own, within its bounds.
func checkMixes(t *rapid.T, mixes []nemesis.Random, steps []nemesis.Step) {
	for _, step := range steps {
		swarm := step.Random
		if swarm == nil || !swarm.Swarm {
			continue
		}
		if len(mixes) == 0 {
			t.Fatalf("nothing was drawn for %s", swarm)
		}
		m := mixes[0]
		mixes = mixes[1:]
		inside := func(part, whole nemesis.Range) bool { return part.Min >= whole.Min && part.Max <= whole.Max }
		if m.Swarm || m.Start != swarm.Start || m.End != swarm.End || !inside(m.Every, swarm.Every) || !inside(m.For, swarm.For) ||
			!inside(m.Bursts, swarm.Bursts) || !inside(m.Calm, swarm.Calm) || swarm.Size != "" && m.Size != swarm.Size {
			t.Fatalf("%s was drawn for %s", m, swarm)
		}
		for _, k := range m.Kinds {
			if !slices.Contains(swarm.Kinds, k) {
				t.Fatalf("%s was drawn for %s", m, swarm)
			}
		}
		if again, err := nemesis.ParseRandom(m.String()); len(m.Kinds) > 0 && (err != nil || cmp.Diff(m, again) != "") {
			t.Fatalf("%s is read back as %s, %v", m, again, err)
		}
	}
	if len(mixes) > 0 {
		t.Fatalf("too much was drawn: %v", mixes)
	}
}

func countActions(steps []nemesis.Step) int {
	n := 0
	for _, s := range steps {
		if s.Action != nil {
			n++
		}
	}
	return n
}

// checkDrawn sees that an action fits one of the recipes and can be done.
func checkDrawn(t *rapid.T, a nemesis.Action, steps []nemesis.Step, s nemesis.Scene) {
	fits := slices.ContainsFunc(steps, func(step nemesis.Step) bool {
		r := step.Random
		return r != nil && slices.Contains(r.Kinds, a.Kind) && a.At >= r.Start && a.At+a.For <= r.End && a.For >= r.For.Min && a.For <= r.For.Max
	})
	if !fits {
		t.Fatalf("%s fits no recipe of %v", a, steps)
	}
	if a.Lose == nemesis.LoseAll {
		t.Fatalf("%s takes a whole disk", a)
	}
	if again, err := nemesis.ParseAction(a.String()); err != nil || cmp.Diff(a, again) != "" {
		t.Fatalf("%s is read back as %s, %v", a, again, err)
	}
	s.Lasts = a.For
	if _, err := nemesis.Resolve(a.Fault, s, prng.New(1)); err != nil {
		t.Fatalf("%s cannot be done: %v", a, err)
	}
}

// checkAlone sees that a drawn action overlaps in time with no other of its kind.
func checkAlone(t *rapid.T, schedule nemesis.Schedule, i int) {
	a := schedule[i]
	for j, b := range schedule {
		if j != i && a.Kind == b.Kind && a.At < b.At+b.For && b.At < a.At+a.For {
			t.Fatalf("%s overlaps with %s", a, b)
		}
		if j != i && a.Kind == b.Kind && b.For == 0 && a.At+a.For > b.At {
			t.Fatalf("%s overlaps with %s, which lasts", a, b)
		}
	}
}

func TestARecipeAloneStandsForOneFaultAtLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, s := recipes().Draw(t, "recipe"), scene(3, 3)
		if schedule, _ := nemesis.Expand([]nemesis.Step{{Random: &r}}, s, prng.New(rapid.Uint64().Draw(t, "seed"))); len(schedule) == 0 {
			t.Fatalf("%s stands for nothing", r)
		}
	})
}

// TestRandomFaultsAreOfEverySort counts what a long recipe of every kind draws.
func TestRandomFaultsAreOfEverySort(t *testing.T) {
	r, err := nemesis.ParseRandom(`random="partition, crash, pause, delay, loss, duplicate, reorder, clock-skew, hold, drop, slow, corrupt, bandwidth, disk" between=0s..1h every=1s for=900ms`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	schedule, _ := nemesis.Expand([]nemesis.Step{{Random: &r}}, scene(5, 5), prng.New(1))
	for _, a := range schedule {
		seen[string(a.Kind)]++
		for _, f := range a.Fields() {
			if f.Name == "shape" || f.Name == "lose" || f.Name == "target" || f.Name == "mode" {
				seen[string(a.Kind)+" "+f.Text]++
			}
		}
		if a.Mode == nemesis.Flip || a.Mode == nemesis.Delivered {
			t.Errorf("no system survives %s", a)
		}
		if a.Kind == nemesis.ClockSkew {
			seen["clock-skew at a rate"] += btoi(a.Rate != 0)
			seen["clock-skew that strobes"] += btoi(a.Strobe != 0)
		}
		if a.Kind == nemesis.ClockSkew && a.Rate == 0 && (a.Offset.Abs() < 100*time.Millisecond || a.Offset.Abs() > 10*time.Second) {
			t.Errorf("%s", a)
		}
		if p := a.Chance; a.Fault.Chance != 0 && (p < 5*prng.One/100 || p > 50*prng.One/100) {
			t.Errorf("%s", a)
		}
	}
	for _, want := range []string{
		"partition halves", "partition isolate", "partition majority-minority", "partition one-way", "partition bridge",
		"partition ring", "partition swizzle", "crash nothing", "crash unsynced",
		"crash one", "crash minority", "pause minority", "delay one", "loss", "duplicate", "reorder", "clock-skew one", "hold", "drop", "slow one", "corrupt detected", "bandwidth one",
		"disk torn", "disk full", "disk slow",
		"clock-skew at a rate", "clock-skew that strobes",
	} {
		if seen[want] < 20 {
			t.Errorf("%s was drawn %d times in 3600", want, seen[want])
		}
	}
}

func btoi(is bool) int {
	if is {
		return 1
	}
	return 0
}

func BenchmarkExpand(b *testing.B) {
	r, err := nemesis.ParseRandom(`random="partition, crash, pause, delay, loss, duplicate, reorder, clock-skew" between=1s..18s every=1s..3s for=200ms..2s`)
	if err != nil {
		b.Fatal(err)
	}
	s := scene(5, 10)
	b.ReportAllocs()
	for i := range b.N {
		nemesis.Expand([]nemesis.Step{{Random: &r}}, s, prng.New(uint64(i)))
	}
}
