package node

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"sunder/harness/protocol"
)

// How a node keeps up its connections. A connection that met a partition must be given up soon, so that a new one can
// be made as soon as the partition has ended, but not so soon that a slow network looks like a cut one.
const (
	queueMax    = 4096                   // messages that wait for one peer
	batchMax    = 256 << 10              // bytes that are written at once
	unacked     = 2 * time.Second        // after which a connection is given up whose data is not acknowledged
	attempting  = 2 * time.Second        // how long a connection is tried to be made
	attemptGap  = 250 * time.Millisecond // between attempts, which go on side by side: a lost SYN is sent again only after 1 s
	refusedRest = 20 * time.Millisecond  // how long a peer that refused a connection is left alone
)

// transport is how connections are made.
type transport struct {
	listen func(address string) (net.Listener, error)
	dial   func(ctx context.Context, address string) (net.Conn, error)
}

// tcp is the transport that nodes have.
func tcp() transport {
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error { return setUserTimeout(c, unacked) }}
	return transport{
		listen: func(address string) (net.Listener, error) { return net.Listen("tcp", address) },
		dial: func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		},
	}
}

// peer is the way to another node: a queue, and one goroutine that writes what is in it to a connection.
type peer struct {
	id      protocol.NodeID
	address string
	queue   chan protocol.Message
	dial    func(ctx context.Context, address string) (net.Conn, error)
	hello   []byte // the first frame of each connection
	codec   *protocol.Codec
	counts  *counters
	logf    func(format string, args ...any)
	fail    func(error) // ends the process
	cut     bool        // the last try to connect failed, which was logged
}

// send puts a message on its way, unless too many wait.
func (p *peer) send(m protocol.Message) {
	select {
	case p.queue <- m:
		p.counts.sent.Add(1)
	default:
		p.counts.overflow.Add(1)
	}
}

// run carries messages until ctx ends. It connects before there is a message, so that the first one need not wait.
func (p *peer) run(ctx context.Context) {
	link := p.connect(ctx)
	defer func() { link.close() }()
	for {
		var first protocol.Message
		select {
		case <-ctx.Done():
			return
		case <-link.brokenOff():
			p.giveUp(link, errBrokenOff)
			link = nil
			continue
		case first = <-p.queue:
		}
		frames, n, err := p.batch(first)
		if err != nil {
			p.fail(err)
			return
		}
		if link == nil {
			link = p.connect(ctx)
		}
		if link == nil {
			p.drop(n)
			continue
		}
		if err := link.write(frames); err != nil {
			p.counts.broken.Add(int64(n))
			p.giveUp(link, err)
			link = nil
		}
	}
}

// batch returns the frames of the first message and of what waits behind it, up to a size, and how many they are.
func (p *peer) batch(first protocol.Message) (frames []byte, n int, err error) {
	for m := first; ; {
		contents, err := p.codec.Encode(m)
		if err != nil {
			return nil, 0, err
		}
		if frames, err = appendFrame(frames, contents); err != nil {
			return nil, 0, err
		}
		n++
		if len(frames) > batchMax {
			return frames, n, nil
		}
		select {
		case m = <-p.queue:
		default:
			return frames, n, nil
		}
	}
}

// drop counts n messages as lost, and with them all that wait: there is no way to the peer.
func (p *peer) drop(n int) {
	p.counts.broken.Add(int64(n))
	for {
		select {
		case <-p.queue:
			p.counts.broken.Add(1)
		default:
			return
		}
	}
}

var errBrokenOff = errors.New("the other side has closed it")

func (p *peer) giveUp(link *outgoing, why error) {
	link.close()
	p.logf("the connection to %s is lost: %v", p.id, why)
}

// connect makes a connection. It returns nil if the peer refuses it, or cannot be reached for some time.
func (p *peer) connect(ctx context.Context) *outgoing {
	conn, err := p.attempt(ctx)
	if err == nil {
		link := newOutgoing(conn)
		if err = link.write(p.hello); err == nil {
			p.logf("connected to %s at %s", p.id, p.address)
			p.cut = false
			return link
		}
		link.close()
	}
	if ctx.Err() != nil {
		return nil
	}
	if !p.cut {
		p.logf("no connection to %s: %v", p.id, err)
	}
	p.cut = true
	wait(ctx, refusedRest)
	return nil
}

// attempt tries to reach the peer several times side by side, until one try succeeds or one is refused.
func (p *peer) attempt(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, attempting)
	type dialed struct {
		conn net.Conn
		err  error
	}
	results := make(chan dialed)
	var tries sync.WaitGroup
	try := func() {
		conn, err := p.dial(ctx, p.address)
		select {
		case results <- dialed{conn, err}:
		case <-ctx.Done():
			if err == nil {
				_ = conn.Close() // another try was faster
			}
		}
	}
	defer tries.Wait()
	defer cancel()
	ticker := time.NewTicker(attemptGap)
	defer ticker.Stop()
	tries.Go(try)
	for {
		select {
		case r := <-results:
			return r.conn, r.err
		case <-ticker.C:
			tries.Go(try)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// wait waits for a time, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// outgoing is a connection that is written to. Nothing comes back on it but its end.
type outgoing struct {
	conn  net.Conn
	ended chan struct{} // closed when the other side has closed it, or it was given up
}

func newOutgoing(conn net.Conn) *outgoing {
	o := &outgoing{conn: conn, ended: make(chan struct{})}
	go func() {
		defer close(o.ended)
		_, _ = io.Copy(io.Discard, conn) // that it ends is all there is to know
	}()
	return o
}

// brokenOff is closed when the connection has ended; of no connection it never is.
func (o *outgoing) brokenOff() <-chan struct{} {
	if o == nil {
		return nil
	}
	return o.ended
}

// write writes frames. Where the kernel does not give a connection up by itself, one that takes nothing for long is.
func (o *outgoing) write(frames []byte) error {
	if err := o.conn.SetWriteDeadline(time.Now().Add(2 * unacked)); err != nil {
		return err
	}
	_, err := o.conn.Write(frames)
	return err
}

func (o *outgoing) close() {
	if o == nil {
		return
	}
	_ = o.conn.Close() // nothing is lost that was not
	<-o.ended
}
