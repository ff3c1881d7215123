//go:build !linux

package docker

import (
	"context"
	"errors"
	"io"
)

// Nemesis is the process of a nemesis container, which is always a Linux one.
func Nemesis(context.Context, io.Reader, io.Writer, io.Writer) error {
	return errors.New("a nemesis runs inside a Linux container only")
}

// Try does once what a nemesis does.
func Try(io.Writer) error { return errors.New("a nemesis runs inside a Linux container only") }
