package jepsen_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sunder/harness/history"
	"sunder/harness/history/jepsen"
	"sunder/harness/protocol"
)

const sample = `2015-03-01 10:00:00 INFO  jepsen.core - Running test
INFO  jepsen.core - Worker 0 starting
INFO  jepsen.util - 0	:invoke	:write	4
WARN  jepsen.core - Process 1 indeterminate
java.net.SocketTimeoutException: Read timed out
	at java.net.SocketInputStream.socketRead0(Native Method)

INFO  jepsen.util - 1   :invoke :cas    [4 -1]
INFO  jepsen.util - :nemesis	:info	:start	nil
INFO  jepsen.util - 0   :ok     :write  4
INFO  jepsen.util - :nemesis	:info	:start	"Cut off {:n1 #{:n2}}"
INFO  jepsen.util - 1	:fail	:cas	[4 -1]
2024-01-01 10:00:00,123{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:invoke	:cas	[7 8]
0	:fail	:cas	[7 8]	:not-found
2	:invoke	:read	nil
2	:fail	:read	:timed-out
3	:invoke	:read	nil
3	:ok	:read	nil
4	:invoke	:write	9
4	:info	:write	9	[:timeout "no answer"]
5	:invoke	:cas	[9 9]
5	:info	:cas	:timed-out
6	:invoke	:read	nil
`

func TestReadALog(t *testing.T) {
	h, err := jepsen.Read(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	op := func(process int, f string, outcome protocol.Outcome, input, output protocol.Value, note string, call, end int) history.Operation {
		o := history.Operation{Process: process, F: f, Input: input, Output: output, Outcome: outcome, Call: call, Return: end}
		o.Note(history.Notes{Error: note})
		if outcome == protocol.Info && note == "" {
			o.ReturnTime = -1
		}
		return o
	}
	null, four := protocol.Value{}, protocol.Int(4)
	pair := protocol.Ints
	want := []history.Operation{
		op(0, "write", protocol.OK, four, four, "", 0, 3),
		op(1, "cas", protocol.Fail, pair(4, -1), pair(4, -1), protocol.Refused, 1, 5),
		op(0, "cas", protocol.Fail, pair(7, 8), pair(7, 8), "not-found", 6, 7),
		op(2, "read", protocol.Fail, null, null, "timed-out", 8, 9),
		op(3, "read", protocol.OK, null, null, "", 10, 11),
		op(4, "write", protocol.Info, protocol.Int(9), protocol.Int(9), `[:timeout "no answer"]`, 12, history.Pending),
		op(5, "cas", protocol.Info, pair(9, 9), pair(9, 9), "timed-out", 14, history.Pending),
		op(6, "read", protocol.Info, null, null, "", 16, history.Pending),
	}
	if diff := cmp.Diff(want, h.Operations, cmpopts.IgnoreUnexported(history.Operation{})); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if !h.Initial.IsNull() {
		t.Errorf("initial %v", h.Initial)
	}
	start := h.Event(4)
	if start.Process != history.Nemesis || start.F != "start" || string(start.Detail) != `"\"Cut off {:n1 #{:n2}}\""` || h.Event(2).Detail != nil {
		t.Errorf("the nemesis: %+v, %+v", h.Event(2), start)
	}
}

// TestWhatIsReadIsWrittenAsJSONLines takes a log to sunder's own form and back.
func TestWhatIsReadIsWrittenAsJSONLines(t *testing.T) {
	h, err := jepsen.Read(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := history.Write(&text, h); err != nil {
		t.Fatal(err)
	}
	again, err := history.Read(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(h, again, cmpopts.IgnoreFields(history.History{}, "Lines"), cmpopts.IgnoreUnexported(history.History{}, history.Operation{})); diff != "" {
		t.Errorf("(-read +again):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	const begin = "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\n"
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "no operation in it"},
		{"no operation", "INFO  jepsen.core - nothing to do\n0 to 9\n", "no operation in it"},
		{"only a nemesis", "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n", "no operation in it"},
		{"another text", begin + "hello\n", `line 2: neither an operation nor other output of a log: "hello"`},
		{"JSON", `{"process":0}`, "line 1: neither an operation nor other output of a log"},
		{"other talk of the logger", "INFO  jepsen.util - retrying at once now\n", "line 1: an operation's type is :invoke, :ok, :fail or :info, not at"},
		{"no such process", "INFO  jepsen.util - n1\t:invoke\t:read\tnil\n", "line 1: a process is a number or :nemesis, not n1"},
		{"a process too large", "INFO  jepsen.util - 99999999999999999999\t:invoke\t:read\tnil\n", "line 1: a process is a number or :nemesis, not 99999999999999999999"},
		{"no such type", "INFO  jepsen.util - 0\t:okay\t:read\tnil\n", "line 1: an operation's type is :invoke, :ok, :fail or :info, not :okay"},
		{"a function without colon", begin + "INFO  jepsen.util - 0\t:ok\tcas\t[1 2]\n", "line 2: a function is written :read, not cas"},
		{"a function of no register", "INFO  jepsen.util - 0\t:invoke\t:enqueue\t1\n", "line 1: no operation of a register is named enqueue"},
		{"no value", "INFO  jepsen.util - 0\t:invoke\t:read\n" + begin, `line 1: an operation needs a process, a type, a function and a value: "0\t:invoke\t:read"`},
		{"cut off", begin + "INFO  jepsen.util - 0\t:ok\t:c", "line 2: the file is cut off in the middle of an event"},
		{"cut off in a vector", begin + "INFO  jepsen.util - 0\t:ok\t:cas\t[1", "line 2: the file is cut off in the middle of an event"},
		{"an open vector", "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2\n" + begin, "line 1: the value of a cas is written [OLD NEW], not [1 2"},
		{"a write of nothing", "INFO  jepsen.util - 0\t:invoke\t:write\tnil\n", "line 1: the value of a write is made of integers of 64 bits, not nil"},
		{"a write of a fraction", "INFO  jepsen.util - 0\t:invoke\t:write\t1.5\n", "line 1: the value of a write is made of integers of 64 bits, not 1.5"},
		{"a write of much", "INFO  jepsen.util - 0\t:invoke\t:write\t9223372036854775808\n", "line 1: the value of a write is made of integers of 64 bits, not 9223372036854775808"},
		{"a read of something", "INFO  jepsen.util - 0\t:invoke\t:read\t1\n", "line 1: a read begins with nil, not with 1"},
		{"a cas of one", "INFO  jepsen.util - 0\t:invoke\t:cas\t1\n", "line 1: the value of a cas is written [OLD NEW], not 1"},
		{"a cas of three", "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2 3]\n", "line 1: the value of a cas is written [OLD NEW], not [1 2 3]"},
		{"a cas of nil", "INFO  jepsen.util - 0\t:invoke\t:cas\t[nil 2]\n", "line 1: the value of a cas is made of integers of 64 bits, not [nil 2]"},
		{"ok with an error", begin + "INFO  jepsen.util - 0\t:ok\t:cas\t[1 2]\t:timed-out\n", "line 2: :ok has an error: :timed-out"},
		{"ok by timeout", begin + "INFO  jepsen.util - 0\t:ok\t:cas\t:timed-out\n", "line 2: :ok has an error: :timed-out"},
		{"a nemesis that begins", "INFO  jepsen.util - :nemesis\t:invoke\t:start\tnil\n", "line 1: an event of the nemesis is of type invoke"},
		{"an end without a beginning", begin + "\nINFO  jepsen.util - 1\t:ok\t:read\tnil\n", "line 3: process 1 has no read open that could end in ok"},
		{"on after info", begin + "0\t:info\t:cas\t:timed-out\n" + begin, "line 3: process 0 goes on after an operation of it ended in info (see line 2)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := jepsen.Read(strings.NewReader(test.text))
			var lineError *history.LineError
			if !errors.As(err, &lineError) {
				t.Fatalf("error %v, history %+v", err, h)
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

// FuzzRead: whatever the text, the reader ends, in a history with operations or in a *history.LineError.
func FuzzRead(f *testing.F) {
	for line := range strings.Lines(sample) {
		f.Add(line)
	}
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := jepsen.Read(strings.NewReader(text))
		var lineError *history.LineError
		switch {
		case err == nil && len(h.Operations) == 0:
			t.Fatal("a history without operations")
		case err != nil && (!errors.As(err, &lineError) || lineError.What == ""):
			t.Fatalf("error %#v", err)
		}
	})
}

// TestWhatFailsLikeEverythingElse: where reads and writes fail without an error, a cas that does was not refused.
func TestWhatFailsLikeEverythingElse(t *testing.T) {
	const refused = "0\t:invoke\t:cas\t[1 2]\n0\t:fail\t:cas\t[1 2]\n"
	for text, want := range map[string]int{
		refused: 0,
		refused + "1\t:invoke\t:read\tnil\n1\t:fail\t:read\t:timed-out\n": 0,
		refused + "1\t:invoke\t:write\t3\n1\t:fail\t:write\t3\n":          1,
	} {
		h, err := jepsen.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Operations[0].Refused(); got != (want == 0) || len(h.Remarks) != want || want == 1 && h.Remarks[0].Line != 2 {
			t.Errorf("%q: refused: %v, remarks %v", text, got, h.Remarks)
		}
	}
}
