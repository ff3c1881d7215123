package systemtest

import (
	"fmt"
	"io/fs"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sunder/checkers/guarantee"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

// record is a reporter that keeps what it is told.
type record struct {
	path string
	told *[]string // failures as path: text
	logs *[]string
}

func newRecord() record { return record{told: new([]string), logs: new([]string)} }

func (r record) Helper()   {}
func (r record) Parallel() {}

func (r record) Errorf(format string, args ...any) {
	*r.told = append(*r.told, r.path+": "+fmt.Sprintf(format, args...))
}

func (r record) Logf(format string, args ...any) {
	*r.logs = append(*r.logs, r.path+": "+fmt.Sprintf(format, args...))
}

func (r record) Run(name string, part func(reporter)) {
	r.path = strings.TrimPrefix(r.path+"/"+name, "/")
	part(r)
}

// failed returns the names of the checks that failed, each once.
func (r record) failed() []string {
	var out []string
	for _, text := range *r.told {
		check := strings.SplitN(strings.SplitN(text, ":", 2)[0], "/", 2)[0]
		if !slices.Contains(out, check) {
			out = append(out, check)
		}
	}
	return out
}

// brief is the first line of each failure.
func (r record) brief() string {
	var b strings.Builder
	for _, text := range *r.told {
		line, _, _ := strings.Cut(text, "\n")
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

const forgets = `
about: Two writes, one after the other; the second must be there.
suites: [mutants]
system: toy
duration: 1s
recovery: 1s
workload:
  object: register
  script:
    - {at: 10ms, client: c1, do: write x 1, gives: ok}
    - {at: 300ms, client: c1, do: write x 2, gives: ok}
    - {at: 600ms, client: c2, do: read x, gives: %d}
expect:
  holds: [linearizable]
`

const crashes = `
system: toy
duration: 2s
recovery: 1s
workload: {object: register}
nemesis:
  - {at: 500ms, for: 300ms, fault: crash, target: r1}
expect:
  holds: [linearizable]
`

// files are the toy's scenarios. The healthy toy does not end as `unhealthy` says.
func files() fs.FS {
	return fstest.MapFS{
		"toy/crashes.yaml":           {Data: []byte(crashes)},
		"toy/mutants/forgets.yaml":   {Data: fmt.Appendf(nil, forgets, 2)},
		"toy/mutants/unhealthy.yaml": {Data: fmt.Appendf(nil, forgets, 99)},
		"toy/mutants/infected.yaml":  {Data: []byte("mutant: TOY-M1" + fmt.Sprintf(forgets, 2))},
	}
}

func TestASoundSystemPasses(t *testing.T) {
	r := newRecord()
	conform(r, toy(honest), files())
	if len(*r.told) > 0 {
		t.Errorf("got %s", strings.Join(*r.told, "\n"))
	}
	logged := []string{
		`^mutants/TOY-M1: TOY-M1: caught from 5 of 5 seeds$`,
		`^mutants/TOY-M1: TOY-M1: runs of random faults until one catches it: median 1 \(of 1, 1, 1\)$`,
		`^marks: \d{3,} runs have reached 2 of 2 marks$`,
	}
	if !slices.EqualFunc(logged, *r.logs, func(want, got string) bool { return regexp.MustCompile(want).MatchString(got) }) {
		t.Errorf("logged %q", *r.logs)
	}
}

// TestEveryCheckSeesItsFlaw plants a flaw for each thing that the suite looks at. All that fails is compared, so that a
// check that fails for another reason is seen, too.
func TestEveryCheckSeesItsFlaw(t *testing.T) {
	for _, test := range []struct {
		name   string
		flaw   flaw
		change func(*systems.System)
		fails  []string // the checks
		says   string   // one of the failures, as a regular expression
	}{
		{flaw: unordered, fails: []string{"determinism"}, says: `another run: digest \w+, not \w+\nthe runs part at entry \d+:\n  first: .*\n  second: .*\nreplay with:`},
		{flaw: amnesiac, fails: []string{"restart", "promises", "mutants"}, says: `restart/register/defaults/seed=1: r1 is not what it was when it is started again:`},
		{flaw: opaque, fails: []string{"restart"}, says: `r1 shows nothing of its state`},
		{flaw: blank, fails: []string{"restart"}, says: `left no trace in the state of any replica`},
		{flaw: deaf, fails: []string{"fault-free"}, says: `did not end ok though nothing was done to the system: .*`},
		{flaw: refusing, fails: []string{"fault-free"}, says: `fault-free/register/defaults: an operation did not end ok`},
		{flaw: mute, fails: []string{"fault-free"}, says: `fault-free/register/defaults/told: vacuous though nothing was done to the system: step 3 of the script .* gave fail`},
		{flaw: clockBound, fails: []string{"promises", "mutants"}, says: `promises/register/defaults/clock-skew: under clock-skew linearizable is invalid`},
		{flaw: clockBound, fails: []string{"promises", "mutants"}, says: `mutants/TOY-M1: a random run that looks for TOY-M1 ends with violation without it, too`},
		{flaw: frightened, fails: []string{"strangers"}, says: `r1 is given a message of another protocol by r\d and panics: who is STRANGER`},
		{flaw: talkative, fails: []string{"strangers"}, says: `asks for 1 effects, the first of them a message RUMOUR`},
		{flaw: counting, fails: []string{"strangers"}, says: `changes its state:\n  before: .*\n  after: .*"Strangers":1`},
		{flaw: rewriting, fails: []string{"determinism", "values"}, says: `a message ANSWER that r1 handed over at .* was changed afterwards`},
		{flaw: revising, fails: []string{"values"}, says: `a fact protocol.Own that r1 handed over at .* was changed afterwards`},
		{flaw: secretive, fails: []string{"values"}, says: `the fact toy/wrote of r1 does not survive its encoding: \{.*\} comes back as \{.*\}`},
		{
			name: "unlisted fact", change: func(s *systems.System) { s.Facts = nil },
			fails: []string{"values"}, says: `fact toy/wrote is not listed by its system \(it lists none\)`,
		},
		{flaw: inventive, fails: []string{"marks"}, says: `the mark surprised is noted, and the system does not list it`},
		{
			name: "unreached", change: func(s *systems.System) { s.Marks = append(s.Marks, "moon-landing") },
			fails: []string{"marks"}, says: `marks: the mark moon-landing is listed, and no run of the suite and no scenario reaches it`,
		},
		{
			name: "missed", change: func(s *systems.System) {
				s.Mutants = append(s.Mutants, systems.Mutant{Name: "TOY-M2", CaughtBy: []guarantee.Name{guarantee.Linearizable}, Scenario: "toy/mutants/forgets"})
			},
			fails: []string{"mutants"}, says: `mutants/TOY-M2: TOY-M2 .* is caught by none of \[linearizable\]; the last run ended with pass`,
		},
		{
			name: "caught by others only", change: func(s *systems.System) { s.Mutants[0].CaughtBy = []guarantee.Name{guarantee.Available} },
			fails: []string{"mutants"}, says: `is caught by none of \[available\]; the last run ended with violation`,
		},
		{
			name: "unhealthy", change: func(s *systems.System) { s.Mutants[0].Scenario = "toy/mutants/unhealthy" },
			fails: []string{"mutants"}, says: `without the mutant, too, the run ends with vacuous: step 3 of the script .* gave 2`,
		},
		{
			name: "without trigger", change: func(s *systems.System) { s.Mutants[0].Scenario = "toy/mutants/nowhere" },
			fails: []string{"mutants"}, says: `the trigger of TOY-M1: open toy/mutants/nowhere.yaml`,
		},
		{
			name: "infected trigger", change: func(s *systems.System) { s.Mutants[0].Scenario = "toy/mutants/infected" },
			fails: []string{"mutants"}, says: `plants TOY-M1 itself`,
		},
		{
			name: "unjust", change: func(s *systems.System) { s.Invariants[0].Check = keptUnjustly },
			fails: []string{"mutants"}, says: `the witness by which invariant/kept catches TOY-M1 does not stand: the 1 facts that it names do not break the invariant by themselves`,
		},
		{
			name: "blames no fact", change: func(s *systems.System) { s.Invariants[0].Check = keptBeyond },
			fails: []string{"mutants"}, says: `does not stand: there is no fact 1000000`,
		},
		{
			name: "broken invariant", change: func(s *systems.System) {
				s.Invariants = append(s.Invariants, systems.Invariant{Name: "no-write", Check: noWrite})
			},
			fails: []string{"fault-free", "promises", "mutants"}, says: `invariant/no-write is invalid`,
		},
		{
			name: "unjudged", change: func(s *systems.System) {
				s.Promises = append(s.Promises, systems.Promise{Guarantee: "charming", Survives: []nemesis.Kind{nemesis.Crash}})
			},
			fails: []string{"fault-free", "promises"}, says: `promises/.*/crash: under crash charming was not judged`,
		},
		{
			name: "never bitten", change: lonely, fails: []string{"restart", "promises", "marks"},
			says: `12 runs under loss prove nothing, the last one because none of the \d+ random faults took effect`,
		},
		{
			name: "serves nothing", change: func(s *systems.System) { s.Serves = nil },
			fails: []string{""}, says: `toy serves no object`,
		},
		{
			name: "serves what nobody knows", change: func(s *systems.System) {
				s.Serves = append(s.Serves, systems.Service{Object: "teapot"})
			},
			fails: []string{""}, says: `toy serves a teapot, for which there is no workload or no model`,
		},
		{
			flaw: faintHearted, fails: []string{"determinism", "restart", "fault-free", "promises", "mutants", "strangers", "values", "marks"},
			says: `determinism/seed=1/register/defaults: run plain it fails: sim: at .* r1 panicked in Receive`,
		},
	} {
		t.Run(test.name+string(test.flaw), func(t *testing.T) {
			s := toy(test.flaw)
			if test.change != nil {
				test.change(&s)
			}
			r := newRecord()
			conform(r, s, files())
			if got := r.failed(); !slices.Equal(got, test.fails) {
				t.Errorf("%q failed, want %q:\n%s", got, test.fails, r.brief())
			}
			if says := regexp.MustCompile(test.says); !slices.ContainsFunc(*r.told, says.MatchString) {
				t.Errorf("no failure says %q:\n%s", test.says, r.brief())
			}
		})
	}
}

// TestAFailureTellsHowToReplayIt has a shell write the scenario in a failure to a file, as go test prints it, and makes the
// run of it.
func TestAFailureTellsHowToReplayIt(t *testing.T) {
	s := &suite{system: toy(honest), files: files(), marks: map[string]int64{}}
	telling := s.telling(s.subjects()[0])
	telling.About = "it's said that clients' words count"
	for name, sc := range map[string]*scenario.Scenario{
		"drawn":             s.draw(s.subjects()[0], s.system.Survived()...),
		"without a promise": s.draw(subject{systems.Service{Object: "register", Operations: []string{"read", "write"}}, setting{}}),
		"with a mutant":     infected(s.draw(s.subjects()[0], nemesis.Crash), s.system.Mutants[0]),
		"with a script":     telling,
	} {
		said := replay(sc, 7, "--until", "1s")
		command, follows := strings.CutPrefix(said, "replay with:\n")
		write, rest, _ := strings.Cut(command, " >conformance.yaml && ")
		if !follows || rest != "sunder replay conformance.yaml --seed 7 --until 1s" {
			t.Errorf("%s: got %q", name, said)
			continue
		}
		file, err := exec.Command("sh", "-c", strings.ReplaceAll(write, "\n", "\n        ")).Output()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := scenario.ParseFile("conformance.yaml", file, s.catalog())
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, file)
			continue
		}
		first := s.runOn(sim.New(sim.Options{}), sc, 7, harness.Options{})
		second := s.runOn(sim.New(sim.Options{}), &again, 7, harness.Options{})
		if first.Digest == "" || first.Digest != second.Digest {
			t.Errorf("%s: replayed it is run %s, not %s", name, second.Digest, first.Digest)
		}
	}
}

func TestSettings(t *testing.T) {
	s := systems.System{
		Options: []systems.Option{
			{Name: "order", Default: "causal", Values: []string{"causal", "total"}},
			{Name: "copies", Default: "1", Values: []string{"1", "2"}},
			{Name: "interval", Default: "1s"},
		},
		Promises: []systems.Promise{
			{Guarantee: guarantee.Causal, When: map[string]string{"copies": "2"}},
			{Guarantee: guarantee.Linearizable, When: map[string]string{"order": "total", "copies": "2"}},
		},
	}
	want := []string{
		"defaults map[copies:1 interval:1s order:causal]",
		"order=total map[copies:1 interval:1s order:total]",
		"copies=2 map[copies:2 interval:1s order:causal]",
		"copies=2,order=total map[copies:2 interval:1s order:total]",
	}
	var got []string
	for _, c := range settings(s) {
		got = append(got, fmt.Sprint(c.name, " ", c.options))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestPromised asks what a system promises of which subject, under which fault.
func TestPromised(t *testing.T) {
	serves := []systems.Service{{Object: "register"}, {Object: "counter"}}
	s := &suite{system: systems.System{
		Serves:  serves,
		Options: []systems.Option{{Name: "order", Default: "causal", Values: []string{"causal", "total"}}},
		Promises: []systems.Promise{
			{Guarantee: guarantee.Causal, Survives: []nemesis.Kind{nemesis.Crash, nemesis.Pause}},
			{Guarantee: guarantee.Convergence, Objects: []string{"counter"}, Survives: []nemesis.Kind{nemesis.Pause}},
			{Guarantee: guarantee.Linearizable, When: map[string]string{"order": "total"}},
		},
	}}
	for _, test := range []struct {
		object, order string
		kinds         []nemesis.Kind
		want          []guarantee.Name
	}{
		{"register", "causal", nil, []guarantee.Name{guarantee.Causal}},
		{"counter", "causal", nil, []guarantee.Name{guarantee.Convergence}}, // nothing is causal about a counter
		{"register", "total", nil, []guarantee.Name{guarantee.Causal, guarantee.Linearizable}},
		{"register", "total", []nemesis.Kind{nemesis.Crash}, []guarantee.Name{guarantee.Causal}},
		{"counter", "total", []nemesis.Kind{nemesis.Pause}, []guarantee.Name{guarantee.Convergence}},
		{"counter", "total", []nemesis.Kind{nemesis.Pause, nemesis.Crash}, nil},
		{"register", "causal", []nemesis.Kind{nemesis.Drop}, nil},
	} {
		b := subject{systems.Service{Object: test.object}, setting{options: map[string]string{"order": test.order}}}
		if got := s.draw(b, test.kinds...).Holds; !slices.Equal(got, test.want) {
			t.Errorf("%s, %s order, under %v: got %v, want %v", test.object, test.order, test.kinds, got, test.want)
		}
	}
	total := &scenario.Scenario{
		System: s.system, Options: map[string]string{"order": "total"}, Workload: workload.Spec{Object: "register"},
		Holds: []guarantee.Name{guarantee.Session, guarantee.Linearizable},
	}
	for _, test := range []struct {
		caughtBy []guarantee.Name
		kinds    []nemesis.Kind
	}{
		{[]guarantee.Name{guarantee.Session}, []nemesis.Kind{nemesis.Crash, nemesis.Pause}}, // it survives because causal does
		{[]guarantee.Name{guarantee.Session, guarantee.Linearizable}, nil},
	} {
		var kinds []nemesis.Kind
		if steps := campaign.ByChance(total, systems.Mutant{CaughtBy: test.caughtBy}).Nemesis; len(steps) > 0 {
			kinds = steps[0].Random.Kinds
		}
		if !slices.Equal(kinds, test.kinds) {
			t.Errorf("what is caught by %v is looked for under %v, want %v", test.caughtBy, kinds, test.kinds)
		}
	}
	if got := s.system.Survived(); !slices.Equal(got, []nemesis.Kind{nemesis.Crash, nemesis.Pause}) {
		t.Errorf("survives %v", got)
	}
}
