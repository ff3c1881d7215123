package workload_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sunder/harness/protocol"
	"sunder/harness/workload"
)

func object(t interface{ Fatalf(string, ...any) }, name string) workload.Object {
	o, known := workload.Lookup(name)
	if !known {
		t.Fatalf("there is no object %q", name)
	}
	return o
}

// values draws what a script can write: anything but null, which may stand inside of a list.
func values(depth int) *rapid.Generator[protocol.Value] {
	return rapid.Custom(func(t *rapid.T) protocol.Value {
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0:
			return protocol.Int(rapid.Int64().Draw(t, "n"))
		case kind == 1 && depth > 0:
			list := rapid.SliceOfN(rapid.OneOf(values(depth-1), rapid.Just(protocol.Value{})), 0, 3).Draw(t, "list")
			return protocol.List(list...)
		case kind == 2:
			return protocol.String(rapid.SampledFrom([]string{"", "ok", "null", "7", "-1", "true", "a b", "[1]", "\"", "\u2003", "é"}).Draw(t, "word"))
		}
		return protocol.String(rapid.String().Draw(t, "s"))
	})
}

func names() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"x", "k3", "", "7", "null", "a b", `"`, "\u2003x "}), rapid.String())
}

// operations draws an object and an operation on it with any arguments that it takes.
func operations() *rapid.Generator[struct {
	Object workload.Object
	Op     protocol.Op
}] {
	return rapid.Custom(func(t *rapid.T) (out struct {
		Object workload.Object
		Op     protocol.Op
	}) {
		out.Object = rapid.SampledFrom(workload.Objects()).Draw(t, "object")
		kind := rapid.SampledFrom(out.Object.Operations).Draw(t, "operation")
		v := func() protocol.Value { return values(2).Draw(t, "value") }
		out.Op = protocol.Op{F: kind.F, Key: names().Draw(t, "key")}
		switch kind.Args {
		case "":
			out.Op.Key = ""
		case "KEY":
		case "KEY VALUE", "KEY ELEMENT", "KEY MESSAGE":
			out.Op.Value = v()
		case "KEY NUMBER":
			out.Op.Value = protocol.Int(rapid.Int64().Draw(t, "number"))
		case "KEY OLD NEW":
			out.Op.Value = protocol.List(v(), v())
		case "KEY ID [PARENT...]":
			out.Op.Value = protocol.List(rapid.SliceOfN(values(1), 1, 4).Draw(t, "ids")...)
		case "CLIENT [PAYLOAD]":
			out.Op.Key, out.Op.Value = "", protocol.String(out.Op.Key)
			if rapid.Bool().Draw(t, "payload") {
				out.Op.Value = protocol.List(out.Op.Value, v())
			}
		default:
			t.Fatalf("an operation is written %q, which this generator does not know", kind.Args)
		}
		return out
	})
}

func TestOperationsAreReadBackFromTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := operations().Draw(t, "operation")
		text := workload.FormatOp(drawn.Op)
		again, err := workload.ParseOp(drawn.Object, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(drawn.Op, again); diff != "" {
			t.Fatalf("%s is read back with a difference:\n%s", text, diff)
		}
	})
}

func TestOperationsAsAPersonWritesThem(t *testing.T) {
	for _, test := range []struct {
		object, text string
		want         protocol.Op
	}{
		{"register", "write x 1", protocol.Op{F: "write", Key: "x", Value: protocol.Int(1)}},
		{"register", "write x -1", protocol.Op{F: "write", Key: "x", Value: protocol.Int(-1)}},
		{"register", "write x Alice", protocol.Op{F: "write", Key: "x", Value: protocol.String("Alice")}},
		{"register", `write "two words" "1"`, protocol.Op{F: "write", Key: "two words", Value: protocol.String("1")}},
		{"register", "\twrite  x\t[1, \"a b\"] ", protocol.Op{F: "write", Key: "x", Value: protocol.List(protocol.Int(1), protocol.String("a b"))}},
		{"register", "read 7", protocol.Op{F: "read", Key: "7"}},
		{"register", "cas x 1 2", protocol.Op{F: "cas", Key: "x", Value: protocol.Ints(1, 2)}},
		{"counter", "add n 5", protocol.Op{F: "add", Key: "n", Value: protocol.Int(5)}},
		{"set", "add s e1", protocol.Op{F: "add", Key: "s", Value: protocol.String("e1")}},
		{"bank", "withdraw a 5", protocol.Op{F: "withdraw", Key: "a", Value: protocol.Int(5)}},
		{"log", "append l e1", protocol.Op{F: "append", Key: "l", Value: protocol.String("e1")}},
		{"board", "post b 2 1", protocol.Op{F: "post", Key: "b", Value: protocol.Ints(2, 1)}},
		{"board", "post b 1", protocol.Op{F: "post", Key: "b", Value: protocol.Ints(1)}},
		{"board", "tell c2", protocol.Op{F: "tell", Value: protocol.String("c2")}},
		{"register", "tell c2 7", protocol.Op{F: "tell", Value: protocol.List(protocol.String("c2"), protocol.Int(7))}},
		{"counter", "hear", protocol.Op{F: "hear"}},
		{"multicast", "multicast m hello", protocol.Op{F: "multicast", Key: "m", Value: protocol.String("hello")}},
		{"multicast", "create", protocol.Op{F: "create"}},
		{"multicast", "destroy", protocol.Op{F: "destroy"}},
	} {
		got, err := workload.ParseOp(object(t, test.object), test.text)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", test.text, err, diff)
		}
	}
}

func TestBadOperationsAreErrorsThatSayWhy(t *testing.T) {
	for _, test := range []struct{ object, text, want string }{
		{"register", "", "no operation is named"},
		{"register", "  ", "no operation is named"},
		{"register", "add x 1", `a register has no operation "add"; it has read, write, cas, tell, hear`},
		{"register", "write x", `it is written "write KEY VALUE"`},
		{"register", "write x 1 2", `it is written "write KEY VALUE"`},
		{"register", "read", `it is written "read KEY"`},
		{"multicast", "create m", `it is written "create"`},
		{"register", "cas x 1", `it is written "cas KEY OLD NEW"`},
		{"register", "write x null", "null is no argument"},
		{"register", "write x 1.5", "1.5 is not an integer of 64 bits"},
		{"register", "write x 99999999999999999999", "is not an integer of 64 bits"},
		{"register", `write x "a`, "neither a string in quotes nor a list"},
		{"register", `write x [1`, "neither a string in quotes nor a list"},
		{"register", `write x [1]2`, "2 follows [1] without a space"},
		{"register", `write x [1.5]`, "is not an integer"},
		{"register", `write x {}`, "is no value"},
		{"register", `write [1] 2`, "[1] is no name"},
		{"register", "write x \xff", "is not UTF-8"},
		{"counter", "add n five", "five is not an integer"},
		{"board", "post b", `it is written "post KEY ID [PARENT...]"`},
		{"board", "tell", `it is written "tell CLIENT [PAYLOAD]"`},
		{"board", "tell c2 7 8", `it is written "tell CLIENT [PAYLOAD]"`},
		{"board", "hear c1", `it is written "hear"`},
	} {
		if got, err := workload.ParseOp(object(t, test.object), test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %+v, %v; want an error with %q", test.text, got, err, test.want)
		}
	}
}

func TestAnswersAreReadBackFromTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := workload.ValueAnswer(values(2).Draw(t, "value"))
		if rapid.Bool().Draw(t, "outcome") {
			a = rapid.SampledFrom([]workload.Answer{
				{Outcome: protocol.OK}, {Outcome: protocol.Fail}, {Outcome: protocol.Info}, {Outcome: protocol.Fail, Refused: true}, workload.ValueAnswer(protocol.Value{}),
			}).Draw(t, "answer")
		}
		again, err := workload.ParseAnswer(a.String())
		if diff := cmp.Diff(a, again); err != nil || diff != "" {
			t.Fatalf("%s is read back with a difference (%v):\n%s", a, err, diff)
		}
	})
	for _, text := range []string{"", "a b", `"`, "[", "1x", "{}"} {
		if a, err := workload.ParseAnswer(text); err == nil {
			t.Errorf("%q was read as %s", text, a)
		}
	}
}

func TestWhatAnswersAccept(t *testing.T) {
	replies := map[string]protocol.Reply{
		"ok":      {Outcome: protocol.OK},
		"ok 1":    {Outcome: protocol.OK, Value: protocol.Int(1)},
		"ok c1":   {Outcome: protocol.OK, Value: protocol.String("c1")},
		"ok 1 2":  {Outcome: protocol.OK, Value: protocol.Ints(1, 2)},
		"fail":    {Outcome: protocol.Fail, Error: "nothing was told"},
		"refused": {Outcome: protocol.Fail, Error: protocol.Refused},
		"info":    {Outcome: protocol.Info, Error: "no answer in time"},
	}
	for text, accepted := range map[string][]string{
		"ok":      {"ok", "ok 1", "ok c1", "ok 1 2"},
		"null":    {"ok"},
		"1":       {"ok 1"},
		"c1":      {"ok c1"},
		"[1, 2]":  {"ok 1 2"},
		"[2,1]":   {},
		"fail":    {"fail", "refused"},
		"refused": {"refused"},
		"info":    {"info"},
	} {
		a, err := workload.ParseAnswer(text)
		if err != nil {
			t.Fatal(err)
		}
		for name, reply := range replies {
			if want := strings.Contains(";"+strings.Join(accepted, ";")+";", ";"+name+";"); a.Accepts(reply) != want {
				t.Errorf("the answer %s accepts %s: %t", text, name, !want)
			}
			if !(workload.Answer{}).Accepts(reply) {
				t.Errorf("no answer is asked for, and %s is not accepted", name)
			}
		}
	}
}

func TestStepsInWords(t *testing.T) {
	op, err := workload.ParseOp(object(t, "register"), "write x 1")
	if err != nil {
		t.Fatal(err)
	}
	op.Via = "r1"
	s := workload.Step{At: 10e6, Client: "c1", Op: op, Gives: workload.Answer{Outcome: protocol.OK}}
	if got, want := s.String(), "at 10ms c1: write x 1 via r1 gives ok"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzParseOp(f *testing.F) {
	for _, text := range []string{"write x 1", "cas x 1 2", `write "a b" [1,["x"]]`, "post b 2 1", "tell c2 7", "hear", "add n -5"} {
		f.Add(text)
	}
	objects := workload.Objects()
	f.Fuzz(func(t *testing.T, text string) {
		for _, o := range objects {
			op, err := workload.ParseOp(o, text)
			if err != nil {
				continue
			}
			again, err := workload.ParseOp(o, workload.FormatOp(op))
			if diff := cmp.Diff(op, again); err != nil || diff != "" {
				t.Fatalf("%q on a %s is written again as %q (%v):\n%s", text, o.Name, workload.FormatOp(op), err, diff)
			}
		}
	})
}

func FuzzParseAnswer(f *testing.F) {
	for _, text := range []string{"ok", "refused", "1", "[1,2]", `"a b"`, "c1", "null"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := workload.ParseAnswer(text)
		if err != nil {
			return
		}
		again, err := workload.ParseAnswer(a.String())
		if diff := cmp.Diff(a, again); err != nil || diff != "" {
			t.Fatalf("%q is written again as %q (%v):\n%s", text, a, err, diff)
		}
	})
}
