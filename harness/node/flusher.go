package node

import (
	"sync"
	"time"
)

// flusher makes writes durable while the machine goes on. Syncs are numbered from 1 and end in order; those that are due
// at the same time share one write and one fsync.
type flusher struct {
	disk     *disk         // nil: there is none, and a sync only takes its time
	ended    chan synced   // the last sync that ended, and those before it
	wake     chan struct{} // holds a token when there is something new
	quit     chan struct{} // closed when no more is to come
	finished chan struct{} // closed when the goroutine is over

	mu      sync.Mutex
	pending []flush
	hurry   bool  // at the end: write what is pending at once, instead of dropping it
	dropped int   // writes that were dropped at the end
	err     error // why a write failed
}

// flush is a sync under way: what it covers and no earlier one does.
type flush struct {
	number uint64
	due    time.Time // when it may end
	batch  []write
}

// synced tells that a sync, and every earlier one, has ended.
type synced struct {
	number uint64
	err    error
}

func newFlusher(d *disk) *flusher {
	f := &flusher{
		disk: d, ended: make(chan synced), wake: make(chan struct{}, 1),
		quit: make(chan struct{}), finished: make(chan struct{}),
	}
	go f.run()
	return f
}

// add begins a sync.
func (f *flusher) add(s flush) {
	f.mu.Lock()
	f.pending = append(f.pending, s)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// stop ends the flusher. With hurry it first makes durable what is pending; without, that is dropped. It returns how
// many writes were dropped, and why a write failed, if one did.
func (f *flusher) stop(hurry bool) (dropped int, err error) {
	f.mu.Lock()
	f.hurry = hurry
	f.mu.Unlock()
	close(f.quit)
	<-f.finished
	return f.dropped, f.err
}

func (f *flusher) run() {
	defer close(f.finished)
	for f.wait() {
		last, batch := f.take(time.Now())
		if last == 0 {
			continue
		}
		err := f.put(batch)
		select {
		case f.ended <- synced{last, err}:
		case <-f.quit:
		}
		if err != nil {
			break
		}
	}
	f.finish()
}

// wait waits until a sync is due or something new has come. It returns false when the flusher is to stop.
func (f *flusher) wait() bool {
	f.mu.Lock()
	var due <-chan time.Time
	if len(f.pending) > 0 {
		timer := time.NewTimer(time.Until(f.pending[0].due))
		defer timer.Stop()
		due = timer.C
	}
	f.mu.Unlock()
	select {
	case <-f.quit:
		return false
	default:
	}
	select {
	case <-f.quit:
		return false
	case <-f.wake:
	case <-due:
	}
	return true
}

// take takes the syncs that are due, and returns the number of the last, 0 if none is, and all that they cover.
func (f *flusher) take(now time.Time) (last uint64, batch []write) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for n < len(f.pending) && !f.pending[n].due.After(now) {
		last = f.pending[n].number
		batch = append(batch, f.pending[n].batch...)
		n++
	}
	f.pending = append(f.pending[:0:0], f.pending[n:]...)
	return last, batch
}

func (f *flusher) put(batch []write) error {
	if f.disk == nil || len(batch) == 0 {
		return nil
	}
	err := f.disk.put(batch)
	if err != nil {
		f.mu.Lock()
		f.err = err
		f.mu.Unlock()
	}
	return err
}

// finish writes or drops what is pending.
func (f *flusher) finish() {
	f.mu.Lock()
	hurry, err := f.hurry, f.err
	var batch []write
	for _, s := range f.pending {
		batch = append(batch, s.batch...)
	}
	f.pending = nil
	f.mu.Unlock()
	if hurry && err == nil {
		err = f.put(batch)
		batch = nil
	}
	f.dropped, f.err = len(batch), err
}
