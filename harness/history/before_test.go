package history_test

import (
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// TestBefore: what had been observed before an event is what a text says that ends there.
func TestBefore(t *testing.T) {
	const text = `{"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 1, "node": "c1"}
{"process": 1, "type": "invoke", "f": "read", "key": "x", "via": "r2"}
{"process": 0, "type": "ok", "f": "write", "key": "x", "value": 1}
{"process": 2, "type": "invoke", "f": "cas", "key": "x", "value": [2, 3]}
{"process": 1, "type": "ok", "f": "read", "key": "x", "value": 1}
{"process": 2, "type": "fail", "f": "cas", "key": "x", "value": [2, 3], "error": "refused"}
{"process": 0, "type": "invoke", "f": "txn", "value": [["r", "x", null], ["append", "y", 1]]}
{"process": 1, "type": "invoke", "f": "write", "key": "x", "value": 4}
{"process": 0, "type": "ok", "f": "txn", "value": [["r", "x", [1]], ["append", "y", 1]]}
{"process": 1, "type": "info", "f": "write", "key": "x", "value": 4, "error": "timeout"}
`
	whole, err := history.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int]bool{} // operations of which a completion says that their outcome is unknown
	for i, op := range whole.Operations {
		ends[i] = op.Outcome == protocol.Info
	}
	lines := strings.SplitAfter(text, "\n")
	for event := 1; event <= whole.Len(); event++ {
		want, err := history.Read(strings.NewReader(strings.Join(lines[:event], "")))
		if err != nil {
			t.Fatal(err)
		}
		got := whole.Before(event)
		if len(got.Operations) != len(want.Operations) {
			t.Fatalf("before event %d there are %d operations, not %d", event, len(got.Operations), len(want.Operations))
		}
		for i := range want.Operations {
			g, w := got.Operations[i], want.Operations[i]
			if g.Process != w.Process || g.Call != w.Call || g.Return != w.Return || g.Outcome != w.Outcome || g.F != w.F || g.Key != w.Key ||
				!g.Input.Equal(w.Input) || !g.Output.Equal(w.Output) || !ends[i] && (g.Noted() != w.Noted() || g.ReturnTime != w.ReturnTime) {
				t.Errorf("before event %d operation %d is %+v, not %+v", event, i, g, w)
			}
		}
	}
}
