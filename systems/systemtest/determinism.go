package systemtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
)

// determinismSeeds is from how many seeds each of which makes another run the same run is asked for again.
const determinismSeeds = 20

// way is a way to make a run that must not change it.
type way struct {
	name       string
	processors int
	options    sim.Options
	scenario   *scenario.Scenario
}

// determinism makes runs under all faults that the system survives, and bad weather, in four ways.
func (s *suite) determinism(r reporter) {
	subjects := s.subjects()
	for seed := uint64(1); seed <= determinismSeeds; seed++ {
		b := subjects[int(seed)%len(subjects)]
		sc := s.stormy(b)
		r.Run(fmt.Sprintf("seed=%d/%s", seed, b.name()), func(r reporter) { s.sameInEveryWay(r, sc, seed) })
	}
}

func (s *suite) sameInEveryWay(r reporter, sc *scenario.Scenario, seed uint64) {
	again, err := scenario.ParseFile("conformance.yaml", []byte(text(sc)), s.catalog())
	if err != nil {
		r.Errorf("the scenario cannot be read back: %v", err)
		return
	}
	plain := way{"plain", 1, sim.Options{}, sc}
	want, ok := s.digest(r, plain, seed)
	if !ok {
		return
	}
	for _, w := range []way{
		{"on two processors", 2, sim.Options{}, sc},
		{"with messages encoded and decoded", 1, sim.Options{Encode: true}, sc},
		{"replayed from its file", 1, sim.Options{}, &again},
	} {
		got, ok := s.digest(r, w, seed)
		if ok && got != want {
			r.Errorf("run %s it is another run: digest %s, not %s\n%s\n%s", w.name, got, want, diverge(plain, w, seed), replay(sc, seed))
		}
		if !ok || got != want {
			return
		}
	}
}

// digest makes the run in a way.
func (s *suite) digest(r reporter, w way, seed uint64) (string, bool) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(w.processors))
	result := s.runOn(sim.New(w.options), w.scenario, seed, harness.Options{})
	if why := broken(result); why != "" {
		r.Errorf("run %s it fails: %s\n%s", w.name, why, replay(w.scenario, seed))
		return "", false
	}
	return result.Digest, true
}

// diverge makes the run in both ways again and says where they part. What differs from one run to the next need not
// differ this time.
func diverge(first, then way, seed uint64) string {
	w := first
	d, err := sim.Diverge(func(b cluster.Backend) error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(w.processors))
		result := harness.Run(context.Background(), w.scenario, seed, b, harness.Options{})
		w = then
		if why := broken(result); why != "" {
			return errors.New(why)
		}
		return nil
	}, first.options, then.options)
	switch {
	case err != nil:
		return err.Error()
	case d == nil:
		return "made once more the runs were the same: something differs from one run to the next"
	}
	return d.String()
}
