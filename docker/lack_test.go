package docker_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/docker"
	"sunder/nemesis"
)

// samples has a text for each field of a fault besides its mode, of links between more than two nodes.
func samples() map[string]string {
	return map[string]string{
		"target": "r1", "shape": "halves", "groups": "r1 | r2 r3", "link": "* -> r1", "clogs": "r1 0s..1s", "message": "GOSSIP", "count": "1",
		"lose": "all", "latency": "1ms..2ms", "limit": "1kB/s", "chance": "50%", "offset": "1s", "strobe": "1s", "rate": "50%",
	}
}

// TestLacksAreWhatIsRefused asks for each kind of fault in each mode with each field by itself: what the backend says that
// it lacks is refused for the reason that it gives, and all else is done.
func TestLacksAreWhatIsRefused(t *testing.T) {
	b := docker.New(docker.Options{})
	s := spec(3, 3)
	for _, info := range nemesis.Kinds() {
		modes := []nemesis.Mode{""}
		for i, m := range info.Modes {
			modes = append(modes[:i], m.Mode)
		}
		for _, mode := range modes {
			for _, field := range append([]string{""}, info.Fields...) {
				f := nemesis.Fault{Kind: info.Kind, Mode: mode}
				if text, some := samples()[field]; some {
					if err := f.Set(field, text); err != nil {
						t.Fatalf("%s, %s: %v", info.Kind, field, err)
					}
				} else if field != "" && field != "mode" {
					t.Fatalf("there is no sample of %s", field)
				}
				var want []string
				for _, l := range b.Lacks(info.Kind) {
					if (l.Mode == "" || l.Mode == mode) && (l.Field == "" || l.Field == field) {
						want = append(want, l.Why)
					}
				}
				errs := b.Refuses(s, nemesis.Schedule{{Fault: f}})
				if len(errs) > 0 != (len(want) > 0) || len(errs) > 0 && !strings.HasSuffix(errs[0].Error(), ": "+want[0]) {
					t.Errorf("%s with %q: refused for %v, and lacking are %q", f, field, errs, want)
				}
			}
		}
	}
}

// TestLacksNameWhatThereIs sees that what is lacking exists, and that a kind of which all is lacking is not done.
func TestLacksNameWhatThereIs(t *testing.T) {
	b := docker.New(docker.Options{})
	for _, info := range nemesis.Kinds() {
		whole := false
		for _, l := range b.Lacks(info.Kind) {
			whole = whole || l.Mode == "" && l.Field == ""
			isMode := func(m nemesis.ModeInfo) bool { return m.Mode == l.Mode }
			if l.Mode != "" && !slices.ContainsFunc(info.Modes, isMode) || l.Field != "" && !info.Takes(l.Field) || l.Why == "" {
				t.Errorf("of %s there is no %+v", info.Kind, l)
			}
		}
		if b.Does(info.Kind) == whole {
			t.Errorf("does %s: %t, and lacks all of it: %t", info.Kind, b.Does(info.Kind), whole)
		}
	}
	if b.Does("flood") || b.Lacks("flood") != nil {
		t.Error("it does floods")
	}
}
