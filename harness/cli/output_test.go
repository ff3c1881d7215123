//go:build unix

package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAClosedPipeEndsQuietly starts commands whose reader has gone, as that of `sunder list scenarios | head -1` has: they
// end with 130 and say nothing, and a run on its way is stopped as by an interrupt, with what there is of it on disk.
func TestAClosedPipeEndsQuietly(t *testing.T) {
	for _, args := range []string{
		"list scenarios", "list faults --json", "describe toy", "schema", "version", "run --help", "run brief.yaml endless.yaml --workers 1",
		"run brief.yaml endless.yaml --workers 1 --json", "check honest.jsonl", "replay brief.yaml --until 1ms --inspect r1",
	} {
		t.Run(args, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{"brief.yaml": brief, "endless.yaml": endless, "honest.jsonl": honest})
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := reader.Close(); err != nil {
				t.Fatal(err)
			}
			code, complaints := ends(t, dir, writer, strings.Fields(args)...)
			if code != 130 || complaints != "" {
				t.Errorf("ended with %d and says %q", code, complaints)
			}
		})
	}
}

// TestOutputThatIsLostIsAnError writes to a device that is always full.
func TestOutputThatIsLostIsAnError(t *testing.T) {
	for _, args := range []string{
		"list scenarios", "list scenarios --json", "describe toy", "schema", "version", "version --json", "--help", "run brief.yaml",
		"run brief.yaml --json", "run brief.yaml --verify-determinism", "check honest.jsonl", "check honest.jsonl --json", "mutants toy",
	} {
		t.Run(args, func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("there is no /dev/full")
			}
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			write(t, dir, map[string]string{"brief.yaml": brief, "honest.jsonl": honest})
			code, complaints := ends(t, dir, full, strings.Fields(args)...)
			if code != 4 || complaints != "sunder: standard output: write /dev/stdout: no space left on device\n" {
				t.Errorf("ended with %d and says %q", code, complaints)
			}
		})
	}
}

const honest = `{"process":0,"type":"invoke","f":"write","key":"x","value":1}
{"process":0,"type":"ok","f":"write","key":"x","value":1}
`

// write writes files with their texts into a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// ends runs the command to its end with a file as standard output, which it closes, and returns the exit code and what went to
// standard error.
func ends(t *testing.T, dir string, out *os.File, args ...string) (int, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	command := exec.CommandContext(t.Context(), self, args...)
	command.Dir, command.Stdout, command.Stderr = dir, out, &complaints
	command.Env = append(os.Environ(), "SUNDER_AS_COMMAND=1")
	err = command.Run()
	if closed := out.Close(); closed != nil {
		t.Fatal(closed)
	}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), complaints.String()
}
