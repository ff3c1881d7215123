package node

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"sunder/harness/protocol"
)

// helloTime is how long a new connection has to say whose it is.
const helloTime = 5 * time.Second

// arrival is a message that has come.
type arrival struct {
	from    protocol.NodeID
	message protocol.Message
}

// listener takes what the other nodes send and passes it to inbox, in the order of each connection.
type listener struct {
	accepts net.Listener
	expects func(hello) error // tells who may send
	codec   *protocol.Codec
	inbox   chan<- arrival
	counts  *counters
	logf    func(format string, args ...any)
	fail    func(error) // ends the process

	mu      sync.Mutex
	closed  bool
	open    map[net.Conn]bool
	newest  map[protocol.NodeID]net.Conn // by sender
	readers sync.WaitGroup
}

// run accepts connections until close is called.
func (l *listener) run(ctx context.Context) error {
	for {
		conn, err := l.accepts.Accept()
		if err != nil {
			if l.isClosed() {
				return nil
			}
			return fmt.Errorf("accepting connections: %w", err)
		}
		l.admit(ctx, conn)
	}
}

func (l *listener) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// admit begins to read a connection, or closes it if it comes too late. It does so under the lock, so that close waits for
// every reader there is.
func (l *listener) admit(ctx context.Context, conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return
	}
	l.open[conn] = true
	l.readers.Go(func() { l.serve(ctx, conn) })
}

// serve reads a connection until it ends.
func (l *listener) serve(ctx context.Context, conn net.Conn) {
	from, err := l.read(ctx, conn)
	l.mu.Lock()
	closed := l.closed
	delete(l.open, conn)
	if l.newest[from] == conn {
		delete(l.newest, from)
	}
	l.mu.Unlock()
	_ = conn.Close()
	if !closed {
		l.logf("the connection from %s (%s) is over: %v", conn.RemoteAddr(), from, err)
	}
}

// read passes messages on until it cannot. It returns who has sent them, if that is known.
func (l *listener) read(ctx context.Context, conn net.Conn) (protocol.NodeID, error) {
	frames := bufio.NewReaderSize(conn, 64<<10)
	h, err := l.greet(conn, frames)
	if err != nil {
		return "", err
	}
	l.supersede(h.From, conn)
	for {
		contents, err := readFrame(frames)
		if errors.Is(err, errLost) || errors.Is(err, errDamaged) {
			l.counts.damaged.Add(1)
		}
		if errors.Is(err, errDamaged) {
			l.logf("a frame from %s is dropped: %v", h.From, err)
			continue
		}
		if err != nil {
			return h.From, err
		}
		m, err := l.codec.Decode(contents)
		if err != nil {
			// Its checksum is right, so this is what was sent.
			l.fail(fmt.Errorf("from %s: %w", h.From, err))
			return h.From, err
		}
		l.counts.received.Add(1)
		select {
		case l.inbox <- arrival{h.From, m}:
		case <-ctx.Done():
			return h.From, ctx.Err()
		}
	}
}

// greet reads who sends on a connection, and tells whether it may.
func (l *listener) greet(conn net.Conn, frames *bufio.Reader) (hello, error) {
	var h hello
	if err := conn.SetReadDeadline(time.Now().Add(helloTime)); err != nil {
		return h, err
	}
	contents, err := readFrame(frames)
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(contents, &h); err != nil {
		return h, err
	}
	if err := l.expects(h); err != nil {
		return h, err
	}
	return h, conn.SetReadDeadline(time.Time{})
}

// supersede closes the connection that a sender had before: it has given that up.
func (l *listener) supersede(from protocol.NodeID, conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.newest[from]; old != nil {
		_ = old.Close()
	}
	l.newest[from] = conn
}

// close ends all connections, and returns when nothing more comes. The context of run must have ended.
func (l *listener) close() {
	l.mu.Lock()
	l.closed = true
	_ = l.accepts.Close()
	for conn := range l.open {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.readers.Wait()
}
