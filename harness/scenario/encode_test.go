package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sunder/harness/scenario"
	"sunder/nemesis"
)

// readsBack sees that a scenario is written such that it is read back as it was, and written the same again.
func readsBack(t interface {
	Helper()
	Fatalf(string, ...any)
}, s scenario.Scenario) {
	t.Helper()
	text := scenario.Encode(s)
	again, errs := scenario.Parse("encoded.yaml", text, catalog())
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errors.Join(errs...), text)
	}
	if diff := difference(s, again); diff != "" {
		t.Fatalf("read back it differs:\n%s\n%s", diff, text)
	}
	if second := scenario.Encode(again); string(second) != string(text) {
		t.Fatalf("written again it is\n%s\nnot\n%s", second, text)
	}
}

func TestScenariosAreReadBack(t *testing.T) {
	for _, source := range []string{small, full, scripted, changing} {
		readsBack(t, parse(t, source))
	}
}

// TestChangedScenariosAreReadBack draws what the three scenarios leave out.
func TestChangedScenariosAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, errs := scenario.Parse("full.yaml", []byte(rapid.SampledFrom([]string{full, scripted}).Draw(t, "source")), catalog())
		if len(errs) > 0 {
			t.Fatalf("%v", errs)
		}
		s.About = strings.TrimSpace(rapid.StringMatching(`[ -~\n]{0,40}`).Draw(t, "about"))
		s.Seed = rapid.Uint64().Draw(t, "seed")
		s.Mutant = rapid.SampledFrom([]string{"", "ECHO-M1"}).Draw(t, "mutant")
		if first := rapid.IntRange(0, len(s.Nemesis)).Draw(t, "first"); first < len(s.Nemesis) {
			s.Nemesis = s.Nemesis[first:]
		} else {
			s.Nemesis = nil
		}
		s.Evidence = map[nemesis.Kind]nemesis.Evidence{}
		readsBack(t, s)
	})
}

func TestEncodedScenariosCanBeRead(t *testing.T) {
	got := string(scenario.Encode(parse(t, scripted)))
	for _, line := range []string{
		"suites: [full]",
		"system: echo",
		`options: {copies: "1", interval: 100ms}`,
		"replicas: 3",
		"duration: 1s",
		"    - {at: 10ms, client: c1, do: write x 1, via: r1, gives: ok}",
		`    - {at: 20ms, client: c1, do: tell c2 "two words"}`,
		"    - {at: 999ms, client: c2, do: read x, gives: 0}",
		"network: {latency: 1ms..10ms, loss: 0%, duplicate: 0%, reorder: 0%}",
		"disk: {sync: 100us..2ms}",
		"  breaks: {invariant/in-step: broken}",
	} {
		if !strings.Contains("\n"+got, "\n"+line+"\n") {
			t.Errorf("there is no line %q in\n%s", line, got)
		}
	}
}
