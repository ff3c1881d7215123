// Package viewsync judges view synchrony, by the facts that nodes tell of the views that they install and the messages
// that they send and deliver there (Coulouris, Dollimore & Kindberg, section 14.2.2; Birman & Joseph 1987):
//
//   - integrity: a process delivers a message once at most, in the view in which it was sent, by a member of that view;
//   - agreement: processes that go from one view to the same next one have delivered the same messages in it, and no
//     process passes over a view that others were in;
//   - validity: a process that goes on to another view has delivered the messages that it sent itself.
//
// That a message is delivered in the view of its sending is stronger than what the book asks for. Of a process that
// crashed, or whose facts end, before it went on, only integrity is asked.
//
// The package must not know which system a history comes from, nor in which order messages are to be delivered.
package viewsync

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// Checkers returns the checker of view synchrony.
func Checkers() []checkers.Checker {
	return []checkers.Checker{{Guarantee: guarantee.ViewSynchrony, Check: check}}
}

func check(in checkers.Input) checkers.Verdict {
	e := newExecution(in)
	v := checkers.Verdict{Engine: "comparison of deliveries in each view", Steps: int64(e.deliveries)}
	if len(e.stays) == 0 {
		v.Reason = "there are no facts of views"
		return v
	}
	e.agreement()
	e.validity()
	if e.witness != nil {
		v.Valid, v.Witness, v.Reason = checkers.Invalid, e.witness, e.witness.Sentence
		return v
	}
	v.Valid = checkers.Valid
	v.Reason = fmt.Sprintf("%d deliveries in %d stays in views are as they must be", e.deliveries, len(e.stays))
	return v
}

// found keeps a violation: the first one, or the first of the anomaly that is sought.
func (e *execution) found(anomaly guarantee.Anomaly, facts []int, format string, args ...any) {
	if e.witness == nil || e.witness.Anomaly != e.seek && anomaly == e.seek {
		e.witness = &checkers.Witness{Anomaly: anomaly, Facts: facts, Sentence: fmt.Sprintf(format, args...)}
	}
}
