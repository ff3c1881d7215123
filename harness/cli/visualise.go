package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/linearizable"
)

// visualise writes a page that shows the history to a file, which appears whole or not at all.
func visualise(in checkers.Input, found []checkers.Verdict, file string) error {
	k := slices.IndexFunc(found, func(v checkers.Verdict) bool { return v.Guarantee == guarantee.Linearizable })
	if k < 0 {
		return usagef("--visualise shows linearizability, which was not judged: it is not among the guarantees asked for, or says nothing of a %s", in.Object.Name)
	}
	var page bytes.Buffer
	if err := linearizable.Visualise(in, found[k], &page); err != nil {
		return usagef("--visualise: %v", err)
	}
	fresh, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return ioError{err}
	}
	_, err = fresh.Write(page.Bytes())
	if closed := fresh.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(fresh.Name(), 0o644) //nolint:gosec // a page to be looked at
	}
	if err == nil {
		err = os.Rename(fresh.Name(), file)
	}
	if err != nil {
		_ = os.Remove(fresh.Name()) // what went wrong is said by the first error
		return ioError{err}
	}
	return nil
}
