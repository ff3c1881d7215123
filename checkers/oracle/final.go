package oracle

import (
	"fmt"
	"time"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// ParseRun reads a history in the notation of Parse, whose final phase begins at a time. What process N does then, it
// asks of replica rN by name.
func ParseRun(text string, final time.Duration) *history.History {
	h := Parse(text)
	h.Phases = []history.Phase{{Name: history.Chaos}}
	for i, e := range h.Events() {
		if e.Time >= final {
			h.Phases = append(h.Phases, history.Phase{Name: history.Final, Start: i})
			break
		}
	}
	for _, i := range h.Finals() {
		op := &h.Operations[i]
		n := op.Noted()
		n.Via = protocol.NodeID(fmt.Sprintf("r%d", op.Process))
		op.Note(n)
	}
	return h
}
