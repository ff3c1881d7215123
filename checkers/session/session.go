// Package session judges the four session guarantees of Terry et al., Session Guarantees for Weakly Consistent
// Replicated Data (1994): read your writes, monotonic reads, monotonic writes, and writes follow reads; each alone,
// and all together. A session is a process; what clients tell one another is no part of it.
//
// Each guarantee alone demands little: that a write must be there, or that two writes keep their order. An answer
// often breaks only several together, and then it is that set which is named. Each server orders the writes itself,
// as in Brzezinski, Sobaniec & Wawrzyniak, From Session Causality to Causal Consistency (2004): so all four together
// are the weak causal consistency (CC) of package causal.
//
// The package must not know which system a history comes from, and pays no heed to real time.
package session

import (
	"fmt"
	"math/bits"
	"strings"

	"sunder/checkers"
	"sunder/checkers/causality"
	"sunder/checkers/guarantee"
)

// Set is a set of the four guarantees.
type Set uint8

// The guarantees.
const (
	ReadYourWrites Set = 1 << iota
	MonotonicReads
	MonotonicWrites
	WritesFollowReads
	All = ReadYourWrites | MonotonicReads | MonotonicWrites | WritesFollowReads
)

type single struct {
	set     Set
	name    guarantee.Name
	anomaly guarantee.Anomaly
}

func singles() []single {
	return []single{
		{ReadYourWrites, guarantee.ReadYourWrites, guarantee.NoReadYourWrites},
		{MonotonicReads, guarantee.MonotonicReads, guarantee.NoMonotonicReads},
		{MonotonicWrites, guarantee.MonotonicWrites, guarantee.NoMonotonicWrites},
		{WritesFollowReads, guarantee.WritesFollowReads, guarantee.NoWritesFollowReads},
	}
}

// String lists the guarantees of the set.
func (s Set) String() string {
	var names []string
	for _, g := range singles() {
		if s&g.set != 0 {
			names = append(names, string(g.name))
		}
	}
	return strings.Join(names, " + ")
}

// Guarantee returns the name of a set of one guarantee or of all, "" of others.
func (s Set) Guarantee() guarantee.Name {
	for _, g := range singles() {
		if s == g.set {
			return g.name
		}
	}
	if s == All {
		return guarantee.Session
	}
	return ""
}

// anomaly names what breaks exactly the guarantees of the set.
func (s Set) anomaly() guarantee.Anomaly {
	for _, g := range singles() {
		if s == g.set {
			return g.anomaly
		}
	}
	return guarantee.BrokenSession
}

// Checkers returns the checker of all four guarantees together and those of each.
func Checkers() []checkers.Checker {
	out := []checkers.Checker{{Guarantee: guarantee.Session, Check: checkAll}}
	for _, g := range singles() {
		out = append(out, checkers.Checker{Guarantee: g.name, Check: func(in checkers.Input) checkers.Verdict {
			return judge(in, g.set.engine(), func(t *causality.Trace) *checkers.Witness {
				if !quick(t, g.set) && tooLarge(t, g.set) {
					return nil
				}
				return witness(t, g.set)
			})
		}})
	}
	return out
}

func (s Set) engine() string {
	if s == All {
		return "vector clocks"
	}
	return "sets of visible writes"
}

func checkAll(in checkers.Input) checkers.Verdict {
	return judge(in, All.engine(), func(t *causality.Trace) *checkers.Witness {
		found := causality.Weak(t)
		if found == nil {
			return nil
		}
		return broken(t, found)
	})
}

// broken returns the witness that all four together are broken: of the smallest set of them that is, with the others
// named.
func broken(t *causality.Trace, found []causality.Evidence) *checkers.Witness {
	if tooLarge(t, All) {
		t.Excess = "" // there is a violation, and the part of the history that shows it is small
		t = t.Restrict(causality.Witness(t, found, causality.Weak).Operations)
	}
	sets := minimalSets(t)
	if sets == nil {
		return nil
	}
	w := witness(t, sets[0])
	if w != nil && len(sets) > 1 {
		names := make([]string, len(sets)-1)
		for i, s := range sets[1:] {
			names[i] = s.String()
		}
		w.Sentence += "; elsewhere also: " + strings.Join(names, "; ")
	}
	return w
}

// Broken returns the minimal sets of guarantees that a history breaks, small sets first; none if all four hold.
func Broken(in checkers.Input) ([]Set, error) {
	t, err := causality.New(in, false)
	if err != nil || causality.Weak(t) == nil {
		return nil, err
	}
	return minimalSets(t), nil
}

// minimalSets returns the sets of guarantees that the trace breaks, though it breaks no smaller part of them; small
// sets first. There is none only if the check was interrupted.
func minimalSets(t *causality.Trace) []Set {
	var out []Set
	for size := 1; size <= 4; size++ {
		for s := Set(1); s <= All; s++ {
			if bits.OnesCount8(uint8(s)) == size && !covers(s, out) && search(s)(t) != nil {
				out = append(out, s)
			}
		}
	}
	if out == nil && !t.Interrupted() {
		panic("session: causality is broken, but no session guarantee is")
	}
	return out
}

func covers(s Set, parts []Set) bool {
	for _, p := range parts {
		if s&p == p {
			return true
		}
	}
	return false
}

// witness returns the witness that the trace breaks a set of guarantees, nil if it does not.
func witness(t *causality.Trace, s Set) *checkers.Witness {
	find := search(s)
	found := find(t)
	if found == nil {
		return nil
	}
	w := causality.Witness(t, found, find)
	if s.anomaly() == guarantee.BrokenSession {
		w.Sentence += fmt.Sprintf(" (no one of the session guarantees forbids that, but %s together do)", s)
	} else {
		w.Sentence += fmt.Sprintf(" (%s)", s)
	}
	return w
}

func judge(in checkers.Input, engine string, find func(*causality.Trace) *checkers.Witness) checkers.Verdict {
	v := checkers.Verdict{Engine: engine}
	if info, _ := guarantee.Lookup(guarantee.Session); !info.AppliesTo(in.Object.Name) {
		v.Reason = fmt.Sprintf("session guarantees are judged of registers, sets and boards, not of a %s", in.Object.Name)
		return v
	}
	t, err := causality.New(in, false)
	if err != nil {
		v.Reason = err.Error()
		return v
	}
	v.Steps = int64(len(t.Nodes))
	v.Witness = find(t)
	switch {
	case v.Witness != nil:
		v.Valid, v.Reason = checkers.Invalid, v.Witness.Sentence
	case len(t.Strange) > 0:
		v.Reason = "session guarantees say nothing of this: " + t.StrangeWitness().Sentence
	case t.Excess != "":
		v.Spent, v.Reason = true, t.Excess
	case t.Doubt != "":
		v.Reason = t.Doubt
	default:
		v.Valid = checkers.Valid
		v.Reason = fmt.Sprintf("it holds in %d operations of %d sessions", len(t.Nodes), t.Sessions())
	}
	return v
}
