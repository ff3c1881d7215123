package node

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// The names of evidence.
const (
	countHeld    = "held"
	countDropped = "dropped"
	countSkewed  = "skewed"
	countJumps   = "jumps"
	countTimers  = "timers"
	countHeard   = "answered"
)

// rule is a Rule in force.
type rule struct {
	Rule
	begun  time.Duration // real time
	counts map[string]int64
	kept   []parcel // by a Hold, in the order in which they were sent
	looked bool     // a strobe was looked at,
	away   bool     // and the clock was away then
}

// parcel is a message on its way to another node.
type parcel struct {
	to      protocol.NodeID
	message protocol.Message
}

// newRule returns the rule that is asked for.
func newRule(r Rule, real time.Duration) (*rule, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, name := range r.evidence() {
		counts[name] = 0
	}
	return &rule{Rule: r, begun: real, counts: counts}, nil
}

// check returns what is wrong with a rule.
func (r Rule) check() error {
	onMessages := len(r.To) > 0 || r.Message != ""
	onArrivals := len(r.From) > 0
	onClock := r.Offset != 0 || r.Strobe != 0 || r.Rate != 0
	switch {
	case r.evidence() == nil:
		return fmt.Errorf("there is no kind of rule %q; there is: %s, %s, %s, %s", r.Kind, Hold, Drop, Clock, Watch)
	case (r.Kind == Clock || r.Kind == Watch) && onMessages, r.Kind != Clock && onClock, r.Kind != Watch && onArrivals, r.Kind != Drop && r.Count != 0:
		return fmt.Errorf("a rule of kind %s has a field of another kind", r.Kind)
	case r.Kind == Clock && !onClock:
		return errors.New("a rule of kind clock needs an offset or a rate")
	case r.Kind == Watch && !onArrivals:
		return errors.New("a rule of kind watch needs to know from whom")
	case r.Count < 0 || r.Strobe < 0 || r.Rate < 0:
		return fmt.Errorf("a rule of kind %s has a field below 0", r.Kind)
	case r.Strobe != 0 && r.Offset == 0:
		return errors.New("a rule of kind clock that strobes needs an offset")
	}
	return nil
}

// evidence returns the names of what a rule counts, nil if there is no such kind.
func (r Rule) evidence() []string {
	switch r.Kind {
	case Hold:
		return []string{countHeld}
	case Drop:
		return []string{countDropped}
	case Clock:
		return []string{countSkewed, countJumps, countTimers}
	case Watch:
		return []string{countHeard}
	}
	return nil
}

// takes tells whether the rule keeps a message from leaving, and counts it if so.
func (r *rule) takes(p parcel) bool {
	if len(r.To) > 0 && !slices.Contains(r.To, p.to) || r.Message != "" && r.Message != p.message.Name() {
		return false
	}
	switch {
	case r.Kind == Hold:
		r.counts[countHeld]++
		r.kept = append(r.kept, p)
		return true
	case r.Kind == Drop && (r.Count == 0 || r.counts[countDropped] < int64(r.Count)):
		r.counts[countDropped]++
		return true
	}
	return false
}

func without(rules []*rule, r *rule) []*rule {
	return slices.DeleteFunc(rules, func(other *rule) bool { return other == r })
}
