package passive

import (
	"testing"

	"sunder/harness/protocol"
)

func TestTable(t *testing.T) {
	known := table{}
	id := func(seq uint64) RequestID { return RequestID{From: FrontEndID{"c1", 1}, Seq: seq} }
	enter := func(seq, done uint64) {
		known.add(&Update{ID: id(seq), Done: done, Reply: protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(int64(seq))}})
	}
	expect := func(seq uint64, wantExecuted, wantEnded bool) {
		t.Helper()
		reply, executed, ended := known.find(id(seq))
		if executed != wantExecuted || ended != wantEnded {
			t.Errorf("update %d: executed %v, ended %v", seq, executed, ended)
		}
		if executed && !reply.Value.Equal(protocol.Int(int64(seq))) {
			t.Errorf("update %d has the answer %s", seq, reply.Value)
		}
	}
	expect(1, false, false)
	enter(2, 0)
	enter(1, 0)
	enter(4, 0)
	for seq, executed := range map[uint64]bool{1: true, 2: true, 3: false, 4: true} {
		expect(seq, executed, false)
	}
	enter(5, 3)
	expect(1, false, true)
	expect(2, false, true)
	expect(3, false, true)
	expect(4, true, false)
	expect(5, true, false)
	enter(3, 0) // it was under way when its front end gave it up
	expect(3, false, true)
	if _, executed, ended := known.find(RequestID{From: FrontEndID{"c1", 2}, Seq: 1}); executed || ended {
		t.Error("another life's updates are known")
	}
	if got := known.list(); len(got) != 1 || got[0].Floor != 3 || len(got[0].Answers) != 2 {
		t.Errorf("the table is %+v", got)
	}
}

func TestEffect(t *testing.T) {
	done := protocol.Reply{Outcome: protocol.OK}
	cas := protocol.Op{F: "cas", Key: "x", Value: protocol.Ints(1, 2)}
	if got := effect(cas, done); got == nil || got.F != "write" || got.Key != "x" || !got.Value.Equal(protocol.Int(2)) {
		t.Errorf("the effect of %v is %v", cas, got)
	}
	if got := effect(cas, protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}); got != nil {
		t.Errorf("what was refused has the effect %v", got)
	}
	add := protocol.Op{F: "add", Key: "x", Value: protocol.Int(3)}
	if got := effect(add, done); got == nil || got.F != "add" || !got.Value.Equal(protocol.Int(3)) {
		t.Errorf("the effect of %v is %v", add, got)
	}
}

func TestOneOrder(t *testing.T) {
	fact := func(index, seq uint64) protocol.Noted {
		return protocol.Noted{Node: "r1", Fact: protocol.Own{Name: factApplied, Fields: applied{index, add(seq, 1).ID}}}
	}
	if v := inOneOrder([]protocol.Noted{fact(1, 1), fact(2, 2), fact(1, 1)}); v != nil {
		t.Errorf("one order: %s", v.Sentence)
	}
	v := inOneOrder([]protocol.Noted{fact(1, 1), fact(2, 2), fact(2, 3)})
	if v == nil || len(v.Facts) != 2 || v.Facts[0] != 1 || v.Facts[1] != 2 {
		t.Errorf("two updates in one place: %+v", v)
	}
}
