package history_test

import (
	"fmt"
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// TestStepsAreShared: what is the same in many transactions is in memory once, and says what it said. Reads of a list that
// grows show beginnings of one.
func TestStepsAreShared(t *testing.T) {
	var text strings.Builder
	event := func(kind, value string) {
		fmt.Fprintf(&text, `{"process":0,"type":%q,"f":"txn","value":%s}`+"\n", kind, value)
	}
	var want []string
	for _, pair := range [][2]string{
		{`[["append","x",1],["r","x",null]]`, `[["append","x",1],["r","x",[1]]]`},
		{`[["r","x",null],["append","x",2]]`, `[["r","x",[1]],["append","x",2]]`},
		{`[["r","x",null],["r","y",null]]`, `[["r","x",[1,2]],["r","y",[]]]`},
		{`[["r","x",null],["r","y",null]]`, `[["r","x",[1]],["r","y",null]]`},
		{`[["r","x",null],["append",7,3]]`, `[["r","x",[2,1]],["append",7,4]]`},
		{`[["r","x",null],["r","x",null]]`, `[["read","x",[2,1]],["r","x",[2,1,3]]]`},
		{`[["r","x",null]]`, `[["r","x",[3]]]`},
		{`[["w","x",1],["r","x",null]]`, `[["w","x",1],["r","x",1]]`},
		{`[["r","x"],5]`, `[["r","x",[2,1,3]]]`},
		{`"odd"`, `["odd"]`},
		{`[["r",["x"],null],["r",null,null]]`, `[["r",["x"],[1]],["r",null,[1]]]`},
	} {
		event("invoke", pair[0])
		event("ok", pair[1])
		want = append(want, pair[:]...)
	}
	h, err := history.Read(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for i, op := range h.Operations {
		if in, out := op.Input.String(), op.Output.String(); in != want[2*i] || out != want[2*i+1] {
			t.Errorf("%s and %s are read as %s and %s", want[2*i], want[2*i+1], in, out)
		}
	}
	step := func(op int, output bool, at int) protocol.Value {
		all, _ := h.Operations[op].Input.List()
		if output {
			all, _ = h.Operations[op].Output.List()
		}
		return all[at]
	}
	list := func(op, at int) []protocol.Value {
		parts, _ := step(op, true, at).List()
		out, _ := parts[2].List()
		return out
	}
	if step(1, false, 0) != step(2, false, 0) || step(0, true, 0) != step(0, false, 0) || step(0, true, 1) != step(1, true, 0) {
		t.Error("the same steps are not one")
	}
	if &list(2, 0)[0] != &list(3, 0)[0] || &list(4, 0)[0] == &list(2, 0)[0] {
		t.Error("a list and its beginning are not one, or another list is")
	}
}
