// Package jepsen reads the text logs of Jepsen's tests of registers, such as those of etcd:
//
//	INFO  jepsen.util - 3	:invoke	:cas	[3 0]
//	INFO  jepsen.util - 3	:fail	:cas	[3 0]
//
// and Jepsen's history.txt, which is the same without what stands before the process.
//
// The package must not know how a history is judged.
package jepsen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Read reads a log. The register is one, without a key, and holds nil at first.
//
// A line is one of these, tried in this order:
//   - An operation: whatever follows the name of the logger jepsen.util, or a line that begins with a process (a number,
//     or :nemesis) and a type. It must be understood in full: read of nil or an integer, write of an integer, cas of
//     two; after the type ok or invoke nothing else, after fail or info an error, in place of the value or behind it.
//   - Other output: a line that names a level (DEBUG, INFO, WARN, ERROR ...) and another logger. It is skipped, and so
//     are the lines after it that are neither of these two: they go on with it, as the trace of an exception does.
//   - A blank line. It is skipped.
//
// Anything else is an error, a *history.LineError, and so is a log without any operation. A cas that failed without an
// error was refused because the register held something else, and is recorded so, unless reads or writes fail without an error,
// too. There are no times in a log.
func Read(r io.Reader) (*history.History, error) {
	var l log
	h, err := history.ReadLines(r, l.event)
	if err != nil {
		return nil, err
	}
	if len(h.Operations) == 0 {
		return nil, &history.LineError{Problem: history.Problem{
			What: "no operation in it", Hint: "Jepsen logs operations as INFO jepsen.util - PROCESS :invoke|:ok|:fail|:info :F VALUE",
		}}
	}
	doubt(h)
	return h, nil
}

// doubt takes nothing for refused where reads or writes fail without an error, too: then a cas that failed so may have met any
// value.
func doubt(h *history.History) {
	if !slices.ContainsFunc(h.Operations, func(op history.Operation) bool {
		return op.F != "cas" && op.Outcome == protocol.Fail && op.Noted().Error == ""
	}) {
		return
	}
	for i := range h.Operations {
		op := &h.Operations[i]
		if !op.Refused() {
			continue
		}
		if h.Remarks == nil {
			h.Remarks = []history.LineError{{Line: h.Line(op.Return), Problem: history.Problem{
				What: "this cas failed as reads or writes of this history do, and nothing says why: it is not taken for one that met another value",
				Hint: "give what fails an error, unless it is a cas that was refused",
			}}}
		}
		op.Note(history.Notes{Node: op.Node(), Via: op.Via()})
	}
}

// Is tells whether the line is an operation's.
func Is(line []byte) bool {
	_, ok := operation(line)
	return ok
}

// log reads the lines of a log.
type log struct {
	other bool // the last line that was not a continuation was of another logger
}

func (l *log) event(line []byte, e *history.Event) (bool, error) {
	text, ok := operation(line)
	switch {
	case ok:
		l.other = false
		return true, parse(string(text), e)
	case isOutput(line):
		l.other = true
		return false, nil
	case l.other || len(bytes.TrimSpace(line)) == 0:
		return false, nil
	}
	return false, &history.Problem{
		What: fmt.Sprintf("neither an operation nor other output of a log: %.60q", line),
		Hint: "an operation is logged as INFO jepsen.util - PROCESS :invoke|:ok|:fail|:info :F VALUE",
	}
}

// operation returns the part of a line that says what happened, from the process on.
func operation(line []byte) ([]byte, bool) {
	for _, logger := range [...]string{"jepsen.util - ", "jepsen.util: "} {
		if i := bytes.Index(line, []byte(logger)); i >= 0 {
			return line[i+len(logger):], true
		}
	}
	process, rest := word(string(line))
	kind, _ := word(rest)
	_, isKind := typeOf(kind)
	return line, isKind && (process == ":nemesis" || isNumber(process))
}

// isOutput tells whether a line begins an entry of a log: one of its first words is a level.
func isOutput(line []byte) bool {
	rest := string(line)
	for range 4 {
		var first string
		first, rest = word(rest)
		switch first {
		case "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL":
			return true
		}
	}
	return false
}

// word splits the first word off.
func word(text string) (first, rest string) {
	text = strings.TrimLeft(text, " \t")
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], strings.TrimLeft(text[i:], " \t")
	}
	return text, ""
}

func isNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// typeOf reads :invoke, :ok, :fail or :info.
func typeOf(keyword string) (history.Type, bool) {
	name, ok := strings.CutPrefix(keyword, ":")
	t, err := history.ParseType(name)
	return t, ok && err == nil
}

// parse reads an operation: process, type, function, value, error.
func parse(text string, e *history.Event) error {
	process, rest := word(text)
	kind, rest := word(rest)
	f, rest := word(rest)
	rest = strings.TrimRight(rest, " \t")
	if rest == "" {
		return &history.Problem{
			What: fmt.Sprintf("an operation needs a process, a type, a function and a value: %.60q", text), Cut: true,
		}
	}
	var known bool
	if e.Type, known = typeOf(kind); !known {
		return &history.Problem{What: fmt.Sprintf("an operation's type is :invoke, :ok, :fail or :info, not %s", kind)}
	}
	if e.F, known = strings.CutPrefix(f, ":"); !known || e.F == "" {
		return &history.Problem{What: fmt.Sprintf("a function is written :read, not %s", f)}
	}
	if process == ":nemesis" {
		return nemesis(rest, e)
	}
	n, err := strconv.ParseUint(process, 10, 64)
	if err != nil || n > math.MaxInt {
		return &history.Problem{What: fmt.Sprintf("a process is a number or :nemesis, not %s", process)}
	}
	e.Process = int(n)
	return client(rest, e)
}

// nemesis keeps what was done as the text that it is.
func nemesis(rest string, e *history.Event) error {
	e.Process = history.Nemesis
	if rest == "nil" {
		return nil
	}
	detail, err := json.Marshal(rest)
	if err != nil {
		return err
	}
	e.Detail = detail
	return nil
}

// client reads the value and the error of a client's operation.
func client(rest string, e *history.Event) error {
	value, note := split(rest)
	if strings.HasPrefix(value, ":") {
		value, note = "", rest
	}
	if note != "" && (e.Type == history.Invoke || e.Type == history.OK) {
		return &history.Problem{What: fmt.Sprintf(":%v has an error: %.60s", e.Type, note)}
	}
	if value != "" {
		if err := read(value, e); err != nil {
			return err
		}
	}
	e.Error = strings.TrimPrefix(note, ":")
	if e.F == "cas" && e.Type == history.Fail && e.Error == "" {
		e.Error = protocol.Refused
	}
	return nil
}

// split parts the value, which may be a vector, from what follows it.
func split(text string) (value, rest string) {
	if strings.HasPrefix(text, "[") {
		if end := strings.IndexByte(text, ']'); end >= 0 {
			return text[:end+1], strings.TrimLeft(text[end+1:], " \t")
		}
		return text, ""
	}
	return word(text)
}

// read reads the value as its function has it.
func read(text string, e *history.Event) error {
	switch e.F {
	case "read":
		if text == "nil" {
			return nil
		}
		if e.Type == history.Invoke {
			return &history.Problem{What: "a read begins with nil, not with " + text}
		}
		return integers(e, text, text)
	case "write":
		return integers(e, text, text)
	case "cas":
		inner, opened := strings.CutPrefix(text, "[")
		inner, closed := strings.CutSuffix(inner, "]")
		if !opened || !closed {
			return &history.Problem{What: "the value of a cas is written [OLD NEW], not " + text, Cut: opened}
		}
		pair := strings.Fields(inner)
		if len(pair) != 2 {
			return &history.Problem{What: "the value of a cas is written [OLD NEW], not " + text}
		}
		return integers(e, text, pair...)
	}
	return &history.Problem{
		What: fmt.Sprintf("no operation of a register is named %s", e.F),
		Hint: "of Jepsen's logs only those of registers are read: read, write, cas",
	}
}

// integers sets the value to one integer or to a list of two.
func integers(e *history.Event, text string, parts ...string) error {
	numbers := make([]int64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return &history.Problem{What: fmt.Sprintf("the value of a %s is made of integers of 64 bits, not %s", e.F, text)}
		}
		numbers[i] = n
	}
	if len(numbers) == 1 {
		e.Value = protocol.Int(numbers[0])
	} else {
		e.Value = protocol.Ints(numbers...)
	}
	return nil
}
