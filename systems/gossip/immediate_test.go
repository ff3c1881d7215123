package gossip

import (
	"fmt"
	"slices"
	"testing"

	"sunder/systems"
)

// immediateConfig is the configuration of a storm of immediate updates: all of them, or beside causal and forced ones. On a
// register there are none beside causal ones: those do not commute, and nothing says what concurrent ones make.
func immediateConfig(i int) systems.Config {
	c := forcedConfig(i)
	c.Options[optionOrder] = immediateOrder
	if c.Object != "register" {
		c.Options[optionCausalFrontEnds] = []string{evenFrontEnds, noFrontEnds}[i/2%2]
	}
	c.Options[optionForcedFrontEnds] = []string{thirdFrontEnds, noFrontEnds}[i/3%2]
	return c
}

func immediateMutants() []string {
	return []string{mutantAnswersStopped, mutantForgetsStop, mutantStopsMajority, mutantNoBarrier, mutantNoAbort}
}

// TestImmediateStorms blows storms over stops: each immediate record must have one place among all that was ever logged,
// whoever was primary when, whoever crashed while it was stopped.
func TestImmediateStorms(t *testing.T) {
	marks := map[string]bool{}
	for seed := range 300 {
		s := newStorm(immediateConfig(seed), uint64(seed))
		if wrong := s.blow(); wrong != "" {
			t.Fatalf("seed %d, %v: %s", seed, s.config.Options, wrong)
		}
		for _, mark := range notedMarks(s.facts) {
			marks[mark] = true
		}
	}
	for _, mark := range immediateMarks() {
		if !marks[mark] && mark != markForgotten {
			t.Errorf("no storm noted %s", mark)
		}
	}
}

// stops tells whether replicas are stopped for updates. That takes many messages one after the other, which come to nothing
// if primaries are deposed as often as in other storms.
func (s *storm) stops() bool { return s.config.Options[optionOrder] == immediateOrder }

// judgeImmediate asks that every record comes before an immediate one or after it.
func (s *storm) judgeImmediate(all []Record) string {
	for _, r := range all {
		for _, q := range all {
			if r.Immediate && q.ID() != r.ID() && !s.precedes(q, r) && !s.precedes(r, q) {
				return fmt.Sprintf("nothing says whether update %s at %s comes before the immediate %s at %s", q.CID, q.TS, r.CID, r.TS)
			}
		}
	}
	return ""
}

// judgeRealTime asks that a query sees all immediate updates that were answered before it was asked, wherever it was
// answered.
func (s *storm) judgeRealTime(all []Record) string {
	for _, a := range s.answers {
		for _, r := range all {
			if r.Immediate && slices.Contains(s.earlier[a.ID], r.CID) && !a.New.Covers(r.TS) {
				return fmt.Sprintf("a query was answered at %s, and before it was asked the immediate update %s at %s was answered", a.New, r.CID, r.TS)
			}
		}
	}
	return ""
}
