package nemesis_test

import (
	"testing"
	"time"

	"sunder/harness/prng"
	"sunder/nemesis"
)

func parseRecipe(t *testing.T, text string) nemesis.Random {
	t.Helper()
	r, err := nemesis.ParseRandom(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCalmIsCalm merges the times of all faults of a recipe: what lies together is no longer than a burst, and what lies
// apart is as far apart as the calm is long.
func TestCalmIsCalm(t *testing.T) {
	r := parseRecipe(t, `random="crash, pause, delay" between=0s..60s every=10ms..100ms for=300ms..500ms bursts=2s..3s calm=2s..4s`)
	for seed := range uint64(50) {
		schedule, _ := nemesis.Expand([]nemesis.Step{{Random: &r}}, scene(5, 5), prng.New(seed))
		bursts := 0
		start, end := time.Duration(0), -time.Hour
		for _, a := range schedule {
			gap := a.At - end
			if gap > time.Second { // within a burst two faults are never that far apart
				bursts++
				start = a.At
				if gap < 2*time.Second {
					t.Fatalf("seed %d: only %v between two bursts:\n%s", seed, gap, schedule)
				}
			}
			end = max(end, a.At+a.For)
			if end-start > 3*time.Second {
				t.Fatalf("seed %d: a burst from %v to %v:\n%s", seed, start, end, schedule)
			}
		}
		if bursts < 60/7 || bursts > 60/4+1 {
			t.Fatalf("seed %d: %d bursts in a minute", seed, bursts)
		}
	}
}

// TestSwarmDrawsRunsThatDiffer counts what the mixes of many seeds have.
func TestSwarmDrawsRunsThatDiffer(t *testing.T) {
	r := parseRecipe(t, `swarm="partition, crash, pause, delay, loss" between=1s..18s every=200ms..3s for=200ms..2s bursts=2s..8s calm=1s..4s`)
	const seeds = 400
	kinds, sizes, texts := map[nemesis.Kind]int{}, map[nemesis.Size]int{}, map[string]bool{}
	quick, least, most := 0, 1<<30, 0
	for seed := range uint64(seeds) {
		schedule, mixes := nemesis.Expand([]nemesis.Step{{Random: &r}}, scene(5, 5), prng.New(seed))
		m := mixes[0]
		for _, k := range m.Kinds {
			kinds[k]++
		}
		if len(m.Kinds) < 3 {
			t.Errorf("seed %d: only %v", seed, m.Kinds)
		}
		sizes[m.Size]++
		texts[m.String()] = true
		if m.Every.Max < time.Second {
			quick++
		}
		least, most = min(least, len(schedule)), max(most, len(schedule))
	}
	for _, k := range r.Kinds {
		if kinds[k] < seeds/2 || kinds[k] > seeds*4/5 {
			t.Errorf("%s is in %d of %d mixes", k, kinds[k], seeds)
		}
	}
	for _, z := range append(nemesis.Sizes(), "") {
		if sizes[z] < seeds/4 {
			t.Errorf("%d of %d mixes are of size %q", sizes[z], seeds, z)
		}
	}
	if len(texts) < seeds*9/10 || quick == 0 || least > 3 || most < 20 {
		t.Errorf("%d different mixes of %d, %d of them quick, from %d to %d faults", len(texts), seeds, quick, least, most)
	}
}

// TestSizesDiffer compares what small and large recipes draw.
func TestSizesDiffer(t *testing.T) {
	draw := func(size string) nemesis.Schedule {
		r := parseRecipe(t, `random="pause, loss, delay, bandwidth" between=0s..10m every=1s for=500ms size=`+size)
		schedule, _ := nemesis.Expand([]nemesis.Step{{Random: &r}}, scene(5, 5), prng.New(3))
		return schedule
	}
	for _, a := range draw("small") {
		if a.Target.Word == nemesis.Minority || a.Chance > 27*prng.One/100 || a.Latency.Min > 26*time.Millisecond || a.Limit != 0 && a.Limit < 9000 {
			t.Errorf("%s is small", a)
		}
	}
	for _, a := range draw("large") {
		if a.Kind == nemesis.Pause && a.Target.Word != nemesis.Minority || a.Kind == nemesis.Loss && a.Chance < 27*prng.One/100 || a.Limit > 9000 {
			t.Errorf("%s is large", a)
		}
	}
}
