package store

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// latestName is the link beside the runs of a scenario that leads to the last of them.
const latestName = "latest"

// Latest makes the link `latest` lead to this run. Where the file system has no links, it is a file with the
// directory's name in it.
func (r *Run) Latest() error { return r.latest(os.Symlink) }

func (r *Run) latest(symlink func(target, link string) error) error {
	parent, name := filepath.Split(r.dir)
	if err := point(parent, name, symlink); err != nil {
		return failed(filepath.Join(parent, latestName), err)
	}
	return nil
}

// point replaces the link at once: whoever follows it finds the old run or the new one.
func point(parent, name string, symlink func(target, link string) error) error {
	fresh := filepath.Join(parent, "."+latestName+"-"+name)
	if err := symlink(name, fresh); err != nil {
		if err := os.WriteFile(fresh, []byte(name+"\n"), 0o666); err != nil {
			return err
		}
	}
	if err := os.Rename(fresh, filepath.Join(parent, latestName)); err != nil {
		_ = os.Remove(fresh) // what went wrong is said by the first error
		return err
	}
	return nil
}

// pointsTo returns the name that `latest` leads to, "" if there is none.
func pointsTo(parent string) string {
	link := filepath.Join(parent, latestName)
	if name, err := os.Readlink(link); err == nil {
		return name
	}
	text, err := os.ReadFile(link)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// leave makes `latest` lead to the newest other run if it leads to this one.
func leave(parent, name string) error {
	if pointsTo(parent) != name {
		return nil
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		if e.IsDir() && e.Name() != name && isRun(e.Name()) {
			return point(parent, e.Name(), os.Symlink)
		}
	}
	return os.Remove(filepath.Join(parent, latestName))
}

// isRun tells a run's directory from the folder of a scenario that is named below another.
func isRun(name string) bool {
	stamp, _, found := strings.Cut(name, "-")
	_, err := time.Parse(stampLayout, stamp)
	return found && err == nil
}
