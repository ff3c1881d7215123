// Package membership judges the views of a group, by the facts that nodes tell of those that they install: whether they
// are one sequence (Coulouris, Dollimore & Kindberg, section 14.2.2; Chockler, Keidar & Vitenberg, "Group communication
// specifications", ACM Computing Surveys 2001).
//
// The package must not know which system a history comes from, nor what is sent in a view: that is view synchrony.
package membership

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// Checkers returns the checker of membership.
func Checkers() []checkers.Checker {
	return []checkers.Checker{{Guarantee: guarantee.Membership, Check: check}}
}

func check(in checkers.Input) checkers.Verdict {
	s := &sequence{
		facts: in.History.Facts, seek: in.Seek, places: checkers.Places(in.History.Facts),
		first: map[uint64]int{}, newest: map[protocol.NodeID]int{}, boots: map[checkers.Process]int{},
	}
	v := checkers.Verdict{Engine: "comparison of views"}
	for i := range s.facts {
		if view, ok := s.facts[i].Fact.(protocol.Installed); ok {
			s.install(i, view)
			v.Steps++
		}
	}
	switch {
	case v.Steps == 0:
		v.Reason = "there are no facts of views"
	case s.witness != nil:
		v.Valid, v.Witness, v.Reason = checkers.Invalid, s.witness, s.witness.Sentence
	default:
		v.Valid = checkers.Valid
		v.Reason = fmt.Sprintf("%d views, installed %d times, are one sequence", len(s.first), v.Steps)
	}
	return v
}

// sequence is what is known of the views so far, by positions in the facts.
type sequence struct {
	facts   []protocol.Noted
	places  []checkers.Place
	seek    guarantee.Anomaly
	first   map[uint64]int           // who installed each view first
	newest  map[protocol.NodeID]int  // the last installation of each node
	boots   map[checkers.Process]int // the first installation of each process
	witness *checkers.Witness        // the first that was found, or the first that is sought
}

func (s *sequence) view(i int) protocol.Installed { return s.facts[i].Fact.(protocol.Installed) }

// install compares a view with those before it.
func (s *sequence) install(i int, v protocol.Installed) {
	node, process := s.facts[i].Node, s.places[i].Process
	if !slices.Contains(v.Members, node) {
		s.found(guarantee.NotAMember, []int{i}, "%s installed view %d, of %s, and is not in it", node, v.View, names(v))
	}
	if before, known := s.first[v.View]; !known {
		s.first[v.View] = i
	} else if !slices.Equal(checkers.ViewMembers(s.view(before)), checkers.ViewMembers(v)) {
		s.found(guarantee.ViewsDiffer, []int{before, i}, "%s installed view %d as %s, and %s installed it as %s",
			s.facts[before].Node, v.View, names(s.view(before)), node, names(v))
	}
	if before, known := s.newest[node]; known && v.View <= s.view(before).View {
		s.found(guarantee.ViewBackwards, []int{before, i}, "%s installed view %d and later view %d", node, s.view(before).View, v.View)
	}
	s.newest[node] = i
	if before, known := s.boots[process]; !known {
		s.boots[process] = i
	} else if s.facts[before].Boot != s.facts[i].Boot {
		s.found(guarantee.Resurrected, []int{before, i}, "%s was started again and installed view %d as the process that it had been in view %d",
			node, v.View, s.view(before).View)
	}
}

func (s *sequence) found(anomaly guarantee.Anomaly, facts []int, format string, args ...any) {
	if s.witness == nil || s.witness.Anomaly != s.seek && anomaly == s.seek {
		s.witness = &checkers.Witness{Anomaly: anomaly, Facts: facts, Sentence: fmt.Sprintf(format, args...)}
	}
}

// names writes the members of a view for people.
func names(v protocol.Installed) string {
	members := checkers.ViewMembers(v)
	out := make([]string, len(members))
	for i, p := range members {
		out[i] = p.String()
	}
	return "(" + strings.Join(out, ", ") + ")"
}
