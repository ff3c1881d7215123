package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"sunder/harness/history"
	"sunder/harness/store"
)

// noon is when the runs of these tests begin, given in another zone than the one that names are in.
var noon = time.Date(2026, 3, 1, 13, 0, 0, 123456789, time.FixedZone("", 3600))

func create(t *testing.T, root, system, scenario string, seed uint64, now time.Time) *store.Run {
	t.Helper()
	r, err := store.Create(root, system, scenario, "sim", seed, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// tree lists all files, folders and links below root.
func tree(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if path != root {
			out = append(out, strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

const events = `{"index":0,"time":1,"process":0,"type":"invoke","f":"read","key":"x","value":null}
{"index":1,"time":2,"process":0,"type":"ok","f":"read","key":"x","value":7}
`

func TestARunIsWrittenAndOpened(t *testing.T) {
	root := filepath.Join(t.TempDir(), "store")
	r := create(t, root, "gossip", "gossip/partition-heals", 7, noon)
	_, err := r.History().Write([]byte(events))
	check(t, err, r.CloseHistory(), r.CloseHistory(), r.WriteScenario([]byte("system: gossip\n")), r.WriteFaults([]byte("{}\n")))
	trace, err := r.Trace()
	check(t, err)
	_, err = trace.Write([]byte("{\"at\":1}\n{\"at\":2}\n"))
	check(t, err, trace.Close(), trace.Close(), r.WriteLog("r1", []byte("awake\n")), r.WriteLog("../r1.nemesis", nil), r.WriteResults([]byte("{}\n")), r.Latest(), r.Close(), r.Close())

	const dir = "gossip/partition-heals/20260301T120000.123Z-sim-7"
	want := []string{
		"gossip", "gossip/partition-heals", dir,
		dir + "/faults.jsonl", dir + "/history.jsonl", dir + "/nodes", dir + "/nodes/..-r1.nemesis.log", dir + "/nodes/r1.log",
		dir + "/results.json", dir + "/scenario.yaml", dir + "/trace.jsonl.zst",
		"gossip/partition-heals/latest",
	}
	if diff := cmp.Diff(want, tree(t, root)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, path := range []string{r.Dir(), filepath.Join(root, "gossip/partition-heals/latest"), filepath.Join(root, "gossip/partition-heals/latest") + "/"} {
		saved, err := store.Open(path)
		check(t, err)
		if saved.Dir != r.Dir() || string(saved.Scenario) != "system: gossip\n" || string(saved.Results) != "{}\n" {
			t.Errorf("%s: %s: %s, %s", path, saved.Dir, saved.Scenario, saved.Results)
		}
		h, err := saved.History()
		check(t, err)
		if len(h.Operations) != 1 || h.Operations[0].Output.String() != "7" {
			t.Errorf("history %+v", h)
		}
	}
	packed, err := os.ReadFile(filepath.Join(r.Dir(), "trace.jsonl.zst"))
	check(t, err)
	decoder, err := zstd.NewReader(nil)
	check(t, err)
	defer decoder.Close()
	if text, err := decoder.DecodeAll(packed, nil); err != nil || string(text) != "{\"at\":1}\n{\"at\":2}\n" {
		t.Errorf("trace %q: %v", text, err)
	}
}

// TestTheHistoryIsOnDiskWhileTheRunGoesOn: an interrupted run leaves what there was.
func TestTheHistoryIsOnDiskWhileTheRunGoesOn(t *testing.T) {
	r := create(t, t.TempDir(), "gossip", "storm", 7, noon)
	w := history.NewWriter(r.History())
	h, err := history.Read(strings.NewReader(events))
	e := h.Event(0)
	check(t, err, w.Write(&e), w.Flush())
	got, err := os.ReadFile(filepath.Join(r.Dir(), store.HistoryFile))
	if first, _, _ := strings.Cut(events, "\n"); err != nil || string(got) != first+"\n" {
		t.Errorf("%v: %s", err, got)
	}
}

func TestNamesStayBelowTheRoot(t *testing.T) {
	for _, test := range []struct{ system, scenario, want string }{
		{"gossip", "gossip/partition-heals", "gossip/partition-heals"},
		{"gossip", "partition-heals", "gossip/partition-heals"},
		{"gossip", "gossip", "gossip/gossip"},
		{"gossip", "a/b/c", "gossip/a/b/c"},
		{"gossip", "../../etc/x.yaml", "gossip/etc/x.yaml"},
		{"gossip", "/abs//path/./my scenario: ü\n", "gossip/abs/path/my-scenario----"},
		{"gossip", "latest", "gossip/latest-"},
		{"..", "...", ""},
		{"", "", ""},
	} {
		root := filepath.Join(t.TempDir(), "store")
		r := create(t, root, test.system, test.scenario, 1, noon)
		got, err := filepath.Rel(root, filepath.Dir(r.Dir()))
		if err != nil || filepath.ToSlash(got) != filepath.Clean(test.want) {
			t.Errorf("%q, %q: %s, not %s (%v)", test.system, test.scenario, got, test.want, err)
		}
	}
}

func TestRunsOfOneMillisecondAreToldApart(t *testing.T) {
	root := t.TempDir()
	var all sync.WaitGroup
	runs := make([]*store.Run, 20)
	for i := range runs {
		all.Go(func() { runs[i], _ = store.Create(root, "gossip", "storm", "sim", 7, noon) })
	}
	all.Wait()
	var names []string
	for _, r := range runs {
		if r == nil {
			t.Fatal("a run could not be created")
		}
		names = append(names, filepath.Base(r.Dir()))
		check(t, r.Close())
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(runs) || !slices.Contains(names, "20260301T120000.123Z-sim-7-20") {
		t.Errorf("%v", names)
	}
}

func TestRemoveLeavesNothing(t *testing.T) {
	root := t.TempDir()
	r := create(t, root, "gossip", "a/b", 7, noon)
	check(t, r.WriteResults([]byte("{}")), r.Latest(), r.Remove())
	if left := tree(t, root); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(root); err != nil {
		t.Errorf("the root is gone: %v", err)
	}
}

func TestLatestNeverDangles(t *testing.T) {
	root := t.TempDir()
	latest := filepath.Join(root, "gossip", "storm", "latest")
	leads := func(want *store.Run) {
		t.Helper()
		got, err := filepath.EvalSymlinks(latest)
		dir, _ := filepath.EvalSymlinks(want.Dir())
		if err != nil || got != dir {
			t.Errorf("latest leads to %s (%v), not to %s", got, err, dir)
		}
	}
	first := create(t, root, "gossip", "storm", 1, noon)
	second := create(t, root, "gossip", "storm", 2, noon.Add(time.Second))
	third := create(t, root, "gossip", "storm", 3, noon.Add(2*time.Second))
	below := create(t, root, "gossip", "storm/worse", 4, noon)
	check(t, first.Latest())
	leads(first)
	check(t, third.Latest())
	leads(third)
	check(t, first.Remove())
	leads(third)
	check(t, third.Remove())
	leads(second)
	check(t, second.Remove())
	if _, err := os.Lstat(latest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("latest is left without a run: %v", err)
	}
	if _, err := os.Stat(below.Dir()); err != nil {
		t.Errorf("the run of another scenario is gone: %v", err)
	}
}

func TestCreateAndRemoveAtOnce(t *testing.T) {
	root := t.TempDir()
	var all sync.WaitGroup
	errs := make([]error, 4)
	for worker := range errs {
		all.Go(func() {
			for i := range 50 {
				r, err := store.Create(root, "gossip", "storm", "sim", uint64(worker), noon.Add(time.Duration(i)*time.Second))
				if err == nil {
					err = r.Remove()
				}
				errs[worker] = errors.Join(errs[worker], err)
			}
		})
	}
	all.Wait()
	check(t, errs...)
	if left := tree(t, root); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestAFolderThatCannotBe puts the store below a file: that fails for every user, root too.
func TestAFolderThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	check(t, os.WriteFile(file, nil, 0o600))
	root := filepath.Join(file, "store")
	_, err := store.Create(root, "gossip", "storm", "sim", 7, noon)
	for what, err := range map[string]error{"Create": err, "Prepare": store.Prepare(root)} {
		var failed *store.Error
		if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOTDIR) || strings.Count(err.Error(), file) != 1 || !strings.Contains(err.Error(), "--store DIR") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if left := tree(t, folder); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// TestCreateLeavesNothingBehind: the system's folder can be made, the scenario's cannot, for its name is too long.
func TestCreateLeavesNothingBehind(t *testing.T) {
	root := t.TempDir()
	_, err := store.Create(root, "gossip", "a/"+strings.Repeat("b", 300), "sim", 7, noon)
	if !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("error %v", err)
	}
	if left := tree(t, root); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestPrepare(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a", "b")
	check(t, store.Prepare(root), store.Prepare(root))
	if left := tree(t, root); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// full makes a file of a run lead to the device that is always full.
func full(t *testing.T, r *store.Run, name string) {
	t.Helper()
	path := filepath.Join(r.Dir(), name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	check(t, os.Symlink("/dev/full", path))
}

func TestAFullDisk(t *testing.T) {
	noSpace := func(t *testing.T, err error, file string) {
		t.Helper()
		var failed *store.Error
		if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(failed.Path, file) {
			t.Errorf("error %v", err)
		}
	}
	t.Run("results", func(t *testing.T) {
		r := create(t, t.TempDir(), "gossip", "storm", 7, noon)
		check(t, r.WriteResults([]byte("old")))
		full(t, r, "."+store.ResultsFile)
		noSpace(t, r.WriteResults([]byte("new")), store.ResultsFile)
		if got, err := os.ReadFile(filepath.Join(r.Dir(), store.ResultsFile)); err != nil || string(got) != "old" {
			t.Errorf("%v: %s", err, got)
		}
		if left := tree(t, r.Dir()); !slices.Equal(left, []string{store.HistoryFile, store.ResultsFile}) {
			t.Errorf("left: %v", left)
		}
	})
	t.Run("trace", func(t *testing.T) {
		r := create(t, t.TempDir(), "gossip", "storm", 7, noon)
		full(t, r, store.TraceFile)
		trace, err := r.Trace()
		check(t, err)
		_, _ = trace.Write([]byte("x"))
		noSpace(t, trace.Close(), store.TraceFile)
	})
	t.Run("a directory that is gone", func(t *testing.T) {
		r := create(t, t.TempDir(), "gossip", "storm", 7, noon)
		check(t, os.RemoveAll(r.Dir()))
		_, traced := r.Trace()
		for _, err := range []error{r.WriteScenario(nil), r.WriteFaults(nil), traced, r.Latest()} {
			var failed *store.Error
			if !errors.As(err, &failed) && err != nil {
				t.Errorf("error %v", err)
			}
		}
		if r.WriteScenario(nil) == nil || traced == nil {
			t.Error("a file was written into a directory that is gone")
		}
	})
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	r := create(t, t.TempDir(), "gossip", "storm", 7, noon)
	dir := r.Dir()
	refused := func(path, want string) {
		t.Helper()
		if _, err := store.Open(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	refused(dir+"x", dir+"x: there is no such run directory")
	refused(filepath.Join(filepath.Dir(dir), "latest"), filepath.Join(filepath.Dir(dir), "latest")+": there is no such run directory")
	refused(filepath.Join(dir, store.HistoryFile), filepath.Join(dir, store.HistoryFile)+": it is a file, not a run directory")
	refused(dir, dir+": scenario.yaml is missing (it is not a run directory; those hold scenario.yaml, history.jsonl and results.json)")
	check(t, r.WriteScenario([]byte("x")))
	refused(dir, dir+": results.json is missing (the run did not end: what there is of it is "+filepath.Join(dir, "history.jsonl")+", and it can be run again from "+filepath.Join(dir, "scenario.yaml"))
	check(t, r.WriteResults([]byte("{}")))
	saved, err := store.Open(dir)
	check(t, err)
	if _, err := saved.History(); err == nil || err.Error() != filepath.Join(dir, "history.jsonl")+": no event in it (a history has one event a line)" {
		t.Errorf("an empty history: %v", err)
	}
	check(t, os.Remove(filepath.Join(dir, store.HistoryFile)))
	if _, err := saved.History(); err == nil || err.Error() != dir+": history.jsonl is missing" {
		t.Errorf("no history: %v", err)
	}
}

// BenchmarkRun is what a run that passes costs of the disk.
func BenchmarkRun(b *testing.B) {
	root := b.TempDir()
	text := []byte(strings.Repeat(events, 1000))
	for i := 0; b.Loop(); i++ {
		r, err := store.Create(root, "gossip", "storm", "sim", uint64(i), noon.Add(time.Duration(i)*time.Millisecond))
		if err != nil {
			b.Fatal(err)
		}
		_, err = r.History().Write(text)
		if err := errors.Join(err, r.CloseHistory(), r.WriteScenario(text[:1000]), r.WriteFaults(nil), r.WriteResults(text[:2000]), r.Latest(), r.Remove()); err != nil {
			b.Fatal(err)
		}
	}
}
