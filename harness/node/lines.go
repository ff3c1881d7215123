package node

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// outboxMax is how many bytes wait for a reader before it counts as gone.
const outboxMax = 64 << 20

// errUnread says that the other end of the control stream does not read.
var errUnread = errors.New("the other end of the control stream does not read what is sent to it")

// lineReader reads JSON lines and is strict about them: an unknown field, a second value or a line without an end is an
// error, for both ends are meant to be of one version.
type lineReader struct {
	from *bufio.Reader
	line int // lines read
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{from: bufio.NewReaderSize(r, 64<<10)} }

// read reads the next line into v. The error at the end of the stream, between two lines, is io.EOF.
func (r *lineReader) read(v any) error {
	text, err := r.text()
	if err != nil {
		return err
	}
	r.line++
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("line %d of the control stream: %w", r.line, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d of the control stream: more than one value", r.line)
	}
	return nil
}

func (r *lineReader) text() ([]byte, error) {
	var text []byte
	for {
		part, err := r.from.ReadSlice('\n')
		if len(text)+len(part) > lineMax {
			return nil, fmt.Errorf("line %d of the control stream is longer than %d bytes", r.line+1, lineMax)
		}
		switch {
		case err == nil && text == nil:
			return part, nil
		case err == nil:
			return append(text, part...), nil
		case errors.Is(err, bufio.ErrBufferFull):
			text = append(text, part...)
		case errors.Is(err, io.EOF) && len(text)+len(part) > 0:
			return nil, fmt.Errorf("line %d of the control stream has no end: %w", r.line+1, io.ErrUnexpectedEOF)
		default:
			return nil, err
		}
	}
}

// outbox holds the lines that are on their way out, so that whoever has something to say does not wait for a reader.
type outbox struct {
	mu      sync.Mutex
	pending []byte
	closed  bool
	err     error         // why nothing more goes out
	wake    chan struct{} // holds a token when there is something to do
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// put adds a line.
func (o *outbox) put(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("control stream: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil:
		return o.err
	case o.closed:
		return io.ErrClosedPipe
	case len(o.pending)+len(text) >= outboxMax:
		o.err = errUnread
		return o.err
	}
	o.pending = append(append(o.pending, text...), '\n')
	o.poke()
	return nil
}

// close lets what was put go out, and nothing more.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.poke()
}

func (o *outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// pump writes the lines until the outbox is closed and empty, or writing fails.
func (o *outbox) pump(w io.Writer) error {
	var spare []byte
	for range o.wake {
		o.mu.Lock()
		text, done := o.pending, o.closed || o.err != nil
		o.pending = spare[:0]
		o.mu.Unlock()
		if len(text) > 0 {
			if _, err := w.Write(text); err != nil {
				return o.fail(err)
			}
		}
		if spare = text[:0]; cap(spare) > 1<<20 {
			spare = nil
		}
		if done {
			return o.fail(nil)
		}
	}
	return nil
}

// fail notes why nothing more goes out, unless that is known.
func (o *outbox) fail(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.closed, o.pending = true, nil
	return o.err
}
