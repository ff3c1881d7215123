package history_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// recorder keeps what was written, until it is full.
type recorder struct {
	strings.Builder
	writes, limit int
}

var errFull = errors.New("no space left")

func (r *recorder) Write(b []byte) (int, error) {
	r.writes++
	if r.Len()+len(b) > r.limit {
		return 0, errFull
	}
	return r.Builder.Write(b)
}

func TestWriterStreams(t *testing.T) {
	to := &recorder{limit: 1 << 20}
	w := history.NewWriter(to)
	e := event(0, history.Invoke, "read", "x", protocol.Value{})
	if err := w.Write(&e); err != nil || to.writes != 0 {
		t.Fatalf("%v after %d writes", err, to.writes)
	}
	if err := w.Flush(); err != nil || to.String() != `{"index":0,"time":0,"process":0,"type":"invoke","f":"read","key":"x","value":null}`+"\n" {
		t.Fatalf("%v: %s", err, to)
	}
	for range 2000 {
		if err := w.Write(&e); err != nil {
			t.Fatal(err)
		}
	}
	if to.writes < 2 || to.writes > 5 {
		t.Errorf("2000 events took %d writes", to.writes)
	}
	if err := w.Flush(); err != nil || strings.Count(to.String(), "\n") != 2001 || !strings.Contains(to.String(), `{"index":2000,`) {
		t.Errorf("%v: %d lines", err, strings.Count(to.String(), "\n"))
	}
}

func TestWriterKeepsItsError(t *testing.T) {
	to := &recorder{limit: 10}
	w := history.NewWriter(to)
	e := event(0, history.Invoke, "read", "x", protocol.Value{})
	if err := w.Write(&e); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Flush(); !errors.Is(err, errFull) {
			t.Errorf("flush: %v", err)
		}
	}
	if err := w.Write(&e); !errors.Is(err, errFull) {
		t.Errorf("write: %v", err)
	}
	if err := history.Write(&recorder{limit: 10}, build(t, e)); !errors.Is(err, errFull) {
		t.Errorf("whole history: %v", err)
	}
}

func TestWriterPutsDetailOnOneLine(t *testing.T) {
	e := history.Event{Process: history.Nemesis, Type: history.Info, F: "crash", Detail: json.RawMessage("{\n \"id\": 1\n}")}
	var to strings.Builder
	if err := history.Write(&to, build(t, e)); err != nil {
		t.Fatal(err)
	}
	if want := `{"index":0,"time":0,"process":"nemesis","type":"info","f":"crash","value":{"id":1}}` + "\n"; to.String() != want {
		t.Errorf("%s", to.String())
	}
	e.Detail = json.RawMessage(`{"id":`)
	if err := history.NewWriter(&to).Write(&e); err == nil || !strings.Contains(err.Error(), "crash") {
		t.Errorf("error %v", err)
	}
}

func TestWriterAllocatesNothingForAnEvent(t *testing.T) {
	w := history.NewWriter(&recorder{limit: 0})
	e := history.Event{Process: 3, Type: history.OK, F: "write", Key: "x", Value: protocol.Ints(1, 2), Node: "c1", Via: "r2", Error: "refused"}
	if n := testing.AllocsPerRun(100, func() { _ = w.Write(&e) }); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}
