package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func newRun(t *testing.T, root string, seed uint64) *Run {
	t.Helper()
	r, err := Create(root, "gossip", "storm", "sim", seed, time.Unix(int64(seed), 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestLatestWithoutLinks: where the file system refuses links, `latest` is a file that Open and Remove understand.
func TestLatestWithoutLinks(t *testing.T) {
	root := t.TempDir()
	refused := func(string, string) error { return syscall.EPERM }
	first, second := newRun(t, root, 1), newRun(t, root, 2)
	if err := errors.Join(second.latest(refused), second.WriteScenario(nil), second.WriteResults(nil)); err != nil {
		t.Fatal(err)
	}
	latest := filepath.Join(root, "gossip", "storm", "latest")
	if info, err := os.Lstat(latest); err != nil || !info.Mode().IsRegular() {
		t.Fatalf("latest is no file: %v", err)
	}
	if saved, err := Open(latest); err != nil || saved.Dir != second.Dir() {
		t.Errorf("%+v: %v", saved, err)
	}
	if err := second.Remove(); err != nil {
		t.Fatal(err)
	}
	if got := pointsTo(filepath.Dir(latest)); got != filepath.Base(first.Dir()) {
		t.Errorf("latest leads to %q", got)
	}
}

func TestAHistoryThatCannotBeWritten(t *testing.T) {
	r := newRun(t, t.TempDir(), 1)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.history.Close(); err != nil {
		t.Fatal(err)
	}
	r.history = full
	var failed *Error
	if n, err := r.History().Write([]byte("x")); n != 0 || !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) || failed.Path != r.path(HistoryFile) {
		t.Errorf("%d bytes: %v", n, err)
	}
}
