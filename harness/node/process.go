package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"sunder/harness/protocol"
)

// System is how the machines of one system are built.
type System struct {
	Name     string
	Messages []protocol.Message // one zero value of each
	Facts    []protocol.Own     // its own facts, one of each name
	Replica  func(Configure) protocol.Machine
	FrontEnd func(Configure) protocol.FrontEnd
}

// Process is a node's process: what it talks to, and what it can be.
type Process struct {
	In      io.Reader // the control stream: requests
	Out     io.Writer // and reports
	Log     io.Writer // lines for a person
	Systems []System
	Renewed uint64 // the ID of the request that had it begin anew, which it answers first; 0: none

	transport transport // tcp, but for tests
}

const (
	inboxMax     = 1024            // messages that have come and wait for the machine
	leaseTicks   = 4               // looks at the lease within its time
	partingWords = 2 * time.Second // how long a process that ends waits until its last reports are read
)

// process is a Process that runs: all but the machine.
type process struct {
	Process
	out      *outbox
	counts   counters
	heard    atomic.Bool  // since the last look at the lease
	missed   int          // looks at the lease since something was heard
	lease    *time.Ticker // nil: none
	name     atomic.Value // of the node, for logf
	logging  sync.Mutex
	failures chan error // of other goroutines; holds the first
	failure  error      // why the process is to end
	stopped  bool       // it was told to end
	renewal  *Renewal   // it is to begin anew; nil: it is not

	configured Configure
	build      System
	found      found // on the disk
	codec      *protocol.Codec
	listener   *listener // nil: the process is not configured
	inbox      chan arrival
	workers    sync.WaitGroup // listener and peers,
	working    context.Context
	cancel     context.CancelFunc // which end with it
}

// Renewal is the error of a process that was asked to begin anew. Whoever runs it starts it again, in a new image of the
// program, for something still reads In here: with the same streams, and this ID as Process.Renewed.
type Renewal struct{ ID uint64 }

// Error says what is to be done.
func (r *Renewal) Error() string { return fmt.Sprintf("to begin anew, and to answer request %d", r.ID) }

// Run is the process. It returns nil when it was told to stop, ctx's error when ctx has ended, a *Renewal when it was told
// to begin anew, and else why it cannot go on, which its last report has told too.
func (p Process) Run(ctx context.Context) error {
	if p.transport.dial == nil {
		p.transport = tcp()
	}
	r := &process{Process: p, out: newOutbox(), failures: make(chan error, 1)}
	r.working, r.cancel = context.WithCancel(ctx)
	h := newHost(r)
	written := make(chan struct{})
	go func() {
		defer close(written)
		if err := r.out.pump(p.Out); err != nil {
			r.report(fmt.Errorf("the control stream: %w", err))
		}
	}()
	if p.Renewed != 0 {
		h.tell(Report{ID: p.Renewed, Done: &Done{}})
	}
	requests := make(chan Request)
	go r.listen(requests)
	err := h.loop(ctx, requests)
	h.close()
	if err != nil && ctx.Err() == nil {
		r.logf("ends: %v", err)
		_ = r.out.put(Report{Died: &Died{Reason: err.Error()}})
	}
	r.out.close()
	select {
	case <-written:
	case <-time.After(partingWords):
	}
	if err == nil && h.renewal != nil {
		return h.renewal
	}
	return err
}

// errAlone says that nobody is there to control the process.
var errAlone = errors.New("the control stream has ended")

// listen passes requests on until the stream ends.
func (r *process) listen(requests chan<- Request) {
	lines := newLineReader(r.In)
	for {
		var q Request
		if err := lines.read(&q); err != nil {
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				err = errAlone
			}
			r.report(err)
			return
		}
		r.heard.Store(true)
		select {
		case requests <- q:
		case <-r.working.Done():
			return
		}
	}
}

// loop is the goroutine of the machine.
func (h *host) loop(ctx context.Context, requests <-chan Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			h.logf("panic: %v\n%s", p, debug.Stack())
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	for h.failure == nil && !h.stopped {
		h.arm()
		inbox, ended := h.events()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-h.failures:
			return err
		case q := <-requests:
			h.answer(q)
		case a := <-inbox:
			h.receive(a)
		case s := <-ended:
			h.synced(s)
		case <-h.alarm.C:
			h.expire()
		case <-h.leaseTicks():
			h.lookAtLease()
		case <-beats.C:
			stats := h.counts.stats()
			h.tell(Report{Beat: &Beat{Stats: &stats}})
		}
	}
	return h.failure
}

// events returns where the machine's events come from, nil as long as it does not run.
func (h *host) events() (<-chan arrival, <-chan synced) {
	if h.machine == nil || h.halted {
		return nil, nil
	}
	return h.inbox, h.flusher.ended
}

// arm sets the alarm to the start of the machine or its next timer.
func (h *host) arm() {
	wait := time.Hour
	if due, some := h.clock.timers.next(); some && !h.halted {
		wait = due - h.clock.real()
	} else if h.waits() {
		wait = -h.clock.real()
	}
	h.alarm.Reset(max(wait, 0))
}

// answer carries a request out.
func (h *host) answer(q Request) {
	report, err := h.carryOut(q)
	switch {
	case err != nil && q.ID == 0:
		h.fail(err)
	case err != nil:
		h.tell(Report{ID: q.ID, Error: err.Error()})
	case q.ID != 0 && h.renewal == nil:
		report.ID = q.ID
		h.tell(report)
	}
}

// carryOut carries a request out and returns what to answer.
func (h *host) carryOut(q Request) (Report, error) {
	done := Report{Done: &Done{}}
	switch {
	case q.Beat != nil:
		done.At = h.clock.wall()
		return done, nil
	case q.Stop != nil:
		h.stopped = true
		return done, nil
	case q.Renew != nil:
		h.renewal = &Renewal{ID: q.ID}
		h.stopped = true
		return Report{}, nil
	case q.Configure != nil:
		ready, err := h.configure(*q.Configure)
		return Report{Ready: &ready}, err
	case q.Start != nil:
		return done, h.start(*q.Start)
	case h.listener == nil:
		return Report{}, errors.New("the process is not configured")
	case q.Begin != nil && !h.halted:
		return done, h.begin(*q.Begin)
	case q.End != nil && !h.halted:
		counts, err := h.end(q.End.Fault)
		return Report{Ended: &Ended{Counts: counts}}, err
	case !h.started:
		return Report{}, errors.New("the machine is not started")
	case h.waits() && (q.Invoke != nil || q.Leave != nil):
		h.boot()
		return h.carryOut(q)
	case h.machine == nil && q.State != nil:
		return Report{State: &State{Shows: json.RawMessage("null")}}, nil
	case q.State != nil:
		shows, err := h.show()
		return Report{State: &State{Shows: shows}}, err
	case h.halted && q.Invoke != nil:
		return Report{}, nil // the process is about to be killed
	case h.halted:
		return Report{}, errors.New("the machine is halted")
	case q.Invoke != nil && h.front == nil:
		return Report{}, fmt.Errorf("a call to %s, which is no front end", h.env.Self)
	case q.Invoke != nil:
		h.invoke(*q.Invoke)
		return Report{}, nil
	case q.Leave != nil:
		return done, h.leave()
	case q.Halt != nil:
		halted, err := h.halt(q.Halt.Flush)
		return Report{Halted: &halted}, err
	}
	return Report{}, errors.New("a request that asks for nothing")
}

// show returns what the machine shows of itself.
func (h *host) show() (json.RawMessage, error) {
	inspector, shows := h.machine.(protocol.Inspector)
	if !shows {
		return json.RawMessage("null"), nil
	}
	return json.Marshal(inspector.State())
}

func (h *host) leaseTicks() <-chan time.Time {
	if h.lease == nil {
		return nil
	}
	return h.lease.C
}

// lookAtLease ends the process when nothing was heard for a whole lease. Looks are counted, not time: a process that was
// paused must have a chance to read what was sent meanwhile.
func (h *host) lookAtLease() {
	if h.heard.Swap(false) {
		h.missed = 0
		return
	}
	h.missed++
	if h.missed >= leaseTicks {
		h.fail(fmt.Errorf("nothing was heard from the controller for %v", h.configured.Lease))
	}
}

// tell sends a report.
func (r *process) tell(p Report) {
	if err := r.out.put(p); err != nil {
		r.fail(err)
	}
}

// fail ends the process after what is being handled. For the machine's goroutine.
func (r *process) fail(err error) {
	if r.failure == nil {
		r.failure = err
	}
}

// report ends the process. For every other goroutine.
func (r *process) report(err error) {
	select {
	case r.failures <- err:
	default: // one is enough
	}
}

// logf writes a line for a person.
func (r *process) logf(format string, args ...any) {
	r.logging.Lock()
	defer r.logging.Unlock()
	name, named := r.name.Load().(string)
	if !named {
		name = "node"
	}
	fmt.Fprintf(r.Log, "%s %s %s\n", time.Now().UTC().Format("15:04:05.000000"), name, fmt.Sprintf(format, args...))
}

// close ends all that the process has begun.
func (h *host) close() {
	h.cancel()
	if h.listener != nil {
		h.listener.close()
		if !h.halted {
			_, _ = h.flusher.stop(false) // what is not synced is lost, as is said of Stop
		}
		_ = h.disk.close() // what was to be durable is
	}
	h.workers.Wait()
	h.alarm.Stop()
	if h.lease != nil {
		h.lease.Stop()
	}
}
