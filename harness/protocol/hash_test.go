package protocol

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sample has a field of every kind that a message may have.
type sample struct {
	Bool    bool
	Int     int
	Small   int8
	Middle  int16
	Half    int32
	Byte    uint8
	Word    uint16
	Double  uint32
	Long    uint64
	Text    string
	hidden  int64
	Bytes   []byte
	Numbers []uint64
	Pair    [2]int16
	Values  []Value
	Op      Op
	Next    *sample
	Table   map[NodeID][]uint64
	Fact    Fact
	IDs     []MessageID
	Texts   [][]string
	Empty   struct{}
}

func (sample) Name() string { return "SAMPLE" }

// samples draws samples, up to a depth of pointers.
func samples(depth int) *rapid.Generator[sample] {
	return rapid.Custom(func(t *rapid.T) sample {
		s := sample{
			Bool: rapid.Bool().Draw(t, "bool"), Int: rapid.Int().Draw(t, "int"), Small: rapid.Int8().Draw(t, "small"),
			Middle: rapid.Int16().Draw(t, "middle"), Half: rapid.Int32().Draw(t, "half"), Byte: rapid.Uint8().Draw(t, "byte"),
			Word: rapid.Uint16().Draw(t, "word"), Double: rapid.Uint32().Draw(t, "double"), Long: rapid.Uint64().Draw(t, "long"),
			Text: rapid.String().Draw(t, "text"), hidden: rapid.Int64().Draw(t, "hidden"),
			Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), Numbers: rapid.SliceOf(rapid.Uint64()).Draw(t, "numbers"),
			Pair:   [2]int16{rapid.Int16().Draw(t, "first"), rapid.Int16().Draw(t, "second")},
			Values: rapid.SliceOfN(values(2), 0, 3).Draw(t, "values"),
			Op:     Op{F: rapid.String().Draw(t, "f"), Value: values(1).Draw(t, "value")},
			Table: rapid.MapOfN(rapid.Custom(func(t *rapid.T) NodeID { return NodeID(rapid.String().Draw(t, "node")) }),
				rapid.SliceOfN(rapid.Uint64(), 0, 2), 0, 3).Draw(t, "table"),
			Fact:  rapid.SampledFrom([]Fact{nil, Mark{Name: "a"}, Role{Name: "b"}, Own{Name: "c", Fields: 3}}).Draw(t, "fact"),
			IDs:   []MessageID{{Sender: "r1", Boot: rapid.Uint64().Draw(t, "boot")}},
			Texts: rapid.SliceOfN(rapid.SliceOfN(rapid.String(), 0, 2), 0, 2).Draw(t, "texts"),
		}
		if depth > 0 && rapid.Bool().Draw(t, "more") {
			next := samples(depth-1).Draw(t, "next")
			s.Next = &next
		}
		return s
	})
}

func anyHash(v any) (h Hash) {
	h.Any(v)
	return h
}

// TestContentsAddsWhatAnyAdds compares the fast way with the plain one, over types of all shapes, again and again with
// the same plans.
func TestContentsAddsWhatAnyAdds(t *testing.T) {
	var c Contents
	same := func(t interface{ Fatalf(string, ...any) }, v any) {
		var h Hash
		c.Add(&h, v)
		if want := anyHash(v); h != want {
			t.Fatalf("%T %+v: %x, want %x", v, v, h, want)
		}
	}
	one := 1
	var none *sample
	type small struct{ N uint8 }
	type pointer struct{ P *int }
	type table struct{ M map[string]int }
	type boxed struct{ V any }
	type nested struct{ Inner pointer }
	type ring struct {
		Next []ring
		N    int
	}
	for range 2 {
		for _, v := range []any{
			nil, 3, int8(-3), uint8(200), "text", "", true, false, []int(nil),
			[]int{},
			[]int{1, -1},
			[1]*int{&one},
			[0]int{},
			&one, none,
			small{255},
			&small{1},
			pointer{&one},
			pointer{},
			&pointer{&one},
			table{},
			table{map[string]int{"a": 1}},
			&table{},
			boxed{},
			boxed{small{1}},
			nested{pointer{&one}},
			ring{Next: []ring{{N: 1}, {Next: []ring{{N: 2}}}}},
			struct{}{},
			Int(3), Ints(1, 2), List(),
			map[string]int{"a": 1, "b": 2},
			Reply{Outcome: OK, Value: String("x")},
			&Reply{},
			Mark{Name: "m"},
			Own{Name: "o", Fields: small{1}},
			[]any{1, "a", nil},
			uint64(math.MaxUint64),
		} {
			same(t, v)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := samples(2).Draw(t, "sample")
		same(t, s)
		same(t, &s)
		same(t, []sample{s, s})
	})
}

// TestEqualHashesMeanEqualContents changes a sample in one place and looks whether the hash does.
func TestEqualHashesMeanEqualContents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := samples(1).Draw(t, "a"), samples(1).Draw(t, "b")
		c := a
		v, w := reflect.ValueOf(&c).Elem(), reflect.ValueOf(b)
		i := rapid.SampledFrom(exported(v)).Draw(t, "field")
		v.Field(i).Set(w.Field(i))
		if same := reflect.DeepEqual(a, c); same != (anyHash(a) == anyHash(c)) && !bothEmpty(reflect.ValueOf(a).Field(i), w.Field(i)) {
			t.Fatalf("field %s: %v and %v, equal: %v, hashes %x and %x",
				v.Type().Field(i).Name, reflect.ValueOf(a).Field(i), w.Field(i), same, anyHash(a), anyHash(c))
		}
		c = a
		c.hidden++
		if anyHash(a) == anyHash(c) {
			t.Fatal("a field that is not exported does not count")
		}
	})
}

func exported(v reflect.Value) []int {
	var out []int
	for i := range v.NumField() {
		if v.Field(i).CanSet() {
			out = append(out, i)
		}
	}
	return out
}

// bothEmpty tells whether DeepEqual may differ over nil and empty lists somewhere in two values.
func bothEmpty(a, b reflect.Value) bool {
	return strings.ReplaceAll(fmt.Sprintf("%#v", a), "(nil)", "{}") == strings.ReplaceAll(fmt.Sprintf("%#v", b), "(nil)", "{}")
}

func TestNilIsEmpty(t *testing.T) {
	type lists struct {
		S []int
		M map[string]int
		B []byte
	}
	if anyHash(lists{}) != anyHash(lists{S: []int{}, M: map[string]int{}, B: []byte{}}) {
		t.Error("nil and empty lists differ")
	}
}

func TestMapsHaveNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOfN(rapid.String(), rapid.Int(), 0, 40).Draw(t, "map")
		keys := slices.Sorted(maps.Keys(m))
		shuffled := make(map[string]int)
		for _, k := range rapid.Permutation(keys).Draw(t, "order") {
			shuffled[k] = m[k]
		}
		if anyHash(m) != anyHash(shuffled) {
			t.Fatalf("the order of insertion counts: %v", m)
		}
		for _, k := range keys {
			shuffled[k]++
			if anyHash(m) == anyHash(shuffled) {
				t.Fatalf("another value of %q does not count", k)
			}
			shuffled[k]--
		}
		if len(keys) > 1 && m[keys[0]] != m[keys[1]] {
			shuffled[keys[0]], shuffled[keys[1]] = m[keys[1]], m[keys[0]]
			if anyHash(m) == anyHash(shuffled) {
				t.Fatal("it does not count which key has which value")
			}
		}
	})
}

// TestDifferentContentsDiffer are pairs that a careless hash confuses.
func TestDifferentContentsDiffer(t *testing.T) {
	type two struct{ A, B string }
	type lists struct{ A, B []int }
	type maybe struct{ P *int }
	zero := 0
	for i, pair := range [][2]any{
		{two{"ab", ""}, two{"a", "b"}},
		{two{"", "a"}, two{"a", ""}},
		{two{"\x00", ""}, two{"", "\x00"}},
		{two{"a\x00", ""}, two{"a", ""}},
		{two{"abcdefgh", "i"}, two{"abcdefghi", ""}},
		{lists{A: []int{1}}, lists{B: []int{1}}},
		{lists{A: []int{1, 2}}, lists{A: []int{1}, B: []int{2}}},
		{lists{A: []int{0}}, lists{}},
		{[][]int{{1}, {}}, [][]int{{}, {1}}},
		{[]int{1, 2}, []int{2, 1}},
		{maybe{&zero}, maybe{}},
		{[]string{""}, []string{}},
		{map[string]string{"a": "b"}, map[string]string{"b": "a"}},
		{map[string]int{"": 0}, map[string]int{}},
		{Int(0), Value{}},
		{String("1"), Int(1)},
		{List(), Value{}},
		{List(List()), List()},
		{false, nil},
		{int64(-1), int64(1)},
	} {
		if anyHash(pair[0]) == anyHash(pair[1]) {
			t.Errorf("pair %d: %#v and %#v have the same hash", i, pair[0], pair[1])
		}
	}
}

func TestShortTextsAllDiffer(t *testing.T) {
	seen := map[Hash]string{}
	var try func(prefix string, left int)
	try = func(prefix string, left int) {
		var h Hash
		h.Text(prefix)
		if other, twice := seen[h]; twice {
			t.Errorf("%q and %q have the same hash", prefix, other)
		}
		seen[h] = prefix
		if left == 0 {
			return
		}
		for _, c := range "\x00ab" {
			try(prefix+string(c), left-1)
		}
	}
	try("", 9)
}

func TestBytesAreText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
		var h, g Hash
		h.Bytes(b)
		g.Text(string(b))
		if h != g {
			t.Fatalf("%x as bytes %x, as text %x", b, h, g)
		}
		if len(b) > 0 {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "where")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			var changed Hash
			if changed.Bytes(b); changed == h {
				t.Fatal("a bit does not count")
			}
		}
	})
}

func TestOrderOfWordsCounts(t *testing.T) {
	var a, b Hash
	a.Word(1)
	a.Word(2)
	b.Word(2)
	b.Word(1)
	if a == b {
		t.Error("1 2 and 2 1 have the same hash")
	}
}

func TestWhatNoMessageMayHold(t *testing.T) {
	for _, v := range []any{1.5, float32(1), []any{func() {}}, struct{ C chan int }{}, complex(1, 1), struct{ F []float64 }{[]float64{1}}} {
		for name, add := range map[string]func(){"Any": func() { anyHash(v) }, "Contents": func() { new(Contents).Add(new(Hash), v) }} {
			func() {
				defer func() {
					if text := fmt.Sprint(recover()); !strings.Contains(text, "cannot be part of a message") {
						t.Errorf("%s of %T: %s", name, v, text)
					}
				}()
				add()
			}()
		}
	}
}

// TestHashIsTheSameForEver pins a hash: digests are compared between processors and versions.
func TestHashIsTheSameForEver(t *testing.T) {
	v := Op{F: "write", Key: "a longer key", Value: List(Int(-1), String("x"), Value{}), Via: "r1"}
	if got, want := fmt.Sprintf("%016x", uint64(anyHash(v))), "ed7394f236d63a74"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// typical is a message as protocols send them.
var typical Message = typicalMessage{
	From: "r1", Stamp: []uint64{1, 2, 3},
	Log: []typicalRecord{{ID: MessageID{Sender: "c1", Seq: 1}, Op: Op{F: "write", Key: "x", Value: Int(1)}, Stamp: []uint64{1, 2, 3}}},
}

type typicalMessage struct {
	From  NodeID
	Stamp []uint64
	Log   []typicalRecord
}

type typicalRecord struct {
	ID    MessageID
	Op    Op
	Stamp []uint64
}

func (typicalMessage) Name() string { return "TYPICAL" }

func TestHashingAllocatesNothing(t *testing.T) {
	var h Hash
	var c Contents
	if n := testing.AllocsPerRun(100, func() { h.Any(typical) }); n != 0 {
		t.Errorf("Any: %v allocations", n)
	}
	reply := &Reply{}
	if n := testing.AllocsPerRun(100, func() { c.Add(&h, typical); c.Add(&h, reply) }); n != 0 {
		t.Errorf("Contents: %v allocations", n)
	}
}

func BenchmarkHash(b *testing.B) {
	var h Hash
	b.Run("Any", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.Any(typical)
		}
	})
	b.Run("Contents", func(b *testing.B) {
		b.ReportAllocs()
		var c Contents
		for b.Loop() {
			c.Add(&h, typical)
		}
	})
	b.Run("Text", func(b *testing.B) {
		for b.Loop() {
			h.Text("SAMPLE")
		}
	})
}
