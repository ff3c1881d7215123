package protocol

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// seen is a fact of a system's own.
type seen struct {
	Letters []letter `json:"letters,omitempty"`
	Total   uint64   `json:"total"`
}

func TestFactCodecRoundTrip(t *testing.T) {
	codec := NewFactCodec([]Own{{Name: "test/seen", Fields: seen{}}, {Name: "test/count", Fields: 0}})
	numbers := rapid.Uint64()
	ids := rapid.Custom(func(t *rapid.T) MessageID {
		return MessageID{Sender: NodeID(rapid.String().Draw(t, "sender")), Boot: numbers.Draw(t, "boot"), Seq: numbers.Draw(t, "seq")}
	})
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom([]Fact{
			Multicast{ID: ids.Draw(t, "id"), View: numbers.Draw(t, "view"), Order: "fifo"},
			Delivered{ID: ids.Draw(t, "id"), View: numbers.Draw(t, "view"), Position: numbers.Draw(t, "position")},
			Installed{View: numbers.Draw(t, "view"), Members: []NodeID{"r1", "r2"}},
			Phase{
				Operation: OperationID{"c1", numbers.Draw(t, "life"), numbers.Draw(t, "seq"), rapid.Bool().Draw(t, "read")},
				Name:      rapid.SampledFrom([]PhaseName{RequestPhase, CoordinationPhase, ExecutionPhase, AgreementPhase, ResponsePhase, PhasesEnd}).Draw(t, "name"),
			},
			Role{}, Role{Name: "primary"}, Mark{Name: rapid.String().Draw(t, "mark")},
			Own{Name: "test/count", Fields: rapid.Int().Draw(t, "count")},
			Own{Name: "test/seen", Fields: seen{Letters: []letter{{From: "r1"}}, Total: numbers.Draw(t, "total")}},
		}).Draw(t, "fact")
		data, err := codec.Encode(f)
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		back, err := codec.Decode(data)
		if err != nil {
			t.Fatalf("Decode(%s): %v", data, err)
		}
		same := reflect.TypeOf(back) == reflect.TypeOf(f) && anyHash(back) == anyHash(f)
		if own, isOwn := f.(Own); isOwn {
			same = same && reflect.TypeOf(back.(Own).Fields) == reflect.TypeOf(own.Fields)
		}
		if !same {
			t.Fatalf("%#v came back as %#v", f, back)
		}
	})
}

func TestFactCodecWritesNameAndBody(t *testing.T) {
	codec := NewFactCodec([]Own{{Name: "test/seen", Fields: seen{}}})
	for _, c := range []struct {
		f    Fact
		want string
	}{
		{Role{Name: "primary"}, `{"name":"role","body":{"name":"primary"}}`},
		{Own{Name: "test/seen", Fields: seen{Total: 3}}, `{"name":"test/seen","body":{"total":3}}`},
	} {
		if data, err := codec.Encode(c.f); err != nil || string(data) != c.want {
			t.Errorf("got %s, %v, want %s", data, err, c.want)
		}
	}
}

func TestFactCodecRefuses(t *testing.T) {
	codec := NewFactCodec([]Own{{Name: "test/seen", Fields: seen{}}, {Name: "test/broken", Fields: broken{}}})
	for _, c := range []struct {
		f    Fact
		want string
	}{
		{Own{Name: "test/other", Fields: seen{}}, "fact test/other is not listed by its system (it lists test/broken, test/seen)"},
		{Own{Name: "test/seen", Fields: 3}, "fact test/seen is listed with fields of type protocol.seen, and these are int"},
		{Own{Name: "role", Fields: Role{}}, "fact role is not listed"},
		{Own{Name: "test/broken", Fields: broken{}}, "encoding fact test/broken: json: unsupported type"},
	} {
		if data, err := codec.Encode(c.f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Encode(%v) = %s, %v, want %q", c.f, data, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                               "decoding a fact",
		`{"name":"test/other","body":1}`: `fact "test/other" is not one of the system's (it lists test/broken, test/seen)`,
		`{"name":"role","body":3}`:       "decoding fact role",
		`{"name":"role"}`:                "decoding fact role",
		`{"name":"test/seen","body":[]}`: "decoding fact test/seen",
	} {
		if f, err := codec.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Decode(%s) = %v, %v, want %q", text, f, err, want)
		}
	}
}

func TestTwoFactsOfOneNamePanic(t *testing.T) {
	for _, own := range [][]Own{
		{{Name: "test/seen", Fields: seen{}}, {Name: "test/seen", Fields: 0}},
		{{Name: "mark", Fields: seen{}}},
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "two facts are called "+own[0].Name) {
					t.Errorf("got %s", text)
				}
			}()
			NewFactCodec(own)
		}()
	}
}
