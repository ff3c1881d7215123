package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// WriteScenario writes scenario.yaml.
func (r *Run) WriteScenario(text []byte) error { return r.write(ScenarioFile, text) }

// WriteFaults writes faults.jsonl.
func (r *Run) WriteFaults(lines []byte) error { return r.write(FaultsFile, lines) }

// WriteResults writes results.json. It comes last.
func (r *Run) WriteResults(text []byte) error { return r.write(ResultsFile, text) }

// WriteLog writes nodes/<name>.log.
func (r *Run) WriteLog(name string, text []byte) error {
	if err := os.MkdirAll(r.path(LogFolder), 0o777); err != nil {
		return blocked(r.path(LogFolder), err)
	}
	return r.write(filepath.Join(LogFolder, element(name)+".log"), text)
}

// write makes a file appear whole, in place of the one that may be there. On an error there is no other file than
// before.
func (r *Run) write(name string, text []byte) error {
	fresh := r.path(filepath.Join(filepath.Dir(name), "."+filepath.Base(name)))
	err := os.WriteFile(fresh, text, 0o666)
	if err == nil {
		err = os.Rename(fresh, r.path(name))
	}
	if err != nil {
		_ = os.Remove(fresh) // what went wrong is said by the first error
		return failed(r.path(name), err)
	}
	return nil
}

// Trace begins the trace of the run: what is written to it is compressed on its way. Close ends it. A trace that is
// begun again replaces the one before it.
func (r *Run) Trace() (io.WriteCloser, error) {
	file, err := os.Create(r.path(TraceFile))
	if err != nil {
		return nil, failed(r.path(TraceFile), err)
	}
	encoder, err := zstd.NewWriter(file, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, errors.Join(failed(r.path(TraceFile), err), file.Close())
	}
	r.trace = &trace{run: r, file: file, encoder: encoder}
	return r.trace, nil
}

// trace is a trace that is being written.
type trace struct {
	run     *Run
	file    *os.File
	encoder *zstd.Encoder
}

func (t *trace) Write(b []byte) (int, error) {
	n, err := t.encoder.Write(b)
	if err != nil {
		err = failed(t.run.path(TraceFile), err)
	}
	return n, err
}

// Close ends the trace. It may be called again.
func (t *trace) Close() error {
	if t.run.trace != t {
		return nil
	}
	t.run.trace = nil
	if err := errors.Join(t.encoder.Close(), t.file.Close()); err != nil {
		return failed(t.run.path(TraceFile), err)
	}
	return nil
}
