package node

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"sunder/harness/protocol"
)

// The names of a disk's files. A log is called log.0 at first; a snapshot begins the next one, log.1, and so on.
const (
	bootFile  = "boot"
	logPrefix = "log."
	freshFile = "fresh" // a file that takes its name when all of it is there
)

// disk is the folder in which a node keeps its log. It is used by one goroutine at a time.
type disk struct {
	dir        string
	generation uint64   // of the log
	log        *os.File // open at its end
}

// found is what a disk held when it was opened.
type found struct {
	kept
	boots   uint64 // starts before this one that the disk knows of
	damaged bool
	wiped   int
}

// openDisk opens the disk in a folder, which is made if it is not there, cuts damaged records off its log, and notes one
// more boot: this one, of a number that is at least boot. With wipe the disk is emptied first.
func openDisk(dir string, boot uint64, wipe bool) (*disk, found, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, found{}, err
	}
	d := &disk{dir: dir}
	f, err := d.recover()
	if err == nil && wipe {
		f, err = d.wipe(f)
	}
	if err == nil {
		f.boots = max(f.boots, boot)
		err = d.replace(bootFile, strconv.AppendUint(nil, f.boots+1, 10))
	}
	if err == nil {
		d.log, err = os.OpenFile(d.name(), os.O_WRONLY|os.O_CREATE, 0o666)
	}
	if err == nil {
		err = d.settle(int64(f.whole))
	}
	if err != nil {
		return nil, found{}, errors.Join(err, d.close())
	}
	return d, f, nil
}

// settle makes the log end where it is whole, for good.
func (d *disk) settle(whole int64) error {
	if err := d.log.Truncate(whole); err != nil {
		return err
	}
	if _, err := d.log.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	return errors.Join(d.log.Sync(), syncFolder(d.dir))
}

// recover reads what the disk holds. Of several logs, which a process leaves that is killed while it puts a snapshot in
// place, the newest counts, for it took its name when it was whole.
func (d *disk) recover() (found, error) {
	var f found
	var err error
	if f.boots, err = d.readBoots(); err != nil {
		return f, err
	}
	logs, err := d.logs()
	if err != nil {
		return f, err
	}
	if len(logs) > 0 {
		d.generation = logs[len(logs)-1]
		text, err := os.ReadFile(d.name())
		if err != nil {
			return f, err
		}
		f.kept = readLog(text)
		f.damaged = f.whole < len(text)
		if d.generation > 0 && f.snapshot == nil {
			return f, fmt.Errorf("%s: its snapshot is damaged", d.name())
		}
	}
	for _, old := range logs[:max(len(logs)-1, 0)] {
		if err := os.Remove(filepath.Join(d.dir, logName(old))); err != nil {
			return f, err
		}
	}
	return f, nil
}

// wipe empties the disk, and tells how many records and snapshots that cost.
func (d *disk) wipe(before found) (found, error) {
	after := found{wiped: len(before.records)}
	if before.snapshot != nil {
		after.wiped++
	}
	for _, name := range []string{d.name(), filepath.Join(d.dir, bootFile)} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return after, err
		}
	}
	d.generation = 0
	return after, nil
}

// readBoots returns how often the node was started, as far as the disk knows.
func (d *disk) readBoots() (uint64, error) {
	name := filepath.Join(d.dir, bootFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no number of boots", name, text)
	}
	return n, nil
}

// logs returns the generations of the logs that there are, the newest last.
func (d *disk) logs() ([]uint64, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, e := range entries {
		if number, isLog := strings.CutPrefix(e.Name(), logPrefix); isLog {
			n, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s is no log", filepath.Join(d.dir, e.Name()))
			}
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// put writes and makes durable. When it returns without an error all of it survives whatever comes.
func (d *disk) put(batch []write) error {
	last := -1 // the last snapshot, which replaces all before it
	for i, w := range batch {
		if w.snapshot {
			last = i
		}
	}
	var text []byte
	for _, w := range batch[max(last, 0):] {
		text = appendEntry(text, w)
	}
	if last >= 0 {
		return d.begin(text)
	}
	if _, err := d.log.Write(text); err != nil {
		return err
	}
	return d.log.Sync()
}

// begin begins the log of the next generation with a text.
func (d *disk) begin(text []byte) error {
	old := d.name()
	d.generation++
	if err := d.replace(logName(d.generation), text); err != nil {
		return err
	}
	log, err := os.OpenFile(d.name(), os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = log.Seek(int64(len(text)), io.SeekStart)
	err = errors.Join(err, d.log.Close())
	d.log = log
	return errors.Join(err, os.Remove(old))
}

// replace makes a file appear whole, in place of the one that may be there.
func (d *disk) replace(name string, text []byte) error {
	fresh := filepath.Join(d.dir, freshFile)
	file, err := os.Create(fresh)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, filepath.Join(d.dir, name)); err != nil {
		return err
	}
	return syncFolder(d.dir)
}

func (d *disk) close() error {
	if d == nil || d.log == nil {
		return nil
	}
	return d.log.Close()
}

func (d *disk) name() string { return filepath.Join(d.dir, logName(d.generation)) }

func logName(generation uint64) string { return logPrefix + strconv.FormatUint(generation, 10) }

// syncFolder makes durable which files a folder holds. Windows has no such thing, and needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// saved returns what a machine that starts for the given time is to find.
func (f found) saved() protocol.Saved {
	return protocol.Saved{Boot: f.boots, Snapshot: f.snapshot, Log: f.records, Damaged: f.damaged}
}
