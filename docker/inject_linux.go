package docker

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// injector puts packets into the pod's network that have come before: the second copies of what is duplicated. They are
// sent through a raw socket to the pod's own address and arrive over the loopback interface, which all rules leave alone.
type injector struct{ fd int }

func newInjector() (*injector, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		return nil, fmt.Errorf("a raw socket: %w", err)
	}
	return &injector{fd}, nil
}

// again sends a packet that has been let in once more.
func (q *queue) again(p *packet) {
	to := unix.SockaddrInet4{Addr: [4]byte(p.payload[16:20])}
	_ = unix.Sendto(q.inject.fd, p.payload, 0, &to) // a copy that gets lost is a lost packet
}
