package scenario_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/scenario"
)

// TestMistakes changes one thing in a scenario that is right, and sees that just that is said, and where.
func TestMistakes(t *testing.T) {
	for _, test := range []struct{ in, old, new, want string }{
		{full, "about:", "abuot:", `1:1: unknown field "abuot" in a scenario; did you mean about?`},
		{full, "suites: [quick, anomalies]", "suites: [quick, quick]", "2:17: quick stands twice"},
		{full, "suites: [quick, anomalies]", "suites: quick", `2:9: suites is a list, not "quick"; put it in brackets, or a dash before each`},
		{full, "suites: [quick, anomalies]", "suites: []", "2:9: suites is empty; leave it out"},
		{full, "suites: [quick, anomalies]", "suites: [quick, slow]", `2:17: there is no suite "slow"; there is: quick, full, anomalies, mutants`},
		{full, "backends: [sim, docker]", "backends: [sim, dokcer]", `3:17: there is no backend "dokcer"; did you mean docker?`},
		{full, "system: echo", "system: ecko", `4:9: there is no system "ecko"; did you mean echo?`},
		{full, "system: echo", "system: [echo]", "4:9: system is one value, not a list"},
		{small, "system: echo", "", "3:1: no system is named; there is: echo, mute"},
		{full, "copies: 2", "copies: 3", `5:19: there is no value of copies "3"; there is: 1, 2`},
		{full, "copies: 2", "copis: 2", `5:18: there is no option of echo "copis"; did you mean copies?`},
		{full, "interval: 50ms", "interval: 50", `5:32: options.interval: "50" is not a duration such as 1.5s or 200ms`},
		{full, "interval: 50ms", "interval: 0s", "5:32: options.interval is more than nothing"},
		{full, "interval: 50ms", "interval: ", "5:32: options.interval is one value, not nothing"},
		{full, "ECHO-M1", "ECHO-M2", `6:9: there is no mutant of echo "ECHO-M2"; did you mean ECHO-M1?`},
		{full, "replicas: 5", "replicas: 0", "7:11: replicas is from 1 to 100, not 0"},
		{full, "replicas: 5", "replicas: 5.5", `7:11: replicas is a whole number, not "5.5"`},
		{full, "replicas: 5", "places: 1\nreplicas: 5", `7:1: unknown field "places" in a scenario; `},
		{full, "clients: 4", "clients: 0", "8:10: clients is from 1 to 100, not 0"},
		{full, "clients: 4", "clients: 96", "8:10: 5 replicas and 96 clients are more than 100 nodes"},
		{small, "system: echo", "system: echo\nreplicas: 51", "3:11: 51 replicas and 51 clients are more than 100 nodes; say how many clients"},
		{full, "concurrency: 2", "concurrency: 0", "9:14: concurrency is from 1 to 100, not 0"},
		{full, "seed: 18446744073709551615", "seed: 18446744073709551616", `10:7: seed is a whole number from 0 on, not "18446744073709551616"`},
		{full, "seed: 18446744073709551615", "seed: 1\nseed: 2", `11:1: "seed" stands twice, first on line 10`},
		{small, "system: echo", "system: echo\nduration: 0s", "3:11: a run without duration proves nothing"},
		{full, "duration: 20s", "duration: 20", `11:11: duration: "20" is not a duration such as 1.5s or 200ms`},
		{full, "recovery: 0s", "recovery: -1s", "12:11: recovery: -1s is negative"},
		{full, "recovery: 0s", "recovery: 25h", "12:11: recovery: 25h is beyond 24h, the longest that is allowed"},
		{small, "workload: {object: register}", "", "2:1: no workload is given; such as workload:"},
		{small, "{object: register}", "{}", "3:11: the workload names no object; there is: register, counter, set, board"},
		{small, "object: register", "keys: 1", "3:11: the workload names no object; there is: register, counter, set, board"},
		{full, "object: register", "object: regster", `13:20: there is no object "regster"; did you mean register?`},
		{small, "system: echo\nworkload: {object: register}", "system: mute\nworkload: {object: set}", `3:20: there is no object that mute replicates called "set"`},
		{full, "keys: 3", "keys: 0", "13:36: workload.keys is from 1 to 100000, not 0"},
		{full, "rate: 100/s", "rate: 100", `13:45: workload.rate: "100" is not a rate such as 100/s`},
		{full, "rate: 100/s", "rate: 0/s", "13:45: workload.rate: a rate is at least 1/s"},
		{full, "rate: 100/s", "rate: 1000001/s", "13:45: workload.rate: a rate is at most 1000000/s"},
		{small, "{object: register}", "{object: register, rate: 1000000/s}\nduration: 1h", "3:36: 1000000 operations a second for 1h0m0s are 3600000000, more than 100000000"},
		{full, "read: 2", "read: 0", "13:64: workload.mix.read is from 1 to 1000, not 0"},
		{full, "read: 2", "raed: 2", `13:64: there is no operation that echo serves on a register called "raed"; did you mean read?`},
		{full, "read: 2", "cas: 2", `13:63: there is no operation that echo serves on a register called "cas"; there is: read, write, tell, hear`},
		{full, "mix: {read: 2, tell: 1}", "mix: {}", "13:57: workload.mix is empty; leave it out"},
		{small, "{object: register}", "{object: board}", "3:11: echo serves none of the operations that a board has by default; give a mix"},
		{small, "{object: register}", "{object: register, mix: {tell: 1}}\nclients: 1", "3:42: a single client has nobody to tell anything"},
		{full, "timeout: 1s", "timeout: 0s", "13:86: an operation takes longer than nothing"},
		{full, "latency: 5ms,", "latency: 5ms..1ms,", "14:20: network.latency: 5ms..1ms ends before it begins"},
		{full, "loss: 1%", "loss: 1", `14:31: network.loss: "1" is not a percentage`},
		{full, "disk: {sync: 1ms..3ms}", "disk: 1ms", `15:7: disk has fields, not "1ms"; write name: value`},
		{full, "fault: partition, shape: halves", "fault: partiton, shape: halves", `17:30: there is no fault "partiton"; did you mean partition?`},
		{full, "shape: halves", "shape: circle", `17:48: "circle" is no shape; there are halves, isolate, majority-minority, one-way`},
		{full, "shape: halves", `shape: halves, link: "r1 -> r2"`, "17:5: a partition has one of shape, groups, link and clogs"},
		{full, ", shape: halves", "", "17:5: a partition has one of shape, groups, link and clogs"},
		{full, "at: 1s, for: 2s, fault: partition", "for: 2s, fault: partition", "17:5: at is missing; such as at: 4s"},
		{full, "at: 1s, for: 2s, fault: partition", "at: 1s, for: 1s..2s, fault: partition", "17:19: nemesis[0].for is one duration; a range is for random faults"},
		{full, "at: 1s, for: 2s, fault: partition", "at: 1s, for: 0s, fault: partition", "17:19: nemesis[0].for is more than nothing; leave it out"},
		{full, "at: 1s, for: 2s, fault: partition", "at: 1s, for: 2s, every: 1s, fault: partition", "17:30: every is for random faults; name kinds of faults under random or swarm"},
		{full, "at: 4s, for: 2s", "at: 20s, for: 2s", "18:10: it begins after the end of chaos at 20s"},
		{full, "at: 4s, for: 2s", "at: 2s, for: 2s", "18:5: two partitions at once, this and that of line 17; end one before the other begins"},
		{full, "| r3 r4 r5", "| r3 r4", "18:49: r5 is on no side of the partition; every replica is on a side"},
		{full, "| r3 r4 r5", "| r3 r4 r5 c5", `18:49: there is no client "c5"; they are c1 to c4`},
		{full, "target: one, lose: unsynced", "target: r6, lose: unsynced", `19:45: there is no replica "r6"; they are r1 to r5`},
		{full, "target: one, lose: unsynced", "lose: unsynced", "19:5: a crash needs a target; such as target: one"},
		{full, "fault: crash, target: one, lose", "fault: pause, target: one, lose", "19:56: a pause takes no lose; it takes target"},
		{full, "target: r2, latency: 5ms..50ms", "target: r2", "20:5: a delay needs latency"},
		{full, "target: r2, latency", `target: r2, link: "* -> *", latency`, "20:5: a delay has a target or a link, not both"},
		{full, "target: r2, latency: 5ms..50ms", "latency: 0s", "20:46: 0s delays nothing"},
		{full, "* -> c1", "* -> c9", `21:33: there is no client "c9"; they are c1 to c4`},
		{full, "message: PING", "message: PNG", `22:54: there is no message of echo "PNG"; did you mean PING?`},
		{full, "count: 3", "count: 0", `22:67: "0" is not a count of at least 1`},
		{full, "fault: drop, link: \"r1 -> c1\", message: PING, count: 3", "fault: clock-skew, target: one, offset: 1s", "22:21: the backend docker cannot do clock-skew; leave the backend out"},
		{full, "fault: drop, link: \"r1 -> c1\", message: PING, count: 3", "fault: partition, shape: isolate}\n  - {at: 8s, fault: partition, shape: isolate", "23:5: two partitions at once, this and that of line 22"},
		{full, "random: [pause, crash]", "random: [pause, clock-skew]", "23:22: the backend docker cannot do clock-skew"},
		{full, "random: [pause, crash]", "random: [pause, pause]", "23:14: random: pause is named twice"},
		{full, "random: [pause, crash]", "random: [pause, cash]", `23:22: there is no fault "cash"; did you mean crash?`},
		{full, "random: [pause, crash]", "random: [pause, crash], target: one", "23:38: random faults draw their own target; a recipe has random or swarm, between, every, for, bursts, calm and size"},
		{full, "swarm: [pause, loss]", "swarm: [pause, loss], random: [pause]", "24:36: a recipe has random or swarm, not both; leave one out"},
		{full, "size: large", "size: huge", `24:110: faults are small or large, not "huge"; without size they are as they come`},
		{full, "bursts: 1s..3s, ", "", "24:84: calm: there is no time between which it is calm; say bursts, such as 2s..6s"},
		{full, "calm: 1s, ", "", "24:86: bursts: there is no calm between them; say calm, such as 1s..3s"},
		{full, "swarm: [pause, loss]", "swarm: [pause, lost]", `24:21: there is no fault "lost"; did you mean loss?`},
		{full, "for: 2s, fault: partition", "for: 2s, calm: 1s, fault: partition", "17:29: calm is for random faults; name kinds of faults under random or swarm"},
		{full, "between: 10s..19s", "between: 10s..29s", "23:39: it goes on after the end of chaos at 20s"},
		{full, "between: 10s..19s", "between: 10s", "23:39: between: 10s leaves no time"},
		{full, "every: 1s", "every: 0s", "23:56: every: 0s is less than 1ms"},
		{full, "for: 200ms..2s", "for: 10s", "23:65: for: 10s is longer than the 9s there are"},
		{small, "expect: {holds: [causal]}", "", "2:1: a scenario without expectations can only pass; name guarantees under holds or breaks"},
		{full, "holds: [session,", "holds: [causal,", "26:11: causal cannot hold and break in one run"},
		{full, "holds: [session,", "holds: [sequential,", "26:11: sequential cannot hold in a run that breaks causal, which it implies"},
		{full, "holds: [session,", "holds: [session, session,", "26:20: session stands twice"},
		{full, "holds: [session,", "holds: [sesion,", `26:11: there is no guarantee "sesion"; did you mean session?`},
		{full, "invariant/in-step", "invariant/in-stop", `26:20: there is no guarantee "invariant/in-stop"; did you mean invariant/in-step?`},
		{full, "holds: [session,", "holds: [durability,", "26:11: durability says nothing of a register; it is about: counter, set, board, log"},
		{full, "linearizable: stale-read", "linearizable: stale", `27:26: there is no anomaly of linearizable "stale"`},
		{full, "breaks: {linearizable: stale-read, causal: any}", "breaks: [linearizable]", "27:11: expect.breaks has names with values, not a list"},
		{full, "partition: {dropped: 100,", "partition: {droped: 100,", `28:32: there is no evidence of partition "droped"; did you mean dropped?`},
		{full, "partition: {dropped: 100,", "partition: {dropped: 0,", "28:33: a minimum is at least 1, not 0"},
		{full, "pause: {delayed: 2}", "hold: {held: 2}", "28:61: the nemesis has no hold that could give evidence"},
		{small, "system: echo", "system: mute\nspares: 1", "3:9: mute has no use for spares: its replicas are those that it starts with; leave them out"},
		{changing, "spares: 2", "spares: 0", "2:9: spares is from 1 to 100, not 0"},
		{changing, "target: r4", "target: r3", "6:35: r3 is in the cluster from the start; the spares are numbered from r4 on"},
		{changing, "| r4 r5", "| r4", "10:49: r5 is on no side of the partition; every replica is on a side"},
		{changing, "at: 2s", "at: 2s, for: 1s", "7:19: a join is for good; leave it out"},
		{changing, "target: minority", "target: all", "11:5: no replica would be left"},
		{changing, "target: minority", "target: c1", "11:36: c1 is a front end, and only replicas leave"},
		{changing, "target: each, chance: 50%", "target: primary", "7:5: a join is of replicas that are not in the cluster: one, all or each of them, or names, not the primary"},
		{full, "random: [pause, crash]", "random: [pause, leave]", "23:14: random: what a leave does is for good: say when it comes, with at and fault"},
		{small, "expect:", "spares: 1\nexpect:", "4:9: no spare ever joins; such as {at: 4s, fault: join, target: all}"},
		{small, "expect:", "nemesis: [{at: 1s, fault: join, target: one}]\nexpect:", "4:11: there is no replica that could join; say how many spares there are, such as spares: 1"},
		{small, "echo", "mute\nnemesis: [{at: 1s, fault: leave, target: one}]", "3:27: no replica of mute can leave: its replicas are those that it starts with"},
		{scripted, "clients: 2", "clients: 2\nnemesis: [{at: 1ms, fault: crash, target: minority}]\nreplicas: 2", "3:11: 2 replicas have no minority"},
		{scripted, "clients: 2", "clients: 2\nnemesis: [{at: 1ms, fault: partition, shape: halves}]\nreplicas: 1", "3:11: there is nothing to cut with less than two replicas"},
		{scripted, "clients: 2", "clients: 2\nnemesis: [{random: [partition]}]\nreplicas: 1", "3:21: there is nothing to cut with less than two replicas"},
		{scripted, "timeout: 500ms", "rate: 5/s", "6:9: a workload has a script or rate, not both; leave it out"},
		{scripted, "timeout: 500ms", "mix: {read: 1}", "6:8: a workload has a script or mix, not both; leave it out"},
		{scripted, "timeout: 500ms", "keys: 1", "6:9: a workload has a script or keys, not both; leave it out"},
		{scripted, "at: 10ms, ", "", "8:7: at is missing; such as at: 10ms"},
		{scripted, "at: 10ms, client: c1, ", "at: 10ms, ", "8:7: client is missing; such as client: c1"},
		{scripted, "do: write x 1, ", "", "8:7: do is missing; such as do: read x"},
		{scripted, "at: 999ms", "at: 1s", "12:12: it comes after the end of chaos at 1s"},
		{scripted, "client: c2, do: hear", "client: c3, do: hear", `10:26: there is no client "c3"; they are c1 to c2`},
		{scripted, "do: write x 1", "do: write x", `8:34: "write x": it is written "write KEY VALUE"`},
		{scripted, "do: write x 1", "do: cas x 1 2", `8:34: there is no operation that echo serves on a register called "cas"`},
		{scripted, "via: r1", "via: c1", `8:50: there is no replica "c1"; they are r1 to r3`},
		{scripted, "do: hear", "do: hear, via: r1", "10:45: no replica serves a hear; leave it out"},
		{scripted, "tell c2", "tell c1", "9:34: c1 cannot tell itself anything"},
		{scripted, "tell c2", "tell c5", `9:34: there is no client "c5"; they are c1 to c2`},
		{scripted, "gives: 0", "gives: 1x", "12:50: workload.script[4].gives: 1x is not an integer of 64 bits; put a string in quotes"},
		{scripted, "gives: 0", "gives: ", `12:50: workload.script[4].gives: "" is no value`},
		{scripted, "gives: 0", "gives: [{}]", "12:50: workload.script[4].gives: a value is null, an integer, a word or a list, not names with values"},
		{full, "seed: 18446744073709551615", "seed: &s 1", "10:7: &s is an anchor, which scenarios do not have; write it out wherever it is wanted"},
		{full, "evidence: {partition:", "evidence: {partiton: {dropped: 1}, partition:", `28:22: there is no fault "partiton"; did you mean partition?`},
		{full, "linearizable: stale-read", "linearisable: stale-read", `27:26: there is no guarantee "linearisable"; did you mean linearizable?`},
		{full, "replicas: 5", "replicas: many", `7:11: replicas is a whole number, not "many"`},
		{full, "replicas: 5", "replicas: [5]", "7:11: replicas is one value, not a list"},
		{full, "about: Everything is said.", "about: !!str said", "1:8: !!str is a tag, which scenarios do not have; leave it out"},
		{full, "evidence: {", "---\nevidence: {", "28:1: a second document begins; a file holds one scenario"},
		{full, "evidence: {", "evidence: [", "this is not YAML: "},
		{full, "evidence: {", "---\nevidence: [", "this is not YAML: "},
	} {
		source := strings.Replace(test.in, test.old, test.new, 1)
		_, errs := scenario.Parse("f", []byte(source), catalog())
		switch {
		case source == test.in:
			t.Errorf("%s is not there to be changed", test.old)
		case len(errs) != 1 || !strings.Contains(errs[0].Error(), test.want) || test.want[0] < 'a' && !strings.HasPrefix(errs[0].Error(), "f:"+test.want):
			t.Errorf("%s -> %s:\n got %q\nwant %q", test.old, test.new, errs, test.want)
		}
	}
}

// TestWhatYAMLHasAndScenariosHaveNot sees that anchors, aliases and merges are refused each.
func TestWhatYAMLHasAndScenariosHaveNot(t *testing.T) {
	source := strings.Replace(small, "{object: register}", "&w {object: register}", 1) + "network: *w\ndisk: {<<: *w}\n"
	_, errs := scenario.Parse("f", []byte(source), catalog())
	want := []string{
		"f:3:11: &w is an anchor, which scenarios do not have; write it out wherever it is wanted",
		"f:5:10: *w is an alias, which scenarios do not have; write it out",
		`f:6:8: unknown field "<<" in disk; there is: sync`,
	}
	var got []string
	for _, err := range errs {
		got = append(got, err.Error())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var update = flag.Bool("update", false, "write the golden files anew; read them before accepting them")

// TestManyMistakesAreSaidAtOnce holds all that is said of a file that is wrong nearly everywhere to a golden file.
func TestManyMistakesAreSaidAtOnce(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("testdata", "mistakes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, errs := scenario.Parse("mistakes.yaml", source, catalog())
	var got strings.Builder
	for _, err := range errs {
		fmt.Fprintln(&got, err)
	}
	golden := filepath.Join("testdata", "mistakes.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsAreInTheOrderOfTheirPlaces(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("testdata", "mistakes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_, errs := scenario.Parse("mistakes.yaml", source, catalog())
		line, column := 0, 0
		for _, err := range errs {
			p := place(t, err)
			if p.Line < line || p.Line == line && p.Column < column {
				t.Fatalf("%v comes after line %d, column %d", p, line, column)
			}
			line, column = p.Line, p.Column
		}
	}
}

// place returns an error of Parse as the Problem that it must be, with its place.
func place(t *testing.T, err error) scenario.Problem {
	t.Helper()
	var p scenario.Problem
	if !errors.As(err, &p) || p.Line < 1 || p.Column < 1 || p.File == "" || p.What == "" {
		t.Fatalf("an error without a place: %#v", err)
	}
	return p
}

// TestFilesThatAreTooMuch sees that hostile files are refused, and that it does not take long.
func TestFilesThatAreTooMuch(t *testing.T) {
	many := func(head, step string, n int) string { return small + head + strings.Repeat(step, n) }
	for name, test := range map[string]struct{ source, want string }{
		"bytes":  {strings.Repeat("# \n", 1<<20), "the file has 3145728 bytes; a scenario has at most 1048576"},
		"faults": {many("nemesis:\n", "  - {at: 1s, fault: hold}\n", 1001), "1001 steps are more than 1000"},
		"script": {strings.Replace(many("", "    - {at: 1s, client: c1, do: hear}\n", 10_001), "workload: {object: register}\nexpect: {holds: [causal]}\n", "expect: {holds: [causal]}\nworkload:\n  object: register\n  script:\n", 1), "10001 operations are more than the 10000 that a script may have"},
		"word":   {strings.Replace(small, "echo", strings.Repeat("e", 1<<20-200), 1), "there is no system"},
		"depth":  {small + "options: " + strings.Repeat("[", 20_000), "this is not YAML: "},
	} {
		_, errs := scenario.Parse("f", []byte(test.source), catalog())
		if len(errs) == 0 || !strings.Contains(errors.Join(errs...).Error(), test.want) {
			t.Errorf("%s: got %.300v, want %q", name, errs, test.want)
		}
	}
}
