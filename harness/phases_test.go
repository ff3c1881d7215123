package harness_test

import (
	"maps"
	"testing"
	"time"

	"sunder/harness"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// TestTimesInPhases has facts come late and out of order, as from processes. Operation 1 goes through all phases and is asked
// for twice, 2 is answered before it is executed, 3 is given up, and the front end of 4 is never heard of again.
func TestTimesInPhases(t *testing.T) {
	const ms = time.Millisecond
	f := &fake{answer: ok, evidence: nemesis.Evidence{"delayed": 1}}
	note := func(seq uint64, name protocol.PhaseName, at time.Duration) {
		phase := protocol.Phase{Operation: protocol.OperationID{Client: "c1", Life: 1, Seq: seq}, Name: name}
		f.facts = append(f.facts, protocol.Noted{Time: at, Node: "c1", Fact: phase})
	}
	note(1, protocol.PhasesEnd, 1060*ms)
	note(1, protocol.CoordinationPhase, 1030*ms)
	note(1, protocol.RequestPhase, 990*ms)
	note(1, protocol.CoordinationPhase, 995*ms)
	note(1, protocol.ExecutionPhase, 1010*ms)
	note(1, protocol.AgreementPhase, 1020*ms)
	note(1, protocol.ResponsePhase, 1050*ms)
	note(1, protocol.ResponsePhase, 1070*ms)

	note(2, protocol.RequestPhase, 980*ms)
	note(2, protocol.ResponsePhase, 983*ms)
	note(2, protocol.ExecutionPhase, 989*ms)
	note(2, protocol.PhasesEnd, 999*ms)

	note(3, protocol.RequestPhase, 900*ms)
	note(3, protocol.PhasesEnd, 1200*ms)

	note(4, protocol.RequestPhase, 201*ms)
	note(5, protocol.RequestPhase, 199*ms)

	s := base()
	s.Nemesis = []nemesis.Step{{Action: &nemesis.Action{At: time.Second, For: 100 * ms,
		Fault: nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Word: nemesis.One}}}}}
	r := run(s, f, holds())
	want := []harness.PhaseTimes{
		{Phase: protocol.RequestPhase, Count: 2, Median: 3 * ms, P99: 3 * ms},
		{Phase: protocol.CoordinationPhase, Count: 1, Median: 15 * ms, P99: 15 * ms},
		{Phase: protocol.ExecutionPhase, Count: 2, Median: 10 * ms, P99: 10 * ms},
		{Phase: protocol.AgreementPhase, Count: 1, Median: 30 * ms, P99: 30 * ms},
		{Phase: protocol.ResponsePhase, Count: 2, Median: 6 * ms, P99: 6 * ms},
	}
	if len(r.Phases) != len(want) {
		t.Fatalf("the phases are %v, not %v", r.Phases, want)
	}
	for i := range want {
		if r.Phases[i] != want[i] {
			t.Errorf("%+v, not %+v", r.Phases[i], want[i])
		}
	}
	if us := r.Figures["phase_agreement_p50_us"]; us != 30_000 {
		t.Errorf("the figures are %v", r.Figures)
	}
	if struck := map[string]int{"request": 2, "coordination": 1}; !maps.Equal(r.Faults[0].Struck, struck) {
		t.Errorf("the fault met %v, not %v", r.Faults[0].Struck, struck)
	}
	if len(r.History.Facts) != 0 {
		t.Errorf("%d phases stand among the facts of the history", len(r.History.Facts))
	}
}
