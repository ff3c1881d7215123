package node

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// opened opens a disk for a test, which closes it in the end.
func opened(t testing.TB, dir string, boot uint64, wipe bool) (*disk, found) {
	t.Helper()
	d, f, err := openDisk(dir, boot, wipe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.close() })
	return d, f
}

func record(s string) write   { return write{data: []byte(s)} }
func snapshot(s string) write { return write{data: []byte(s), snapshot: true} }

// put writes to a disk.
func put(t testing.TB, d *disk, batch ...write) {
	t.Helper()
	if err := d.put(batch); err != nil {
		t.Fatal(err)
	}
}

// texts returns records as strings.
func texts(records [][]byte) []string {
	var out []string
	for _, r := range records {
		out = append(out, string(r))
	}
	return out
}

// TestDiskKeepsWhatWasPut compares a disk that is opened again and again with a list in memory.
func TestDiskKeepsWhatWasPut(t *testing.T) {
	writes := rapid.Custom(func(t *rapid.T) write {
		return write{data: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "data"), snapshot: rapid.IntRange(0, 4).Draw(t, "kind") == 0}
	})
	rapid.Check(t, func(r *rapid.T) {
		dir := t.TempDir()
		var hasSnapshot bool
		var want [][]byte // the snapshot, if there is one, and the log
		for boot := range uint64(3) {
			d, f, err := openDisk(dir, 0, false)
			if err != nil {
				r.Fatal(err)
			}
			got := f.records
			if f.snapshot != nil {
				got = append([][]byte{f.snapshot}, got...)
			}
			if f.boots != boot || f.damaged || (f.snapshot != nil) != hasSnapshot || !cmp.Equal(texts(want), texts(got)) {
				r.Fatalf("boot %d finds %+v, want %q", boot, f, want)
			}
			for range rapid.IntRange(0, 4).Draw(r, "batches") {
				batch := rapid.SliceOfN(writes, 1, 4).Draw(r, "batch")
				if err := d.put(batch); err != nil {
					r.Fatal(err)
				}
				for _, w := range batch {
					if w.snapshot {
						want, hasSnapshot = nil, true
					}
					want = append(want, w.data)
				}
			}
			if err := d.close(); err != nil {
				r.Fatal(err)
			}
		}
	})
}

// TestTornLogIsCut cuts a log after each of its bytes: what is whole before the cut is left, and the rest is gone for good.
func TestTornLogIsCut(t *testing.T) {
	var whole []byte
	ends := map[int]int{0: 0} // how many entries end after so many bytes
	for i, w := range []write{snapshot("base"), record("one"), record(""), record("three")} {
		whole = appendEntry(whole, w)
		ends[len(whole)] = i + 1
	}
	entries := 0
	for cut := range len(whole) + 1 {
		n, atEnd := ends[cut]
		if atEnd {
			entries = n
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "log.0"), whole[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		d, f := opened(t, dir, 0, false)
		count := len(f.records)
		if f.snapshot != nil {
			count++
		}
		if count != entries || f.damaged == atEnd {
			t.Errorf("cut after %d bytes: %d entries, damaged: %t; want %d, %t", cut, count, f.damaged, entries, !atEnd)
		}
		put(t, d, record("next"))
		_, again := opened(t, dir, 0, false)
		if again.damaged || len(again.records) != len(f.records)+1 || string(again.records[len(f.records)]) != "next" {
			t.Errorf("cut after %d bytes: then %+v", cut, again)
		}
	}
}

func TestDamagedRecordIsCutWithAllAfterIt(t *testing.T) {
	dir := t.TempDir()
	d, _ := opened(t, dir, 0, false)
	put(t, d, record("one"), record("two"), record("three"))
	name := filepath.Join(dir, "log.0")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[bytes.Index(text, []byte("two"))] ^= 1
	if err := os.WriteFile(name, text, 0o666); err != nil {
		t.Fatal(err)
	}
	_, f := opened(t, dir, 0, false)
	if s := f.saved(); !s.Damaged || !cmp.Equal(texts(s.Log), []string{"one"}) || s.Boot != 1 {
		t.Errorf("saved is %+v, want one record, damaged", s)
	}
}

// TestKilledWhileASnapshotTakesItsPlace leaves what a process does that is killed at each step of d.begin.
func TestKilledWhileASnapshotTakesItsPlace(t *testing.T) {
	old := appendEntry(nil, record("old"))
	next := appendEntry(appendEntry(nil, snapshot("new")), record("after"))
	for _, test := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"the new log is being written", map[string][]byte{"log.0": old, "fresh": next[:5]}, "old"},
		{"it is not in its place", map[string][]byte{"log.0": old, "fresh": next}, "old"},
		{"the old one is still there", map[string][]byte{"log.0": old, "log.1": next}, "new after"},
		{"all is done", map[string][]byte{"log.1": next}, "new after"},
	} {
		dir := t.TempDir()
		for name, text := range test.files {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		d, f := opened(t, dir, 0, false)
		got := strings.TrimSpace(string(f.snapshot) + " " + strings.Join(texts(f.records), " "))
		if got != test.want || f.damaged {
			t.Errorf("%s: found %q, damaged: %t; want %q", test.name, got, f.damaged, test.want)
		}
		put(t, d, snapshot("newest"))
		if logs, err := d.logs(); err != nil || len(logs) != 1 {
			t.Errorf("%s: then there are the logs %v, %v", test.name, logs, err)
		}
	}
}

func TestBoots(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ told, want uint64 }{{0, 0}, {1, 1}, {0, 2}, {9, 9}, {4, 10}} {
		if _, f := opened(t, dir, test.told, false); f.boots != test.want {
			t.Errorf("told %d boots, it is boot %d, want %d", test.told, f.boots, test.want)
		}
	}
	if _, f := opened(t, dir, 3, true); f.boots != 3 {
		t.Errorf("an emptied disk knows of %d boots", f.boots)
	}
}

func TestWipe(t *testing.T) {
	dir := t.TempDir()
	d, _ := opened(t, dir, 0, false)
	put(t, d, snapshot("base"), record("one"))
	_, f := opened(t, dir, 0, true)
	if f.wiped != 2 || f.snapshot != nil || f.records != nil || f.damaged {
		t.Errorf("after wiping: %+v", f)
	}
	if _, again := opened(t, dir, 0, false); again.snapshot != nil || again.records != nil {
		t.Errorf("what was wiped is back: %+v", again)
	}
}

func TestDisksThatCannotBeOpened(t *testing.T) {
	damaged := appendEntry(nil, snapshot("base"))
	damaged[len(damaged)-1] ^= 1
	for _, test := range []struct {
		files map[string][]byte
		want  string
	}{
		{map[string][]byte{"log.1": damaged}, "its snapshot is damaged"},
		{map[string][]byte{"log.x": nil}, "is no log"},
		{map[string][]byte{"boot": []byte("many")}, `"many" is no number of boots`},
	} {
		dir := t.TempDir()
		for name, text := range test.files {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := openDisk(dir, 0, false); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %s", test.files, err, test.want)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := openDisk(file, 0, false); err == nil {
		t.Error("a file is opened as a disk")
	}
}

// FuzzLog reads anything as a log: what is read is what its bytes say, and reading that again finds nothing damaged.
func FuzzLog(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendEntry(appendEntry(nil, snapshot("base")), record("one")))
	f.Add(appendEntry(appendEntry(nil, record("one")), snapshot("late")))
	f.Add(append(appendEntry(nil, record("")), 0, 0, 0, 0, 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		k := readLog(text)
		var again []byte
		if k.snapshot != nil {
			again = appendEntry(again, write{data: k.snapshot, snapshot: true})
		}
		for _, r := range k.records {
			again = appendEntry(again, write{data: r})
		}
		if k.whole > len(text) || !bytes.Equal(again, text[:k.whole]) {
			t.Fatalf("the first %d bytes of %q were read as %q", k.whole, text, again)
		}
		if whole := readLog(again); whole.whole != len(again) || len(whole.records) != len(k.records) {
			t.Errorf("%q is not whole", again)
		}
	})
}
