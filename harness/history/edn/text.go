package edn

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"sunder/harness/history"
)

// ReadText reads Jepsen's history.txt: process, type, function, value and sometimes an error, with tabs between them. Ahead of
// the process there may be an index, or an index and a time in nanoseconds. It reads a log, too, in which such rows stand
// behind the name of the logger, jepsen.util, and passes over what else is logged.
func ReadText(r io.Reader) (*history.History, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, failed(err)
	}
	var maps []form
	line, log := 0, logged(all)
	for row := range strings.Lines(strings.TrimPrefix(string(all), "\ufeff")) {
		line++
		op, isLogged := unlogged(row)
		if strings.TrimSpace(row) == "" || log && !isLogged {
			continue
		}
		if !utf8.ValidString(row) {
			return nil, &history.LineError{Line: line, Problem: history.Problem{What: "not UTF-8", Hint: "is it compressed?"}}
		}
		f, err := parseRow(op, line)
		if err != nil {
			return nil, err
		}
		maps = append(maps, f)
	}
	return assemble(maps)
}

// unlogged returns what the logger of operations was given, and whether it was that logger.
func unlogged(row string) (string, bool) {
	for _, name := range []string{"jepsen.util - ", "jepsen.util: "} {
		if _, rest, found := strings.Cut(row, name); found {
			return strings.TrimLeft(rest, " \t"), true
		}
	}
	return row, false
}

func logged(text []byte) bool {
	return bytes.Contains(text, []byte("jepsen.util - ")) || bytes.Contains(text, []byte("jepsen.util: "))
}

// columns returns the fields of a row of history.txt: from the process on, and the given number that stand before it.
func columns(before int) []string {
	fields := []string{"process", "type", "f", "value", "error"}
	return append([]string{"index", "time"}[:before:before], fields...)
}

// The most fields that may stand before the process, and in all.
const maxBefore, maxFields = 2, 7

func parseRow(row string, line int) (form, error) {
	out := form{kind: table, line: line}
	fields, err := formsOf(row, line, maxFields)
	if err != nil {
		return out, err
	}
	before := slices.IndexFunc(fields, isType) - 1
	wrong := before < 0 || before > maxBefore || len(fields) < before+4 || len(fields) > before+5
	for i := 0; !wrong && i < before; i++ {
		wrong = fields[i].kind != integer
	}
	if wrong {
		return out, problem(line, "a row is PROCESS, :TYPE, :F and VALUE with tabs between them, and sometimes an error; an index, or an index and a time, may stand first",
			"no operation: %.60q", row)
	}
	for i, name := range columns(before)[:len(fields)] {
		out.list = append(out.list, form{kind: keyword, text: name, line: line}, fields[i])
	}
	if end := fields[before:]; len(end) == 4 && end[0].kind == integer && end[3].kind == keyword && (end[1].text == "fail" || end[1].text == "info") {
		out.list[len(out.list)-2].text = "error" // 0 :fail :read :timed-out
	}
	return out, nil
}

func isType(f form) bool {
	_, err := history.ParseType(f.text)
	return f.kind == keyword && err == nil
}

// formsOf reads the forms of a row, and at most one more than there may be.
func formsOf(row string, line, most int) ([]form, error) {
	s := &scanner{text: []byte(strings.TrimRight(row, "\r\n")), line: line}
	var out []form
	for len(out) <= most {
		more, err := s.space(0)
		if err != nil || !more {
			return out, err
		}
		f, err := s.form(0)
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
	return out, nil
}

// IsText tells whether a text begins as a history.txt, or a log, that is not only about one register: those are jepsen-log's,
// unless an index stands first. What the nemesis did, and reads that begin, are the same in both, so all the rows of head are
// looked at.
func IsText(head []byte) bool {
	log := logged(head)
	for line := range bytes.Lines(head) {
		text, isLogged := unlogged(string(line))
		if strings.TrimSpace(text) == "" || log && !isLogged {
			continue
		}
		row, err := parseRow(text, 1)
		if err != nil {
			return false
		}
		if tells(&row) {
			return true
		}
	}
	return false
}

// tells tells whether a row is of a client, and none of jepsen-log's.
func tells(row *form) bool {
	kind, _ := row.get("type")
	f, _ := row.get("f")
	value, _ := row.get("value")
	process, _ := row.get("process")
	_, known := history.ParseType(kind.text)
	register := (f.text == "read" || f.text == "write" || f.text == "cas") && (value.kind != vector && value.kind != table || f.text == "cas" && !(keyed(&value) && value.list[1].kind == vector))
	_, indexed := row.get("index")
	return kind.kind == keyword && known == nil && process.kind == integer && f.kind == keyword && (indexed || !register)
}
