package node

import (
	"net"
	"syscall"
	"testing"
)

func TestConnectionsHaveAUserTimeout(t *testing.T) {
	transport := tcp()
	l, err := transport.listen("127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	conn, err := transport.dial(t.Context(), l.Addr().String())
	must(t, err)
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	must(t, err)
	var got int
	var failed error
	must(t, raw.Control(func(fd uintptr) {
		got, failed = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout)
	}))
	must(t, failed)
	if got != int(unacked.Milliseconds()) {
		t.Errorf("the user timeout is %d ms, want %v", got, unacked)
	}
}
