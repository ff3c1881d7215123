package sessions_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/history/sessions"
	"sunder/harness/protocol"
)

const (
	plumeText = "w(0,1,0,0)\nr(1,0,0,0)\n\nw(0,2,1,1)\nr(0,1,1,2)\nw(1,3,0,3)\nw(1,9,1,-1)\n"
	dbcopText = "// the first session\n[x:=1 y==?] [y:=3]\n---\n[x:=2]\n[x==1]!\n"
	dbcopJSON = `{"params": {"id": 0}, "info": "generated", "data": [
 [{"events": [{"Write": {"variable": 0, "version": 1}}, {"Read": {"variable": 1, "version": null}}], "committed": true}],
 [{"events": [["r", 0, 1], ["w", 1, 2]], "committed": false}]]}`
)

func text(h *history.History) string {
	var b strings.Builder
	for i := range h.Operations {
		op := &h.Operations[i]
		b.WriteString(op.Outcome.String() + " " + protocol.Int(int64(op.Process)).String() + " " + op.F + " " + op.Input.String())
		if op.Outcome == protocol.OK {
			b.WriteString(" " + op.Output.String())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name string
		read func(io.Reader) (*history.History, error)
		text string
		want string
	}{
		{"plume", sessions.ReadPlume, plumeText, `ok 0 txn [["w",0,1],["r",1,null]] [["w",0,1],["r",1,0]]
ok 1 txn [["w",0,2]] [["w",0,2]]
ok 0 txn [["w",1,3]] [["w",1,3]]
ok 1 txn [["r",0,null]] [["r",0,1]]
fail 1 txn [["w",1,9]]
`},
		{"dbcop", sessions.ReadDbcop, dbcopText, `ok 0 txn [["w","x",1],["r","y",null]] [["w","x",1],["r","y",null]]
ok 1 txn [["w","x",2]] [["w","x",2]]
ok 0 txn [["w","y",3]] [["w","y",3]]
fail 1 txn [["r","x",null]]
`},
		{"dbcop's JSON", sessions.ReadDbcopJSON, dbcopJSON, `ok 0 txn [["w",0,1],["r",1,null]] [["w",0,1],["r",1,null]]
fail 1 txn [["r",0,null],["w",1,2]]
`},
		{"dbcop's JSON, sessions alone", sessions.ReadDbcopJSON, `[[{"events":[["w","x",1]],"committed":true}],[]]`, "ok 0 txn [[\"w\",\"x\",1]] [[\"w\",\"x\",1]]\n"},
	} {
		h, err := test.read(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := text(h); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
		if !h.Untimed {
			t.Errorf("%s: it is said to tell of real time", test.name)
		}
	}
}

func TestInitialValues(t *testing.T) {
	h, err := sessions.ReadPlume(strings.NewReader("r(0,0,0,0)\n"))
	if err != nil || !h.Initial.Equal(protocol.Int(0)) {
		t.Errorf("%v, %v", h, err)
	}
	if h, err = sessions.ReadDbcop(strings.NewReader("[x==?]\n")); err != nil || !h.Initial.IsNull() {
		t.Errorf("%v, %v", h, err)
	}
}

// TestVersionZero: a read of 0 finds what nobody wrote, unless a committed transaction has written 0 to that variable.
func TestVersionZero(t *testing.T) {
	for from, want := range map[string]string{
		"[x==0]\n":                     "ok 0 txn [[\"r\",\"x\",null]] [[\"r\",\"x\",null]]\n",
		"[x==0]\n[x:=0]!\n":            "ok 0 txn [[\"r\",\"x\",null]] [[\"r\",\"x\",null]]\nfail 0 txn [[\"w\",\"x\",0]]\n",
		"[x==0]\n---\n[x:=0] [y==0]\n": "ok 0 txn [[\"r\",\"x\",null]] [[\"r\",\"x\",0]]\nok 1 txn [[\"w\",\"x\",0]] [[\"w\",\"x\",0]]\nok 1 txn [[\"r\",\"y\",null]] [[\"r\",\"y\",null]]\n",
		"[x:=0 x==0]\n":                "ok 0 txn [[\"w\",\"x\",0],[\"r\",\"x\",null]] [[\"w\",\"x\",0],[\"r\",\"x\",0]]\n",
	} {
		h, err := sessions.ReadDbcop(strings.NewReader(from))
		if err != nil || text(h) != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", from, err, text(h), want)
		}
	}
	h, err := sessions.ReadDbcopJSON(strings.NewReader(`[[{"events":[["r",1,0]],"committed":true}]]`))
	if err != nil || text(h) != "ok 0 txn [[\"r\",1,null]] [[\"r\",1,null]]\n" {
		t.Errorf("%v\n%s", err, text(h))
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		read func(io.Reader) (*history.History, error)
		text string
		want string
	}{
		{sessions.ReadPlume, "w(0,1,0,0)\nw(0,1,0)\n", "line 2: no step of a transaction: \"w(0,1,0)\""},
		{sessions.ReadPlume, "x(0,1,0,0)\n", "line 1: no step of a transaction"},
		{sessions.ReadPlume, "w(0,1,-3,0)\n", "line 1: no step of a transaction"},
		{sessions.ReadPlume, "w(0,1,0,-2)\n", "line 1: no step of a transaction"},
		{sessions.ReadPlume, "w(0,99999999999999999999,0,0)\n", "line 1: no step of a transaction"},
		{sessions.ReadPlume, "\n", "no transaction in it"},
		{sessions.ReadPlume, "w(0,1,0,0)\xff\n", "it is not UTF-8"},
		{sessions.ReadDbcop, "[x:=1]\n[x=1]\n", "line 2: no step of a transaction: \"x=1\""},
		{sessions.ReadDbcop, "[x:=?]\n", "line 1: no step of a transaction"},
		{sessions.ReadDbcop, "[x:=-1]\n", "line 1: no step of a transaction"},
		{sessions.ReadDbcop, "[x:=1\n", "line 1: no transaction: \"[x:=1\""},
		{sessions.ReadDbcop, "[]\n", "line 1: a transaction without a step"},
		{sessions.ReadDbcop, "// nothing\n---\n", "no transaction in it"},
		{sessions.ReadDbcopJSON, "{}", "it has no data"},
		{sessions.ReadDbcopJSON, "[[\n{]]", "line 2: no history of dbcop"},
		{sessions.ReadDbcopJSON, `[[{"events":[],"committed":true}]]`, "transaction 1 of session 1, counted from 1, is none"},
		{sessions.ReadDbcopJSON, `[[{"events":[["w","x",1]]}]]`, "transaction 1 of session 1, counted from 1, is none"},
		{sessions.ReadDbcopJSON, `[[{"events":[["w","x",null]],"committed":true}]]`, "a step is a read or a write of a version"},
		{sessions.ReadDbcopJSON, `[[{"events":[["w","x"]],"committed":true}]]`, "a step has a kind, a variable and a version"},
		{sessions.ReadDbcopJSON, `[[{"events":[["w",null,1]],"committed":true}]]`, "a variable is a number or a text"},
	} {
		_, err := test.read(strings.NewReader(test.text))
		var lineError *history.LineError
		if !errors.As(err, &lineError) || !strings.HasPrefix(err.Error(), test.want) && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %v\nwant %s", test.text, err, test.want)
		}
	}
}

// fuzz holds a reader to two promises: it does not panic, and an error is a *LineError with a text.
func fuzz(f *testing.F, read func(io.Reader) (*history.History, error)) {
	f.Fuzz(func(t *testing.T, text string) {
		h, err := read(strings.NewReader(text))
		var lineError *history.LineError
		switch {
		case err != nil && (!errors.As(err, &lineError) || lineError.What == ""):
			t.Fatalf("error %#v", err)
		case err == nil && len(h.Operations) == 0:
			t.Fatal("no operation, and no error")
		}
	})
}

func FuzzReadPlume(f *testing.F) {
	f.Add(plumeText)
	fuzz(f, sessions.ReadPlume)
}

func FuzzReadDbcop(f *testing.F) {
	f.Add(dbcopText)
	fuzz(f, sessions.ReadDbcop)
}

func FuzzReadDbcopJSON(f *testing.F) {
	f.Add(dbcopJSON)
	f.Add(`[[{"events":[["w","x",1]],"committed":true}],[]]`)
	fuzz(f, sessions.ReadDbcopJSON)
}
