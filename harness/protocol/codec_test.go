package protocol

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// letter is a message with what messages have.
type letter struct {
	From    NodeID            `json:"from"`
	Stamp   []uint64          `json:"stamp,omitempty"`
	Table   map[NodeID]uint64 `json:"table,omitempty"`
	Ops     []Op              `json:"ops"`
	Reply   *Reply            `json:"reply,omitempty"`
	Payload []byte            `json:"payload"`
}

func (letter) Name() string { return "LETTER" }

// postcard is a message that is no struct.
type postcard string

func (postcard) Name() string { return "POSTCARD" }

// twin is another message called LETTER.
type twin struct{}

func (twin) Name() string { return "LETTER" }

// broken is a message that JSON cannot write.
type broken struct{ C chan int }

func (broken) Name() string { return "BROKEN" }

func TestCodecRoundTrip(t *testing.T) {
	codec := NewCodec([]Message{letter{}, postcard("")})
	rapid.Check(t, func(t *rapid.T) {
		var m Message = postcard(rapid.String().Draw(t, "text"))
		if rapid.Bool().Draw(t, "a letter") {
			m = letter{
				From:    NodeID(rapid.String().Draw(t, "from")),
				Stamp:   rapid.SliceOf(rapid.Uint64()).Draw(t, "stamp"),
				Table:   map[NodeID]uint64{"r1": rapid.Uint64().Draw(t, "entry")},
				Ops:     []Op{{F: "write", Key: "x", Value: values(2).Draw(t, "value"), Via: "r2"}},
				Reply:   &Reply{Outcome: Fail, Value: values(1).Draw(t, "reply"), Error: Refused},
				Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload"),
			}
		}
		data, err := codec.Encode(m)
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		back, err := codec.Decode(data)
		if err != nil {
			t.Fatalf("Decode(%s): %v", data, err)
		}
		if reflect.TypeOf(back) != reflect.TypeOf(m) || anyHash(back) != anyHash(m) {
			t.Fatalf("%#v came back as %#v", m, back)
		}
	})
}

func TestCodecWritesNameAndBody(t *testing.T) {
	codec := NewCodec([]Message{postcard(""), letter{}})
	data, err := codec.Encode(postcard("hello"))
	if want := `{"name":"POSTCARD","body":"hello"}`; err != nil || string(data) != want {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
	if names := codec.Names(); !slices.Equal(names, []string{"LETTER", "POSTCARD"}) {
		t.Errorf("names %v", names)
	}
}

func TestCodecRefuses(t *testing.T) {
	codec := NewCodec([]Message{letter{}, broken{}})
	for _, c := range []struct {
		m    Message
		want string
	}{
		{postcard("x"), "message POSTCARD is not listed by its protocol (it lists BROKEN, LETTER)"},
		{broken{}, "encoding BROKEN: json: unsupported type"},
	} {
		if data, err := codec.Encode(c.m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Encode(%v) = %s, %v, want %q", c.m, data, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                                    "decoding a message",
		"[]":                                  "decoding a message",
		`{"name":"POSTCARD","body":1}`:        `message "POSTCARD" is not one of the protocol's BROKEN, LETTER`,
		`{"body":{}}`:                         `message "" is not one`,
		`{"name":"LETTER","body":{"from":1}}`: "decoding LETTER",
		`{"name":"LETTER"}`:                   "decoding LETTER",
		`{"name":"LETTER","body":{"stamp":[-1]}}`: "decoding LETTER",
	} {
		if m, err := codec.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Decode(%s) = %v, %v, want %q", text, m, err, want)
		}
	}
}

func TestTwoMessagesOfOneNamePanic(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "two messages are called LETTER") {
			t.Errorf("got %s", text)
		}
	}()
	NewCodec([]Message{letter{}, twin{}})
}

// FuzzDecode feeds the codec what may come out of a socket: an error or a message that encodes again, never a panic.
func FuzzDecode(f *testing.F) {
	codec := NewCodec([]Message{letter{}, postcard("")})
	f.Add([]byte(`{"name":"LETTER","body":{"from":"r1","ops":[{"F":"write","Value":[1]}],"table":{"r1":2}}}`))
	f.Add([]byte(`{"name":"POSTCARD","body":"x"}`))
	f.Add([]byte(`{"name":"POSTCARD"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := codec.Decode(data)
		if err != nil {
			return
		}
		again, err := codec.Encode(m)
		if err != nil {
			t.Fatalf("%s is decoded and not encoded: %v", data, err)
		}
		back, err := codec.Decode(again)
		if err != nil || anyHash(back) != anyHash(m) {
			t.Fatalf("%s came back as %#v, %v", again, back, err)
		}
	})
}
