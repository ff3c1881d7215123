package kvlog_test

import (
	"errors"
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/history/kvlog"
	"sunder/harness/protocol"
)

const sample = `{:process 0, :type :invoke, :f :put, :key "k", :value "a\"b"}
{:process 1, :type :invoke, :f :append, :key "k", :value "c"}
{:process 0, :type :ok, :f :put, :key "k", :value "a\"b"}

{:process 1, :type :info, :f :append, :key "k", :value nil}
{:process 0, :type :invoke, :f :get, :key "k", :value nil}
{:process 0, :type :ok, :f :get, :key "k", :value "a\"bc"}
`

func TestRead(t *testing.T) {
	h, err := kvlog.Read(strings.NewReader(sample))
	if err != nil || len(h.Operations) != 3 {
		t.Fatalf("%+v, %v", h, err)
	}
	put, add, get := h.Operations[0], h.Operations[1], h.Operations[2]
	if put.F != "put" || put.Key != "k" || !put.Input.Equal(protocol.String(`a"b`)) || put.Outcome != protocol.OK || put.Return != 2 {
		t.Errorf("%+v", put)
	}
	if add.F != "append" || add.Outcome != protocol.Info || !add.Input.Equal(protocol.String("c")) {
		t.Errorf("%+v", add)
	}
	if get.F != "read" || !get.Output.Equal(protocol.String(`a"bc`)) || h.Line(get.Call) != 6 {
		t.Errorf("%+v at line %d", get, h.Line(get.Call))
	}
}

func TestReadRefuses(t *testing.T) {
	const begin = `{:process 0, :type :invoke, :f :get, :key "k", :value nil}` + "\n"
	for _, test := range []struct{ text, want string }{
		{"", "no operation in it"},
		{"hello", `line 1: no event of a key-value log: "hello"`},
		{begin + `{:process 0, :type :ok, :f :get, :key "k", :value nil}`, "line 2: ok :get needs a text"},
		{`{:process 0, :type :invoke, :f :put, :key "k", :value nil}`, "line 1: invoke :put needs a text"},
		{`{:process 0, :type :invoke, :f :get, :key "k", :value "x"}`, `line 1: a get begins with nil, not with "x"`},
		{`{:process 99999999999999999999, :type :invoke, :f :get, :key "k", :value nil}`, "line 1: a process is a number"},
		{`{:process 0, :type :invoke, :f :get, :key "\x", :value nil}`, "line 1: the key is no text"},
		{`{:process 0, :type :invoke, :f :put, :key "k", :value "\x"}`, "line 1: the value is no text"},
		{begin + begin, "line 2"},
	} {
		_, err := kvlog.Read(strings.NewReader(test.text))
		var line *history.LineError
		if !errors.As(err, &line) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}

// FuzzRead: whatever the text, the reader ends, in a history with operations or in a *history.LineError.
func FuzzRead(f *testing.F) {
	for line := range strings.Lines(sample) {
		f.Add(line)
	}
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := kvlog.Read(strings.NewReader(text))
		var lineError *history.LineError
		switch {
		case err == nil && len(h.Operations) == 0:
			t.Fatal("a history without operations")
		case err != nil && (!errors.As(err, &lineError) || lineError.What == ""):
			t.Fatalf("error %#v", err)
		}
	})
}
