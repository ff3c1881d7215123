package oracle

import (
	"testing"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

func TestParseReadsEveryKindOfOperation(t *testing.T) {
	h := Parse("p3: w(x,1) r(y)0 cas(x,1,2)~ | r(l)[1 2]@1-9 add(n,5)? post(b,7,6)! tell(c3)")
	want := []history.Operation{
		{Process: 3, F: "write", Key: "x", Input: protocol.Int(1), Output: protocol.Int(1), Outcome: protocol.OK},
		{Process: 2, F: "read", Key: "l", Output: protocol.Ints(1, 2), Outcome: protocol.OK},
		{Process: 3, F: "read", Key: "y", Output: protocol.Int(0), Outcome: protocol.OK},
		{Process: 2, F: "add", Key: "n", Input: protocol.Int(5), Output: protocol.Int(5), Outcome: protocol.Info},
		{Process: 3, F: "cas", Key: "x", Input: protocol.Ints(1, 2), Output: protocol.Ints(1, 2), Outcome: protocol.Fail, Notes: &history.Notes{Error: protocol.Refused}},
		{Process: 2, F: "post", Key: "b", Input: protocol.Ints(7, 6), Output: protocol.Ints(7, 6), Outcome: protocol.Fail},
		{Process: 2, F: "tell", Input: protocol.String("c3"), Output: protocol.String("c3"), Outcome: protocol.OK},
	}
	if len(h.Operations) != len(want) {
		t.Fatalf("got %d operations, want %d", len(h.Operations), len(want))
	}
	for i, w := range want {
		got := h.Operations[i]
		if got.Process != w.Process || got.F != w.F || got.Key != w.Key || got.Outcome != w.Outcome || got.Noted().Error != w.Noted().Error ||
			!got.Input.Equal(w.Input) || !got.Output.Equal(w.Output) {
			t.Errorf("operation %d is %+v, want %+v", i, got, w)
		}
	}
}

func TestParseOrdersEvents(t *testing.T) {
	h := Parse("w(x,1)@0-4 | w(x,2)@4-5 | w(x,3)?@5-6")
	first, second, third := &h.Operations[0], &h.Operations[1], &h.Operations[2]
	if first.Precedes(second) {
		t.Error("operations that touch must be concurrent")
	}
	if !first.Precedes(third) || second.Precedes(third) {
		t.Error("the first must precede the third, the second touches it")
	}
	if third.Return != history.Pending || h.Len() != 5 {
		t.Errorf("an unknown operation never returns: %d, %d events", third.Return, h.Len())
	}
	for i := range h.Operations {
		op := &h.Operations[i]
		if e := h.Event(op.Call); e.Type != history.Invoke || e.Process != op.Process {
			t.Errorf("event %d is not the call of operation %d", op.Call, i)
		}
	}
}

func TestFormatIsReadBack(t *testing.T) {
	text := "p1: w(x,1)@0-1 r(y)[1 2]@4-5 | p2: cas(x,0,1)~@2-3 add(n,3)?@6-7"
	if got := Format(Parse(text)); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}

func TestParseRejectsWhatIsNoHistory(t *testing.T) {
	for _, text := range []string{"w(x,1", "z(x)", "q1: w(x,1)", "w(x,1)@3", "w(x,1)@5-4", "w(x,1)@5-6?"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Parse(%q) did not panic", text)
				}
			}()
			Parse(text)
		}()
	}
}
