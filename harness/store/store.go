// Package store keeps runs on disk, each in a directory of its own:
//
//	store/<system>/<scenario>/<time>-<backend>-<seed>/
//		scenario.yaml    the scenario with every default filled in: replaying needs nothing else
//		history.jsonl    what was observed
//		faults.jsonl     what was done, with its evidence
//		results.json     what came of it; written last, so that a directory without it is of a run that did not end
//		trace.jsonl.zst  every event inside the system, of runs that are traced
//		nodes/r1.log     what the process of a node wrote for people, where nodes are processes
//	store/<system>/<scenario>/latest    a link to the last of them
//
// Files that are written at once appear whole or not at all, for whoever reads them while sunder runs or after it was
// killed; they are not synced, so the machine's own crash may take them. The package must not know what the files say,
// nor which runs are worth keeping.
package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of a run, and the folder of its logs.
const (
	ScenarioFile = "scenario.yaml"
	HistoryFile  = "history.jsonl"
	FaultsFile   = "faults.jsonl"
	ResultsFile  = "results.json"
	TraceFile    = "trace.jsonl.zst"
	LogFolder    = "nodes"
)

// stampLayout is how a directory's name begins: in UTC, so that names sort as the runs began, and without what some file
// systems forbid.
const stampLayout = "20060102T150405.000Z"

// Error is a failure of the disk, or of the rights on it.
type Error struct {
	Path string
	Err  error
}

// Error is the path, what failed there, and a hint.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %v (runs are kept in the folder --store DIR: can it be written, and is there space?)", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// failed returns the *Error of an error at a path, in place of the path that the error names itself.
func failed(path string, err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		err = pathError.Err
	case errors.As(err, &linkError):
		err = linkError.Err
	}
	return &Error{path, err}
}

// blocked returns the *Error of a folder that could not be made: its path is that of what is in the way.
func blocked(folder string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		folder = pathError.Path
	}
	return failed(folder, err)
}

// Prepare makes the folder of all runs and proves that files can be written there, so that a long run need not end to
// find out. The error is an *Error.
func Prepare(root string) error {
	if err := os.MkdirAll(root, 0o777); err != nil {
		return blocked(root, err)
	}
	probe, err := os.CreateTemp(root, ".probe-")
	if err != nil {
		return failed(root, err)
	}
	_, err = probe.Write([]byte("\n"))
	if err = errors.Join(err, probe.Close(), os.Remove(probe.Name())); err != nil {
		return failed(probe.Name(), err)
	}
	return nil
}

// Run is the directory of one run. It is for one goroutine; each run has its own.
type Run struct {
	root, dir string
	history   *os.File // nil once closed
	trace     *trace   // nil if there is none, or once closed
}

// Create makes the directory of a run, with an empty history. A scenario whose name begins with its system's is not put
// below it twice. Two runs that begin in one millisecond are told apart by a number. On an error, an *Error, nothing is
// left behind.
func Create(root, system, scenario, backend string, seed uint64, now time.Time) (*Run, error) {
	root = filepath.Clean(root)
	parent := filepath.Join(root, place(system, scenario))
	name := fmt.Sprintf("%s-%s-%d", now.UTC().Format(stampLayout), element(backend), seed)
	dir, err := claim(parent, name)
	if err != nil {
		prune(root, parent)
		return nil, blocked(parent, err)
	}
	r := &Run{root: root, dir: dir}
	if r.history, err = os.OpenFile(r.path(HistoryFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		return nil, errors.Join(failed(dir, err), r.Remove())
	}
	return r, nil
}

// place returns the folder of a scenario's runs below the root. Whatever the names are, it stays below.
func place(system, scenario string) string {
	var parts []string
	for part := range strings.SplitSeq(system+"/"+strings.TrimPrefix(scenario, system+"/"), "/") {
		if part = element(part); strings.Trim(part, ".") != "" {
			parts = append(parts, part)
		}
	}
	return filepath.Join(parts...)
}

// element makes a name fit for a directory.
func element(name string) string {
	if name == latestName {
		return name + "-"
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, name)
}

// claim makes a directory that is new, and those above it. Another run that is being removed may take an empty folder
// away from under it; then it begins again.
func claim(parent, name string) (string, error) {
	const tries = 1000
	dir := filepath.Join(parent, name)
	for n := 2; ; n++ {
		err := os.MkdirAll(parent, 0o777)
		if err == nil {
			err = os.Mkdir(dir, 0o777)
		}
		switch {
		case err == nil:
			return dir, nil
		case n > tries:
			return "", err
		case errors.Is(err, fs.ErrExist):
			dir = filepath.Join(parent, fmt.Sprintf("%s-%d", name, n))
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
}

// Dir returns the directory's path.
func (r *Run) Dir() string { return r.dir }

func (r *Run) path(file string) string { return filepath.Join(r.dir, file) }

// History returns where the history goes. What is written to it is handed to the system at once.
func (r *Run) History() io.Writer { return historyWriter{r} }

// historyWriter gives errors a hint.
type historyWriter struct{ run *Run }

func (w historyWriter) Write(b []byte) (int, error) {
	n, err := w.run.history.Write(b)
	if err != nil {
		err = failed(w.run.path(HistoryFile), err)
	}
	return n, err
}

// CloseHistory ends the history. It may be called again.
func (r *Run) CloseHistory() error {
	if r.history == nil {
		return nil
	}
	err := r.history.Close()
	r.history = nil
	if err != nil {
		return failed(r.path(HistoryFile), err)
	}
	return nil
}

// Close ends whatever is still being written. It may be called again.
func (r *Run) Close() error {
	err := r.CloseHistory()
	if r.trace != nil {
		err = errors.Join(err, r.trace.Close())
	}
	return err
}

// Remove closes the run and deletes its directory, and what is empty then of the folders above it. Latest goes to the
// newest run that is left.
func (r *Run) Remove() error {
	closed := r.Close()
	parent := filepath.Dir(r.dir)
	if err := errors.Join(leave(parent, filepath.Base(r.dir)), os.RemoveAll(r.dir)); err != nil {
		return errors.Join(closed, failed(r.dir, err))
	}
	prune(r.root, parent)
	return closed
}

// prune removes the folders that are empty, from one upwards to the root, which stays.
func prune(root, folder string) {
	for ; len(folder) > len(root); folder = filepath.Dir(folder) {
		_ = os.Remove(folder) // fails if something is in it, and then it is to stay
	}
}
