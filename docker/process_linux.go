package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	ossignal "os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// effectTime is how long a signal may take until its effect is seen.
const effectTime = 5 * time.Second

// deliver sends a signal to every process of the pod but this one, and waits until it has taken effect. Process 1 and the
// sender are left out by the kernel.
func deliver(s signal) error {
	sig, ok := map[signal]syscall.Signal{signalKill: syscall.SIGKILL, signalStop: syscall.SIGSTOP, signalCont: syscall.SIGCONT}[s]
	if !ok {
		return fmt.Errorf("there is no signal %q", s)
	}
	err := syscall.Kill(-1, sig)
	if errors.Is(err, syscall.ESRCH) && s != signalStop {
		return nil // there is nobody to kill or to resume
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	for deadline := time.Now().Add(effectTime); ; time.Sleep(200 * time.Microsecond) {
		done, err := effective(s)
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: a process did not obey within %v", s, effectTime)
		}
	}
}

// effective tells whether all processes but this one are as a signal leaves them.
func effective(s signal) (bool, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return false, err
	}
	for _, name := range stats {
		if name == fmt.Sprintf("/proc/%d/stat", os.Getpid()) {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		state := stateOf(string(text))
		gone := state == "Z" || state == "X"
		switch {
		case s == signalKill && !gone, s == signalStop && !gone && state != "T", s == signalCont && state == "T":
			return false, nil
		}
	}
	return true, nil
}

// stateOf returns the state in a line of /proc/PID/stat: PID (name) state ..., where the name may have anything in it.
func stateOf(stat string) string {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) == 0 {
		return "X"
	}
	return fields[0]
}

// reap waits for the children that process 1 inherits.
func reap(ctx context.Context) {
	children := make(chan os.Signal, 1)
	ossignal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-ctx.Done():
			return
		case <-children:
		}
		for {
			var status syscall.WaitStatus
			pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
			if pid <= 0 && !errors.Is(err, syscall.EINTR) {
				break
			}
		}
	}
}

// badChecksums returns how many segments TCP dropped in this network because their checksum was wrong.
func badChecksums() (int64, error) {
	text, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		return 0, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if name == "InCsumErrors" && i < len(fields) {
				return strconv.ParseInt(fields[i], 10, 64)
			}
		}
	}
	return 0, errors.New("/proc/net/snmp has no InCsumErrors")
}
