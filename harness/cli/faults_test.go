package cli_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sunder/docker"
	"sunder/harness/cli"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/nemesis"
	"sunder/scenarios"
	"sunder/systems"
	"sunder/systems/all"
)

// busy is a cluster in which every fault meets something: messages, timers, writes that no sync covers yet, a primary.
const busy = `
about: Everybody is at work.
system: gossip
options: {order: forced}
clients: 6
concurrency: 4
workload: {object: counter, keys: 2, rate: 200/s}
disk: {sync: 100ms..150ms}
duration: 3s
recovery: 3s
expect: {holds: [exactly-once]}
nemesis:
  - `

// quiet is a cluster in which faults that come after 300ms meet nothing.
const quiet = `
about: Nobody does anything any more.
system: toy
workload:
  object: register
  script:
    - {at: 100ms, client: c1, do: write x 1, gives: ok}
    - {at: 200ms, client: c1, do: read x, gives: 1}
duration: 3s
recovery: 1s
expect: {holds: [linearizable]}
nemesis:
  - `

// open is a cluster whose replicas come and go, as far as its behaviour lets them.
const open = `
about: Some come and some go.
system: club
options: {behaviour: honest}
spares: 2
workload: {object: register, rate: 100/s}
duration: 3s
recovery: 1s
expect: {holds: [linearizable]}
nemesis:
  - {at: 2900ms, fault: join, target: r5}
  - `

// bite is a fault in the two places where it is tried: one where it takes effect and one where it cannot.
type bite struct {
	fault string // a step of a nemesis
	there string // what a run of it is like in which it bites; "": busy
	// nothing is what a run is like in which it cannot bite; "": quiet. Instead is the step there, if it cannot be the same: the
	// toy's only copy is at r1 and in memory, so that a crash of r1 shows in what clients read.
	nothing, instead string
	missing          string // what such a run lacks
}

// bites tries every kind of fault in every way in which it can be done.
func bites() []bite {
	sticky, shut := strings.Replace(open, "honest", "sticky", 1), strings.Replace(open, "honest", "shut", 1)
	cut := "dropped: 0, needs 1"
	return []bite{
		{fault: "{at: 1s, for: 1s, fault: partition, shape: halves}", missing: cut},
		{fault: "{at: 1s, for: 1s, fault: partition, shape: isolate}", missing: cut},
		{fault: "{at: 1s, for: 1s, fault: partition, shape: majority-minority}", missing: cut},
		{fault: "{at: 1s, for: 1s, fault: partition, shape: one-way}", missing: cut},
		{fault: "{at: 1s, for: 1s, fault: partition, shape: bridge}", missing: cut},
		{fault: "{at: 1s, for: 1s, fault: partition, shape: ring}", missing: cut},
		{fault: "{at: 1s, for: 1s, fault: partition, shape: swizzle}", missing: cut},
		{fault: `{at: 1s, for: 1s, fault: partition, groups: "r1 c2 | r2 r3"}`, missing: cut},
		{fault: `{at: 1s, for: 1s, fault: partition, link: "r1 -> r2"}`, missing: cut},
		{fault: `{at: 1s, for: 1s, fault: partition, clogs: "r1 0s..500ms, r2 200ms..1s"}`, missing: cut},
		{
			fault: "{at: 1s, for: 500ms, fault: crash, target: one}", nothing: open,
			instead: "{at: 1s, for: 500ms, fault: crash, target: r4}\n  - {at: 2s, fault: join, target: r4}", missing: "crashed: 0, needs 1; restarted: 0, needs 1",
		},
		{
			fault: "{at: 1s, for: 500ms, fault: crash, target: minority, lose: nothing}", nothing: open,
			instead: "{at: 1s, for: 500ms, fault: crash, target: r4, lose: nothing}\n  - {at: 2s, fault: join, target: r4}", missing: "crashed: 0, needs 1",
		},
		{
			fault: "{at: 1s, for: 500ms, fault: crash, target: all, lose: unsynced}", instead: "{at: 1s, for: 500ms, fault: crash, target: r2, lose: unsynced}",
			missing: "records_lost: 0, needs 1",
		},
		{
			fault: "{at: 1s, for: 500ms, fault: crash, target: majority, lose: all}", instead: "{at: 1s, for: 500ms, fault: crash, target: r2 r3, lose: all}",
			missing: "records_lost: 0, needs 1",
		},
		{
			fault: "{at: 1s, for: 500ms, fault: crash, target: each, chance: 90%}", instead: "{at: 1s, for: 500ms, fault: crash, target: each, chance: 0.0001%}",
			missing: "it could not begin: with a chance of 0.0001% each, no replica was struck",
		},
		{fault: "{at: 1s, for: 500ms, fault: pause, target: primary}", there: strings.Replace(busy, "100ms..150ms", "1ms..5ms", 1), missing: "it could not begin: there is no primary"},
		{fault: "{at: 1s, for: 500ms, fault: pause, target: all}", missing: "delayed: 0, needs 1"},
		{fault: "{at: 1s, for: 500ms, fault: pause, target: minority}", missing: "delayed: 0, needs 1"},
		{fault: "{at: 1s, for: 500ms, fault: pause, target: majority}", missing: "delayed: 0, needs 1"},
		{
			fault: "{at: 1s, for: 500ms, fault: pause, target: each, chance: 90%}", instead: "{at: 1s, for: 500ms, fault: pause, target: each, chance: 0.0001%}",
			missing: "no replica was struck",
		},
		{fault: "{at: 1s, for: 1s, fault: slow, target: one, latency: 5ms..20ms}", missing: "delayed: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: slow, target: each, chance: 99%, latency: 5ms}", missing: "delayed: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: delay, latency: 50ms..100ms}", missing: "delayed: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: delay, target: one, latency: 50ms}", missing: "delayed: 0, needs 1"},
		{fault: `{at: 1s, for: 1s, fault: delay, link: "* -> r2", latency: 50ms}`, missing: "delayed: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: loss, target: one, chance: 30%}", missing: cut},
		{fault: `{at: 1s, for: 1s, fault: loss, link: "* -> r2", chance: 30%}`, missing: cut},
		{fault: "{at: 1s, for: 1s, fault: duplicate, target: one, chance: 30%}", missing: "duplicated: 0, needs 1"},
		{fault: `{at: 1s, for: 1s, fault: duplicate, link: "* -> r2", chance: 30%}`, missing: "duplicated: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: reorder, target: r1, chance: 30%}", missing: "reordered: 0, needs 1"},
		{fault: `{at: 1s, for: 1s, fault: reorder, link: "* -> r2", chance: 30%}`, missing: "reordered: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: corrupt, mode: detected, target: one, chance: 30%}", missing: "corrupted: 0, needs 1; dropped: 0, needs 1"},
		{
			fault:   `{at: 1s, for: 1s, fault: corrupt, mode: delivered, link: "* -> *", message: GOSSIP, chance: 100%}`,
			instead: `{at: 1s, for: 1s, fault: corrupt, mode: delivered, link: "* -> r2", message: NOISE, chance: 30%}`,
			missing: "corrupted: 0, needs 1; delivered: 0, needs 1",
		},
		{fault: "{at: 1s, for: 1s, fault: bandwidth, target: one, limit: 5kB/s}", missing: "queued: 0, needs 1"},
		{fault: `{at: 1s, for: 1s, fault: bandwidth, link: "r1 -> *", limit: 5kB/s}`, missing: "queued: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: clock-skew, target: one, offset: -2s}", missing: "skewed: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: clock-skew, target: one, rate: 150%}", missing: "skewed: 0, needs 1; timers: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: clock-skew, target: one, offset: 2s, strobe: 50ms}", missing: "jumps: 0, needs 1; skewed: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: clock-skew, target: each, chance: 90%, offset: 2s}", missing: "skewed: 0, needs 1"},
		{
			fault: "{at: 1s, for: 1s, fault: disk, mode: torn, target: all}", instead: "{at: 1s, for: 1s, fault: disk, mode: torn, target: r2}",
			missing: "torn: 0, needs 1",
		},
		{
			fault: "{at: 1s, for: 1s, fault: disk, mode: flip, target: one}", instead: "{at: 1s, for: 1s, fault: disk, mode: flip, target: r2}",
			missing: "flipped: 0, needs 1",
		},
		{fault: "{at: 1s, for: 1s, fault: disk, mode: full, target: one}", missing: "failed: 0, needs 1; restarted: 0, needs 1"},
		{fault: "{at: 1s, for: 1s, fault: disk, mode: slow, target: each, chance: 99%, latency: 50ms..100ms}", missing: "delayed: 0, needs 1"},
		{
			fault:   `{at: 1s, for: 1s, fault: hold, link: "r1 -> *", message: GOSSIP}`,
			instead: `{at: 1s, for: 1s, fault: hold, link: "r1 -> *", message: NOISE}`, missing: "held: 0, needs 1",
		},
		{
			fault:   `{at: 1s, for: 1s, fault: drop, link: "r1 -> *", message: GOSSIP, count: 3}`,
			instead: `{at: 1s, for: 1s, fault: drop, link: "r1 -> *", message: NOISE, count: 3}`, missing: cut,
		},
		{fault: "{at: 1s, fault: leave, target: r2}", there: open, nothing: sticky, missing: "left: 0, needs 1"},
		{
			fault: "{at: 1s, fault: leave, target: each, chance: 60%}", there: open, nothing: open,
			instead: "{at: 1s, fault: leave, target: each, chance: 0.0001%}", missing: "no replica was struck",
		},
		{fault: "{at: 1s, fault: join, target: r4}", there: open, nothing: shut, missing: "answered: 0, needs 1"},
		{
			fault: "{at: 1s, fault: join, target: each, chance: 90%}", there: strings.Replace(open, "{at: 2900ms, fault: join, target: r5}", "{at: 2s, for: 500ms, fault: pause, target: r1}", 1),
			nothing: open, instead: "{at: 1s, fault: join, target: each, chance: 0.0001%}", missing: "no replica was struck",
		},
	}
}

// tried is a run of one scenario, as --json prints it.
type tried struct {
	Status string `json:"status"`
	Reason string `json:"reason"`
	Faults []struct {
		Fault    string           `json:"fault"`
		Evidence nemesis.Evidence `json:"evidence"`
		Bites    bool             `json:"bites"`
		Missing  string           `json:"missing"`
	} `json:"faults"`
}

// try runs a scenario with the command. The fault that matters is the first that begins at a second.
func try(t *testing.T, text string) (run tried, first int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "one.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	cli.Main([]string{"run", file, "--json", "--store", t.TempDir()}, strings.NewReader(""), &out, &problems, toy(), club())
	if err := json.Unmarshal(out.Bytes(), &run); err != nil {
		t.Fatalf("%v\n%s\n%s", err, problems.String(), text)
	}
	for i, f := range run.Faults {
		if strings.HasPrefix(f.Fault, "at=1s ") {
			return run, i
		}
	}
	t.Fatalf("no fault begins at 1s\n%s", text)
	return run, 0
}

// TestEveryFaultBitesAndCanBeToothless tries each fault where it takes effect, which its evidence shows, and where it cannot,
// which makes the run prove nothing.
func TestEveryFaultBitesAndCanBeToothless(t *testing.T) {
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	for _, b := range bites() {
		t.Run(b.fault, func(t *testing.T) {
			t.Parallel()
			run, i := try(t, or(b.there, busy)+b.fault+"\n")
			if f := run.Faults[i]; !f.Bites || f.Missing != "" || run.Status != "pass" && run.Status != "violation" {
				t.Errorf("where it bites: %s, %s: %s took no effect: %s, %v", run.Status, run.Reason, f.Fault, f.Missing, f.Evidence)
			}
			run, i = try(t, or(b.nothing, quiet)+or(b.instead, b.fault)+"\n")
			if f := run.Faults[i]; f.Bites || run.Status != "vacuous" || !strings.Contains(f.Missing, b.missing) || !strings.Contains(run.Reason, f.Missing) {
				t.Errorf("where it cannot: %s, %s: %s lacks %q, want %q", run.Status, run.Reason, f.Fault, f.Missing, b.missing)
			}
		})
	}
}

// ways are all ways in which faults can be done: the kinds, their modes, the shapes of partitions, what crashes lose, the
// words for targets, and every field that a kind takes.
func ways() []string {
	var out []string
	for _, info := range nemesis.Kinds() {
		kind := string(info.Kind)
		out = append(out, kind)
		for _, field := range info.Fields {
			out = append(out, kind+" "+field)
		}
		for _, m := range info.Modes {
			out = append(out, kind+" mode="+string(m.Mode))
		}
	}
	for _, shape := range nemesis.Shapes() {
		out = append(out, "partition shape="+string(shape))
	}
	for _, lose := range nemesis.Losses() {
		out = append(out, "crash lose="+string(lose))
	}
	for _, word := range nemesis.Words() {
		out = append(out, "target="+string(word))
	}
	return out
}

// waysOf returns the ways in which one fault is done.
func waysOf(f nemesis.Fault) map[string]bool {
	out := map[string]bool{string(f.Kind): true}
	if f.Kind == nemesis.Crash && f.Lose == "" {
		f.Lose = nemesis.LoseNothing
	}
	for _, field := range f.Fields() {
		out[string(f.Kind)+" "+field.Name] = true
		out[string(f.Kind)+" "+field.Name+"="+field.Text] = true
		out[field.Name+"="+field.Text] = true
	}
	return out
}

// TestEveryWayOfAFaultIsTried sees that nothing is left out: a kind, mode, shape or field that is new needs a run in which it
// bites and one in which it cannot.
func TestEveryWayOfAFaultIsTried(t *testing.T) {
	seen, lacking := map[string]bool{}, map[string]bool{}
	for _, b := range bites() {
		for _, side := range []struct {
			step string
			ways map[string]bool
		}{{b.fault, seen}, {b.instead, lacking}} {
			step, _, _ := strings.Cut(side.step, "\n")
			if step == "" {
				step = b.fault
			}
			maps.Copy(side.ways, waysOf(faultOf(t, step)))
		}
	}
	for _, way := range ways() {
		if !seen[way] {
			t.Errorf("%s: no run shows its effect", way)
		}
		if !lacking[way] {
			t.Errorf("%s: no run shows that it takes no effect", way)
		}
	}
}

// faultOf reads a step by way of a scenario that has nothing else.
func faultOf(t *testing.T, step string) nemesis.Fault {
	t.Helper()
	source := strings.Replace(quiet+step, "GOSSIP", "NOISE", 1)
	if strings.Contains(step, "join") || strings.Contains(step, "r4") {
		source = "spares: 2\n" + source + "\n  - {at: 2500ms, fault: join, target: r5}\n"
	}
	toy := toy()
	toy.Dynamic = true
	catalog := scenario.Catalog{Systems: []systems.System{toy}, Backends: []cluster.Backend{sim.New(sim.Options{})}}
	s, err := scenario.ParseFile("step.yaml", []byte(source), catalog)
	if err != nil {
		t.Fatal(err)
	}
	return s.Nemesis[0].Action.Fault
}

// TestEveryFaultHasAScenario sees that each kind of fault, mode, shape and loss is in some scenario of sunder's own. Those
// that are for good wait for a system whose replicas come and go.
func TestEveryFaultHasAScenario(t *testing.T) {
	seen := map[string]bool{}
	catalog := scenario.Catalog{Systems: all.All(), Backends: []cluster.Backend{sim.New(sim.Options{}), docker.New(docker.Options{})}}
	err := fs.WalkDir(scenarios.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(scenarios.FS, path)
		if err != nil {
			return err
		}
		s, err := scenario.ParseFile(path, text, catalog)
		if err != nil {
			return err
		}
		for _, step := range s.Nemesis {
			if step.Action != nil {
				maps.Copy(seen, waysOf(step.Action.Fault))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dynamic := slices.ContainsFunc(all.All(), func(s systems.System) bool { return s.Dynamic })
	for _, way := range ways() {
		kind, field, _ := strings.Cut(way, " ")
		if nemesis.Kind(kind).ForGood() && !dynamic || field != "" && !strings.Contains(field, "=") {
			continue
		}
		if !seen[way] {
			t.Errorf("no scenario has %s", way)
		}
	}
}
