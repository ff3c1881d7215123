package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"sunder/harness/protocol"
)

// Write writes a history as JSON lines, the form that Read reads. Facts, and what follows from the events, are not
// written.
func Write(w io.Writer, h *History) error {
	out := NewWriter(w)
	for _, e := range h.Events() {
		if err := out.Write(&e); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Writer writes events as they come. It is buffered: Flush puts on its way what it holds.
type Writer struct {
	to     io.Writer
	buffer []byte
	index  int
	err    error
}

// flushAt is how many bytes a Writer holds before it passes them on.
const flushAt = 1 << 16

// NewWriter returns a Writer whose first event has index 0.
func NewWriter(to io.Writer) *Writer {
	return &Writer{to: to, buffer: make([]byte, 0, flushAt+1<<10)}
}

// Write writes an event. After an error every call returns it.
func (w *Writer) Write(e *Event) error {
	if w.err != nil {
		return w.err
	}
	w.buffer, w.err = appendEvent(w.buffer, w.index, e)
	w.index++
	if w.err == nil && len(w.buffer) >= flushAt {
		return w.Flush()
	}
	return w.err
}

// Flush passes on what was written.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.buffer) > 0 {
		_, w.err = w.to.Write(w.buffer)
	}
	w.buffer = w.buffer[:0]
	return w.err
}

// appendEvent appends the line of an event. The order of the fields is part of the form: equal histories are equal
// files.
func appendEvent(b []byte, index int, e *Event) ([]byte, error) {
	b = append(b, `{"index":`...)
	b = strconv.AppendInt(b, int64(index), 10)
	b = append(b, `,"time":`...)
	b = strconv.AppendInt(b, int64(e.Time), 10)
	b = append(b, `,"process":`...)
	if e.Process == Nemesis {
		b = append(b, `"nemesis"`...)
	} else {
		b = strconv.AppendInt(b, int64(e.Process), 10)
	}
	b = append(b, `,"type":"`...)
	b = append(b, e.Type.String()...)
	b = append(b, '"')
	b = appendText(b, `,"f":`, e.F)
	if e.Key != "" {
		b = appendText(b, `,"key":`, e.Key)
	}
	b, err := appendValue(append(b, `,"value":`...), e)
	if err != nil {
		return b, err
	}
	if e.Error != "" {
		b = appendText(b, `,"error":`, e.Error)
	}
	if e.Node != "" {
		b = appendText(b, `,"node":`, string(e.Node))
	}
	if e.Via != "" {
		b = appendText(b, `,"via":`, string(e.Via))
	}
	return append(b, '}', '\n'), nil
}

func appendText(b []byte, name, text string) []byte {
	return protocol.AppendText(append(b, name...), text)
}

func appendValue(b []byte, e *Event) ([]byte, error) {
	if e.Process != Nemesis || len(e.Detail) == 0 {
		return e.Value.Append(b), nil
	}
	var line bytes.Buffer
	if err := json.Compact(&line, e.Detail); err != nil {
		return b, fmt.Errorf("history: the value of %s is not JSON: %w", e.F, err)
	}
	return append(b, line.Bytes()...), nil
}
