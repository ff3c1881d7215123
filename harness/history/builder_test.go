package history_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

func event(process int, t history.Type, f, key string, v protocol.Value) history.Event {
	return history.Event{Process: process, Type: t, F: f, Key: key, Value: v}
}

func with(e history.Event, node, via protocol.NodeID, text string) history.Event {
	e.Node, e.Via, e.Error = node, via, text
	return e
}

func build(t *testing.T, events ...history.Event) *history.History {
	t.Helper()
	var b history.Builder
	for i, e := range events {
		if err := b.Add(e); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	return b.Finish()
}

func TestBuilderPairs(t *testing.T) {
	null, one, two := protocol.Value{}, protocol.Int(1), protocol.Int(2)
	at := func(e history.Event, at time.Duration) history.Event { e.Time = at; return e }
	h := build(
		t,
		at(with(event(0, history.Invoke, "write", "x", one), "c1", "r2", ""), 10),
		at(event(1, history.Invoke, "read", "x", null), 20),
		at(event(0, history.OK, "write", "x", null), 20),
		at(with(event(1, history.OK, "read", "x", one), "c2", "", ""), 30),
		at(event(0, history.Invoke, "cas", "x", protocol.Ints(1, 2)), 40),
		at(event(1, history.Invoke, "cas", "x", protocol.Ints(7, 8)), 50),
		at(event(0, history.OK, "cas", "x", protocol.String("true")), 60),
		at(with(event(1, history.Fail, "cas", "x", null), "", "", protocol.Refused), 70),
		at(event(0, history.Invoke, "write", "x", two), 80),
		at(event(1, history.Invoke, "write", "y", two), 90),
		at(with(event(0, history.Info, "write", "x", null), "", "", "timeout"), 100),
	)
	want := []history.Operation{
		{Process: 0, Notes: &history.Notes{Node: "c1", Via: "r2"}, F: "write", Key: "x", Input: one, Output: one, Outcome: protocol.OK, Call: 0, Return: 2, CallTime: 10, ReturnTime: 20},
		{Process: 1, Notes: &history.Notes{Node: "c2"}, F: "read", Key: "x", Output: one, Outcome: protocol.OK, Call: 1, Return: 3, CallTime: 20, ReturnTime: 30},
		{Process: 0, F: "cas", Key: "x", Input: protocol.Ints(1, 2), Output: protocol.Ints(1, 2), Outcome: protocol.OK, Call: 4, Return: 6, CallTime: 40, ReturnTime: 60},
		{Process: 1, F: "cas", Key: "x", Input: protocol.Ints(7, 8), Output: protocol.Ints(7, 8), Outcome: protocol.Fail, Notes: &history.Notes{Error: protocol.Refused}, Call: 5, Return: 7, CallTime: 50, ReturnTime: 70},
		{Process: 0, F: "write", Key: "x", Input: two, Output: two, Outcome: protocol.Info, Notes: &history.Notes{Error: "timeout"}, Call: 8, Return: history.Pending, CallTime: 80, ReturnTime: 100},
		{Process: 1, F: "write", Key: "y", Input: two, Output: two, Outcome: protocol.Info, Call: 9, Return: history.Pending, CallTime: 90, ReturnTime: -1},
	}
	if diff := cmp.Diff(want, h.Operations, unrecorded); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if h.Len() != 11 || !h.Initial.IsNull() {
		t.Errorf("%d events, initial %v", h.Len(), h.Initial)
	}
}

func TestBuilderKeepsPhases(t *testing.T) {
	phase := func(name string) history.Event {
		return history.Event{Process: history.Nemesis, Type: history.Info, F: "phase", Detail: json.RawMessage(`"` + name + `"`)}
	}
	read := event(0, history.Invoke, "read", "x", protocol.Value{})
	answer := event(0, history.OK, "read", "x", protocol.Int(3))
	fault := history.Event{Process: history.Nemesis, Type: history.Info, F: "partition", Detail: json.RawMessage(`{"id":1}`)}
	h := build(t, phase("chaos"), read, fault, answer, phase("heal"), phase("recover"), phase("final"), read, answer)
	want := []history.Phase{{"chaos", 0}, {"heal", 4}, {"recover", 5}, {"final", 6}}
	if diff := cmp.Diff(want, h.Phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	if finals := h.Finals(); len(finals) != 1 || finals[0] != 1 {
		t.Errorf("operations of the final phase: %v", finals)
	}
	if len(h.Operations) != 2 {
		t.Errorf("%d operations", len(h.Operations))
	}
}

func TestBuilderRefusesMisfits(t *testing.T) {
	null := protocol.Value{}
	begin := event(3, history.Invoke, "read", "x", null)
	end := event(3, history.OK, "read", "x", null)
	unknown := event(3, history.Info, "read", "x", null)
	late := begin
	late.Time = 5
	nemesis := func(t history.Type, f, detail string) history.Event {
		return history.Event{Process: history.Nemesis, Type: t, F: f, Detail: json.RawMessage(detail)}
	}
	for _, test := range []struct {
		name    string
		before  []history.Event
		event   history.Event
		earlier int
		says    string
	}{
		{"ok without invoke", nil, end, -1, "process 3 has no read open that could end in ok"},
		{"fail without invoke", nil, event(3, history.Fail, "read", "x", null), -1, "no read open that could end in fail"},
		{"info without invoke", nil, unknown, -1, "no read open that could end in info"},
		{"a second completion", []history.Event{begin, end}, end, 1, "no read open"},
		{"a completion after info", []history.Event{begin, unknown}, end, 1, "no read open"},
		{"two open", []history.Event{begin}, event(3, history.Invoke, "write", "x", null), 0, "process 3 invokes write while its read is open"},
		{"on after info", []history.Event{begin, unknown}, begin, 1, "process 3 goes on after an operation of it ended in info"},
		{"another f", []history.Event{begin}, event(3, history.OK, "write", "x", null), 0, "ends write of x, but what it has open is read of x"},
		{"another key", []history.Event{begin}, event(3, history.OK, "read", "", null), 0, "ends read, but what it has open is read of x"},
		{"time runs backwards", []history.Event{late}, end, 0, "its time, 0, is before that of the event before it, 5"},
		{"no type", nil, event(3, 0, "read", "x", null), -1, "no type: Type(0)"},
		{"a type that is none", nil, event(3, 9, "read", "x", null), -1, "no type: Type(9)"},
		{"no f", nil, event(3, history.Invoke, "", "x", null), -1, "f is empty"},
		{"a negative process", nil, event(-2, history.Invoke, "read", "x", null), -1, "its process is -2"},
		{"the nemesis begins", nil, nemesis(history.Invoke, "crash", `1`), -1, "of the nemesis is of type invoke"},
		{"detail is not JSON", nil, nemesis(history.Info, "crash", `{"id":`), -1, "the value of crash is not JSON"},
		{"no such phase", nil, nemesis(history.Info, "phase", `"end"`), -1, `there is no phase "end"`},
		{"a phase without a name", nil, nemesis(history.Info, "phase", ``), -1, "there is no phase"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b history.Builder
			for _, e := range test.before {
				if err := b.Add(e); err != nil {
					t.Fatal(err)
				}
			}
			var misfit *history.Misfit
			if err := b.Add(test.event); !errors.As(err, &misfit) {
				t.Fatalf("error %v", err)
			}
			if misfit.Position != len(test.before) || misfit.Earlier != test.earlier || !strings.Contains(misfit.Error(), test.says) {
				t.Errorf("position %d, earlier %d: %v", misfit.Position, misfit.Earlier, misfit)
			}
			if h := b.Finish(); h.Len() != len(test.before) || len(h.Phases) != 0 {
				t.Errorf("the misfit left a trace: %+v", h)
			}
		})
	}
}

// TestBuilderKeepsPhasesInOrder lets a run skip phases, for one that was cut short does, but not go back.
func TestBuilderKeepsPhasesInOrder(t *testing.T) {
	for _, test := range []struct {
		phases []string
		says   string // of the last one
	}{
		{[]string{"chaos", "final"}, ""},
		{[]string{"heal", "chaos"}, "event 1 (see event 0): phase chaos begins after phase heal"},
		{[]string{"chaos", "heal", "chaos"}, "event 2 (see event 1): phase chaos begins after phase heal"},
		{[]string{"final", "final"}, "event 1 (see event 0): phase final begins after phase final"},
	} {
		var b history.Builder
		var err error
		for _, name := range test.phases {
			if err != nil {
				t.Fatal(err)
			}
			err = b.Add(history.Event{Process: history.Nemesis, Type: history.Info, F: "phase", Detail: json.RawMessage(`"` + name + `"`)})
		}
		var misfit *history.Misfit
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%v: %v", test.phases, err)
		case test.says != "" && (!errors.As(err, &misfit) || misfit.Hint == "" || !strings.HasPrefix(err.Error(), test.says)):
			t.Errorf("%v: error %v", test.phases, err)
		}
	}
}

// unrecorded leaves out how operations were recorded.
var unrecorded = cmpopts.IgnoreUnexported(history.Operation{})

// TestHistoryGivesBackItsEvents gives the builder events of all shapes: completions that say less than their invocation,
// more, or something else.
func TestHistoryGivesBackItsEvents(t *testing.T) {
	values := []protocol.Value{{}, protocol.Int(1), protocol.Int(2), protocol.String("x"), protocol.Ints(1, 2)}
	texts := func(t *rapid.T, label string) string {
		return rapid.SampledFrom([]string{"", "", "", "c1", "c2"}).Draw(t, label)
	}
	rapid.Check(t, func(t *rapid.T) {
		var b history.Builder
		var taken []history.Event
		numbers := []int{0, 1, 1 << 16, 1 << 40}
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			e := event(
				rapid.SampledFrom(numbers).Draw(t, "process"), history.Type(rapid.IntRange(1, 4).Draw(t, "type")),
				rapid.SampledFrom([]string{"read", "write", "cas"}).Draw(t, "f"), "x", rapid.SampledFrom(values).Draw(t, "value"),
			)
			e = with(e, protocol.NodeID(texts(t, "node")), protocol.NodeID(texts(t, "via")), texts(t, "error"))
			e.Time = time.Duration(len(taken))
			if rapid.IntRange(0, 9).Draw(t, "nemesis") == 0 {
				e = history.Event{Time: e.Time, Process: history.Nemesis, Type: history.Info, F: "crash", Detail: json.RawMessage(`{"id":1}`)}
			}
			if b.Add(e) == nil {
				taken = append(taken, e)
			}
		}
		h := b.Finish()
		if h.Len() != len(taken) {
			t.Fatalf("%d events of %d", h.Len(), len(taken))
		}
		for i, e := range h.Events() {
			if diff := cmp.Diff(taken[i], e); diff != "" {
				t.Fatalf("event %d (-added +kept):\n%s", i, diff)
			}
		}
	})
}

// TestBuilderTakesAsManyEventsAsPositionsCanNumber has a limit that is lower than that.
func TestBuilderTakesAsManyEventsAsPositionsCanNumber(t *testing.T) {
	b := history.Limited(2)
	for i, want := range []string{"", "", "event 2: a history has at most 2 events"} {
		err := b.Add(event(i, history.Invoke, "read", "x", protocol.Value{}))
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.HasPrefix(got, want) && want != "" {
			t.Errorf("event %d: %v", i, err)
		}
	}
	if n := b.Finish().Len(); n != 2 {
		t.Errorf("%d events", n)
	}
}

// TestBuilderAgainstSearching gives the builder random events, and compares what it makes of them with what looking
// back over all events for the other half makes of them.
func TestBuilderAgainstSearching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b history.Builder
		var taken []history.Event
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			e := event(
				rapid.IntRange(0, 3).Draw(t, "process"),
				history.Type(rapid.IntRange(1, 4).Draw(t, "type")),
				rapid.SampledFrom([]string{"read", "write"}).Draw(t, "f"), "x",
				protocol.Int(rapid.Int64Range(1, 9).Draw(t, "value")),
			)
			e.Time = time.Duration(len(taken))
			err := b.Add(e)
			if fits(taken, e) != (err == nil) {
				t.Fatalf("after %v: %v: %v", taken, e, err)
			}
			if err == nil {
				taken = append(taken, e)
			}
		}
		h := b.Finish()
		if diff := cmp.Diff(pair(taken), h.Operations, unrecorded); diff != "" {
			t.Fatalf("operations (-want +got):\n%s", diff)
		}
	})
}

// fits tells from all events of the process whether e may follow.
func fits(before []history.Event, e history.Event) bool {
	last := history.Event{Type: history.OK}
	for _, b := range before {
		if b.Process == e.Process {
			last = b
		}
	}
	if e.Type == history.Invoke {
		return last.Type == history.OK || last.Type == history.Fail
	}
	return last.Type == history.Invoke && last.F == e.F && last.Key == e.Key
}

func pair(events []history.Event) []history.Operation {
	var ops []history.Operation
	for i, e := range events {
		if e.Type != history.Invoke {
			continue
		}
		op := history.Operation{
			Process: e.Process, F: e.F, Key: e.Key, Input: e.Value, Output: e.Value, Outcome: protocol.Info,
			Call: i, Return: history.Pending, CallTime: e.Time, ReturnTime: -1,
		}
		for j := i + 1; j < len(events); j++ {
			if end := events[j]; end.Process == e.Process {
				op.ReturnTime = end.Time
				switch end.Type {
				case history.OK:
					op.Outcome, op.Return, op.Output = protocol.OK, j, end.Value
				case history.Fail:
					op.Outcome, op.Return = protocol.Fail, j
				}
				break
			}
		}
		ops = append(ops, op)
	}
	return ops
}
