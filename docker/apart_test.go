package docker_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sunder/docker"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// TestTwoRunsAtOnce cuts one of two clusters that are alike in two: the other does not feel it.
func TestTwoRunsAtOnce(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	one, other := start(t, b, spec(2, 1)), start(t, b, spec(2, 1))
	if docker.Address(one, "r1") == docker.Address(other, "r1") {
		t.Fatalf("both have the address %v", docker.Address(one, "r1"))
	}
	e := during(t, one, 1, nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1", "c1"}, {"r2"}}}, func() {
		if hears(t, one, "r1", "r2") {
			t.Error("the sides reach each other")
		}
		if !hears(t, other, "r1", "r2") {
			t.Error("the other run is cut, too")
		}
		if r := ask(t, other, "c1", 1, protocol.Op{F: "read", Key: "x", Via: "r2"}); r.Outcome != protocol.OK {
			t.Errorf("the other run: %+v", r)
		}
	})
	if e["dropped"] == 0 {
		t.Errorf("evidence %v", e)
	}
}

// TestALinkThatStaysCut cuts a link by other means than a fault: when the last fault has ended, the run cannot go on.
func TestALinkThatStaysCut(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	c := start(t, b, spec(3, 0))
	c.Begin(1, nemesis.Fault{Kind: nemesis.Partition, Groups: nemesis.Groups{{"r1"}, {"r2", "r3"}}})
	if err := docker.Cut(t.Context(), c, nemesis.Fault{Kind: nemesis.Partition, Links: nemesis.Links{{From: "r2", To: "r3"}}}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	c.End(1)
	if err := awaitError(t, c, 60*time.Second); !strings.Contains(err.Error(), "links are cut though no fault is in force: ") || !strings.Contains(err.Error(), "r2 -> r3") {
		t.Error(err)
	}
}

// controller returns the command sunder, to be started in a folder, and what it says.
func controller(t *testing.T, folder string, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command, said := exec.Command(self, args...), &strings.Builder{}
	command.Dir, command.Stdout, command.Stderr = folder, said, said
	return command, said
}

// exitCode returns how a command ended.
func exitCode(err error) int {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	return 0
}

// TestARunDirectoryThatBecomesUnwritable puts a file where the runs are kept while one is under way: what was not kept
// was not obtained.
func TestARunDirectoryThatBecomesUnwritable(t *testing.T) {
	needEngine(t)
	t.Parallel()
	folder := t.TempDir()
	short := strings.ReplaceAll(strings.ReplaceAll(long, "120s", "3s"), "{at: 0s,", "{at: 0s, for: 2s,")
	if err := os.WriteFile(filepath.Join(folder, "short.yaml"), []byte(short), 0o666); err != nil {
		t.Fatal(err)
	}
	command, said := controller(t, folder, "run", "short.yaml", "--backend", "docker")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	pid := command.Process.Pid
	kept := filepath.Join(folder, "store")
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if runs, err := docker.Runs(t.Context(), pid); err == nil && len(runs) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the run does not begin")
		}
	}
	if err := os.RemoveAll(kept); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(command.Wait()); code != 4 || !strings.Contains(said.String(), "store: not a directory") {
		t.Errorf("it ends with %d: %s", code, said)
	}
	if runs, err := docker.Runs(t.Context(), pid); err != nil || len(runs) > 0 {
		t.Errorf("runs are left: %v (%v)", runs, err)
	}
}

// TestNoRightToTheSocket runs the command as a user who may not use the engine's socket.
func TestNoRightToTheSocket(t *testing.T) {
	needEngine(t)
	socket, err := os.Stat("/var/run/docker.sock")
	if os.Getuid() != 0 || err != nil || socket.Mode().Perm()&0o006 != 0 {
		t.Skip("only root can become somebody who may not use the socket, if there is one")
	}
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, "sunder")
	if err := errors.Join(os.WriteFile(copied, text, 0o755), os.Chmod(folder, 0o777), os.Chmod(filepath.Dir(folder), 0o755)); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	command, said := controller(t, folder, "run", "gossip/gos-a1-not-linearizable", "--backend", "docker")
	command.Path = copied
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if code := exitCode(command.Run()); code != 4 || !strings.Contains(said.String(), "permission denied") || !strings.Contains(said.String(), "sunder doctor") {
		t.Errorf("it ends with %d: %s", code, said)
	}
}
