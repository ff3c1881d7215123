package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/protocol"
)

// TestSyncsEndInOrderWhenTheyAreDue begins three syncs, two of which are due together.
func TestSyncsEndInOrderWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		d, _ := opened(t, dir, 0, false)
		f := newFlusher(d)
		began := time.Now()
		f.add(flush{number: 1, due: began.Add(time.Second), batch: []write{record("one")}})
		f.add(flush{number: 2, due: began.Add(2 * time.Second), batch: []write{record("two"), record("three")}})
		f.add(flush{number: 3, due: began.Add(2 * time.Second), batch: []write{record("four")}})
		for _, want := range []struct {
			number uint64
			after  time.Duration
			log    []string
		}{{1, time.Second, []string{"one"}}, {3, 2 * time.Second, []string{"one", "two", "three", "four"}}} {
			got := <-f.ended
			if got.number != want.number || got.err != nil || time.Since(began) != want.after {
				t.Errorf("after %v ended %+v, want %+v", time.Since(began), got, want)
			}
			text, err := os.ReadFile(filepath.Join(dir, "log.0"))
			must(t, err)
			if log := texts(readLog(text).records); !cmp.Equal(log, want.log) {
				t.Errorf("after sync %d the disk has %q, want %q", got.number, log, want.log)
			}
		}
		if dropped, err := f.stop(false); dropped != 0 || err != nil {
			t.Errorf("stop: %d dropped, %v", dropped, err)
		}
	})
}

func TestStoppedFlusher(t *testing.T) {
	for _, hurry := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			d, _ := opened(t, dir, 0, false)
			f := newFlusher(d)
			later := time.Now().Add(time.Hour)
			f.add(flush{number: 1, due: later, batch: []write{record("one"), record("two")}})
			f.add(flush{number: 2, due: later, batch: []write{record("three")}})
			dropped, err := f.stop(hurry)
			text, readErr := os.ReadFile(filepath.Join(dir, "log.0"))
			must(t, readErr)
			written := len(readLog(text).records)
			if err != nil || dropped+written != 3 || hurry != (written == 3) {
				t.Errorf("stop(%t): %d dropped, %d written, %v", hurry, dropped, written, err)
			}
		})
	}
}

// TestNodeEndsWhenItsDiskFails takes the disk's folder away: nothing that waits for the sync is told.
func TestNodeEndsWhenItsDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.close()
		s.puppets["c1"].request = func(env *protocol.Env, id protocol.RequestID, _ protocol.Op) {
			env.Snapshot([]byte("all"))
			env.Sync()
			env.Reply(id, protocol.Reply{Outcome: protocol.OK})
		}
		dir := filepath.Join(t.TempDir(), "disk")
		s.open(func(c *Configure) {
			if c.Node == "c1" {
				c.Dir = dir
			}
		})
		must(t, os.RemoveAll(dir))
		c1 := s.nodes["c1"]
		must(t, c1.Invoke(1, protocol.Op{}))
		err := <-c1.ended
		if err == nil || !strings.HasPrefix(err.Error(), "the disk: open ") {
			t.Errorf("c1 ended with %v", err)
		}
		settle()
		for _, e := range c1.heard.all() {
			if _, completed := e.(Completed); completed {
				t.Errorf("c1 told %+v though its disk failed", e)
			}
		}
	})
}
