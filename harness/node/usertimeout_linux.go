package node

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of tcp(7), which package syscall does not name.
const tcpUserTimeout = 0x12

// setUserTimeout makes the kernel give a connection up whose data the other side has not acknowledged for a time. Else it
// would try for a quarter of an hour, less and less often, and a partition would seem to last on after it has ended.
func setUserTimeout(c syscall.RawConn, after time.Duration) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(after.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
