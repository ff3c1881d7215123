package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// tailMax is how many bytes of a container's standard error are kept at least: its end tells why it died.
const tailMax = 128 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > 2*tailMax {
		t.text = append(t.text[:0], t.text[len(t.text)-tailMax:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// stream is the standard input and output of a container, attached by way of the engine.
type stream struct {
	attached types.HijackedResponse
	out      *io.PipeReader
	copied   chan struct{} // closed when no more output comes
}

// attach takes hold of a container's streams. What it writes to its standard error goes to log.
func (e *engine) attach(ctx context.Context, id string, log io.Writer) (*stream, error) {
	attached, err := e.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, fmt.Errorf("docker: attaching to a container: %w", err)
	}
	r, w := io.Pipe()
	s := &stream{attached: attached, out: r, copied: make(chan struct{})}
	go func() {
		defer close(s.copied)
		_, err := stdcopy.StdCopy(w, log, attached.Reader)
		_ = w.CloseWithError(err) // it never fails; nil is the end of the stream
	}()
	return s, nil
}

func (s *stream) Read(p []byte) (int, error) { return s.out.Read(p) }

func (s *stream) Write(p []byte) (int, error) { return s.attached.Conn.Write(p) }

// Close lets go of the streams. The container's standard input ends.
func (s *stream) Close() error {
	err := errors.Join(s.attached.CloseWrite(), s.attached.Conn.Close(), s.out.Close())
	<-s.copied
	return err
}
