package edn

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"sunder/harness/history"
)

// ReadJSON reads the same operations in JSON, as elle-cli takes them: objects, one behind another or all in one list. What
// EDN writes as keywords are strings.
func ReadJSON(r io.Reader) (*history.History, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, failed(err)
	}
	j := &jsonScanner{text: bytes.TrimPrefix(all, []byte("\ufeff"))}
	j.from = json.NewDecoder(bytes.NewReader(j.text))
	j.from.UseNumber()
	var maps []form
	for {
		f, err := j.form(0)
		if errors.Is(err, io.EOF) {
			return assemble(maps)
		}
		if err != nil {
			return nil, problem(j.line(), "", "not JSON: %v", err)
		}
		if f.kind == vector && len(maps) == 0 {
			maps = append(maps, f.list...)
		} else {
			maps = append(maps, f)
		}
	}
}

// IsJSON tells whether a line could be the first of such a list.
func IsJSON(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("["))
	rest = bytes.TrimLeft(rest, " \t")
	return ok && (len(rest) == 0 || rest[0] == '{' && !Is(line))
}

// jsonScanner makes forms of JSON.
type jsonScanner struct {
	text  []byte
	from  *json.Decoder
	lines int // up to at
	at    int64
}

// line returns the line that the decoder has come to.
func (j *jsonScanner) line() int {
	to := min(j.from.InputOffset(), int64(len(j.text)))
	j.lines += bytes.Count(j.text[j.at:to], []byte("\n"))
	j.at = to
	return j.lines + 1
}

func (j *jsonScanner) form(depth int) (form, error) {
	if depth > maxDepth {
		return form{}, errors.New("nested too deep")
	}
	token, err := j.from.Token()
	if err != nil {
		if depth > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return form{}, err
	}
	out := form{line: j.line()}
	switch t := token.(type) {
	case json.Delim:
		return j.sequence(t, out, depth)
	case string:
		out.kind, out.text = text, t
	case json.Number:
		line := out.line
		out = number(t.String())
		out.line = line
	case bool:
		out.kind, out.text = other, map[bool]string{true: "true", false: "false"}[t]
	}
	return out, nil
}

func (j *jsonScanner) sequence(open json.Delim, out form, depth int) (form, error) {
	out.kind = vector
	if open == '{' {
		out.kind = table
	}
	for j.from.More() {
		f, err := j.form(depth + 1)
		if err != nil {
			return out, err
		}
		out.list = append(out.list, f)
	}
	if _, err := j.from.Token(); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return out, err
	}
	return out, nil
}
