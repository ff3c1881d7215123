package gossip

import (
	"testing"

	"sunder/systems"
)

// forcedConfig is the configuration of a storm of forced updates: all of them, or half and half with causal ones.
func forcedConfig(i int) systems.Config {
	c := stormConfig(i)
	c.Options[optionOrder] = forcedOrder
	switch i % 3 {
	case 0:
		c.Object = "register"
	case 1:
		c.Options[optionCausalFrontEnds] = evenFrontEnds
	}
	if i%5 == 0 {
		c.Replicas = configured("set", 5, 0).Replicas
	}
	return c
}

// TestForcedStorms blows storms over elections and the total order: the records and answers must be those that one
// order of all forced records makes, whoever was primary when.
func TestForcedStorms(t *testing.T) {
	marks := map[string]bool{}
	for seed := range 300 {
		s := newStorm(forcedConfig(seed), uint64(seed))
		if wrong := s.blow(); wrong != "" {
			t.Fatalf("seed %d, %v: %s", seed, s.config.Options, wrong)
		}
		for _, mark := range notedMarks(s.facts) {
			marks[mark] = true
		}
	}
	for _, mark := range forcedMarks() {
		if !marks[mark] {
			t.Errorf("no storm noted %s", mark)
		}
	}
}
