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
		{"a drain", edn.Read, `{:process 3, :type :invoke, :f :drain, :value nil, :time 2}
{:process :nemesis, :type :info, :f :stop, :time 3} {:process 3, :type :ok, :f :drain, :value [7 8], :time 4}
{:process 3, :type :invoke, :f :drain, :time 5} {:process 3, :type :fail, :f :drain, :time 6}`,
			[]string{`"time":2,"process":3,"type":"invoke","f":"dequeue","value":null`, `"type":"ok","f":"dequeue","value":7`,
				`"process":3,"type":"invoke","f":"dequeue"`, `"process":3,"type":"ok","f":"dequeue","value":8`,
				`"process":3,"type":"invoke","f":"dequeue"`, `"process":3,"type":"fail","f":"dequeue","value":null,"error":"empty"`, `"process":"nemesis"`}},
		{"a drain while others are at work", edn.Read, `{:process 0, :type :invoke, :f :enqueue, :value 7, :time 1} {:process 3, :type :invoke, :f :drain, :value nil, :time 2}
{:process 0, :type :ok, :f :enqueue, :value 7, :time 3} {:process 3, :type :ok, :f :drain, :value [7], :time 4}`,
			[]string{`"process":0,"type":"invoke","f":"enqueue"`, `"time":2,"process":3,"type":"invoke","f":"dequeue","value":null`, `"time":2,"process":4,"type":"invoke","f":"dequeue"`,
				`"process":0,"type":"ok"`, `"time":4,"process":3,"type":"ok","f":"dequeue","value":7`, `"time":4,"process":4,"type":"fail","f":"dequeue","value":null,"error":"empty"`}},
		{"indices that tell the order of transactions", edn.Read, `{:index 3, :process 0, :type :ok, :f :txn, :value [[:r 1 [1]]]} {:index 1, :process 0, :type :ok, :f :txn, :value [[:append 1 1]]}`,
			[]string{`"type":"invoke","f":"txn","value":[["append",1,1]]`, `"type":"ok","f":"txn","value":[["append",1,1]]`, `"type":"invoke","f":"txn","value":[["r",1,null]]`, `"type":"ok"`}},
		{"keys that are vectors", edn.Read, `{:process 0, :type :invoke, :f :read, :key [0 1]} {:process 0, :type :ok, :f :read, :key [0 1], :value 3}`,
			[]string{`"key":"[0 1]"`, `"key":"[0 1]","value":3`}},
		{"indices that tell the order", edn.Read, `{:index 2, :process 0, :type :invoke, :f :write, :value 2} {:index 0, :process 0, :type :invoke, :f :write, :value 1}
{:index 1, :process 0, :type :ok, :f :write, :value 1} {:index 9, :process 0, :type :ok, :f :write, :value 2}`,
			[]string{`"f":"write","value":1`, `"type":"ok","f":"write","value":1`, `"type":"invoke","f":"write","value":2`, `"type":"ok","f":"write","value":2`}},
		{"no processes", edn.Read, `{:type :invoke, :f :read, :value nil} {:type :invoke, :f :write, :value 4} {:type :invoke, :f :write, :value 5}
{:type :ok, :f :write, :value 5} {:type :ok, :f :read, :value 5} {:type :info, :f :write, :value 4}`,
			[]string{`"process":0,"type":"invoke","f":"read"`, `"process":1,"type":"invoke"`, `"process":2,"type":"invoke"`, `"process":2,"type":"ok","f":"write"`, `"process":0,"type":"ok"`, `"process":1,"type":"info"`}},
		{"transactions without processes", edn.Read, `{:type :invoke, :value [[:r x] [:append x 1]]} {:type :invoke, :value [[:r x]]}
{:type :ok, :value [[:r x [1]]]} {:type :ok, :value [[:r x []] [:append x 1]]}`,
			[]string{`"process":0,"type":"invoke","f":"txn","value":[["r","x",null],["append","x",1]]`, `"process":1,"type":"invoke","f":"txn","value":[["r","x",null]]`,
				`"process":1,"type":"ok","f":"txn","value":[["r","x",[1]]]`, `"process":0,"type":"ok"`}},
		{"answers at the call", edn.Read, `{:process 0, :type :invoke, :f :read, :value 3} {:process 1, :type :invoke, :f :read, :value 4} {:process 0, :type :ok, :f :read, :value 3}
{:process 0, :type :invoke, :f :txn, :value [[:r 1 [2]] [:append 1 3]]} {:process 0, :type :ok, :f :txn, :value [[:r 1 [2]] [:append 1 3]]}`,
			[]string{`"type":"invoke","f":"read","value":null`, `"type":"invoke","f":"read","value":null`, `"type":"ok","f":"read","value":3`, `"value":[["r",1,null],["append",1,3]]`, `"value":[["r",1,[2]],["append",1,3]]`}},
		{"a key that the answer lacks", edn.Read, `{:process 0, :type :invoke, :f :add, :value [0 1]} {:process 0, :type :ok, :f :add, :value [0 1]} {:process 0, :type :invoke, :f :read, :value [0 nil]} {:process 0, :type :ok, :f :read, :value [1 2 3]}`,
			[]string{`"f":"add","value":[0,1]`, `"f":"add","value":[0,1]`, `"type":"invoke","f":"read","value":null`, `"f":"read","value":[1,2,3]`}},
		{"another answer than at the call", edn.Read, `{:process 0, :type :invoke, :f :read, :value 3} {:process 0, :type :ok, :f :read, :value 4}`,
			[]string{`"type":"invoke","f":"read","value":3`, `"type":"ok","f":"read","value":4`}},
		{"empty places", edn.Read, `{:process 0, :type :invoke, :f :add, :value [7 "7_0"]} {:process 0, :type :ok, :f :add, :value [7 "7_0"]} {:process 1, :type :invoke, :f :read, :value [7 nil]} {:process 1, :type :ok, :f :read, :value [7 ["7_0" nil]]}`,
			[]string{`"key":"7","value":"7_0"`, `"type":"ok","f":"add"`, `"key":"7","value":null`, `"key":"7","value":["7_0"]`}},
		{"history.txt", edn.ReadText, "0\t:invoke\t:txn\t[[:r 1 nil]]\n:nemesis\t:info\t:start\tnil\n0\t:info\t:txn\t[[:r 1 nil]]\t:timed-out\n",
			[]string{`"value":[["r",1,null]]`, `"f":"start"`, `"type":"info","f":"txn","value":[["r",1,null]],"error":"timed-out"`}},
		{"a process that is a string", edn.Read, `{:process "3" :type :invoke :f :read :value nil}`, []string{`"process":3`}},
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

// TestRemarks: what is put right, and could have been meant otherwise, is said once, where it stood first.
func TestRemarks(t *testing.T) {
	for _, test := range []struct {
		text, says string
		line       int
		want       []string // what stands in each line of it as JSON lines
	}{
		{"{:time 5, :process 0, :type :invoke, :f :read}\n{:time 4, :process 0, :type :ok, :f :read}\n{:time 3, :process 0, :type :invoke, :f :read}", "its time, 4, is 1ns before", 2,
			[]string{`"time":5`, `"time":5`, `"time":5`}},
		{"{:index 0, :time 9000000000, :process 0, :type :invoke, :f :read}\n{:index 1, :time 4, :process 0, :type :ok, :f :read}", "is 8.999999996s before", 2,
			[]string{`"time":9000000000`, `"time":9000000000`}},
		{"{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :info, :f :write, :value 1}\n{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value 1}", "from here on it is another process", 3,
			[]string{`"process":0,"type":"invoke"`, `"process":0,"type":"info"`, `"process":1,"type":"invoke"`, `"process":1,"type":"ok"`}},
		{"{:type :invoke, :f :read}\n{:type :ok, :f :read, :value 1}", "no operation has a process", 1, []string{`"process":0`, `"process":0`}},
		{"{:process 0, :type :invoke, :f :write, :value 1}\n{:process 1, :type :invoke, :f :read}\n{:process 1, :type :ok, :f :read, :value #{1}}", "is taken for elements of a set", 3,
			[]string{`"f":"write"`, `"f":"read"`, `"f":"read","value":[1]`}},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 1, :type :invoke, :f :enqueue, :value 1}\n{:process 0, :type :ok, :f :drain, :value [1]}", "dequeues that were all at once", 1,
			[]string{`"process":0,"type":"invoke","f":"dequeue"`, `"process":2,"type":"invoke","f":"dequeue"`, `"f":"enqueue"`, `"process":0,"type":"ok"`, `"process":2,"type":"fail"`}},
		{"{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :fail, :f :write, :value 1}\n{:process 0, :type :invoke, :f :cas, :value [0 1]}\n{:process 0, :type :fail, :f :cas, :value [0 1]}", "it is not taken for one that met another value", 4,
			[]string{`"type":"invoke"`, `"type":"fail","f":"write","value":1}`, `"type":"invoke"`, `"type":"fail","f":"cas","value":[0,1]}`}},
		{"{:index 1, :process 0, :type :invoke, :f :read}\n{:index 1, :process 1, :type :invoke, :f :read}\n{:index 0, :process 0, :type :ok, :f :read}", "index 1 stands twice", 2,
			[]string{`"process":0,"type":"invoke"`, `"process":1,"type":"invoke"`, `"process":0,"type":"ok"`}},
	} {
		h, err := edn.Read(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if len(h.Remarks) != 1 || h.Remarks[0].Line != test.line || !strings.Contains(h.Remarks[0].What, test.says) {
			t.Errorf("%q: remarks %v, want %q on line %d", test.text, h.Remarks, test.says, test.line)
		}
		for i, line := range strings.Split(strings.TrimSpace(jsonl(t, h)), "\n") {
			if !strings.Contains(line, test.want[i]) {
				t.Errorf("%q: event %d is %s, want %s", test.text, i, line, test.want[i])
			}
		}
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
		{"{:process 0, :type :invoke, :f :write, :value \\x}", "no value: \\x", 1},
		{"{:process 0, :type :invoke, :f :write, :value {:from 1}}", "is a map", 1},
		{"{:process 0, :type :invoke, :f :transfer, :value {:from 1}}", "a transfer has from, to and amount", 1},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value {0 1, :0 2}}", "account 0 stands twice", 2},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value {0 {1 2}}}", "is a map", 2},
		{"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value {[0] 1}}", "no name of an account", 2},
		{"{:index 5 :process 0, :type :invoke, :f :read}\n{:index 4 :process 0, :type :ok, :f :read}", "has no read open", 2},
		{"{:time 2000000000 :process 0, :type :invoke, :f :read}\n{:time 4 :process 0, :type :ok, :f :read}", "its time, 4, is 1.999999996s before", 2},
		{"{:type :invoke, :f :read}\n{:type :invoke, :f :read}\n{:type :ok, :f :read, :value 3}", "2 operations are open that it could end", 3},
		{"{:type :invoke, :f :read}\n{:type :ok, :f :write, :value 3}", "0 operations are open that it could end", 2},
		{"{:process 0, :type :invoke, :f :read, :value nil}\n{:type :ok, :f :read, :value 3}", "it has no process", 2},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 0, :type :info, :f :drain}", "how many elements this drain took", 1},
		{"{:process 0, :type :invoke, :f :drain}", "how many elements this drain took", 1},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 0, :type :ok, :f :drain, :value 3}", "a vector of the elements", 2},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 0, :type :invoke, :f :dequeue}", "invokes dequeue while its drain is open", 2},
		{"{:process 0, :type :ok, :f :drain, :value [1]}\n{:process 1, :type :invoke, :f :dequeue}", "has no drain open", 1},
		{"{:process 0, :type :invoke, :f :drain}\n{:process 0, :type :fail, :f :drain, :value [1]}", "fails and took none", 2},
		{"{:process 0, :type :invoke, :f :write, :value 1}\n{:process :reader, :type :invoke, :f :read}", "no process: reader", 2},
		{"{:index 2, :process 0, :type :invoke, :f :read}\n{:index 1, :process 1, :type :invoke, :f :read}\n{:process :nemesis, :type :info, :f :start}", "index 1 stands behind a higher one", 2},
		{"{:time 60000000 :process 0, :type :invoke, :f :read}\n{:time 4 :process 0, :type :ok, :f :read}", "its time, 4, is 59.999996ms before", 2},
		{"{:process 0, :type :invoke, :f :write, :value 1}\n{:process 1, :type :invoke, :f :read}\n{:process 1, :type :ok, :f :read, :value {0 1}}", "a client's value is a map", 3},
		{"{:process 0, :type :invoke, :f :write, :value \"\xa8\"}", "not UTF-8", 1},
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
