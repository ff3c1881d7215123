package docker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// The lease of a nemesis, and how often the controller renews it.
const (
	leaseTime  = 5 * time.Second
	leaseEvery = 500 * time.Millisecond
)

// remote is the controller's end of the stream of one nemesis. Its methods may be called from several goroutines.
type remote struct {
	conn  io.ReadWriteCloser
	ended func(error) // called once, when nothing more comes or the nemesis healed by itself
	over  chan struct{}
	all   sync.WaitGroup

	writing sync.Mutex
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan answer
	closing bool
	silent  bool // for tests: the lease is not renewed
}

func newRemote(conn io.ReadWriteCloser, ended func(error)) *remote {
	r := &remote{conn: conn, ended: ended, over: make(chan struct{}), waiting: map[uint64]chan answer{}}
	r.all.Go(r.read)
	r.all.Go(r.beat)
	return r
}

// Close ends the conversation; the nemesis undoes everything when it notices.
func (r *remote) Close() error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	err := r.conn.Close()
	r.all.Wait()
	return err
}

// errNemesisGone is the answer of a nemesis that is not there any more.
var errNemesisGone = errors.New("the nemesis of the pod is gone")

// do sends an order and waits until it is carried out.
func (r *remote) do(ctx context.Context, o order) (answer, error) {
	reply := make(chan answer, 1)
	r.mu.Lock()
	r.last++
	o.ID = r.last
	r.waiting[o.ID] = reply
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, o.ID)
		r.mu.Unlock()
	}()
	if err := r.write(o); err != nil {
		return answer{}, fmt.Errorf("%w: %w", errNemesisGone, err)
	}
	select {
	case a := <-reply:
		if a.Error != "" {
			return a, errors.New(a.Error)
		}
		return a, nil
	case <-r.over:
		return answer{}, errNemesisGone
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

func (r *remote) write(o order) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	_, err = r.conn.Write(append(text, '\n'))
	return err
}

// beat keeps the lease until the stream ends.
func (r *remote) beat() {
	ticker := time.NewTicker(leaseEvery)
	defer ticker.Stop()
	for {
		select {
		case <-r.over:
			return
		case <-ticker.C:
			r.mu.Lock()
			silent := r.silent
			r.mu.Unlock()
			if !silent && r.write(order{}) != nil {
				return
			}
		}
	}
}

// read hands answers to whoever waits for them until the stream ends.
func (r *remote) read() {
	err := r.readLines()
	close(r.over)
	r.mu.Lock()
	closing := r.closing
	r.mu.Unlock()
	if !closing {
		r.ended(err)
	}
}

func (r *remote) readLines() error {
	lines := bufio.NewScanner(r.conn)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return fmt.Errorf("a line of the nemesis: %w", err)
		}
		if a.Healed != "" {
			return fmt.Errorf("the nemesis undid its faults by itself: %s", a.Healed)
		}
		r.mu.Lock()
		reply := r.waiting[a.ID]
		delete(r.waiting, a.ID)
		r.mu.Unlock()
		if reply != nil {
			reply <- a
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errNemesisGone
}
