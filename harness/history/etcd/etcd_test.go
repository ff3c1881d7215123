package etcd_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/history/etcd"
	"sunder/harness/protocol"
)

// operation writes one as etcd's tests do.
func operation(client, call, back int, input, output string) string {
	return `{"ClientID": ` + strconv.Itoa(client) + `, "Input": ` + input + `,
 "Call": ` + strconv.Itoa(call) + `, "Output": ` + output + `, "Return": ` + strconv.Itoa(back) + "}\n"
}

const (
	put     = `{"Type":"txn","Txn":{"Conditions":null,"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"a","Value":{"Value":"1"}}}],"OperationsOnFailure":null}}`
	get     = `{"Type":"range","Range":{"Start":"a","End":"","Limit":0,"Revision":0}}`
	cas     = `{"Type":"txn","Txn":{"Conditions":[{"Key":"a","ExpectedRevision":2}],"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"a","Value":{"Hash":255}}}],"OperationsOnFailure":[{"Type":"range-operation","Range":{"Start":"a"}}]}}`
	create  = `{"Type":"txn","Txn":{"Conditions":[{"Key":"a"}],"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"a","Value":{"Value":"9"}}}]}}`
	remove  = `{"Type":"txn","Txn":{"OperationsOnSuccess":[{"Type":"delete-operation","Delete":{"Key":"a"}}]}}`
	wrote   = `{"Txn":{"Failure":false,"Results":[{"KVs":null,"Count":0,"Deleted":0}]},"Revision":2}`
	later   = `{"Txn":{"Failure":false,"Results":[{}]},"Revision":3}`
	refused = `{"Txn":{"Failure":true,"Results":[{"KVs":[{"Key":"a","Value":{"Value":"1"},"ModRevision":3}],"Count":1}]},"Revision":3}`
	found   = `{"Range":{"KVs":[{"Key":"a","Value":{"Value":"1"},"ModRevision":2}],"Count":1},"Revision":2}`
	nothing = `{"Range":{"KVs":[],"Count":0},"Revision":2}`
	lost    = `{"Error":"context deadline exceeded"}`

	// on several keys
	all       = `{"Type":"range","Range":{"Start":"a","End":"c","Limit":0,"Revision":0}}`
	allFound  = `{"Range":{"KVs":[{"Key":"b","Value":{"Value":"2"},"ModRevision":3}],"Count":1},"Revision":3}`
	both      = `{"Type":"txn","Txn":{"Conditions":[{"Key":"a","ExpectedRevision":2},{"Key":"b","ExpectedRevision":7}],"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"a","Value":{"Value":"3"}}},{"Type":"range-operation","Range":{"Start":"b"}}]}}`
	bothFound = `{"Txn":{"Failure":false,"Results":[{},{"KVs":[{"Key":"b","Value":{"Value":"2"}}],"Count":1}]},"Revision":4}`
	either    = `{"Type":"txn","Txn":{"Conditions":[{"Key":"a","ExpectedRevision":2}],"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"a","Value":{"Value":"5"}}},{"Type":"delete-operation","Delete":{"Key":"b"}}],"OperationsOnFailure":[{"Type":"put-operation","Put":{"Key":"b","Value":{"Value":"6"}}}]}}`
	failed    = `{"Txn":{"Failure":true,"Results":[{}]},"Revision":5}`
	pair      = `{"Type":"txn","Txn":{"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"a","Value":{"Value":"5"}}},{"Type":"delete-operation","Delete":{"Key":"b"}}]}}`
)

func text(h *history.History) string {
	var b strings.Builder
	for i := range h.Operations {
		op := &h.Operations[i]
		b.WriteString(strings.Join([]string{op.Outcome.String(), strconv.Itoa(op.Process), op.F, op.Key, op.Input.String(), op.Output.String()}, " ") + "\n")
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a put and a get", operation(0, 10, 20, put, wrote) + operation(1, 15, 30, get, found), "ok 0 write a \"1\" \"1\"\nok 1 read a null \"1\"\n"},
		{"nothing there", operation(0, 10, 20, get, nothing), "ok 0 read a null null\n"},
		{"in the order of calls", operation(0, 10, 20, get, nothing) + operation(1, 5, 7, put, wrote), "ok 1 write a \"1\" \"1\"\nok 0 read a null null\n"},
		{"a lost put, and its client goes on", operation(0, 10, 20, put, lost) + operation(0, 30, 40, get, found), "info 0 write a \"1\" \"1\"\nok 1 read a null \"1\"\n"},
		{"a lost get", operation(0, 10, 20, put, wrote) + operation(0, 30, 40, get, lost), "ok 0 write a \"1\" \"1\"\n"},
		{"a cas from a known revision", operation(0, 10, 20, put, wrote) + operation(0, 30, 40, cas, later), "ok 0 write a \"1\" \"1\"\nok 0 cas a [\"1\",\"fnv32a:000000ff\"] [\"1\",\"fnv32a:000000ff\"]\n"},
		{"a cas from an unknown revision", operation(0, 30, 40, cas, later), "ok 0 write a \"fnv32a:000000ff\" \"fnv32a:000000ff\"\n"},
		{"a cas that found another revision", operation(0, 30, 40, cas, refused), "ok 0 read a null \"1\"\n"},
		{"a revision of two values", operation(0, 10, 20, put, wrote) + operation(1, 10, 20, create, wrote) + operation(0, 30, 40, cas, later), "ok 0 write a \"1\" \"1\"\nok 1 cas a [null,\"9\"] [null,\"9\"]\nok 0 write a \"fnv32a:000000ff\" \"fnv32a:000000ff\"\n"},
		{"a lost cas", operation(0, 10, 20, put, wrote) + operation(1, 30, 40, cas, lost), "ok 0 write a \"1\" \"1\"\ninfo 1 cas a [\"1\",\"fnv32a:000000ff\"] [\"1\",\"fnv32a:000000ff\"]\n"},
		{"a create", operation(0, 10, 20, create, wrote), "ok 0 cas a [null,\"9\"] [null,\"9\"]\n"},
		{"a delete", operation(0, 10, 20, remove, wrote), "ok 0 write a null null\n"},
		{"what changes no value", operation(0, 10, 20, `{"Type":"defragment"}`, `{}`) + operation(0, 30, 40, `{"Type":"compact","Compact":{"Revision":1}}`, `{}`) +
			operation(0, 50, 60, strings.Replace(get, `"Revision":0`, `"Revision":1`, 1), found) + operation(0, 70, 80, put, wrote), "ok 0 write a \"1\" \"1\"\n"},
	} {
		h, err := etcd.Read(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got := text(h); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestSeveralKeys reads requests on several keys, and with them all others, as transactions on one object.
func TestSeveralKeys(t *testing.T) {
	first := operation(0, 10, 20, put, wrote)
	const wroteOne = `ok 0 txn  [["w","a","1"]] [["w","a","1"]]` + "\n"
	for _, test := range []struct{ name, text, want string }{
		{"a range", first + operation(1, 30, 40, all, allFound), wroteOne + `ok 1 txn  [["r","a",null],["r","b",null]] [["r","a",null],["r","b","2"]]` + "\n"},
		{"a range without an end", first + operation(1, 30, 40, strings.Replace(all, `"c"`, `"\u0000"`, 1), allFound), wroteOne + `ok 1 txn  [["r","a",null],["r","b",null]] [["r","a",null],["r","b","2"]]` + "\n"},
		{"a range that was cut short", first + operation(1, 30, 40, strings.Replace(all, `"Limit":0`, `"Limit":1`, 1), strings.Replace(allFound, `"b"`, `"a"`, 1)) + operation(1, 50, 60, all, allFound),
			wroteOne + `ok 1 txn  [["r","a",null]] [["r","a","2"]]` + "\n" + `ok 1 txn  [["r","a",null],["r","b",null]] [["r","a",null],["r","b","2"]]` + "\n"},
		{"a range of keys only", first + operation(1, 30, 40, strings.Replace(all, `"Limit":0`, `"KeysOnly":true`, 1), allFound), wroteOne + `ok 1 txn  [["r","a",null]] [["r","a",null]]` + "\n"},
		{"two conditions, of which one is known", first + operation(1, 30, 40, both, bothFound),
			wroteOne + `ok 1 txn  [["r","a",null],["w","a","3"],["r","b",null]] [["r","a","1"],["w","a","3"],["r","b","2"]]` + "\n"},
		{"the other branch", first + operation(1, 30, 40, either, failed), wroteOne + `ok 1 txn  [["w","b","6"]] [["w","b","6"]]` + "\n"},
		{"a condition on what the other branch wrote", first + operation(1, 30, 40, either, failed) + operation(1, 50, 60, strings.ReplaceAll(both, `"ExpectedRevision":7`, `"ExpectedRevision":5`), bothFound),
			wroteOne + `ok 1 txn  [["w","b","6"]] [["w","b","6"]]` + "\n" + `ok 1 txn  [["r","a",null],["r","b",null],["w","a","3"],["r","b",null]] [["r","a","1"],["r","b","6"],["w","a","3"],["r","b","2"]]` + "\n"},
		{"of unknown outcome", operation(0, 10, 20, pair, lost), `info 0 txn  [["w","a","5"],["w","b",null]] [["w","a","5"],["w","b",null]]` + "\n"},
		{"of unknown outcome, with reads", first + operation(1, 30, 40, both, lost), wroteOne + `info 1 txn  [["w","a","3"]] [["w","a","3"]]` + "\n"},
		{"of unknown outcome, read only", first + operation(1, 30, 40, all, lost) + operation(1, 50, 60, all, allFound), wroteOne + `ok 1 txn  [["r","a",null],["r","b",null]] [["r","a",null],["r","b","2"]]` + "\n"},
	} {
		h, err := etcd.Read(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got := text(h); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestWhatTouchesIsConcurrent checks that an operation which is called when another returns is not behind it.
func TestWhatTouchesIsConcurrent(t *testing.T) {
	h, err := etcd.Read(strings.NewReader(operation(0, 10, 20, put, wrote) + operation(1, 20, 30, get, nothing)))
	if err != nil || h.Operations[0].Precedes(&h.Operations[1]) {
		t.Errorf("%v, %v", h, err)
	}
	if !h.Initial.Equal(protocol.Value{}) || h.Untimed {
		t.Errorf("it begins with %v, untimed %v", h.Initial, h.Untimed)
	}
}

func TestErrors(t *testing.T) {
	first := operation(0, 10, 20, put, wrote)
	for _, test := range []struct{ text, want string }{
		{"", "no operation in it"},
		{"{\"ClientID\": 1}", "line 1: an operation without Input"},
		{first + "\n{\"ClientID\": }", "line 4: no operation: invalid character"},
		{first + operation(1, 30, 40, strings.Replace(get, `"End":""`, `"End":"b"`, 1), strings.Replace(found, `"Key":"a"`, `"Key":"c"`, 1)), "line 3: a range from \"a\" to \"b\" found \"c\""},
		{first + operation(1, 30, 40, strings.Replace(both, `"Start":"b"`, `"Start":"a","End":"c","Limit":1`, 1), strings.Replace(bothFound, `"Key":"b"`, `"Key":"a"},{"Key":"b"`, 1)), "line 3: a range from \"a\" to \"c\" found \"b\""},
		{first + operation(1, 30, 40, both, wrote), "line 3: a transaction that did 2 operations, with 1 results"},
		{first + operation(1, 30, 40, either, lost), "line 3: it is not known which branch of a transaction was done, and either writes"},
		{first + operation(1, 30, 40, strings.Replace(put, `"Value":{`, `"LeaseID":7,"Value":{`, 1), wrote), "line 3: a put under \"a\" has lease 7"},
		{operation(1, 40, 30, put, wrote), "line 1: it returned at 30, before it was called at 40"},
		{operation(1, 30, 40, `{"Type":"watch"}`, `{}`), "line 1: there is no request \"watch\""},
		{operation(1, 30, 40, `{"Type":"defragment"}`, `{}`), "no operation in it that is on a key"},
		{operation(1, 30, 40, get, strings.Replace(found, `"Key":"a"`, `"Key":"b"`, 1)), "line 1: a range over \"a\" found other keys"},
		{operation(1, 30, 40, `{"Type":"txn"}`, `{}`), "line 1: a txn without a Txn"},
	} {
		_, err := etcd.Read(strings.NewReader(test.text))
		var lineError *history.LineError
		if !errors.As(err, &lineError) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v\nwant %s", test.text, err, test.want)
		}
	}
}

// FuzzRead holds the reader to two promises: it does not panic, and an error is a *LineError with a text.
func FuzzRead(f *testing.F) {
	f.Add(operation(0, 10, 20, put, wrote) + operation(1, 15, 30, get, found))
	f.Add(operation(0, 10, 20, pair, lost) + operation(1, 30, 40, both, bothFound) + operation(2, 50, 60, either, failed) + operation(2, 70, 80, all, allFound))
	f.Add(operation(0, 10, 20, put, lost) + operation(0, 30, 40, cas, refused) + operation(0, 50, 60, remove, wrote))
	f.Fuzz(func(t *testing.T, text string) {
		h, err := etcd.Read(strings.NewReader(text))
		var lineError *history.LineError
		switch {
		case err != nil && (!errors.As(err, &lineError) || lineError.What == ""):
			t.Fatalf("error %#v", err)
		case err == nil && len(h.Operations) == 0:
			t.Fatal("no operation, and no error")
		}
	})
}
