package edn

import (
	"bytes"
	"errors"
	"fmt"
	"io"

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
	a := newAssembly(s.text)
	for {
		more, err := s.space(0)
		if err != nil {
			return nil, err
		}
		if !more {
			return a.history()
		}
		if c := s.text[s.at]; (c == '[' || c == '(') && len(a.all) == 0 {
			err = s.each(map[byte]byte{'[': ']', '(': ')'}[c], a.add)
		} else {
			err = s.lend(0, a.addAll)
		}
		if err != nil {
			return nil, err
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

// assemble makes a history of operations.
func assemble(maps []form) (*history.History, error) {
	a := newAssembly(nil)
	for i := range maps {
		if err := a.add(&maps[i]); err != nil {
			return nil, err
		}
	}
	return a.history()
}

// history makes the history of all that was added.
func (a *assembly) history() (*history.History, error) {
	if len(a.all) == 0 {
		return nil, &history.LineError{Problem: history.Problem{What: "no operation in it"}}
	}
	if err := a.sort(); err != nil {
		return nil, err
	}
	if !a.invoked {
		if err := a.begin(); err != nil {
			return nil, err
		}
	}
	if err := a.mend(); err != nil {
		return nil, err
	}
	var c history.Collector
	for i := range a.all {
		e, err := a.event(&a.all[i])
		if err != nil {
			return nil, err
		}
		if err := c.Add(e, a.all[i].line); err != nil {
			return nil, err
		}
	}
	h := c.Finish()
	switch {
	case a.maps && a.bank:
		h.Object = "bank"
	case a.sets && a.scalars && a.wrote:
		h.Object = "set"
		a.remark(a.setAt, "a read found a set, and writes are of what is none: what was written is taken for elements of a set", "say --object register of registers that hold sets")
	}
	h.Untimed, h.Remarks = !a.invoked, a.remarks
	return h, nil
}

func problem(line int, hint, format string, args ...any) error {
	return &history.LineError{Line: line, Problem: history.Problem{What: fmt.Sprintf(format, args...), Hint: hint}}
}
