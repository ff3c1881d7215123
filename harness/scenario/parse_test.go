package scenario_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sunder/checkers/guarantee"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/workload"
	"sunder/nemesis"
)

// small is as little as a scenario can say.
const small = `
system: echo
workload: {object: register}
expect: {holds: [causal]}
`

// full says all that a scenario with a drawn workload can say.
const full = `about: Everything is said.
suites: [quick, anomalies]
backends: [sim, docker]
system: echo
options: {copies: 2, interval: 50ms}
mutant: ECHO-M1
replicas: 5
clients: 4
concurrency: 2
seed: 18446744073709551615
duration: 20s
recovery: 0s
workload: {object: register, keys: 3, rate: 100/s, mix: {read: 2, tell: 1}, timeout: 1s}
network: {latency: 5ms, loss: 1%, duplicate: 0.5%, reorder: 2%}
disk: {sync: 1ms..3ms}
nemesis:
  - {at: 1s, for: 2s, fault: partition, shape: halves}
  - {at: 4s, for: 2s, fault: partition, groups: "r1 r2 c1 | r3 r4 r5"}
  - {at: 1s, for: 2s, fault: crash, target: one, lose: unsynced}
  - {at: 5s, for: 1s, fault: delay, target: r2, latency: 5ms..50ms}
  - {at: 5s, fault: loss, link: "r1 -> r2, * -> c1", chance: 20%}
  - {at: 7s, fault: drop, link: "r1 -> c1", message: PING, count: 3}
  - {random: [pause, crash], between: 10s..19s, every: 1s, for: 200ms..2s}
  - {swarm: [pause, loss], between: 10s..19s, every: 1s..2s, for: 200ms..2s, bursts: 1s..3s, calm: 1s, size: large}
expect:
  holds: [session, invariant/in-step]
  breaks: {linearizable: stale-read, causal: any}
evidence: {partition: {dropped: 100, operations: 20}, pause: {delayed: 2}}
`

// scripted says all that a scenario with a script can say.
const scripted = `system: echo
clients: 2
duration: 1s
workload:
  object: register
  timeout: 500ms
  script:
    - {at: 10ms, client: c1, do: write x 1, via: r1, gives: ok}
    - {at: 20ms, client: c1, do: tell c2 "two words"}
    - {at: 20ms, client: c2, do: hear, gives: [c1, "two words"]}
    - {at: 30ms, client: c2, do: read x, gives: null}
    - {at: 999ms, client: c2, do: read x, gives: 0}
expect: {breaks: {invariant/in-step: broken}}
`

// changing says all that a scenario can say of who leaves and joins.
const changing = `system: echo
spares: 2
clients: 2
workload: {object: register}
nemesis:
  - {at: 1s, fault: join, target: r4}
  - {at: 2s, fault: join, target: each, chance: 50%}
  - {at: 3s, fault: leave, target: r2}
  - {at: 4s, fault: join, target: r2}
  - {at: 5s, for: 1s, fault: partition, groups: "r1 r2 r3 | r4 r5"}
  - {at: 7s, fault: leave, target: minority}
expect: {holds: [causal]}
`

func TestDefaultsAreFilledIn(t *testing.T) {
	s := parse(t, small)
	want := scenario.Scenario{
		Suites: []string{"full"}, Backends: []string{"sim"}, System: s.System,
		Options:  map[string]string{"copies": "1", "interval": "100ms"},
		Replicas: 3, Clients: 3, Concurrency: 1, Seed: 1, Duration: 10 * time.Second, Recovery: 5 * time.Second,
		Workload: workload.Spec{Object: "register", Keys: 1, Rate: 50, Mix: map[string]int{"read": 2, "write": 1}, Timeout: 2 * time.Second},
		Weather:  cluster.Weather{Latency: nemesis.Range{Min: time.Millisecond, Max: 10 * time.Millisecond}},
		Disk:     cluster.Disk{Sync: nemesis.Range{Min: 100 * time.Microsecond, Max: 2 * time.Millisecond}},
		Holds:    []guarantee.Name{guarantee.Causal},
		Breaks:   map[guarantee.Name]guarantee.Anomaly{}, Evidence: map[nemesis.Kind]nemesis.Evidence{},
	}
	if s.System.Name != "echo" {
		t.Errorf("the system is %q", s.System.Name)
	}
	if diff := difference(want, s); diff != "" {
		t.Error(diff)
	}
	for object, want := range map[string]map[string]int{"set": {"read": 2, "add": 1}, "counter": {"add": 1}} {
		got := parse(t, strings.NewReplacer("register", object, "causal", "convergence").Replace(small)).Workload.Mix
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the mix of a %s:\n%s", object, diff)
		}
	}
	if got := parse(t, strings.Replace(small, "echo", "mute", 1)).Workload.Mix["cas"]; got != 1 {
		t.Errorf("a system that serves cas is asked for it with weight %d", got)
	}
	if got := parse(t, small+"replicas: 7\n").Clients; got != 7 {
		t.Errorf("7 replicas have %d clients", got)
	}
}

// difference compares scenarios. Of the system only the name counts: it holds functions.
func difference(a, b scenario.Scenario) string {
	bySystem := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".System" }, cmp.Ignore())
	return cmp.Diff(a, b, bySystem)
}

func TestEveryFieldIsTaken(t *testing.T) {
	s := parse(t, full)
	want := scenario.Scenario{
		About: "Everything is said.", Suites: []string{"quick", "anomalies"}, Backends: []string{"sim", "docker"}, Mutant: "ECHO-M1",
		Options:  map[string]string{"copies": "2", "interval": "50ms"},
		Replicas: 5, Clients: 4, Concurrency: 2, Seed: 1<<64 - 1, Duration: 20 * time.Second,
		Workload: workload.Spec{Object: "register", Keys: 3, Rate: 100, Mix: map[string]int{"read": 2, "tell": 1}, Timeout: time.Second},
		Weather:  cluster.Weather{Latency: nemesis.Range{Min: 5 * time.Millisecond, Max: 5 * time.Millisecond}, Loss: 10_000, Duplicate: 5_000, Reorder: 20_000},
		Disk:     cluster.Disk{Sync: nemesis.Range{Min: time.Millisecond, Max: 3 * time.Millisecond}},
		Holds:    []guarantee.Name{guarantee.Session, "invariant/in-step"},
		Breaks:   map[guarantee.Name]guarantee.Anomaly{guarantee.Linearizable: guarantee.StaleRead, guarantee.Causal: guarantee.Any},
		Evidence: map[nemesis.Kind]nemesis.Evidence{nemesis.Partition: {"dropped": 100, "operations": 20}, nemesis.Pause: {"delayed": 2}},
	}
	for _, text := range []string{
		"at=1s for=2s fault=partition shape=halves",
		`at=4s for=2s fault=partition groups="r1 r2 c1 | r3 r4 r5"`,
		"at=1s for=2s fault=crash target=one lose=unsynced",
		"at=5s for=1s fault=delay target=r2 latency=5ms..50ms",
		`at=5s fault=loss link="r1 -> r2, * -> c1" chance=20%`,
		`at=7s fault=drop link="r1 -> c1" message=PING count=3`,
	} {
		a, err := nemesis.ParseAction(text)
		if err != nil {
			t.Fatal(err)
		}
		want.Nemesis = append(want.Nemesis, nemesis.Step{Action: &a})
	}
	for _, text := range []string{
		`random="pause, crash" between=10s..19s every=1s for=200ms..2s`,
		`swarm="pause, loss" between=10s..19s every=1s..2s for=200ms..2s bursts=1s..3s calm=1s size=large`,
	} {
		r, err := nemesis.ParseRandom(text)
		if err != nil {
			t.Fatal(err)
		}
		want.Nemesis = append(want.Nemesis, nemesis.Step{Random: &r})
	}
	if diff := difference(want, s); diff != "" {
		t.Error(diff)
	}
}

func TestScriptsAreTaken(t *testing.T) {
	s := parse(t, scripted)
	ok := func(v protocol.Value) workload.Answer { return workload.ValueAnswer(v) }
	told := protocol.String("two words")
	want := workload.Spec{Object: "register", Timeout: 500 * time.Millisecond, Script: []workload.Step{
		{At: 10 * time.Millisecond, Client: "c1", Op: protocol.Op{F: "write", Key: "x", Value: protocol.Int(1), Via: "r1"}, Gives: workload.Answer{Outcome: protocol.OK}},
		{At: 20 * time.Millisecond, Client: "c1", Op: protocol.Op{F: "tell", Value: protocol.List(protocol.String("c2"), told)}},
		{At: 20 * time.Millisecond, Client: "c2", Op: protocol.Op{F: "hear"}, Gives: ok(protocol.List(protocol.String("c1"), told))},
		{At: 30 * time.Millisecond, Client: "c2", Op: protocol.Op{F: "read", Key: "x"}, Gives: ok(protocol.Value{})},
		{At: 999 * time.Millisecond, Client: "c2", Op: protocol.Op{F: "read", Key: "x"}, Gives: ok(protocol.Int(0))},
	}}
	if diff := cmp.Diff(want, s.Workload); diff != "" {
		t.Error(diff)
	}
}

func TestSpecOfARun(t *testing.T) {
	s := parse(t, full)
	spec := s.Spec(9)
	c := spec.Config
	if spec.Seed != 9 || !slices.Equal(c.Replicas, []protocol.NodeID{"r1", "r2", "r3", "r4", "r5"}) || !slices.Equal(c.Clients, []protocol.NodeID{"c1", "c2", "c3", "c4"}) ||
		c.Object != "register" || c.Mutant != "ECHO-M1" || c.Timeout != time.Second || c.Options["copies"] != "2" ||
		spec.Weather != s.Weather || spec.Disk != s.Disk || spec.System.Name != "echo" {
		t.Errorf("got %+v", spec)
	}
}

func FuzzParse(f *testing.F) {
	for _, source := range []string{small, full, scripted, "", "---", "a: [", "*x", "&x {a: *x}", "? [a]\n: b", "\xff", "nemesis: [{random: []}]"} {
		f.Add([]byte(source))
	}
	mistakes, err := os.ReadFile(filepath.Join("testdata", "mistakes.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(mistakes)
	c := catalog()
	f.Fuzz(func(t *testing.T, source []byte) {
		s, errs := scenario.Parse("fuzz.yaml", source, c)
		for _, err := range errs {
			_ = place(t, err)
		}
		if len(errs) == 0 {
			readsBack(t, s)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	c := catalog()
	b.ReportAllocs()
	for range b.N {
		if _, errs := scenario.Parse("full.yaml", []byte(full), c); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
