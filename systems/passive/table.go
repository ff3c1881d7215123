package passive

import (
	"cmp"
	"maps"
	"slices"

	"sunder/harness/protocol"
)

// session is what is known of the updates of one life of a front end. Those up to Floor have ended there, and their answers
// are forgotten; they are never executed again.
type session struct {
	From    FrontEndID `json:"from"`
	Floor   uint64     `json:"floor"`
	Answers []answer   `json:"answers"` // of updates above Floor, in the order of their numbers
}

// answer is the stored answer to an update.
type answer struct {
	Seq   uint64         `json:"seq"`
	Reply protocol.Reply `json:"reply"`
}

// table is the table of executed updates. It is part of the replicated state.
type table map[FrontEndID]*session

// find returns the answer to an update, if it was executed and not forgotten; ended tells that it needs none.
func (t table) find(id RequestID) (reply protocol.Reply, executed, ended bool) {
	s := t[id.From]
	if s == nil {
		return reply, false, false
	}
	at, found := slices.BinarySearchFunc(s.Answers, id.Seq, func(a answer, seq uint64) int { return cmp.Compare(a.Seq, seq) })
	if found {
		return s.Answers[at].Reply, true, false
	}
	return reply, false, id.Seq <= s.Floor
}

// add enters an executed update.
func (t table) add(u *Update) {
	s := t[u.ID.From]
	if s == nil {
		s = &session{From: u.ID.From}
		t[u.ID.From] = s
	}
	if u.Done > s.Floor {
		s.Floor = u.Done
		s.Answers = slices.DeleteFunc(s.Answers, func(a answer) bool { return a.Seq <= u.Done })
	}
	if u.ID.Seq <= s.Floor {
		return
	}
	at, found := slices.BinarySearchFunc(s.Answers, u.ID.Seq, func(a answer, seq uint64) int { return cmp.Compare(a.Seq, seq) })
	if !found {
		s.Answers = slices.Insert(s.Answers, at, answer{u.ID.Seq, u.Reply})
	}
}

// list returns a copy of the table in a fixed order.
func (t table) list() []session {
	ids := slices.SortedFunc(maps.Keys(t), func(a, b FrontEndID) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Incarnation, b.Incarnation))
	})
	out := make([]session, len(ids))
	for i, id := range ids {
		s := t[id]
		out[i] = session{s.From, s.Floor, slices.Clone(s.Answers)}
	}
	return out
}
