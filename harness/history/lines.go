package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"
)

// MaxLine is how long a line of a history may be, in bytes. It bounds the memory that reading a wrong file takes.
const MaxLine = 64 << 20

// LineError is what is wrong with a file.
type LineError struct {
	Problem
	File    string // "" if it is not known
	Line    int    // from 1; 0 if it is about the whole
	Earlier int    // the line of the event that this one is at odds with; 0 if there is none
	Cause   error  // of an error that is not the file's; nil else
}

// Error is the file, the line, what is wrong and a hint.
func (e *LineError) Error() string {
	place := ""
	switch {
	case e.File != "" && e.Line > 0:
		place = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	case e.File != "":
		place = e.File + ": "
	case e.Line > 0:
		place = fmt.Sprintf("line %d: ", e.Line)
	}
	what := e.What
	if e.Earlier > 0 {
		what += fmt.Sprintf(" (see line %d)", e.Earlier)
	}
	return place + (&Problem{What: what, Hint: e.Hint}).Error()
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Cause }

// InFile says which file an error of reading it is about.
func InFile(file string, err error) error {
	var line *LineError
	if errors.As(err, &line) {
		placed := *line
		placed.File = file
		return &placed
	}
	return fmt.Errorf("%s: %w", file, err)
}

// ReadLines reads a history of which every event is one line. Parse turns a line, without its end, into an event, or
// returns false for a line that holds none; the line is not its own to keep. Its errors should be *Problems.
//
// Lines may end in CRLF, the first may begin with a byte order mark, and the last needs no end. The text must be UTF-8.
// An error is a *LineError.
func ReadLines(r io.Reader, parse func(line []byte, e *Event) (bool, error)) (*History, error) {
	in := lineReader{from: bufio.NewReaderSize(r, 1<<16)}
	total := length(r)
	var builder Builder
	var e Event
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			return builder.Finish(), nil
		}
		if err != nil {
			return nil, err
		}
		e = Event{}
		found, err := parse(line, &e)
		if err != nil {
			return nil, in.blame(err)
		}
		if !found {
			continue
		}
		if err := builder.add(&e); err != nil {
			return nil, in.misfit(err, &builder.history)
		}
		builder.history.standsOn(in.line)
		if in.line == sampled && total > 0 {
			builder.Grow(min(int(total*sampled/int64(in.read)), mostExpected)/2 + sampled)
		}
	}
}

// After so many lines it is reckoned how many there will be in all, for to make room for more and more of them takes as
// long as to read them; but for no more than mostExpected at once, if the first lines are much shorter than the others.
const (
	sampled      = 1024
	mostExpected = 1 << 23
)

// length returns how many bytes a reader will give, if it can tell; else 0.
func length(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Len() int }: // of bytes.Reader and its like
		return int64(r.Len())
	case fs.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// lineReader hands out the lines of a text.
type lineReader struct {
	from *bufio.Reader
	line int // the number of the last line that was handed out
	read int // bytes of the lines so far
	long []byte
	open bool // the last line had no end
}

// next returns the next line without its end, valid until the next call; io.EOF after the last, else *LineErrors.
func (l *lineReader) next() ([]byte, error) {
	l.line++
	line, err := l.from.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.rest(line)
	}
	switch {
	case errors.Is(err, io.EOF) && len(line) == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		l.open = true
	case err != nil:
		return nil, l.failed(err)
	}
	l.read += len(line)
	if l.line > MaxEvents {
		return nil, l.blame(&Problem{What: fmt.Sprintf("there are more than %d lines", MaxEvents), Hint: hintLong})
	}
	if l.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if !utf8.Valid(line) {
		return nil, l.notText(line)
	}
	return line, nil
}

// rest goes on reading a line that is longer than the buffer.
func (l *lineReader) rest(begin []byte) ([]byte, error) {
	l.long = append(l.long[:0], begin...)
	for {
		more, err := l.from.ReadSlice('\n')
		if len(l.long)+len(more) > MaxLine {
			return nil, &LineError{Line: l.line, Problem: Problem{
				What: fmt.Sprintf("the line is longer than %d MiB", MaxLine>>20),
				Hint: "a history has one event a line: is this one?",
			}}
		}
		l.long = append(l.long, more...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.long, err
		}
	}
}

// failed tells an error of a line from one of reading it.
func (l *lineReader) failed(err error) error {
	var known *LineError
	if errors.As(err, &known) {
		return err
	}
	return &LineError{Line: l.line, Problem: Problem{What: "it could not be read: " + err.Error()}, Cause: err}
}

// notText says why a line that is not UTF-8 cannot be read.
func (l *lineReader) notText(line []byte) error {
	i := 0
	for i < len(line) {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	switch {
	case l.open && !utf8.FullRune(line[i:]):
		return l.blame(&Problem{Cut: true})
	case l.line == 1 && (bytes.HasPrefix(line, []byte{0xff, 0xfe}) || bytes.HasPrefix(line, []byte{0xfe, 0xff})):
		return l.blame(&Problem{What: "the text is UTF-16", Hint: "write it as UTF-8"})
	}
	return l.blame(&Problem{What: fmt.Sprintf("byte %d, %#02x, is not UTF-8", i+1, line[i]), Hint: "a history is text in UTF-8; is it compressed?"})
}

// blame places what is wrong with the last line.
func (l *lineReader) blame(err error) error {
	e := &LineError{Line: l.line}
	var problem *Problem
	if errors.As(err, &problem) {
		e.Problem = *problem
	} else {
		e.What, e.Cause = err.Error(), err
	}
	switch {
	case e.Cut && l.open:
		e.What, e.Hint = "the file is cut off in the middle of an event", "whoever wrote it did not finish; without its last line it can be read"
	case e.Cut && e.What == "":
		e.What = "the line ends in the middle of an event"
	}
	return e
}

// standsOn notes the line of the last event. As long as each line has one there is nothing to note.
func (h *History) standsOn(line int) {
	events := len(h.events)
	if h.Lines == nil && line == events {
		return
	}
	if h.Lines == nil {
		h.Lines = make([]int32, 0, cap(h.events))
		for i := range events - 1 {
			h.Lines = append(h.Lines, int32(i+1))
		}
	}
	h.Lines = append(room(h.Lines), int32(line))
}

// misfit puts lines in place of positions.
func (l *lineReader) misfit(err error, h *History) error {
	var misfit *Misfit
	if !errors.As(err, &misfit) {
		return l.blame(err)
	}
	e := &LineError{Line: l.line, Problem: misfit.Problem}
	if misfit.Earlier >= 0 {
		e.Earlier = h.Line(misfit.Earlier)
	}
	return e
}
