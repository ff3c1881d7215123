// Package kvlog reads the text logs of key-value stores whose values are texts, as porcupine's tests and the labs of
// MIT's course 6.824 (Distributed Systems) use them:
//
//	{:process 6, :type :invoke, :f :append, :key "0", :value "x 6 0 y"}
//	{:process 6, :type :ok, :f :append, :key "0", :value "x 6 0 y"}
//	{:process 1, :type :invoke, :f :get, :key "0", :value nil}
//
// The package must not know how a history is judged.
package kvlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// form is a line. A text in quotes is written as in JSON.
var form = regexp.MustCompile(`^\{:process (\d+), :type :(invoke|ok|fail|info), :f :(get|put|append), :key ("(?:[^"\\]|\\.)*"), :value (nil|"(?:[^"\\]|\\.)*")\}$`)

// Is tells whether a line is one of such a log.
func Is(line []byte) bool { return form.Match(bytes.TrimSpace(line)) }

// Read reads a log: one event a line, in real-time order, as operations read (get), put and append. A text that was
// never put is empty. Blank lines are skipped. Anything else is an error, a *history.LineError, and so is a log without
// any operation.
func Read(r io.Reader) (*history.History, error) {
	h, err := history.ReadLines(r, parse)
	if err != nil {
		return nil, err
	}
	if len(h.Operations) == 0 {
		return nil, &history.LineError{Problem: history.Problem{What: "no operation in it", Hint: hint}}
	}
	return h, nil
}

const hint = `an event is written {:process 6, :type :invoke, :f :append, :key "0", :value "x"}; f is get, put or append`

func parse(line []byte, e *history.Event) (bool, error) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return false, nil
	}
	parts := form.FindSubmatch(line)
	if parts == nil {
		return false, &history.Problem{What: fmt.Sprintf("no event of a key-value log: %.80q", line), Hint: hint, Cut: line[0] == '{' && line[len(line)-1] != '}'}
	}
	var err error
	if e.Process, err = strconv.Atoi(string(parts[1])); err != nil {
		return false, &history.Problem{What: fmt.Sprintf("a process is a number that fits into 64 bits, not %s", parts[1])}
	}
	if e.Type, err = history.ParseType(string(parts[2])); err != nil {
		return false, &history.Problem{What: err.Error()}
	}
	if e.F = string(parts[3]); e.F == "get" {
		e.F = "read"
	}
	if err := json.Unmarshal(parts[4], &e.Key); err != nil {
		return false, &history.Problem{What: fmt.Sprintf("the key is no text: %s", parts[4])}
	}
	known := string(parts[5]) != "nil"
	switch begins := e.Type == history.Invoke; {
	case e.F == "read" && begins && known:
		return false, &history.Problem{What: fmt.Sprintf("a get begins with nil, not with %.60s", parts[5])}
	case !known && (e.F != "read" && begins || e.F == "read" && e.Type == history.OK):
		return false, &history.Problem{What: fmt.Sprintf("%s :%s needs a text", parts[2], parts[3])}
	case !known:
		return true, nil
	}
	var text string
	if err := json.Unmarshal(parts[5], &text); err != nil {
		return false, &history.Problem{What: fmt.Sprintf("the value is no text: %.60s", parts[5])}
	}
	e.Value = protocol.String(text)
	return true, nil
}
