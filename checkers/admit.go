package checkers

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Admit tells whether every operation of a history is one of the object's: by its name, by what it was given, and by
// what it answered when it ended ok. What is none says nothing of the object, and a verdict on it would be a guess. A
// history from elsewhere must be admitted before it is judged.
//
// The error is a *history.LineError about the first event that is wrong.
func Admit(h *history.History, object model.Object) error {
	a := admission{h: h, object: object, messages: model.Messages(), accounts: map[string]face{}}
	for i := range h.Operations {
		op := &h.Operations[i]
		if a.flaw != nil && op.Call >= a.at {
			break
		}
		a.look(op)
	}
	if a.flaw == nil {
		return nil
	}
	return a.flaw
}

type admission struct {
	h        *history.History
	object   model.Object
	messages []model.Operation
	accounts map[string]face    // of a bank, by key: what its first operation that tells takes it for
	flaw     *history.LineError // the first that was found
	at       int                // the event that it is about
}

// look notes what is wrong with an operation, if no event before it is wrong.
func (a *admission) look(op *history.Operation) {
	kind, known := a.kind(op.F)
	switch {
	case !known:
		a.note(op.Call, nil, fmt.Sprintf("a %s has no operation %q", a.object.Name, op.F),
			fmt.Sprintf("it has %s: is the history one of another object?", a.operations()))
	case !kind.Input.Fits(op.Input, op.Input):
		a.note(op.Call, nil, fmt.Sprintf("%s is given %s, but of a %s it takes %s", op.F, Brief(op.Input), a.object.Name, kind.Input.Is),
			"is the history one of another object?")
	case op.Outcome == protocol.OK:
		answer := op.Output
		if op.Return < a.h.Len() { // where it stands as it was recorded
			answer = a.h.Event(op.Return).Value
		}
		if !kind.Output.Fits(op.Input, answer) {
			a.note(op.Return, op, fmt.Sprintf("%s ended ok with %s, but of a %s it answers %s", Short(op), Brief(answer), a.object.Name, kind.Output.Is),
				"is it another object, or is this the end of another operation?")
		}
	}
	if a.object.Name == "bank" {
		a.lookAtBank(op)
	}
}

// face says what the operations under a key of a bank are on, and of which that was told first.
type face struct {
	together bool
	first    *history.Operation
}

// lookAtBank notes an operation on one account under a key where others are on several accounts together, or the other way round.
func (a *admission) lookAtBank(op *history.Operation) {
	if op.F == "read" && op.Outcome != protocol.OK || aside(op.F) {
		return
	}
	known, some := a.accounts[op.Key]
	switch {
	case !some:
		a.accounts[op.Key] = face{together(op), op}
	case known.together != together(op):
		a.note(op.Call, known.first, fmt.Sprintf("%s is on one account and %s on several, under one key", one(op, known), several(op, known)),
			"deposits and withdrawals are on the account that the key names; transfers and reads of lists are on all accounts under a key")
	}
}

func one(op *history.Operation, f face) string {
	if f.together {
		return Short(op)
	}
	return Short(f.first)
}

func several(op *history.Operation, f face) string {
	if f.together {
		return Short(f.first)
	}
	return Short(op)
}

func (a *admission) kind(f string) (model.Operation, bool) {
	if kind, known := a.object.Operation(f); known {
		return kind, true
	}
	if i := slices.IndexFunc(a.messages, func(m model.Operation) bool { return m.F == f }); i >= 0 {
		return a.messages[i], true
	}
	return model.Operation{}, false
}

func (a *admission) operations() string {
	var names []string
	for _, op := range a.object.Operations {
		names = append(names, op.F)
	}
	return strings.Join(names, ", ")
}

// note keeps what is wrong with an event; of a completion, the operation that it ends.
func (a *admission) note(event int, ended *history.Operation, what, hint string) {
	if a.flaw != nil && a.at <= event {
		return
	}
	a.at = event
	a.flaw = &history.LineError{Line: a.h.Line(event), Problem: history.Problem{What: what, Hint: hint}}
	if ended != nil {
		a.flaw.Earlier = a.h.Line(ended.Call)
	}
}
