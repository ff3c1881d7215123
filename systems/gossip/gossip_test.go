package gossip

import (
	"slices"
	"testing"

	"sunder/checkers/guarantee"
	"sunder/systems"
	"sunder/systems/object"
)

// TestSystemIsSound holds the description to the lists that it draws names from.
func TestSystemIsSound(t *testing.T) {
	s := System()
	for _, p := range s.Promises {
		info, known := guarantee.Lookup(p.Guarantee)
		if !known {
			t.Errorf("promises %s, which does not exist", p.Guarantee)
		}
		for _, o := range p.Objects {
			if _, served := s.Service(o); !served || !info.AppliesTo(o) {
				t.Errorf("promises %s of a %s", p.Guarantee, o)
			}
		}
		for name, value := range p.When {
			i := slices.IndexFunc(s.Options, func(o systems.Option) bool { return o.Name == name })
			if i < 0 || !slices.Contains(s.Options[i].Values, value) {
				t.Errorf("promises %s when %s is %s", p.Guarantee, name, value)
			}
		}
	}
	for _, m := range s.Mutants {
		for _, g := range m.CaughtBy {
			own, isOwn := g.OwnInvariant()
			_, known := guarantee.Lookup(g)
			if isOwn {
				known = slices.ContainsFunc(s.Invariants, func(i systems.Invariant) bool { return i.Name == own })
			}
			if !known {
				t.Errorf("%s is caught by %s, which does not exist", m.Name, g)
			}
		}
	}
	for _, service := range s.Serves {
		o, known := object.New(service.Object)
		if !known {
			t.Errorf("serves %s, which does not exist", service.Object)
			continue
		}
		for _, f := range service.Operations {
			if f != tell && f != hear && f != "read" && o.ReadOnly(f) {
				t.Errorf("%s %s is read-only", service.Object, f)
			}
		}
	}
	for _, o := range s.Options {
		if len(o.Values) > 0 && !slices.Contains(o.Values, o.Default) {
			t.Errorf("the default of %s is %s", o.Name, o.Default)
		}
	}
}

func TestOptionsAreRead(t *testing.T) {
	values := configured("set", 3, 3).Options
	values[optionFrontEnds], values[optionCopies], values[optionSideChannel], values[optionGossipInterval] = "roaming", "2", "bare", "1s"
	values[optionOrder], values[optionCausalFrontEnds], values[optionForcedFrontEnds] = "forced", "even", "third"
	values[optionExec], values[optionDelta] = "delta", "500ms"
	want := options{
		roaming: true, gossipInterval: 1e9, copies: 2, bare: true, order: "forced", evenCausal: true, thirdForced: true,
		exec: "delta", delta: 5e8,
	}
	if got := parseOptions(values); got != want {
		t.Errorf("got %+v", got)
	}
	for name, value := range map[string]string{optionCopies: "0", optionGossipInterval: "-1s", optionDelta: "0s"} {
		values := configured("set", 3, 3).Options
		values[name] = value
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s %s was accepted", name, value)
				}
			}()
			parseOptions(values)
		}()
	}
}
