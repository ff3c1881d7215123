package object_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sunder/checkers/model"
	"sunder/harness/protocol"
	"sunder/systems/object"
)

var null protocol.Value

func list(values ...protocol.Value) protocol.Value { return protocol.List(values...) }

func text(s string) protocol.Value { return protocol.String(s) }

func TestAnswers(t *testing.T) {
	type step struct {
		f, key string
		value  protocol.Value
		want   string // the outcome, or the value of an answer that has one, or "fail: " and a part of the error
	}
	for _, test := range []struct {
		object string
		steps  []step
	}{
		{"register", []step{
			{"read", "x", null, "0"},
			{"write", "x", protocol.Int(5), "ok"},
			{"read", "x", null, "5"},
			{"read", "y", null, "0"},
			{"cas", "x", protocol.Ints(4, 6), "fail: refused"},
			{"cas", "x", protocol.Ints(5, 6), "ok"},
			{"read", "x", null, "6"},
			{"cas", "y", protocol.Ints(0, 1), "ok"},
			{"read", "y", null, "1"},
			{"write", "x", text("six"), "ok"},
			{"read", "x", null, `"six"`},
			{"cas", "x", protocol.Int(1), "fail: cas: wants [old, new], not 1"},
			{"write", "x", null, "fail: write: wants a value"},
			{"read", "x", protocol.Int(1), "fail: read: takes no value, not 1"},
			{"add", "x", protocol.Int(1), `fail: a register has no operation "add" (it has read, write, cas)`},
			{"read", "x", null, `"six"`},
		}},
		{"counter", []step{
			{"read", "n", null, "0"},
			{"add", "n", protocol.Int(3), "ok"},
			{"add", "n", protocol.Int(-1), "ok"},
			{"add", "m", protocol.Int(7), "ok"},
			{"read", "n", null, "2"},
			{"add", "n", text("3"), `fail: add: wants an integer, not "3"`},
			{"write", "n", protocol.Int(1), "fail: a counter has no operation"},
			{"read", "n", null, "2"},
		}},
		{"set", []step{
			{"read", "s", null, "[]"},
			{"add", "s", protocol.Int(10), "ok"},
			{"add", "s", protocol.Int(9), "ok"},
			{"add", "s", text("a"), "ok"},
			{"add", "s", protocol.Int(10), "ok"},
			{"read", "s", null, `[9,10,"a"]`},
			{"add", "s", null, "fail: add: wants a value"},
			{"remove", "s", protocol.Int(9), "fail: a set has no operation"},
			{"read", "other", null, "[]"},
		}},
		{"board", []step{
			{"read", "b", null, "[]"},
			{"post", "b", list(text("reply"), text("news")), "ok"},
			{"post", "b", list(text("news")), "ok"},
			{"read", "b", null, `["news","reply"]`},
			{"post", "b", list(text("news")), "ok"},
			{"read", "b", null, `["news","news","reply"]`},
			{"post", "b", text("news"), "fail: post: wants [id, parent...]"},
			{"post", "b", list(), "fail: post: wants [id, parent...]"},
		}},
		{"bank", []step{
			{"read", "a", null, "0"},
			{"withdraw", "a", protocol.Int(1), "fail: refused"},
			{"deposit", "a", protocol.Int(5), "ok"},
			{"withdraw", "a", protocol.Int(5), "ok"},
			{"deposit", "a", protocol.Int(math.MaxInt64), "ok"},
			{"deposit", "a", protocol.Int(1), "fail: an account does not hold that much"},
			{"read", "a", null, "9223372036854775807"},
			{"deposit", "a", protocol.Int(0), "fail: deposit: wants an integer above 0"},
			{"withdraw", "a", text("all"), "fail: withdraw: wants an integer above 0"},
			{"read", "other", null, "0"},
		}},
		{"log", []step{
			{"read", "l", null, "[]"},
			{"append", "l", protocol.Int(10), "ok"},
			{"append", "l", protocol.Int(9), "ok"},
			{"append", "l", protocol.Int(10), "ok"},
			{"read", "l", null, "[10,9,10]"},
			{"append", "l", null, "fail: append: wants a value"},
			{"read", "other", null, "[]"},
		}},
	} {
		t.Run(test.object, func(t *testing.T) {
			o := mustNew(t, test.object)
			for i, s := range test.steps {
				got := describe(o.Apply(protocol.Op{F: s.f, Key: s.key, Value: s.value}))
				if part, fails := strings.CutPrefix(s.want, "fail: "); got != s.want && !(fails && strings.HasPrefix(got, "fail: "+part)) {
					t.Fatalf("step %d, %s %s %s: got %s, want %s", i+1, s.f, s.key, s.value, got, s.want)
				}
			}
		})
	}
}

func describe(r protocol.Reply) string {
	switch {
	case r.Error != "":
		return r.Outcome.String() + ": " + r.Error
	case r.Value.IsNull():
		return r.Outcome.String()
	}
	return r.Value.String()
}

func mustNew(t interface {
	Helper()
	Fatalf(string, ...any)
}, name string,
) object.Object {
	t.Helper()
	o, known := object.New(name)
	if !known {
		t.Fatalf("there is no object %s", name)
	}
	return o
}

func TestUnknownObject(t *testing.T) {
	if o, known := object.New("teapot"); known || o != nil {
		t.Errorf("a teapot was made: %v", o)
	}
}

func TestReadOnly(t *testing.T) {
	for _, test := range []struct {
		object, f string
		want      bool
	}{
		{"register", "read", true},
		{"register", "write", false},
		{"register", "cas", false},
		{"counter", "read", true},
		{"counter", "add", false},
		{"set", "add", false},
		{"board", "post", false},
		{"board", "browse", false},
		{"log", "read", true},
		{"log", "append", false},
		{"bank", "withdraw", false},
	} {
		if got := mustNew(t, test.object).ReadOnly(test.f); got != test.want {
			t.Errorf("%s %s: read-only %v", test.object, test.f, got)
		}
	}
}

func TestRestoreRefusesWhatIsNoSnapshot(t *testing.T) {
	o := mustNew(t, "counter")
	o.Apply(protocol.Op{F: "add", Key: "n", Value: protocol.Int(2)})
	if err := o.Restore([]byte(`{"n":"many"}`)); err == nil {
		t.Error("restored a counter from a string")
	}
	if got := describe(o.Apply(protocol.Op{F: "read", Key: "n"})); got != "2" {
		t.Errorf("a failed Restore changed the state to %s", got)
	}
}

// operations draws operations that the objects have, and some that they have not. The names of posts are unique.
func operations(name string) *rapid.Generator[[]protocol.Op] {
	return rapid.Custom(func(t *rapid.T) []protocol.Op {
		names := map[string][]string{
			"register": {"read", "write", "cas"}, "counter": {"read", "add"}, "set": {"read", "add"}, "board": {"read", "post"}, "log": {"read", "append"},
			"bank": {"read", "deposit", "withdraw"},
		}[name]
		ops := make([]protocol.Op, rapid.IntRange(0, 30).Draw(t, "count"))
		for i := range ops {
			ops[i] = protocol.Op{F: rapid.SampledFrom(names).Draw(t, "f"), Key: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key")}
			n := rapid.Int64Range(0, 5).Draw(t, "n")
			switch ops[i].F {
			case "write", "add", "append":
				ops[i].Value = protocol.Int(n)
			case "deposit", "withdraw":
				ops[i].Value = protocol.Int(n + 1)
			case "cas":
				ops[i].Value = protocol.Ints(n, rapid.Int64Range(0, 5).Draw(t, "new"))
			case "post":
				ops[i].Value = protocol.Ints(int64(i), n)
			}
		}
		return ops
	})
}

// TestAgreesWithModel compares each object with the other implementation of it, in checkers/model.
func TestAgreesWithModel(t *testing.T) {
	for _, name := range []string{"register", "counter", "set", "board", "log", "bank"} {
		t.Run(name, func(t *testing.T) {
			specification, known := model.Lookup(name)
			if !known {
				t.Fatalf("there is no model of %s", name)
			}
			rapid.Check(t, func(t *rapid.T) {
				o := mustNew(t, name)
				states := map[string]model.State{"x": specification.Init(protocol.Int(0)), "y": specification.Init(protocol.Int(0))}
				for _, op := range operations(name).Draw(t, "operations") {
					reply := o.Apply(op)
					call := model.Call{F: op.F, Input: op.Value, Output: reply.Value, Known: true, Refused: reply.Error == protocol.Refused}
					next, possible := specification.Step(states[op.Key], call)
					if !possible {
						t.Fatalf("the model in state %s does not allow %s %s %s to give %s", states[op.Key].Key(), op.F, op.Key, op.Value, describe(reply))
					}
					states[op.Key] = next
				}
			})
		})
	}
}

func TestSnapshotRestores(t *testing.T) {
	for _, name := range []string{"register", "counter", "set", "board", "log", "bank"} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				ops := operations(name).Draw(t, "operations")
				o, twin := mustNew(t, name), mustNew(t, name)
				half := len(ops) / 2
				for _, op := range ops[:half] {
					o.Apply(op)
				}
				if err := twin.Restore(o.Snapshot()); err != nil {
					t.Fatal(err)
				}
				for i, op := range ops[half:] {
					if got, want := describe(twin.Apply(op)), describe(o.Apply(op)); got != want {
						t.Fatalf("operation %d after the snapshot: the restored object answers %s, the first %s", i+1, got, want)
					}
				}
				if got, want := string(twin.Snapshot()), string(o.Snapshot()); got != want {
					t.Fatalf("snapshots differ: %s, %s", got, want)
				}
			})
		})
	}
}

// TestNothingAliases changes an object after its state and an answer were taken: both must stay as they were.
func TestNothingAliases(t *testing.T) {
	for _, test := range []struct {
		object string
		op     func(i int64) protocol.Op
	}{
		{"register", func(i int64) protocol.Op { return protocol.Op{F: "write", Key: "k", Value: protocol.Int(i)} }},
		{"counter", func(i int64) protocol.Op { return protocol.Op{F: "add", Key: "k", Value: protocol.Int(i)} }},
		{"set", func(i int64) protocol.Op { return protocol.Op{F: "add", Key: "k", Value: protocol.Int(-i)} }},
		{"board", func(i int64) protocol.Op { return protocol.Op{F: "post", Key: "k", Value: protocol.Ints(-i)} }},
		{"bank", func(i int64) protocol.Op { return protocol.Op{F: "deposit", Key: "k", Value: protocol.Int(i)} }},
		{"log", func(i int64) protocol.Op { return protocol.Op{F: "append", Key: "k", Value: protocol.Int(-i)} }},
	} {
		o := mustNew(t, test.object)
		for i := range int64(5) {
			o.Apply(test.op(i + 1))
		}
		state, answer := o.State(), o.Apply(protocol.Op{F: "read", Key: "k"}).Value
		before := fmt.Sprint(encode(t, state), answer)
		for i := range int64(5) {
			o.Apply(test.op(i + 6))
		}
		if after := fmt.Sprint(encode(t, state), answer); !cmp.Equal(before, after) {
			t.Errorf("%s: what was handed out changed: %s", test.object, cmp.Diff(before, after))
		}
		if encode(t, o.State()) == encode(t, state) {
			t.Errorf("%s: the state did not change though it was updated", test.object)
		}
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func BenchmarkApply(b *testing.B) {
	for _, name := range []string{"register", "set"} {
		b.Run(name, func(b *testing.B) {
			o, _ := object.New(name)
			f := map[string]string{"register": "write", "set": "add"}[name]
			b.ReportAllocs()
			for i := range b.N {
				o.Apply(protocol.Op{F: f, Key: "k", Value: protocol.Int(int64(i % 1000))})
			}
		})
	}
}
