package edn_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/history/edn"
)

// jsonl is a history as sunder writes it.
func jsonl(t *testing.T, h *history.History) string {
	t.Helper()
	var b bytes.Buffer
	if err := history.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name string
		read func(io.Reader) (*history.History, error)
		text string
		want []string // what stands in each line of it as JSON lines
	}{
		{"a map a line", edn.Read, `{:index 0, :time 10, :process 1, :type :invoke, :f :txn, :value [[:r 3 nil] [:append :x 1]]}
{:index 4, :time 25, :process 1, :type :ok, :f :txn, :value [[:r 3 [1 2]] [:append :x 1]], :node "n1"}`,
			[]string{`"time":10,"process":1,"type":"invoke","f":"txn","value":[["r",3,null],["append","x",1]]`, `"time":25,"process":1,"type":"ok","f":"txn","value":[["r",3,[1,2]],["append","x",1]]`}},
		{"one vector of tagged records, comments", edn.Read, `; a comment
[#jepsen.history.Op{:process 0 :type :invoke :f :read :value nil} #_ {:dropped 1}
 #jepsen.history.Op {:process :nemesis :type :info :f :start :value {:n1 "x"}}
 {:process 0 :type :fail :f :read :value nil :error [:timeout "a\"b"]}]`,
			[]string{`"f":"read","value":null`, `"process":"nemesis","type":"info","f":"start","value":"[n1 x]"`, `"type":"fail","f":"read","value":null,"error":"[timeout a\"b]"`}},
		{"keyed registers", edn.Read, `{:process 0, :type :invoke, :f :read, :value [7 nil]}
{:process 1, :type :invoke, :f :cas, :value [7 [1 2]]}
{:process 0, :type :ok, :f :read, :value [7 5]}
{:process 1, :type :fail, :f :cas, :value [7 [1 2]]}`,
			[]string{`"key":"7","value":null`, `"f":"cas","key":"7","value":[1,2]`, `"key":"7","value":5`, `"value":[1,2],"error":"refused"`}},
		{"pairs that are no keys", edn.Read, `{:process 0, :type :invoke, :f :cas, :value [1 2]}
{:process 0, :type :info, :f :cas, :value [1 2], :error :timeout}`,
			[]string{`"f":"cas","value":[1,2]`, `"value":[1,2],"error":"timeout"`}},
		{"without invocations", edn.Read, `{:type :ok, :value [[:append 1 1]], :process 0} {:type :ok, :value [[:r 1 [1]]], :process 1} {:type :ok :value [[:r 1 nil]] :process 0}`,
			[]string{`"process":0,"type":"invoke","f":"txn","value":[["append",1,1]]`, `"process":1,"type":"invoke","f":"txn","value":[["r",1,null]]`,
				`"process":0,"type":"ok"`, `"process":0,"type":"invoke","f":"txn","value":[["r",1,null]]`, `"process":1,"type":"ok"`, `"process":0,"type":"ok"`}},
		{"transactions by another name", edn.Read, `{:process 0, :type :invoke, :f :write, :value [[:w 0 1]]} {:process 1, :type :invoke, :f :read, :value [[:r 0 nil] [:r 1 nil]]}
{:process 0, :type :ok, :f :write, :value [[:w 0 1]]} {:process 1, :type :fail, :f :read, :value nil}`,
			[]string{`"f":"txn","value":[["w",0,1]]`, `"f":"txn","value":[["r",0,null],["r",1,null]]`, `"type":"ok","f":"txn"`, `"type":"fail","f":"txn"`}},
		{"a drain", edn.Read, `{:process 0, :type :invoke, :f :enqueue, :value 7, :time 1} {:process 3, :type :invoke, :f :drain, :value nil, :time 2}
{:process 0, :type :ok, :f :enqueue, :value 7, :time 3} {:process 3, :type :ok, :f :drain, :value [7 8], :time 4}
{:process 3, :type :invoke, :f :drain, :time 5} {:process 3, :type :fail, :f :drain, :time 6}`,
			[]string{`"process":0,"type":"invoke","f":"enqueue"`, `"time":2,"process":4,"type":"invoke","f":"dequeue","value":null`, `"time":2,"process":5,"type":"invoke","f":"dequeue"`,
				`"process":0,"type":"ok"`, `"time":4,"process":4,"type":"ok","f":"dequeue","value":7`, `"time":4,"process":5,"type":"ok","f":"dequeue","value":8`}},
		{"history.txt", edn.ReadText, "0\t:invoke\t:txn\t[[:r 1 nil]]\n:nemesis\t:info\t:start\tnil\n0\t:info\t:txn\t[[:r 1 nil]]\t:timed-out\n",
			[]string{`"value":[["r",1,null]]`, `"f":"start"`, `"type":"info","f":"txn","value":[["r",1,null]],"error":"timed-out"`}},
		{"a set", edn.Read, `{:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value #{1 2}}`, []string{`null`, `"value":[1,2]`}},
		{"JSON in a list", edn.ReadJSON, "[{\"index\":0,\"type\":\"invoke\",\"f\":\"txn\",\"value\":[[\"append\",255,8]],\"process\":0},\n {\"index\":1,\"type\":\"ok\",\"value\":[[\"append\",255,8]],\"process\":0}]",
			[]string{`"f":"txn","value":[["append",255,8]]`, `"type":"ok","f":"txn","value":[["append",255,8]]`}},
		{"a store of strings", edn.Read, `{:process 0, :type :invoke, :f :get, :key "4", :value nil} {:process 0, :type :ok, :f :get, :key "4", :value "x 0"}`,
			[]string{`"f":"read","key":"4","value":null`, `"f":"read","key":"4","value":"x 0"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := test.read(strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(jsonl(t, h)), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("%d events:\n%s", len(lines), strings.Join(lines, "\n"))
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("event %d is %s, want %s", i, lines[i], want)
				}
			}
		})
	}
}

func TestErrorsHaveTheirLine(t *testing.T) {
	for _, test := range []struct {
		text, says string
		line       int
	}{
		{"{:process 0, :type :invoke, :f :read, :value nil}\n{:process 0, :type :ok, :f :read", "in the middle of a form", 2},
		{"{:process 0, :type :begin, :f :read}", "an event's type is invoke, ok, fail or info", 1},
		{"\n\n{:process -1, :type :invoke, :f :read}", "no process", 3},
		{"{:process 0, :type :invoke}", "no :f", 1},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :invoke, :f :read}", "while its read is open", 2},
		{"{:process 0, :type :invoke, :f :write, :value 1.5}", "1.5 is no whole number of 64 bits (there are no fractions in a history", 1},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read,\n :value [1\n -1/2]}", "-1/2 is no whole number of 64 bits", 4},
		{"{:process 0, :type :invoke, :f :write, :value x/y}", "no value: x/y", 1},
		{"{:process 0, :type :invoke, :f :write, :value {:from 1}}", "is a map", 1},
		{"{:process 0, :type :invoke, :f :transfer, :value {:from 1}}", "a transfer has from, to and amount", 1},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value {0 1, :0 2}}", "account 0 stands twice", 2},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value {0 {1 2}}}", "is a map", 2},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value {[0] 1}}", "no name of an account", 2},
		{"{:index 5 :process 0, :type :invoke, :f :read}\n{:index 4 :process 0, :type :ok, :f :read}", "index is 4, and 5 stood before it", 2},
		{"{:time 5 :process 0, :type :invoke, :f :read}\n{:time 4 :process 0, :type :ok, :f :read}", "its time, 4, is before", 2},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 0, :type :info, :f :drain}", "how many elements this drain took", 1},
		{"{:process 0, :type :invoke, :f :drain}", "how many elements this drain took", 1},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 0, :type :ok, :f :drain, :value 3}", "a vector of the elements", 2},
		{"{:process 0 :type}", "a key without a value", 1},
		{"", "no operation in it", 0},
		{"]", "closes nothing", 1},
		{"7", "no map", 1},
	} {
		_, err := edn.Read(strings.NewReader(test.text))
		var e *history.LineError
		if !errors.As(err, &e) || e.Line != test.line || !strings.Contains(e.Error(), test.says) {
			t.Errorf("%q: %v, want %q on line %d", test.text, err, test.says, test.line)
		}
	}
}

// fuzz holds a reader to three promises: it does not panic, an error is a *LineError with a text, and what it reads can be
// written and read again.
func fuzz(f *testing.F, read func(io.Reader) (*history.History, error), seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := read(bytes.NewReader(text))
		if err != nil {
			var e *history.LineError
			if !errors.As(err, &e) || e.What == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		written := jsonl(t, h)
		again, err := history.Read(strings.NewReader(written))
		if err != nil || jsonl(t, again) != written {
			t.Fatalf("%v\n%s", err, written)
		}
	})
}

func FuzzRead(f *testing.F) {
	fuzz(f, edn.Read, `[#jepsen.history.Op{:process 0 :type :invoke :f :read :value [1 nil] :time 3} {:process 0 :type :ok :f :read :value [1 #{"x" \a 1/2}]}]`,
		`{:process 0 :type :invoke :f :transfer :value {:from 0 :to :a :amount 5}} {:process 1 :type :invoke :f :read} {:process 1 :type :ok :f :read :value {0 5, "a" nil}}`,
		`{:type :ok, :value [[:append 1 1] [:r :x nil]]}`, `{:process :nemesis :type :info :f :phase :value {1 2}}`)
}

func FuzzReadText(f *testing.F) {
	fuzz(f, edn.ReadText, "0\t:invoke\t:txn\t[[:r 1 nil]]\n0\t:ok\t:txn\t[[:r 1 [2]]]\n", ":nemesis\t:info\t:start\tnil\t\"x\"\n")
}

func FuzzReadJSON(f *testing.F) {
	fuzz(f, edn.ReadJSON, `[{"type":"invoke","f":"txn","value":[["append",255,8]],"process":0}, {"type":"ok","f":"txn","value":[["append",255,8]],"process":0}]`)
}
