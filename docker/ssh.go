package docker

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/docker/docker/client"
)

// closePatience is how long a connection may take to close. One through SSH ends a process, and waits for it; if that
// process has already been waited for because its output had ended, the second wait never returns.
const closePatience = 5 * time.Second

// closingSoon makes a client's connections return from Close in time, whatever is at their other end.
func closingSoon(c *client.Client) error {
	transport, ok := c.HTTPClient().Transport.(*http.Transport)
	if !ok || transport.DialContext == nil {
		return errors.New("the client has no dialer")
	}
	dial := transport.DialContext
	return client.WithDialContext(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return patientConn{conn}, nil
	})(c)
}

// patientConn is a connection that is given up if it does not close.
type patientConn struct{ net.Conn }

// Close closes the connection, and waits for it for a while.
func (c patientConn) Close() error { return c.within(c.Conn.Close) }

// CloseWrite closes the half that is written to, as attach streams need it.
func (c patientConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("the connection cannot be closed by half")
	}
	return c.within(half.CloseWrite)
}

func (c patientConn) within(what func() error) error {
	done := make(chan error, 1)
	go func() { done <- what() }()
	select {
	case err := <-done:
		return err
	case <-time.After(closePatience):
		return errors.New("the connection to the engine does not close")
	}
}
