package gossip

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sunder/harness/protocol"
)

// TestFactsTravelAsJSON sends every fact of some storms on a journey as JSON. Invariants read what arrives.
func TestFactsTravelAsJSON(t *testing.T) {
	codec := protocol.NewFactCodec(System().Facts)
	travelled := map[string]int{}
	for seed := range 6 {
		s := newStorm(forcedConfig(seed), uint64(seed))
		if wrong := s.blow(); wrong != "" {
			t.Fatalf("seed %d: %s", seed, wrong)
		}
		for _, noted := range s.facts {
			data, err := codec.Encode(noted.Fact)
			if err != nil {
				t.Fatal(err)
			}
			back, err := codec.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(noted.Fact, back, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s: %s", data, diff)
			}
			if own, isOwn := back.(protocol.Own); isOwn {
				travelled[own.Name]++
			}
		}
	}
	for _, f := range System().Facts {
		if travelled[f.Name] == 0 {
			t.Errorf("no storm noted %s", f.Name)
		}
	}
}
