package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sunder/harness/history"
)

// Saved is the directory of a run that has ended.
type Saved struct {
	Dir      string // where `latest` leads to, if that was opened
	Scenario []byte // scenario.yaml
	Results  []byte // results.json
}

// Open reads what a run directory holds, but for the history. The error says what is missing, and what can be done
// with the rest.
func Open(dir string) (*Saved, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	s := &Saved{Dir: dir}
	if s.Scenario, err = s.read(ScenarioFile, "it is not a run directory; those hold "+ScenarioFile+", "+HistoryFile+" and "+ResultsFile); err != nil {
		return nil, err
	}
	hint := fmt.Sprintf("the run did not end: what there is of it is %s, and it can be run again from %s",
		filepath.Join(dir, HistoryFile), filepath.Join(dir, ScenarioFile))
	if s.Results, err = s.read(ResultsFile, hint); err != nil {
		return nil, err
	}
	return s, nil
}

// resolve follows `latest`, as a link or as a file.
func resolve(dir string) (string, error) {
	if parent, base := filepath.Split(filepath.Clean(dir)); base == latestName {
		if name := pointsTo(parent); name != "" {
			dir = filepath.Join(parent, name)
		}
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: there is no such run directory", dir)
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s: it is a file, not a run directory", dir)
	}
	return dir, nil
}

func (s *Saved) read(name, hint string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %s is missing (%s)", s.Dir, name, hint)
	}
	return text, err
}

// History reads history.jsonl. What is wrong with its text is a *history.LineError.
func (s *Saved) History() (*history.History, error) {
	path := filepath.Join(s.Dir, HistoryFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %s is missing", s.Dir, HistoryFile)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h, err := history.Read(f)
	if err != nil {
		return nil, history.InFile(path, err)
	}
	return h, nil
}
