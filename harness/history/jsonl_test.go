package history_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// sample is a small history with all that one may have, in the form in which it is written.
const sample = `{"index":0,"time":0,"process":"nemesis","type":"info","f":"phase","value":"chaos"}
{"index":1,"time":1234567,"process":3,"type":"invoke","f":"write","key":"x","value":5,"node":"c1","via":"r2"}
{"index":2,"time":1234568,"process":"nemesis","type":"info","f":"partition","value":{"id":1,"state":"begun","sides":[["r1","c1"],["r2"]]}}
{"index":3,"time":2000000,"process":3,"type":"ok","f":"write","key":"x","value":5,"node":"c1"}
{"index":4,"time":2000000,"process":3,"type":"invoke","f":"cas","key":"x","value":[5,-6]}
{"index":5,"time":2000001,"process":0,"type":"invoke","f":"read","value":null}
{"index":6,"time":2000002,"process":0,"type":"ok","f":"read","value":[1,"a\"\u003c",["b"],null]}
{"index":7,"time":2000003,"process":3,"type":"fail","f":"cas","key":"x","value":[5,-6],"error":"refused"}
{"index":8,"time":2000004,"process":3,"type":"invoke","f":"add","key":"ключ","value":"é"}
{"index":9,"time":2000005,"process":3,"type":"info","f":"add","key":"ключ","value":null,"error":"no answer"}
`

func mustRead(t *testing.T, text string) *history.History {
	t.Helper()
	h, err := history.Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return h
}

func write(t *testing.T, h *history.History) string {
	t.Helper()
	var b bytes.Buffer
	if err := history.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReadAndWriteAreInverse(t *testing.T) {
	h := mustRead(t, sample)
	if diff := cmp.Diff(sample, write(t, h)); diff != "" {
		t.Errorf("(-read +written):\n%s", diff)
	}
	if h.Len() != 10 || len(h.Operations) != 4 || len(h.Phases) != 1 {
		t.Fatalf("%d events, %d operations, phases %v", h.Len(), len(h.Operations), h.Phases)
	}
	add := h.Operations[3]
	if add.Key != "ключ" || !add.Input.Equal(protocol.String("é")) || add.Outcome != protocol.Info || add.Noted().Error != "no answer" {
		t.Errorf("%+v", add)
	}
	list := protocol.List(protocol.Int(1), protocol.String(`a"<`), protocol.List(protocol.String("b")), protocol.Value{})
	if !h.Operations[2].Output.Equal(list) {
		t.Errorf("read %v", h.Operations[2].Output)
	}
	if !h.Operations[1].Refused() {
		t.Errorf("%+v is not refused", h.Operations[1])
	}
}

// TestReadIsTolerantOfForm reads one write and its end in all the forms that are the same.
func TestReadIsTolerantOfForm(t *testing.T) {
	const begin, end = `{"process":0,"type":"invoke","f":"write","value":1}`, `{"process":0,"type":"ok","f":"write","value":1}`
	canonical := write(t, mustRead(t, begin+"\n"+end+"\n"))
	const want = `{"index":0,"time":0,"process":0,"type":"invoke","f":"write","value":1}
{"index":1,"time":0,"process":0,"type":"ok","f":"write","value":1}
`
	if diff := cmp.Diff(want, canonical); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for name, text := range map[string]string{
		"no last newline":  begin + "\n" + end,
		"CRLF":             begin + "\r\n" + end + "\r\n",
		"blank lines":      "\n" + begin + "\n \t\n" + end + "\n\n",
		"byte order mark":  "\ufeff" + begin + "\n" + end + "\n",
		"blanks":           "  { \"process\" :\t0 , \"type\":\"invoke\", \"f\" : \"write\", \"value\" : 1 }  \n" + end,
		"another order":    `{"value":1,"f":"write","type":"invoke","process":0}` + "\n" + end,
		"escapes":          `{"pr\u006fcess":0,"type":"inv\u006fke","f":"wr\u0069te","value":1}` + "\n" + end,
		"sparse index":     `{"index":4,` + begin[1:] + "\n" + `{"index":9,` + end[1:],
		"time of Jepsen":   `{"time":-1,` + begin[1:] + "\n" + `{"time":-1,` + end[1:],
		"null is missing":  `{"key":null,"error":null,"node":null,"via":null,"index":null,"time":null,` + begin[1:] + "\n" + end,
		"fields of others": `{"ok":true,"none":null,"deep":{"a":[1.5e3,{"b":"\ud83d\ude00"}]},"value2":2,` + begin[1:] + "\n" + end,
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(canonical, write(t, mustRead(t, text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadTakesMissingTimesFromTheEventBefore(t *testing.T) {
	h := mustRead(t, `{"time":7,"process":0,"type":"invoke","f":"read"}
{"process":0,"type":"ok","f":"read","value":2}
{"time":9,"process":0,"type":"invoke","f":"read"}`)
	if h.Operations[0].ReturnTime != 7 || h.Operations[1].CallTime != 9 {
		t.Errorf("%+v", h.Operations)
	}
}

func TestReadValues(t *testing.T) {
	for text, want := range map[string]protocol.Value{
		`null`:                     {},
		`0`:                        protocol.Int(0),
		`-0`:                       protocol.Int(0),
		`9223372036854775807`:      protocol.Int(1<<63 - 1),
		`-9223372036854775808`:     protocol.Int(-1 << 63),
		`""`:                       protocol.String(""),
		`"\ud83d\ude00\n"`:         protocol.String("😀\n"),
		`"\ud83d"`:                 protocol.String("\ufffd"),
		`true`:                     protocol.String("true"),
		`[]`:                       protocol.List(),
		`[ 1 , [ ] , "x", false ]`: protocol.List(protocol.Int(1), protocol.List(), protocol.String("x"), protocol.String("false")),
		strings.Repeat("[", 500) + strings.Repeat("]", 500): nested(500),
	} {
		h := mustRead(t, `{"process":0,"type":"invoke","f":"add","value":`+text+`}`)
		if got := h.Event(0).Value; !got.Equal(want) {
			t.Errorf("%.40s is read as %v, not %v", text, got, want)
		}
	}
}

func nested(depth int) protocol.Value {
	v := protocol.List()
	for range depth - 1 {
		v = protocol.List(v)
	}
	return v
}

func TestReadGuessesTheInitialValue(t *testing.T) {
	const begin = `{"process":0,"type":"invoke","f":"read"}` + "\n"
	for name, test := range map[string]struct {
		end  string
		want protocol.Value
	}{
		"a read of nothing":         {`{"process":0,"type":"ok","f":"read","value":null}`, protocol.Value{}},
		"a read of 0":               {`{"process":0,"type":"ok","f":"read","value":0}`, protocol.Int(0)},
		"a read of something":       {`{"process":0,"type":"ok","f":"read","value":3}`, protocol.Int(0)},
		"a failed read":             {`{"process":0,"type":"fail","f":"read","value":null}`, protocol.Int(0)},
		"a read of unknown outcome": {`{"process":0,"type":"info","f":"read","value":null}`, protocol.Int(0)},
		"no end":                    {"", protocol.Int(0)},
	} {
		if got := mustRead(t, begin+test.end).Initial; !got.Equal(test.want) {
			t.Errorf("%s: initial %v", name, got)
		}
	}
}

// TestReadRefuses holds every message to its line and its words: they are what a user has.
func TestReadRefuses(t *testing.T) {
	const good = `{"index":0,"time":5,"process":0,"type":"invoke","f":"read","key":"x"}` + "\n"
	long := strings.Repeat("[", 1002)
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "no event in it (a history has one event a line)"},
		{"blank", "\n \n", "no event in it (a history has one event a line)"},
		{"not JSON", good + "read x\n", "line 2: column 1: not JSON: 'r' where there should be an object, {...}"},
		{"not JSON inside", good + `{"process":é}` + "\n", `line 2: column 12: not JSON: 'é' where there should be a value`},
		{"trailing comma", `{"process":0,}` + "\n", `line 1: column 14: not JSON: '}' where there should be a string`},
		{"no colon", `{"process" 0}` + "\n", `line 1: column 12: not JSON: '0' where there should be a colon`},
		{"bad word", `{"x":nul}` + "\n", `line 1: column 9: not JSON: '}' where there should be null`},
		{"bad escape", `{"x":"\q"}` + "\n", `line 1: column 8: not JSON: 'q' where there should be an escape`},
		{"bad unicode escape", `{"x":"\u12g4"}` + "\n", `line 1: column 11: not JSON: 'g' where there should be four hexadecimal digits`},
		{"control character", "{\"x\":\"\t\"}\n", `line 1: column 7: not JSON: the control character '\t' in a string`},
		{"leading zero", `{"x":01}` + "\n", `line 1: column 6: not JSON: a number that begins with 0`},
		{"two events", `{"process":0} {}` + "\n", "line 1: column 15: there is more after the event (one event a line)"},
		{"a list", `[{"process":0}]` + "\n", "line 1: column 1: a list where there should be an object, {...} (a history has one event a line: `jq -c '.[]'` makes lines of one JSON list)"},
		{"EDN", `{:process 0}` + "\n", "line 1: column 1: not JSON but, it seems, Clojure's EDN (write each operation as JSON)"},
		{"twice", `{"process":0,"process":1}` + "\n", "line 1: column 24: process stands twice"},
		{"too deep", `{"x":` + long, "line 1: column 1007: nested more than 1000 deep"},
		{"cut off", good + good[:40], "line 2: the file is cut off in the middle of an event (whoever wrote it did not finish; without its last line it can be read)"},
		{"cut off in a rune", good + `{"f":"` + "\xd0", "line 2: the file is cut off in the middle of an event (whoever wrote it did not finish; without its last line it can be read)"},
		{"line cut off", good[:40] + "\n" + good, "line 1: the line ends in the middle of an event"},
		{"not UTF-8", good + "{\"f\":\"\xff\"}\n", "line 2: byte 7, 0xff, is not UTF-8 (a history is text in UTF-8; is it compressed?)"},
		{"UTF-16", "\xff\xfe{\x00", "line 1: the text is UTF-16 (write it as UTF-8)"},
		{"a late byte order mark", good + "\ufeff" + good, "line 2: column 1: not JSON: '\\ufeff' where there should be an object, {...}"},

		{"no process", `{"type":"ok","f":"read"}`, `line 1: it has no process (an event has at least process, type and f: {"process":0,"type":"invoke","f":"read","value":null})`},
		{"null process", `{"process":null,"type":"ok","f":"read"}`, `line 1: it has no process (an event has at least process, type and f: {"process":0,"type":"invoke","f":"read","value":null})`},
		{"no type", `{"process":1,"f":"read"}`, `line 1: it has no type (an event has at least process, type and f: {"process":0,"type":"invoke","f":"read","value":null})`},
		{"no f", `{"process":1,"type":"invoke"}`, `line 1: it has no f (an event has at least process, type and f: {"process":0,"type":"invoke","f":"read","value":null})`},
		{"unknown type", `{"process":1,"type":"okay","f":"read"}`, `line 1: an event's type is invoke, ok, fail or info, not "okay"`},
		{"process in quotes", `{"process":"1","type":"ok","f":"read"}`, `line 1: process is "1" (a client's process is a number, written without quotes; else it is "nemesis")`},
		{"negative process", `{"process":-1,"type":"ok","f":"read"}`, `line 1: process is -1 (processes are numbered from 0; what is done to the system is process "nemesis")`},
		{"process is a list", `{"process":[],"type":"ok","f":"read"}`, `line 1: column 12: not JSON: '[' where there should be a whole number`},
		{"fraction of a process", `{"process":1.5,"type":"ok","f":"read"}`, `line 1: column 12: process is 1.5, which is not written as a whole number (there are no fractions in a history: scale them)`},
		{"time as float", `{"time":1e9,"process":1,"type":"ok","f":"read"}`, `line 1: column 9: time is 1e9, which is not written as a whole number (there are no fractions in a history: scale them)`},
		{"negative time", `{"time":-2,"process":1,"type":"ok","f":"read"}`, `line 1: time is -2 (time counts nanoseconds since the start of the run)`},
		{"float value", `{"process":1,"type":"invoke","f":"write","value":0.5}`, `line 1: column 50: value is 0.5, which is not written as a whole number (there are no fractions in a history: scale them)`},
		{"float in a list", `{"process":1,"type":"invoke","f":"write","value":[1,2.0]}`, `line 1: column 53: value is 2.0, which is not written as a whole number (there are no fractions in a history: scale them)`},
		{"large value", `{"process":1,"type":"invoke","f":"write","value":9223372036854775808}`, `line 1: column 50: value is 9223372036854775808, which does not fit into 64 bits (write it as a string)`},
		{"small value", `{"process":1,"type":"invoke","f":"write","value":-9223372036854775809}`, `line 1: column 50: value is -9223372036854775809, which does not fit into 64 bits (write it as a string)`},
		{"object value", `{"process":1,"type":"invoke","f":"write","value":{"a":1}}`, `line 1: column 50: value is an object (a client's value is null, a whole number, a string or a list of these)`},
		{"key is a number", `{"process":1,"type":"invoke","f":"write","key":3}`, `line 1: column 48: key is 3 (it is a string, in quotes: "3")`},
		{"error is a list", `{"process":1,"type":"invoke","f":"write","error":["a"]}`, `line 1: column 50: error is ["a"] (it is a string, in quotes: "[\"a\"]")`},
		{"same index", good + strings.Replace(good, "invoke", "ok", 1), "line 2: index is 0, and 0 stood before it (index counts the events from 0: are two histories in one file, or are the lines out of order?)"},

		{"time runs back", good + `{"time":4,"process":0,"type":"ok","f":"read","key":"x"}`, "line 2: its time, 4, is before that of the event before it, 5 (see line 1) (events stand in real-time order, an invocation where it was made, a completion where it arrived: sort them by time)"},
		{"two open, after a blank line", "\n" + good + "\n\n" + `{"process":0,"type":"invoke","f":"write","key":"x"}`, "line 5: process 0 invokes write while its read is open (see line 2) (a process does one thing at a time: give each concurrent client its own process number)"},
		{"no invoke", good + `{"process":1,"type":"ok","f":"read","key":"x"}`, "line 2: process 1 has no read open that could end in ok (every ok, fail and info ends an invoke of the same process that stands before it)"},
		{"no such phase", `{"process":"nemesis","type":"info","f":"phase","value":7}`, `line 1: there is no phase 7 (the phases are "chaos", "heal", "recover" and "final")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := history.Read(strings.NewReader(test.text))
			var lineError *history.LineError
			if !errors.As(err, &lineError) {
				t.Fatalf("error %v, history %+v", err, h)
			}
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

// TestEveryPrefixIsCutOff cuts a history everywhere but at the end of a line: it must say so, and never take a part for
// the whole.
func TestEveryPrefixIsCutOff(t *testing.T) {
	for n := 1; n < len(sample); n++ {
		_, err := history.Read(strings.NewReader(sample[:n]))
		whole := sample[n-1] == '\n' || sample[n] == '\n'
		var lineError *history.LineError
		switch {
		case whole && err != nil:
			t.Errorf("%d bytes: %v", n, err)
		case !whole && (!errors.As(err, &lineError) || !lineError.Cut || lineError.Line != 1+strings.Count(sample[:n], "\n")):
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestLineErrorsNameTheFile(t *testing.T) {
	e := history.LineError{Problem: history.Problem{What: "it is wrong", Hint: "mend it"}, File: "h.jsonl", Line: 3, Earlier: 1}
	if got := e.Error(); got != "h.jsonl:3: it is wrong (see line 1) (mend it)" {
		t.Error(got)
	}
	e = history.LineError{Problem: history.Problem{What: "no event in it"}, File: "h.jsonl"}
	if got := e.Error(); got != "h.jsonl: no event in it" {
		t.Error(got)
	}
}

func TestReadPassesOnErrors(t *testing.T) {
	broken := errors.New("the disk is broken")
	_, err := history.Read(io.MultiReader(strings.NewReader(sample), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "line 11: ") {
		t.Errorf("error %v", err)
	}
	long := io.MultiReader(strings.NewReader(`{"x":"`+strings.Repeat("x", 1<<17)), iotest.ErrReader(broken))
	if _, err := history.Read(long); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "line 1: ") {
		t.Errorf("error %v", err)
	}
}

// endless is one line without an end; it counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	e.read += len(b)
	return len(b), nil
}

func TestReadBoundsTheLine(t *testing.T) {
	tail := &endless{}
	_, err := history.Read(io.MultiReader(strings.NewReader(sample+`{"f":"`), tail))
	if err == nil || err.Error() != "line 11: the line is longer than 64 MiB (a history has one event a line: is this one?)" {
		t.Errorf("error %v", err)
	}
	if tail.read > history.MaxLine+1<<20 {
		t.Errorf("%d bytes were read of an endless line", tail.read)
	}
}

func TestReadTakesALongLine(t *testing.T) {
	const n = 200_000
	list := strings.Repeat("1234567,", n)
	h := mustRead(t, `{"process":0,"type":"invoke","f":"read"}`+"\n"+`{"process":0,"type":"ok","f":"read","value":[`+list+"1]}\n")
	if values, _ := h.Operations[0].Output.List(); len(values) != n+1 {
		t.Errorf("%d values", len(values))
	}
}
