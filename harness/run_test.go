package harness_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/history"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/workload"
	"sunder/nemesis"
)

// base is two seconds of writes and reads by three clients beside three replicas.
func base() scenario.Scenario {
	return scenario.Scenario{
		Name: "imaginary/base", System: imaginary(), Replicas: 3, Clients: 3, Concurrency: 1, Seed: 1,
		Duration: 2 * time.Second, Recovery: time.Second,
		Workload: workload.Spec{Object: "register", Keys: 2, Rate: 20, Timeout: 300 * time.Millisecond, Mix: map[string]int{"read": 1, "write": 1}},
		Holds:    []guarantee.Name{guarantee.Session},
	}
}

// judging returns a checker of session that gives one verdict.
func judging(v checkers.Verdict) []checkers.Checker {
	return []checkers.Checker{{Guarantee: guarantee.Session, Check: func(checkers.Input) checkers.Verdict { return v }}}
}

func holds() []checkers.Checker {
	return judging(checkers.Verdict{Valid: checkers.Valid, Reason: "it does"})
}

func run(s scenario.Scenario, b cluster.Backend, judges []checkers.Checker) harness.Result {
	return harness.Run(context.Background(), &s, s.Seed, b, harness.Options{Checkers: judges})
}

func TestPhasesComeInOrderAndEndWithReadsFromEveryReplica(t *testing.T) {
	f := &fake{answer: ok}
	r := run(base(), f, holds())
	if r.Status != harness.Pass {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	var phases []string
	for _, p := range r.History.Phases {
		phases = append(phases, p.Name)
	}
	if want := []string{history.Chaos, history.Heal, history.Recover, history.Final}; !slices.Equal(phases, want) {
		t.Errorf("the phases are %v, not %v", phases, want)
	}
	var finals []string
	for _, i := range r.History.Finals() {
		op := r.History.Operations[i]
		finals = append(finals, op.F+" "+op.Key+" "+string(op.Via())+" by "+string(op.Node()))
	}
	slices.Sort(finals)
	want := []string{"read x r1 by c1", "read x r2 by c2", "read x r3 by c3", "read y r1 by c1", "read y r2 by c2", "read y r3 by c3"}
	if !slices.Equal(finals, want) {
		t.Errorf("the final reads are %v, not %v", finals, want)
	}
	if last := r.History.Event(r.History.Len() - 1).Time; last < 3*time.Second {
		t.Errorf("the run ended at %v, before its recovery was over", last)
	}
	if len(r.Logs) != 1 || string(r.Logs[0].Text) != "awake\n" {
		t.Errorf("the logs are %v", r.Logs)
	}
}

func TestSilenceIsInfoAndRetiresTheProcess(t *testing.T) {
	r := run(base(), &fake{answer: silent}, holds())
	if r.Status != harness.Vacuous || r.Reason != "no operation ended ok" {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	seen := map[int]bool{}
	for _, op := range r.History.Operations {
		if op.Outcome != protocol.Info || op.Noted().Error != "no answer" {
			t.Errorf("%+v did not end as unknown", op)
		}
		if op.ReturnTime-op.CallTime != 800*time.Millisecond {
			t.Errorf("given up after %v, not after the timeout of 300ms and the grace of 500ms", op.ReturnTime-op.CallTime)
		}
		if seen[op.Process] {
			t.Errorf("process %d went on after an operation of unknown outcome", op.Process)
		}
		seen[op.Process] = true
		if client := protocol.NodeID([]string{"c1", "c2", "c3"}[op.Process%3]); op.Node() != client {
			t.Errorf("process %d is one of %s, not of %s", op.Process, op.Node(), client)
		}
	}
	if len(seen) < 6 {
		t.Errorf("only %d processes took part", len(seen))
	}
}

func TestLateAnswersChangeNothing(t *testing.T) {
	late := func(protocol.NodeID, protocol.Op) (protocol.Reply, time.Duration) {
		return protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(9)}, time.Second
	}
	r := run(base(), &fake{answer: late}, holds())
	for _, op := range r.History.Operations {
		if op.Outcome != protocol.Info {
			t.Errorf("%+v was answered a second after its call, and counts", op)
		}
	}
}

// TestOutcomesOfARun goes through the ways in which a run can end, the gravest of several counting.
func TestOutcomesOfARun(t *testing.T) {
	bites := nemesis.Evidence{"delayed": 3}
	pause := func(s *scenario.Scenario) {
		s.Nemesis = []nemesis.Step{{Action: &nemesis.Action{At: time.Second, For: 100 * time.Millisecond,
			Fault: nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Word: nemesis.One}}}}}
	}
	random := func(s *scenario.Scenario) {
		s.Nemesis = []nemesis.Step{{Random: &nemesis.Random{Kinds: []nemesis.Kind{nemesis.Pause}, End: 2 * time.Second,
			Every: nemesis.Range{Min: 300 * time.Millisecond, Max: 400 * time.Millisecond}, For: nemesis.Range{Min: 50 * time.Millisecond, Max: 60 * time.Millisecond}}}}
	}
	breaks := func(anomaly guarantee.Anomaly) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) {
			s.Holds, s.Breaks = nil, map[guarantee.Name]guarantee.Anomaly{guarantee.Session: anomaly}
		}
	}
	invalid := judging(checkers.Verdict{Valid: checkers.Invalid, Reason: "it does not",
		Witness: &checkers.Witness{Anomaly: guarantee.NoMonotonicReads, Sentence: "it does not"}})
	unsure := judging(checkers.Verdict{Valid: checkers.Unknown, Reason: "out of steps"})
	panics := []checkers.Checker{{Guarantee: guarantee.Session, Check: func(checkers.Input) checkers.Verdict { panic("oh") }}}
	for _, test := range []struct {
		name   string
		change func(*scenario.Scenario)
		fake   fake
		judges []checkers.Checker
		status harness.Status
		reason string
	}{
		{"fine", nil, fake{answer: ok}, holds(), harness.Pass, ""},
		{"broken", nil, fake{answer: ok}, invalid, harness.Violated, "session does not hold: it does not"},
		{"undecided", nil, fake{answer: ok}, unsure, harness.Unknown, "session could not be decided: out of steps"},
		{"a checker that fails decides nothing", nil, fake{answer: ok}, panics, harness.Unknown, "the checker itself failed: oh"},
		{"no checker", nil, fake{answer: ok}, nil, harness.Unknown, "there is no checker of it"},
		{"expected", breaks(guarantee.NoMonotonicReads), fake{answer: ok}, invalid, harness.Pass, ""},
		{"any will do", breaks(guarantee.Any), fake{answer: ok}, invalid, harness.Pass, ""},
		{"another anomaly", breaks(guarantee.NoReadYourWrites), fake{answer: ok}, invalid, harness.Violated, "by another anomaly"},
		{"did not show", breaks(guarantee.Any), fake{answer: ok}, holds(), harness.Vacuous, "was to be broken by any, and held"},
		{"bites", pause, fake{answer: ok, evidence: bites}, holds(), harness.Pass, ""},
		{"does not bite", pause, fake{answer: ok, evidence: nemesis.Evidence{}}, holds(), harness.Vacuous, "delayed: 0, needs 1"},
		{"not enough", func(s *scenario.Scenario) {
			pause(s)
			s.Evidence = map[nemesis.Kind]nemesis.Evidence{nemesis.Pause: {"delayed": 4}}
		}, fake{answer: ok, evidence: bites}, holds(), harness.Vacuous, "delayed: 3, needs 4"},
		{"one random fault bites", random, fake{answer: ok, evidence: bites}, holds(), harness.Pass, ""},
		{"no random fault bites", random, fake{answer: ok, evidence: nemesis.Evidence{}}, holds(), harness.Vacuous, "random faults took effect"},
		{"broken counts more than toothless", pause, fake{answer: ok, evidence: nemesis.Evidence{}}, invalid, harness.Violated, "does not hold"},
		{"never healed", pause, fake{answer: ok}, holds(), harness.Infra, "1 faults were not undone"},
		{"a node that dies is no violation", nil, fake{answer: ok, dies: time.Second}, invalid, harness.Infra, "r1 died by itself at 1s: it was told to"},
		{"refused", nil, fake{answer: ok, refuses: []error{errors.New("no such thing")}}, holds(), harness.Infra, "no such thing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := base()
			if test.change != nil {
				test.change(&s)
			}
			r := run(s, &test.fake, test.judges)
			if r.Status != test.status || !strings.Contains(r.Reason, test.reason) || (test.reason == "") != (r.Reason == "") {
				t.Errorf("%s: %q, want %s: %q", r.Status, r.Reason, test.status, test.reason)
			}
		})
	}
}

func gives(t *testing.T, text string) workload.Answer {
	t.Helper()
	a, err := workload.ParseAnswer(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestScriptsAreTakenInTimeAndComparedWithWhatTheyGive(t *testing.T) {
	scripted := func(second string) scenario.Scenario {
		s := base()
		read := protocol.Op{F: "read", Key: "x", Via: "r2"}
		write := protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)}
		s.Workload = workload.Spec{Object: "register", Timeout: 300 * time.Millisecond, Script: []workload.Step{
			{At: 100 * time.Millisecond, Client: "c2", Op: write, Gives: gives(t, "ok")},
			{At: 100 * time.Millisecond, Client: "c2", Op: read, Gives: gives(t, second)},
		}}
		return s
	}
	f := &fake{answer: ok}
	r := run(scripted("0"), f, holds())
	if r.Status != harness.Pass {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	first, second := r.History.Operations[0], r.History.Operations[1]
	if first.CallTime != 100*time.Millisecond || second.CallTime != first.ReturnTime || second.Via() != "r2" || second.Node() != "c2" {
		t.Errorf("a client that is busy takes its next step when it is free: %+v, %+v", first, second)
	}
	r = run(scripted("5"), f, holds())
	if r.Status != harness.Vacuous || !strings.Contains(r.Reason, "step 2 of the script") || !strings.Contains(r.Reason, "gave 0") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

// TestAClusterThatDoesNotClose makes a run infra: what it leaves behind may disturb the next one.
func TestAClusterThatDoesNotClose(t *testing.T) {
	s := base()
	r := harness.Run(context.Background(), &s, 1, &fake{answer: ok, left: errors.New("a network is left")}, harness.Options{Checkers: holds()})
	if r.Status != harness.Infra || !strings.Contains(r.Reason, "a network is left") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

func TestAnInterruptKeepsWhatThereIs(t *testing.T) {
	s := base()
	ctx, stop := context.WithCancel(context.Background())
	f := &fake{answer: func(c protocol.NodeID, op protocol.Op) (protocol.Reply, time.Duration) {
		stop()
		return ok(c, op)
	}}
	s.Nemesis = []nemesis.Step{{Action: &nemesis.Action{At: 1900 * time.Millisecond, For: 50 * time.Millisecond,
		Fault: nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Word: nemesis.One}}}}}
	var kept *history.History
	var faults []harness.FaultReport
	r := harness.Run(ctx, &s, 1, f, harness.Options{Checkers: holds(), Recorded: func(h *history.History, reports []harness.FaultReport) error {
		kept, faults = h, reports
		return nil
	}})
	if r.Status != harness.Interrupted || kept == nil || len(kept.Operations) != 1 {
		t.Errorf("%s, with %+v kept", r.Status, kept)
	}
	if len(faults) != 1 || faults[0].Begun >= 0 || faults[0].Missing != "it never began: the run was over before" {
		t.Errorf("of the fault that was to come it is said: %+v", faults)
	}
}

// TestAnInterruptEndsTheChecks interrupts a run whose history is kept while a checker is at it, which ends only then.
func TestAnInterruptEndsTheChecks(t *testing.T) {
	s := base()
	ctx, stop := context.WithCancel(context.Background())
	kept := false
	patient := []checkers.Checker{{Guarantee: guarantee.Session, Check: func(in checkers.Input) checkers.Verdict {
		if !kept {
			t.Error("a checker began before the history was kept")
		}
		stop()
		<-in.Context.Done()
		return checkers.Verdict{Valid: checkers.Valid, Reason: "it was not looked at to the end"}
	}}}
	r := harness.Run(ctx, &s, 1, &fake{answer: ok}, harness.Options{Checkers: patient, Recorded: func(*history.History, []harness.FaultReport) error {
		kept = true
		return nil
	}})
	if r.Status != harness.Interrupted || len(r.Findings) != 1 || r.Findings[0].Valid != checkers.Unknown || r.Findings[0].Reason != "interrupted" {
		t.Errorf("%s (%s): %+v", r.Status, r.Reason, r.Findings)
	}
}

func TestAHistoryThatCannotBeKeptIsNotJudged(t *testing.T) {
	s := base()
	r := harness.Run(context.Background(), &s, 1, &fake{answer: ok}, harness.Options{Checkers: holds(),
		Recorded: func(*history.History, []harness.FaultReport) error { return errors.New("the disk is full") }})
	if r.Status != harness.Infra || r.Reason != "the disk is full" || len(r.Findings) > 0 {
		t.Errorf("%s: %s, %d findings", r.Status, r.Reason, len(r.Findings))
	}
}

func TestWorseFollowsTheOrderOfExitCodes(t *testing.T) {
	order := []harness.Status{harness.Pass, harness.Vacuous, harness.Unknown, harness.Infra, harness.Violated, harness.Interrupted}
	for i, a := range order {
		for j, b := range order {
			if got := harness.Worse(a, b); got != order[max(i, j)] {
				t.Errorf("the worse of %s and %s is %s", a, b, got)
			}
		}
	}
}

// TestOnlyWhoIsInTheClusterIsReadInTheEnd has r2 leave, r4 join, and r5 never come.
func TestOnlyWhoIsInTheClusterIsReadInTheEnd(t *testing.T) {
	s := base()
	s.System.Dynamic, s.Spares = true, 2
	for at, f := range []nemesis.Fault{
		{Kind: nemesis.Leave, Target: nemesis.Target{Nodes: []protocol.NodeID{"r2"}}},
		{Kind: nemesis.Join, Target: nemesis.Target{Nodes: []protocol.NodeID{"r4"}}},
		{Kind: nemesis.Pause, Target: nemesis.Target{Word: nemesis.Everyone}},
	} {
		s.Nemesis = append(s.Nemesis, nemesis.Step{Action: &nemesis.Action{At: time.Duration(at+1) * 100 * time.Millisecond, Fault: f}})
	}
	f := &fake{answer: ok, evidence: nemesis.Evidence{"left": 1, "joined": 1, "answered": 1, "delayed": 1}}
	r := run(s, f, holds())
	if r.Status != harness.Pass {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	if paused := f.begun[2].Target.String(); paused != "r1 r3 r4" {
		t.Errorf("all replicas are %s, not those in the cluster", paused)
	}
	var finals []string
	for _, i := range r.History.Finals() {
		op := r.History.Operations[i]
		finals = append(finals, op.Key+" "+string(op.Via())+" by "+string(op.Node()))
	}
	slices.Sort(finals)
	if want := []string{"x r1 by c1", "x r3 by c3", "x r4 by c1", "y r1 by c1", "y r3 by c3", "y r4 by c1"}; !slices.Equal(finals, want) {
		t.Errorf("the final reads are %v, not %v", finals, want)
	}
}

// TestAFaultWaitsForOneThatIsAboutToEnd crashes all replicas twice in a row, where it takes a while to start them again:
// the second crash comes when they are there, and if that is after the chaos, not at all.
func TestAFaultWaitsForOneThatIsAboutToEnd(t *testing.T) {
	for undoing, second := range map[time.Duration]time.Duration{150 * time.Millisecond: 350 * time.Millisecond, 3 * time.Second: -1} {
		s := base()
		for _, at := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond} {
			f := nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Word: nemesis.Everyone}}
			s.Nemesis = append(s.Nemesis, nemesis.Step{Action: &nemesis.Action{At: at, For: 100 * time.Millisecond, Fault: f}})
		}
		r := run(s, &fake{answer: ok, undoing: undoing, evidence: nemesis.Evidence{"crashed": 3, "restarted": 3}}, holds())
		if got := r.Faults[1].Begun; got != second {
			t.Errorf("undone within %v: the second crash begins at %v, not %v (%s)", undoing, got, second, r.Faults[1].Missing)
		}
		if second < 0 {
			if r.Status != harness.Vacuous || !strings.Contains(r.Reason, "it could not begin") {
				t.Errorf("undone within %v: %s: %s", undoing, r.Status, r.Reason)
			}
			continue
		}
		if r.Status != harness.Pass || r.Faults[1].Ended != second+100*time.Millisecond+undoing {
			t.Errorf("undone within %v: %s: %s; the second crash ended at %v", undoing, r.Status, r.Reason, r.Faults[1].Ended)
		}
	}
}

// TestFactsWhoseCausesMayBeMissingAreDropped has facts that come in late where nothing says that all is there.
func TestFactsWhoseCausesMayBeMissingAreDropped(t *testing.T) {
	for missing, want := range map[time.Duration]int{0: 2, time.Second: 1} {
		s := base()
		f := &fake{answer: ok, missing: missing, facts: []protocol.Noted{
			{Node: "r1", Time: time.Second, Fact: protocol.Mark{Name: "early"}},
			{Node: "r1", Time: 3 * time.Second, Fact: protocol.Mark{Name: "late"}},
		}}
		if r := run(s, f, holds()); len(r.History.Facts) != want {
			t.Errorf("missing since %v before the end: %d facts, not %d", missing, len(r.History.Facts), want)
		}
	}
}

// TestAScriptWaitsForItsFaults has faults that take a while to come into force and to be undone: what the script does
// after them it does as long after them as it says.
func TestAScriptWaitsForItsFaults(t *testing.T) {
	ms := time.Millisecond
	read := protocol.Op{F: "read", Key: "x", Via: "r2"}
	s := base()
	s.Workload = workload.Spec{Object: "register", Timeout: 300 * ms, Script: []workload.Step{
		{At: 50 * ms, Client: "c2", Op: protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)}}, {At: 200 * ms, Client: "c2", Op: read}, {At: 450 * ms, Client: "c2", Op: read}, {At: 1000 * ms, Client: "c2", Op: read}, {At: 1900 * ms, Client: "c2", Op: read},
	}}
	crash := nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{"r1"}}}
	hold := nemesis.Fault{Kind: nemesis.Hold, Message: "GOSSIP"}
	s.Nemesis = []nemesis.Step{
		{Action: &nemesis.Action{At: 100 * ms, For: 300 * ms, Fault: crash}},
		{Action: &nemesis.Action{At: 1000 * ms, For: 100 * ms, Fault: hold}},
	}
	f := &fake{answer: ok, starting: 400 * ms, undoing: 700 * ms, evidence: nemesis.Evidence{"crashed": 1, "restarted": 1, "held": 1}}
	r := run(s, f, holds())
	if r.Status != harness.Pass {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	// The crash is in force 400ms late, and the hold again. The node is back 700ms late; what the hold let go may be on its
	// way while the script goes on.
	var got []time.Duration
	for _, op := range r.History.Operations[:5] {
		got = append(got, op.CallTime)
	}
	if want := []time.Duration{50 * ms, 600 * ms, 1550 * ms, 2500 * ms, 3400 * ms}; !slices.Equal(got, want) {
		t.Errorf("the steps are taken at %v, not %v", got, want)
	}
	if hold := r.Faults[1]; hold.Begun != 2500*ms || hold.Ended != 3300*ms {
		t.Errorf("the hold is in force from %v to %v", hold.Begun, hold.Ended)
	}
	r = run(s, &fake{answer: ok, starting: time.Hour, evidence: nemesis.Evidence{}}, holds())
	if r.Status != harness.Infra || !strings.Contains(r.Reason, "a fault was not in force, or not undone") {
		t.Errorf("a fault that never comes into force: %s: %s", r.Status, r.Reason)
	}
}

// TestCompletionsAreOfTheTimeAtWhichTheyArrive has one arrive while the controller is busy.
func TestCompletionsAreOfTheTimeAtWhichTheyArrive(t *testing.T) {
	s := base()
	s.Workload = workload.Spec{Object: "register", Timeout: 300 * time.Millisecond, Script: []workload.Step{
		{At: 100 * time.Millisecond, Client: "c1", Op: protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)}},
		{At: 500 * time.Millisecond, Client: "c1", Op: protocol.Op{F: "read", Key: "x"}},
	}}
	r := run(s, &fake{answer: ok, busy: 50 * time.Millisecond}, holds())
	if got := r.History.Operations[0].ReturnTime; got != 101*time.Millisecond {
		t.Errorf("the write that arrived at 101ms and was taken 50ms later ended at %v", got)
	}
}
