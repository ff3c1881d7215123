//go:build !linux

package node

import (
	"syscall"
	"time"
)

// setUserTimeout does nothing: the option is Linux's.
func setUserTimeout(syscall.RawConn, time.Duration) error { return nil }
