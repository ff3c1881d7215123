package checkers

import (
	"fmt"
	"strings"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// describeTransaction writes a transaction in one line, with what its reads found if it was answered:
// "r x = [1,2], append y 3 → ok by process 3".
func describeTransaction(op *history.Operation) string {
	shown := op.Input
	if op.Outcome == protocol.OK {
		shown = op.Output
	}
	steps, _ := model.MicroOps(shown)
	var parts []string
	for _, m := range steps {
		key, isText := m.Key.Text()
		if !isText {
			key = m.Key.String()
		}
		switch {
		case m.F != "r":
			parts = append(parts, fmt.Sprintf("%s %s %s", m.F, key, m.Value))
		case op.Outcome == protocol.OK:
			parts = append(parts, fmt.Sprintf("r %s = %s", key, m.Value))
		default:
			parts = append(parts, "r "+key)
		}
	}
	return fmt.Sprintf("%s → %s by %s", strings.Join(parts, ", "), answer(op), Actor(op))
}
