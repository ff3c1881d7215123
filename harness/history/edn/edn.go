package edn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sunder/harness/history"
)

// Read reads a history in EDN. Forms that are no maps are errors, and so are keys of a map that are no keywords as far as
// they matter; keys that are not known are passed over.
//
// Where every value of a client is a pair, and reads begin with [key nil], the pairs are keys and values of Jepsen's
// independent registers. A history without any invocation, as Elle takes it, has each operation begin where the operation
// before it of the same process ended. There is no time before an event has one.
func Read(r io.Reader) (*history.History, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, failed(err)
	}
	s := &scanner{text: bytes.TrimPrefix(all, []byte("\ufeff")), line: 1}
	var maps []form
	for {
		more, err := s.space(0)
		if err != nil {
			return nil, err
		}
		if !more {
			return assemble(maps)
		}
		f, err := s.form(0)
		if err != nil {
			return nil, err
		}
		switch {
		case f.kind == vector && len(maps) == 0:
			maps = append(maps, f.list...)
		default:
			maps = append(maps, f)
		}
	}
}

// failed tells an error of a line from one of reading it.
func failed(err error) error {
	var known *history.LineError
	if errors.As(err, &known) {
		return err
	}
	return &history.LineError{Problem: history.Problem{What: "it could not be read: " + err.Error()}, Cause: err}
}

// Is tells whether a line could be the first of a history in EDN.
func Is(line []byte) bool {
	line = bytes.TrimLeft(line, " \t[(")
	if rest, tagged := bytes.CutPrefix(line, []byte("#jepsen.history.Op")); tagged {
		line = bytes.TrimLeft(rest, " ")
	}
	inner, isMap := bytes.CutPrefix(line, []byte("{"))
	return isMap && bytes.HasPrefix(bytes.TrimLeft(inner, " "), []byte(":"))
}

// ReadText reads Jepsen's history.txt: process, type, function, value and sometimes an error, with tabs between them. There
// are no times.
func ReadText(r io.Reader) (*history.History, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, failed(err)
	}
	var maps []form
	line := 0
	for row := range strings.Lines(strings.TrimPrefix(string(all), "\ufeff")) {
		line++
		if strings.TrimSpace(row) == "" {
			continue
		}
		if !utf8.ValidString(row) {
			return nil, &history.LineError{Line: line, Problem: history.Problem{What: "not UTF-8", Hint: "is it compressed?"}}
		}
		f, err := parseRow(row, line)
		if err != nil {
			return nil, err
		}
		maps = append(maps, f)
	}
	return assemble(maps)
}

// columns are the fields of a row of history.txt.
var columns = [...]string{"process", "type", "f", "value", "error"}

func parseRow(row string, line int) (form, error) {
	s := &scanner{text: []byte(strings.TrimRight(row, "\r\n")), line: line}
	out := form{kind: table, line: line}
	for _, name := range columns {
		more, err := s.space(0)
		if err != nil {
			return out, err
		}
		if !more {
			break
		}
		f, err := s.form(0)
		if err != nil {
			return out, err
		}
		out.list = append(out.list, form{kind: keyword, text: name, line: line}, f)
	}
	more, err := s.space(0)
	if err == nil && (more || len(out.list) < 8) {
		err = s.errorf("a row is PROCESS, :TYPE, :F and VALUE with tabs between them, and sometimes an error", "no operation: %.60q", row)
	}
	return out, err
}

// IsText tells whether a line is one of a history.txt that is not only about one register: those are jepsen-log's.
func IsText(line []byte) bool {
	row, err := parseRow(string(line), 1)
	if err != nil {
		return false
	}
	kind, _ := row.get("type")
	f, _ := row.get("f")
	value, _ := row.get("value")
	process, _ := row.get("process")
	_, known := history.ParseType(kind.text)
	register := (f.text == "read" || f.text == "write" || f.text == "cas") && (value.kind != vector || f.text == "cas" && !keyed(&value))
	return kind.kind == keyword && known == nil && process.kind == integer && f.kind == keyword && !register
}

// assemble makes a history of operations.
func assemble(maps []form) (*history.History, error) {
	a := &assembly{keyed: true}
	for i := range maps {
		op, err := operationOf(&maps[i])
		if err != nil {
			return nil, err
		}
		a.note(op)
	}
	if len(a.all) == 0 {
		return nil, &history.LineError{Problem: history.Problem{What: "no operation in it"}}
	}
	if !a.invoked {
		if err := a.begin(); err != nil {
			return nil, err
		}
	}
	var c history.Collector
	for _, op := range a.all {
		e, err := a.event(op)
		if err != nil {
			return nil, err
		}
		if err := c.Add(e, op.line); err != nil {
			return nil, err
		}
	}
	h := c.Finish()
	h.Untimed = !a.invoked
	return h, nil
}

func problem(line int, hint, format string, args ...any) error {
	return &history.LineError{Line: line, Problem: history.Problem{What: fmt.Sprintf(format, args...), Hint: hint}}
}
