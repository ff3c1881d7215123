package sessions

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

const dbcopHint = "a transaction is written [x:=1 y==2 z==?], which writes x, reads y and finds z without a value, with ! behind it if it was aborted; a line of dashes ends a session, // begins a comment"

// IsDbcop tells whether a line is a transaction of dbcop's text.
func IsDbcop(line []byte) bool {
	line = bytes.TrimSpace(line)
	if bytes.HasPrefix(line, []byte("//")) {
		return true
	}
	all, err := dbcopLine(string(line), 1)
	return err == nil && len(all) > 0
}

// ReadDbcop reads the text of dbcop: transactions, one or several a line, such as
//
//	[x:=1 y==2 z==?]
//
// which writes x, reads y and finds z without a value. A transaction with "!" behind it was aborted. A line of dashes stands
// between sessions; comments begin with "//". A read of 0 is one of a value that nobody wrote, as dbcop has it, unless a committed
// transaction writes 0 to the variable. Errors are *history.LineErrors.
func ReadDbcop(r io.Reader) (*history.History, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	all := [][]transaction{nil}
	line := 0
	for row := range strings.Lines(string(text)) {
		line++
		row = strings.TrimSpace(row)
		switch {
		case row == "" || strings.HasPrefix(row, "//"):
		case strings.Trim(row, "-") == "":
			all = append(all, nil)
		default:
			more, err := dbcopLine(row, line)
			if err != nil {
				return nil, err
			}
			all[len(all)-1] = append(all[len(all)-1], more...)
		}
	}
	return assembleDbcop(all)
}

// assembleDbcop makes a history of sessions, once the reads of 0 that are reads of no version are such.
func assembleDbcop(all [][]transaction) (*history.History, error) {
	zero, written := protocol.Int(0), map[string]bool{} // by variable: whether some transaction writes 0
	each := func(do func(t *transaction, s *step)) {
		for _, session := range all {
			for k := range session {
				for i := range session[k].steps {
					if s := &session[k].steps[i]; s.value.Equal(zero) {
						do(&session[k], s)
					}
				}
			}
		}
	}
	each(func(t *transaction, s *step) {
		if s.write && !t.aborted {
			written[s.key.String()] = true
		}
	})
	each(func(_ *transaction, s *step) {
		if !s.write && !written[s.key.String()] {
			s.value = protocol.Value{}
		}
	})
	return assemble(all, protocol.Value{})
}

func dbcopLine(row string, line int) ([]transaction, error) {
	var out []transaction
	for rest := strings.TrimSpace(row); rest != ""; rest = strings.TrimSpace(rest) {
		inner, after, closed := strings.Cut(rest, "]")
		inner, opened := strings.CutPrefix(inner, "[")
		if !opened || !closed {
			return nil, problem(line, dbcopHint, "no transaction: %.60q", rest)
		}
		t := transaction{line: line}
		rest, t.aborted = strings.CutPrefix(after, "!")
		for _, word := range strings.Fields(inner) {
			s, ok := dbcopStep(word)
			if !ok {
				return nil, problem(line, dbcopHint, "no step of a transaction: %.60q", word)
			}
			t.steps = append(t.steps, s)
		}
		if len(t.steps) == 0 {
			return nil, problem(line, dbcopHint, "a transaction without a step")
		}
		out = append(out, t)
	}
	return out, nil
}

func dbcopStep(word string) (step, bool) {
	name, version, write := strings.Cut(word, ":=")
	if !write {
		var read bool
		if name, version, read = strings.Cut(word, "=="); !read {
			return step{}, false
		}
	}
	s := step{write: write, key: protocol.String(name)}
	if name == "" || strings.ContainsAny(name, "[]()=:,\"") {
		return s, false
	}
	if version == "?" && !write {
		return s, true
	}
	n, err := strconv.ParseInt(version, 10, 64)
	s.value = protocol.Int(n)
	return s, err == nil && n >= 0
}

// IsDbcopJSON tells whether a text begins as the JSON of dbcop.
func IsDbcopJSON(head []byte) bool {
	head = bytes.Join(bytes.Fields(head[:min(len(head), 200)]), nil)
	for _, begin := range []string{`{"params":`, `{"data":[`, `[[{"events":`, `[[{"committed":`} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return true
		}
	}
	return false
}

// dbcopEvent is a step in JSON: {"Read":{"variable":0,"version":1}}, or ["r",0,1].
type dbcopEvent struct{ step }

// UnmarshalJSON reads both forms.
func (e *dbcopEvent) UnmarshalJSON(data []byte) error {
	type fields struct{ Variable, Version protocol.Value }
	var tagged struct{ Read, Write *fields }
	if len(data) > 0 && data[0] == '[' {
		var list protocol.Value
		if err := list.UnmarshalJSON(data); err != nil {
			return err
		}
		parts, _ := list.List()
		if len(parts) != 3 {
			return errors.New("a step has a kind, a variable and a version")
		}
		kind, _ := parts[0].Text()
		f := &fields{parts[1], parts[2]}
		switch kind {
		case "r":
			tagged.Read = f
		case "w":
			tagged.Write = f
		}
	} else if err := json.Unmarshal(data, &tagged); err != nil {
		return err
	}
	switch {
	case tagged.Write != nil && tagged.Read == nil && !tagged.Write.Version.IsNull():
		e.step = step{write: true, key: tagged.Write.Variable, value: tagged.Write.Version}
	case tagged.Read != nil && tagged.Write == nil:
		e.step = step{key: tagged.Read.Variable, value: tagged.Read.Version}
	default:
		return errors.New("a step is a read or a write of a version")
	}
	if e.key.Kind() != protocol.Integer && e.key.Kind() != protocol.Text {
		return errors.New("a variable is a number or a text")
	}
	return nil
}

type dbcopTransaction struct {
	Events    []dbcopEvent
	Committed *bool
}

// ReadDbcopJSON reads the JSON of dbcop: a list of sessions, each a list of transactions {"events": [...], "committed": true}, or
// an object that has this list as its data. Reads of 0 are as in the text.
func ReadDbcopJSON(r io.Reader) (*history.History, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	var sessions [][]dbcopTransaction
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' {
		var file struct{ Data *[][]dbcopTransaction }
		if err = json.Unmarshal(text, &file); err == nil && file.Data == nil {
			return nil, problem(0, "dbcop writes the sessions as \"data\"", "it has no data")
		}
		if file.Data != nil {
			sessions = *file.Data
		}
	} else {
		err = json.Unmarshal(text, &sessions)
	}
	if err != nil {
		return nil, jsonProblem(text, err)
	}
	all := make([][]transaction, len(sessions))
	for s, session := range sessions {
		for k, from := range session {
			if len(from.Events) == 0 || from.Committed == nil {
				return nil, problem(0, `a transaction is {"events": [...], "committed": true}`, "transaction %d of session %d, counted from 1, is none", k+1, s+1)
			}
			t := transaction{line: 1, aborted: !*from.Committed}
			for _, e := range from.Events {
				t.steps = append(t.steps, e.step)
			}
			all[s] = append(all[s], t)
		}
	}
	return assembleDbcop(all)
}

// jsonProblem says what is wrong with JSON, and where if that is known.
func jsonProblem(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	line := 0
	if offset >= 0 && offset <= int64(len(text)) {
		line = bytes.Count(text[:offset], []byte("\n")) + 1
	}
	return problem(line, `a history of dbcop is a list of sessions, each a list of transactions {"events": [...], "committed": true}`, "no history of dbcop: %v", err)
}

// readText reads everything, which must be UTF-8.
func readText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		var known *history.LineError
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, &history.LineError{Problem: history.Problem{What: "it could not be read: " + err.Error()}, Cause: err}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, problem(0, "is it compressed?", "it is not UTF-8")
	}
	return text, nil
}
