package protocol

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// values draws values, lists up to a depth.
func values(depth int) *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		kinds := 3
		if depth > 0 {
			kinds = 4
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 1:
			return Int(rapid.Int64().Draw(t, "n"))
		case 2:
			return String(rapid.String().Draw(t, "s"))
		case 3:
			return List(rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "list")...)
		}
		return Value{}
	})
}

func TestValueRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := values(3).Draw(t, "value")
		checkRoundTrip(t, v)
	})
	for _, v := range []Value{
		{}, Int(0), Int(math.MinInt64), Int(math.MaxInt64), String(""), String("null"), String("\x00\"\\<>&\u2028"), List(), List(List(), Value{}), Ints(1, -2),
	} {
		checkRoundTrip(t, v)
	}
}

func checkRoundTrip(t interface{ Fatalf(string, ...any) }, v Value) {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%#v: %v", v, err)
	}
	var back Value
	if err := json.Unmarshal(data, &back); err != nil || !back.Equal(v) || back.Compare(v) != 0 {
		t.Fatalf("%#v is written %s and read as %#v, %v", v, data, back, err)
	}
	if anyHash(v) != anyHash(back) {
		t.Fatalf("%s has another hash after its journey", data)
	}
}

func TestValuesAreRead(t *testing.T) {
	for text, want := range map[string]Value{
		"null": {}, "7": Int(7), "-0": Int(0), `"a"`: String("a"), " [ 1 , [ ] , null ] ": List(Int(1), List(), Value{}),
		"true": String("true"), "false": String("false"), `"é"`: String("é"),
	} {
		var got Value
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s is read as %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"1.5": "1.5 is not an integer", "1e3": "not an integer", "9223372036854775808": "not an integer", "{}": "a value is null, an integer",
		`[1,{"a":2}]`: "a value is null", `["a",0.5]`: "not an integer", "[1": "unexpected end", `"\x"`: "invalid character",
	} {
		got := Int(42)
		if err := json.Unmarshal([]byte(text), &got); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is read as %s, %v, want an error with %q", text, got, err, want)
		}
	}
	var got Value
	if err := got.UnmarshalJSON(nil); err == nil {
		t.Error("nothing is read as a value")
	}
}

func FuzzValue(f *testing.F) {
	for _, text := range []string{"null", "12", `"a\nb"`, `[1,["x",null],[]]`, "1.0", "{}", "[", "tru", `"\ud800"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v Value
		if json.Unmarshal(data, &v) == nil {
			checkRoundTrip(t, v)
		}
	})
}

func TestValueAccessors(t *testing.T) {
	for _, c := range []struct {
		v    Value
		kind ValueKind
		text string
	}{
		{Value{}, Null, "null"},
		{Int(-3), Integer, "-3"},
		{String("a<b"), Text, `"a\u003cb"`},
		{List(Int(1), String("x")), Sequence, `[1,"x"]`},
	} {
		_, isInt := c.v.Int()
		_, isText := c.v.Text()
		_, isList := c.v.List()
		if c.v.Kind() != c.kind || c.v.IsNull() != (c.kind == Null) || isInt != (c.kind == Integer) || isText != (c.kind == Text) || isList != (c.kind == Sequence) {
			t.Errorf("%s is of kind %d: int %v, text %v, list %v", c.v, c.v.Kind(), isInt, isText, isList)
		}
		if got := c.v.String(); got != c.text {
			t.Errorf("written %s, want %s", got, c.text)
		}
	}
	if n, _ := Int(5).Int(); n != 5 {
		t.Errorf("Int = %d", n)
	}
	if s, _ := String("x").Text(); s != "x" {
		t.Errorf("Text = %s", s)
	}
	if l, _ := Ints(1, 2).List(); !slices.EqualFunc(l, []Value{Int(1), Int(2)}, Value.Equal) {
		t.Errorf("List = %v", l)
	}
}

func TestCompareIsATotalOrder(t *testing.T) {
	sorted := []Value{
		{}, Int(-1), Int(0), Int(5), String(""), String("a"), String("ab"), String("b"), List(), List(Value{}), Ints(1), Ints(1, 2), Ints(2), List(String("a")),
	}
	for i, v := range sorted {
		for j, w := range sorted {
			if got := v.Compare(w); got != compare(int64(i), int64(j)) {
				t.Errorf("%s against %s: %d", v, w, got)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := values(2).Draw(t, "a"), values(2).Draw(t, "b"), values(2).Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%s and %s are not antisymmetric", a, b)
		}
		if a.Equal(b) != (a.Compare(b) == 0) {
			t.Fatalf("%s and %s: equal %v, compare %d", a, b, a.Equal(b), a.Compare(b))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s <= %s <= %s, but not the first and the last", a, b, c)
		}
	})
}
