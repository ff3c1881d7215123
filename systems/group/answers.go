package group

import (
	"cmp"
	"maps"
	"slices"

	"sunder/harness/protocol"
)

// Answers is the table of the requests that were executed, by front end, with their answers, for layers above in which all
// members execute them in one order: it is a part of their state. Requests of one life of a front end are numbered from 1.
type Answers map[FrontEndID]*Answered

// Answered is what is known of one life of a front end. Its requests up to Floor have ended there: their answers are
// forgotten, and they are never executed again.
type Answered struct {
	From    FrontEndID `json:"from"`
	Floor   uint64     `json:"floor"`
	Answers []Answer   `json:"answers"` // to requests above Floor, in the order of their numbers
}

// Answer is the answer to a request.
type Answer struct {
	Seq   uint64         `json:"seq"`
	Reply protocol.Reply `json:"reply"`
}

// Find returns the answer to a request if it was executed and not forgotten; ended tells that it needs none any more.
func (t Answers) Find(from FrontEndID, seq uint64) (reply protocol.Reply, executed, ended bool) {
	known := t[from]
	if known == nil {
		return reply, false, false
	}
	if at, found := known.find(seq); found {
		return known.Answers[at].Reply, true, false
	}
	return reply, false, seq <= known.Floor
}

// Add enters an executed request. Its front end has ended all its requests up to done.
func (t Answers) Add(from FrontEndID, seq, done uint64, reply protocol.Reply) {
	known := t[from]
	if known == nil {
		known = &Answered{From: from}
		t[from] = known
	}
	if done > known.Floor {
		known.Floor = done
		known.Answers = slices.DeleteFunc(known.Answers, func(a Answer) bool { return a.Seq <= done })
	}
	if at, found := known.find(seq); !found && seq > known.Floor {
		known.Answers = slices.Insert(known.Answers, at, Answer{seq, reply})
	}
}

func (a *Answered) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(a.Answers, seq, func(a Answer, seq uint64) int { return cmp.Compare(a.Seq, seq) })
}

// List returns a copy of the table in a fixed order.
func (t Answers) List() []Answered {
	ids := slices.SortedFunc(maps.Keys(t), func(a, b FrontEndID) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Incarnation, b.Incarnation))
	})
	out := make([]Answered, len(ids))
	for i, id := range ids {
		out[i] = Answered{id, t[id].Floor, slices.Clone(t[id].Answers)}
	}
	return out
}

// AnswersOf returns the table that List has listed.
func AnswersOf(list []Answered) Answers {
	t := Answers{}
	for _, known := range list {
		known.Answers = slices.Clone(known.Answers)
		t[known.From] = &known
	}
	return t
}
