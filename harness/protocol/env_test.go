package protocol

import (
	"reflect"
	"testing"
	"time"
)

func TestEnvRecordsEffectsInOrder(t *testing.T) {
	var env Env
	env.Send("r2", postcard("hello"))
	env.SetTimer("tick", time.Second)
	env.CancelTimer("tock")
	env.Append([]byte("record"))
	env.Sync()
	env.Snapshot([]byte("snapshot"))
	env.Reply(7, Reply{Outcome: OK, Value: Int(1)})
	env.Note(Role{Name: "primary"})
	env.Mark("here")
	want := []Effect{
		{Kind: EffectSend, To: "r2", Message: postcard("hello")},
		{Kind: EffectSet, Timer: "tick", After: time.Second},
		{Kind: EffectCancel, Timer: "tock"},
		{Kind: EffectAppend, Data: []byte("record")},
		{Kind: EffectSync},
		{Kind: EffectSnapshot, Data: []byte("snapshot")},
		{Kind: EffectReply, Request: 7, Reply: &Reply{Outcome: OK, Value: Int(1)}},
		{Kind: EffectNote, Fact: Role{Name: "primary"}},
		{Kind: EffectNote, Fact: Mark{Name: "here"}},
	}
	if got := env.Effects(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestResetForgetsEffectsAndKeepsTheirMemory(t *testing.T) {
	var env Env
	env.Send("r2", postcard("hello"))
	recorded := env.Effects()
	env.Reset()
	if len(env.Effects()) != 0 {
		t.Errorf("effects after a reset: %v", env.Effects())
	}
	if !reflect.DeepEqual(recorded[0], Effect{}) {
		t.Errorf("a reset keeps %v alive", recorded[0])
	}
	if n := testing.AllocsPerRun(100, func() { env.Sync(); env.Reset() }); n != 0 {
		t.Errorf("%v allocations for each effect", n)
	}
}

func TestOutcomeNames(t *testing.T) {
	for o, want := range map[Outcome]string{0: "none", OK: "ok", Fail: "fail", Info: "info", 9: "none"} {
		if got := o.String(); got != want {
			t.Errorf("outcome %d is called %s, want %s", o, got, want)
		}
	}
}
