// Package sessions reads histories of transactions that tell only what each session did one after another, not when: the
// text of Plume and PolySI, and the text and the JSON of dbcop.
//
// The package must not know how a history is judged.
package sessions

import (
	"fmt"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// step is a read or a write of a transaction.
type step struct {
	write      bool
	key, value protocol.Value
}

// transaction is one of a session.
type transaction struct {
	line    int // where it begins
	steps   []step
	aborted bool
}

// assemble makes a history of what each session did. Session s is process s. The history is untimed.
func assemble(all [][]transaction, initial protocol.Value) (*history.History, error) {
	var c history.Collector
	some := false
	for k, more := 0, true; more; k++ {
		more = false
		for process, session := range all {
			if k > 0 && k <= len(session) {
				if err := end(&c, process, &session[k-1]); err != nil {
					return nil, err
				}
			}
			if k < len(session) {
				more, some = true, true
				if err := begin(&c, process, &session[k]); err != nil {
					return nil, err
				}
			}
		}
	}
	if !some {
		return nil, &history.LineError{Problem: history.Problem{What: "no transaction in it"}}
	}
	h := c.Finish()
	h.Initial, h.Untimed = initial, true
	return h, nil
}

func begin(c *history.Collector, process int, t *transaction) error {
	return c.Add(history.Event{Process: process, Type: history.Invoke, F: "txn", Value: t.value(false)}, t.line)
}

func end(c *history.Collector, process int, t *transaction) error {
	e := history.Event{Process: process, Type: history.OK, F: "txn", Value: t.value(true)}
	if t.aborted {
		e.Type = history.Fail
	}
	return c.Add(e, t.line)
}

// value writes a transaction as a list of steps, with what its reads found or without.
func (t *transaction) value(found bool) protocol.Value {
	list := make([]protocol.Value, len(t.steps))
	for i, s := range t.steps {
		switch {
		case s.write:
			list[i] = protocol.List(protocol.String("w"), s.key, s.value)
		case found:
			list[i] = protocol.List(protocol.String("r"), s.key, s.value)
		default:
			list[i] = protocol.List(protocol.String("r"), s.key, protocol.Value{})
		}
	}
	return protocol.List(list...)
}

func problem(line int, hint, format string, args ...any) error {
	return &history.LineError{Line: line, Problem: history.Problem{What: fmt.Sprintf(format, args...), Hint: hint}}
}
