// Package formats holds the list of the forms in which histories come, and finds out which one a text has.
//
// It stands apart from package history, which must not know the foreign forms that are read into it.
package formats

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sunder/harness/history"
	"sunder/harness/history/edn"
	"sunder/harness/history/etcd"
	"sunder/harness/history/jepsen"
	"sunder/harness/history/kvlog"
	"sunder/harness/history/sessions"
)

// Format is a form of histories.
type Format struct {
	Name, About string
	// Read reads a whole history. What is wrong with its text is a *history.LineError.
	Read func(io.Reader) (*history.History, error)
	// is tells whether a line that is not blank could be the first of a history in this form.
	is func(line []byte) bool
	// begins tells the same of the beginning of a text, where one line does not tell; it is asked first.
	begins func(head []byte) bool
}

// All returns the formats, sunder's own first.
func All() []Format {
	return []Format{
		{
			Name: "jsonl", About: "JSON lines, one event a line: sunder's own form, and easily written by any recorder",
			Read: history.Read, is: func(line []byte) bool { return line[0] == '{' && !edn.Is(line) && !kvlog.Is(line) },
		},
		{
			Name: "kv-log", About: "the text log of a key-value store with get, put and append, as of porcupine's tests and the labs of MIT 6.824",
			Read: kvlog.Read, is: kvlog.Is,
		},
		{
			Name: "jepsen-edn", About: "EDN of Jepsen, Elle and Knossos (history.edn): maps one behind another or in one vector, values keyed or not",
			Read: edn.Read, is: edn.Is,
		},
		{
			Name: "jepsen-text", About: "history.txt, or the text log, of any Jepsen test: process, type, function, value and error, with tabs between them; an index, or index and time, may stand first",
			Read: edn.ReadText, begins: edn.IsText,
		},
		{
			Name: "elle-json", About: "JSON of elle-cli: Jepsen's operations one behind another or in one list",
			Read: edn.ReadJSON, is: edn.IsJSON,
		},
		{
			Name: "etcd", About: "operations.json of etcd's robustness tests: registers or, if some request is on several keys, transactions on all of them",
			Read: etcd.Read, begins: etcd.Is,
		},
		{
			Name: "plume", About: "the text of Plume and PolySI: a step of a transaction a line, r(KEY,VALUE,SESSION,TRANSACTION) or w(...)",
			Read: sessions.ReadPlume, is: sessions.IsPlume,
		},
		{
			Name: "dbcop", About: "the text of dbcop: transactions such as [x:=1 y==2], with lines of dashes between sessions",
			Read: sessions.ReadDbcop, is: sessions.IsDbcop,
		},
		{
			Name: "dbcop-json", About: "the JSON of dbcop: sessions, transactions and their events in lists",
			Read: sessions.ReadDbcopJSON, begins: sessions.IsDbcopJSON,
		},
		{
			Name: "jepsen-log", About: "the text log, or history.txt, of a Jepsen test of a register",
			Read: jepsen.Read, is: jepsen.Is,
		},
	}
}

// Lookup finds a format by name. The error names those that there are.
func Lookup(name string) (Format, error) {
	var names []string
	for _, f := range All() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(names, ", "))
}

// sniffed is how much of a text is looked at to find out its format.
const sniffed = 1 << 16

// Detect returns the format of a text by its beginning: that of the first line that could be of one. A text that could
// be of none is taken for JSON lines, whose reader says best what is wrong.
func Detect(head []byte) Format {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	for _, f := range All() {
		if f.begins != nil && f.begins(head) {
			return f
		}
	}
	for line := range bytes.Lines(head) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		for _, f := range All() {
			if f.is != nil && f.is(line) {
				return f
			}
		}
	}
	return All()[0]
}

// Read reads a history in the named format, or in the one that it seems to have if name is "". It returns that format;
// errors name the file.
func Read(r io.Reader, file, name string) (*history.History, Format, error) {
	buffered := bufio.NewReaderSize(r, sniffed)
	format, err := Lookup(name)
	if name == "" {
		var head []byte
		head, err = buffered.Peek(sniffed)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		format = Detect(head)
	}
	if err != nil {
		return nil, Format{}, history.InFile(file, err)
	}
	h, err := format.Read(measured{buffered, length(r)})
	if err != nil {
		return nil, format, history.InFile(file, err)
	}
	return h, format, nil
}

// measured is a text of which it is known how many bytes are left, so that the reader of a format can make room for all of
// its events at once; or not known, and then it is 0.
type measured struct {
	io.Reader
	left int
}

// Len returns how many bytes are left before the first is read.
func (m measured) Len() int { return m.left }

// length returns how many bytes a reader will give, if it can tell; else 0.
func length(r io.Reader) int {
	switch r := r.(type) {
	case interface{ Len() int }:
		return r.Len()
	case interruptible:
		if info, err := r.from.Stat(); err == nil && info.Mode().IsRegular() {
			return int(info.Size())
		}
	}
	return 0
}

// ReadFile reads a history from a file, as Read does, until ctx is done.
func ReadFile(ctx context.Context, path, name string) (*history.History, Format, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Format{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, Format{}, fmt.Errorf("%s: it is a directory, not a history (a run's history is its history.jsonl)", path)
	}
	return Read(interruptible{ctx, f}, path, name)
}

// interruptible reads until its context is done.
type interruptible struct {
	ctx  context.Context
	from *os.File
}

// Read implements io.Reader.
func (r interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}
