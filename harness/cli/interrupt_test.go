//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/history/formats"
	"sunder/harness/prng"
)

// brief is a run whose end tells that the one after it is about to begin.
const brief = `
about: A second of a toy.
system: toy
workload: {object: register, rate: 100/s}
duration: 1s
expect: {holds: [linearizable]}
`

// endless is a run that takes minutes of real time, so that an interrupt always meets it on its way.
const endless = `
about: A day of a toy.
system: toy
workload: {object: register, rate: 1000/s}
duration: 24h
expect: {holds: [linearizable]}
`

// TestInterruptKeepsTheHistory interrupts a run as Ctrl-C does: the command stops with 130, says so, and what there is of
// the history is on disk and can be read. An interrupt that comes before the first event is tried again.
func TestInterruptKeepsTheHistory(t *testing.T) {
	for attempt := range 100 {
		if h := interrupted(t, time.Duration(attempt)*5*time.Millisecond); len(h) > 0 {
			parsed, _, err := formats.Read(bytes.NewReader(h), "history.jsonl", "jsonl")
			if err != nil {
				t.Fatal(err)
			}
			if len(parsed.Phases) != 1 {
				t.Errorf("the history has %d phases, not one", len(parsed.Phases))
			}
			return
		}
	}
	t.Fatal("no run had begun when it was interrupted")
}

// TestInterruptEndsACheck interrupts the judgement of a history whose search goes on until its memory is full: few values
// that many processes write at once. The first interrupt ends it with 130, and what was not decided is unknown. One that
// comes too early is tried again.
func TestInterruptEndsACheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hard.jsonl")
	var text bytes.Buffer
	shape := oracle.Shape{Object: "register", Ops: 3000, Processes: 60, Keys: 1, Values: 10}
	if err := history.Write(&text, oracle.Random(prng.New(2), shape)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for attempt := range 20 {
		command := exec.CommandContext(t.Context(), self, "check", file, "--guarantee", "linearizable", "--budget", "1000000000000")
		command.Env = append(os.Environ(), "SUNDER_AS_COMMAND=1")
		var out, complaints bytes.Buffer
		command.Stdout, command.Stderr = &out, &complaints
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(attempt+1) * 100 * time.Millisecond) // when the search has begun nobody outside can see
		if err := command.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		err := command.Wait()
		if !strings.Contains(out.String(), "linearizable") {
			continue
		}
		var ended *exec.ExitError
		if !errors.As(err, &ended) || ended.ExitCode() != 130 || !strings.Contains(complaints.String(), "sunder: interrupted") {
			t.Fatalf("ended with %v, want exit code 130\n%s%s", err, &out, &complaints)
		}
		if !strings.Contains(out.String(), "unknown  interrupted") {
			t.Fatalf("the verdict does not say that it was interrupted:\n%s", &out)
		}
		return
	}
	t.Fatal("no check had begun when it was interrupted")
}

// interrupted starts the command, interrupts it and returns the history that it left.
func interrupted(t *testing.T, patience time.Duration) []byte {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"brief.yaml": brief, "endless.yaml": endless})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "run", "brief.yaml", "endless.yaml", "--workers", "1", "--json")
	command.Dir = dir
	command.Env = append(os.Environ(), "SUNDER_AS_COMMAND=1")
	var complaints bytes.Buffer
	command.Stderr = &complaints
	pipe, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	<-time.After(patience) // the next run has begun sooner or later; how soon nobody outside can see
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := command.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 130 {
		t.Fatalf("ended with %v, want exit code 130\n%s%s", err, rest, &complaints)
	}
	if !strings.Contains(complaints.String(), "sunder: interrupted") {
		t.Errorf("it does not say that it was interrupted: %q", complaints.String())
	}
	h, err := os.ReadFile(filepath.Join(dir, "store", "toy", "endless", "latest", "history.jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return h
}
