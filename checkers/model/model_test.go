package model

import (
	"math"
	"testing"

	"sunder/harness/protocol"
)

var null = protocol.Value{}

func ok(f string, in, out protocol.Value) Call {
	return Call{F: f, Input: in, Output: out, Known: true}
}

func refused(f string, in protocol.Value) Call {
	return Call{F: f, Input: in, Known: true, Refused: true}
}

// steps is a transaction of a step on register a and one on register b.
func steps(f string, a int64, g string, b int64) protocol.Value {
	return protocol.List(protocol.List(protocol.String(f), protocol.String("a"), protocol.Int(a)), protocol.List(protocol.String(g), protocol.String("b"), protocol.Int(b)))
}

func TestObjects(t *testing.T) {
	one, two := protocol.Int(1), protocol.Int(2)
	cas := protocol.Ints(1, 2)
	type step struct {
		call Call
		want bool
	}
	tests := []struct {
		name, object string
		steps        []step
	}{
		{"a register answers its initial value", "register", []step{{ok("read", null, null), true}, {ok("read", null, one), false}}},
		{"a register answers the last write", "register", []step{{ok("write", one, one), true}, {ok("read", null, one), true}, {ok("read", null, null), false}}},
		{"a cas replaces what matches", "cas-register", []step{{ok("write", one, one), true}, {ok("cas", cas, cas), true}, {ok("read", null, two), true}}},
		{"a cas cannot succeed on another value", "register", []step{{ok("cas", cas, cas), false}}},
		{"a refused cas saw another value", "register", []step{{refused("cas", cas), true}, {ok("write", one, one), true}, {refused("cas", cas), false}}},
		{"a cas from null", "register", []step{{ok("cas", protocol.List(null, one), null), true}, {ok("read", null, one), true}}},
		{"a cas of unknown outcome that could not", "register", []step{{Call{F: "cas", Input: cas}, true}, {ok("read", null, null), true}}},
		{"a cas of unknown outcome that could", "register", []step{{ok("write", one, one), true}, {Call{F: "cas", Input: cas}, true}, {ok("read", null, two), true}}},
		{"a malformed cas", "register", []step{{ok("cas", one, one), false}, {Call{F: "cas", Input: one}, true}}},
		{"a counter sums", "counter", []step{{ok("read", null, protocol.Int(0)), true}, {ok("add", one, null), true}, {ok("add", protocol.Int(-3), null), true}, {ok("read", null, protocol.Int(-2)), true}, {ok("read", null, null), false}}},
		{"a counter does not wrap", "counter", []step{
			{ok("add", protocol.Int(math.MaxInt64), null), true}, {ok("add", one, null), true}, {ok("read", null, protocol.Int(math.MinInt64)), false},
			{ok("add", protocol.Int(-1), null), true}, {ok("read", null, protocol.Int(math.MaxInt64)), true},
			{ok("add", protocol.Int(math.MinInt64), null), true}, {ok("add", protocol.Int(math.MinInt64), null), true},
			{ok("read", null, protocol.Int(math.MaxInt64)), false}, {ok("add", protocol.Int(math.MaxInt64), null), true},
			{ok("read", null, protocol.Int(-2)), true},
		}},
		{"a set is read in any order", "set", []step{{ok("read", null, null), true}, {ok("add", two, null), true}, {ok("add", one, null), true}, {ok("read", null, protocol.Ints(2, 1)), true}, {ok("read", null, protocol.Ints(1, 2)), true}, {ok("read", null, protocol.Ints(1)), false}, {ok("read", null, protocol.Ints(1, 1)), false}}},
		{"a set holds a value once", "set", []step{{ok("add", one, null), true}, {ok("add", one, null), true}, {ok("read", null, protocol.Ints(1)), true}}},
		{"a number is not its text", "set", []step{{ok("add", one, null), true}, {ok("read", null, protocol.List(protocol.String("1"))), false}}},
		{"a board shows ids", "board", []step{{ok("post", protocol.Ints(1), null), true}, {ok("post", protocol.Ints(2, 1), null), true}, {ok("read", null, protocol.Ints(2, 1)), true}, {ok("read", null, protocol.Ints(2)), false}}},
		{"a board needs ids", "board", []step{{ok("post", protocol.List(), null), false}, {ok("post", one, null), false}}},
		{"a group shows messages in their order", "multicast", []step{
			{ok("read", null, null), true}, {ok("create", null, null), true}, {ok("multicast", two, null), true}, {ok("multicast", one, null), true},
			{ok("read", null, protocol.Ints(2, 1)), true}, {ok("read", null, protocol.Ints(1, 2)), false}, {ok("append", one, null), false}, {ok("destroy", null, null), true},
		}},
		{"a text grows and is replaced", "text", []step{{ok("read", null, protocol.String("")), true}, {ok("append", protocol.String("a"), null), true}, {ok("append", protocol.String("b"), null), true}, {ok("read", null, protocol.String("ab")), true}, {ok("read", null, protocol.String("ba")), false}, {ok("put", protocol.String("c"), null), true}, {ok("read", null, protocol.String("c")), true}}},
		{"a queue is first in, first out", "queue", []step{{ok("dequeue", null, null), true}, {refused("dequeue", null), true}, {ok("enqueue", one, null), true}, {ok("enqueue", protocol.String("a,\"b"), null), true}, {ok("dequeue", null, protocol.String("a,\"b")), false}, {ok("dequeue", null, null), false}, {refused("dequeue", null), false}, {ok("dequeue", null, one), true}, {ok("dequeue", null, protocol.String("a,\"b")), true}, {ok("dequeue", null, null), true}}},
		{"a dequeue of unknown outcome takes what is in front", "queue", []step{{Call{F: "dequeue"}, true}, {ok("enqueue", protocol.List(protocol.String("]\\\""), one), null), true}, {ok("enqueue", one, null), true}, {Call{F: "dequeue"}, true}, {ok("dequeue", null, one), true}}},
		{"a queue of nothing", "queue", []step{{ok("enqueue", null, null), false}}},
		{"a mutex is taken once", "mutex", []step{{ok("release", null, null), false}, {refused("release", null), true}, {ok("acquire", null, null), true}, {ok("acquire", null, null), false}, {refused("acquire", null), true}, {Call{F: "acquire"}, true}, {ok("release", null, null), true}, {refused("acquire", null), false}}},
		{"registers that are written together", "multi-register", []step{
			{ok("txn", steps("w", 1, "write", 2), steps("w", 1, "write", 2)), true}, {ok("txn", steps("r", 1, "read", 2), steps("r", 1, "read", 2)), true},
			{ok("txn", steps("r", 1, "r", 1), steps("r", 1, "r", 1)), false},
		}},
		{"a text of numbers", "text", []step{{ok("put", one, null), false}, {ok("read", null, null), false}}},
		{"a bank pays what it holds", "bank", []step{{ok("withdraw", one, null), false}, {refused("withdraw", one), true}, {ok("deposit", two, null), true}, {refused("withdraw", two), false}, {ok("withdraw", two, null), true}, {ok("read", null, protocol.Int(0)), true}}},
		{"a withdrawal of unknown outcome that could not", "bank", []step{{Call{F: "withdraw", Input: one}, true}, {ok("read", null, protocol.Int(0)), true}}},
		{"a withdrawal of unknown outcome that could", "bank", []step{{ok("deposit", two, null), true}, {Call{F: "withdraw", Input: one}, true}, {ok("read", null, one), true}}},
		{"a deposit of nothing", "bank", []step{{ok("deposit", protocol.Int(0), null), false}, {ok("deposit", null, null), false}}},
		{"a log is read in order", "log", []step{{ok("read", null, null), true}, {ok("append", two, null), true}, {ok("append", one, null), true}, {ok("read", null, protocol.Ints(2, 1)), true}, {ok("read", null, protocol.Ints(1, 2)), false}, {ok("read", null, protocol.Ints(2)), false}}},
		{"a log holds what was appended twice twice", "log", []step{{ok("append", one, null), true}, {ok("append", one, null), true}, {ok("read", null, protocol.Ints(1, 1)), true}, {ok("read", null, protocol.Ints(1)), false}, {ok("read", null, protocol.Ints(11)), false}}},
		{"a refused operation changes nothing", "counter", []step{{refused("add", one), true}, {ok("read", null, protocol.Int(0)), true}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			object, found := Lookup(test.object)
			if !found {
				t.Fatalf("no object %s", test.object)
			}
			state := object.Init(null)
			for i, s := range test.steps {
				next, got := object.Step(state, s.call)
				if got != s.want {
					t.Fatalf("step %d: %+v in state %s: got %v", i, s.call, state.Key(), got)
				}
				if got {
					state = next
				}
			}
		})
	}
}

// TestUnknownCallsAreAlwaysPossible checks the rule that checkers find an object's operations by.
func TestUnknownCallsAreAlwaysPossible(t *testing.T) {
	operations := map[string][]string{
		"register": {"read", "write", "cas"}, "counter": {"read", "add"}, "set": {"read", "add"}, "board": {"read", "post"}, "log": {"read", "append"},
		"bank":      {"read", "deposit", "withdraw", "transfer"},
		"text":      {"read", "put", "append"},
		"multicast": {"read", "multicast", "create", "destroy"},
		"queue":     {"enqueue", "dequeue"},
		"mutex":     {"acquire", "release"},

		"multi-register": {"txn"},
		"list-append":    {"txn"}, "rw-register": {"txn"},
	}
	for _, name := range Names() {
		object, _ := Lookup(name)
		if len(object.Operations) != len(operations[name]) {
			t.Errorf("%s has %d operations, not %d", name, len(object.Operations), len(operations[name]))
		}
		for _, f := range operations[name] {
			if _, has := object.Operation(f); !has {
				t.Errorf("%s does not tell of its operation %s", name, f)
			}
			for _, in := range []protocol.Value{null, protocol.Int(1), protocol.Ints(1, 2)} {
				state := object.Init(protocol.Int(7))
				if _, possible := object.Step(state, Call{F: f, Input: in}); !possible {
					t.Errorf("%s: %s(%v) of unknown outcome was rejected", name, f, in)
				}
				if next, _ := object.Step(state, refused(f, in)); next.Key() != state.Key() {
					t.Errorf("%s: a refused %s(%v) changed the state", name, f, in)
				}
			}
			if object.ReadOnly(f) != (f == "read") {
				t.Errorf("%s: ReadOnly(%s) = %v", name, f, object.ReadOnly(f))
			}
		}
		if _, possible := object.Step(object.Init(null), Call{F: "tell"}); possible {
			t.Errorf("%s accepts an operation that is not its own", name)
		}
	}
}

// TestKeysOfLargeSums compares them with sums that were added up by hand.
func TestKeysOfLargeSums(t *testing.T) {
	for want, amounts := range map[string][]int64{
		"9223372036854775807":   {math.MaxInt64},
		"9223372036854775808":   {math.MaxInt64, 1},
		"18446744073709551615":  {math.MaxInt64, math.MaxInt64, 1},
		"18446744073709551616":  {math.MaxInt64, math.MaxInt64, 2},
		"-9223372036854775809":  {math.MinInt64, -1},
		"-18446744073709551617": {math.MinInt64, math.MinInt64, -1},
		"0":                     {math.MaxInt64, math.MinInt64, 1},
	} {
		object := Counter()
		state := object.Init(null)
		for _, n := range amounts {
			state, _ = object.Step(state, ok("add", protocol.Int(n), null))
		}
		if state.Key() != want {
			t.Errorf("%v: %s, want %s", amounts, state.Key(), want)
		}
	}
}

func TestStatesAreImmutable(t *testing.T) {
	set := Set()
	empty := set.Init(null)
	a, _ := set.Step(empty, ok("add", protocol.Int(1), null))
	b, _ := set.Step(a, ok("add", protocol.Int(2), null))
	c, _ := set.Step(a, ok("add", protocol.Int(3), null))
	if empty.Key() != "" || a.Key() != "1" || b.Key() != "1,2" || c.Key() != "1,3" {
		t.Errorf("keys %q %q %q %q", empty.Key(), a.Key(), b.Key(), c.Key())
	}
}
