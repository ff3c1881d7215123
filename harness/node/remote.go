package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"sunder/harness/protocol"
)

// beatEvery is how often each end of a control stream says that it is there.
const beatEvery = 500 * time.Millisecond

// LeaseMin is the least lease that a node can be given: some heartbeats may be late.
const LeaseMin = 4 * beatEvery

// Event is what a node tells unasked: a Completed, a Noted, Stats or, as the last one, Gone.
type Event interface{ event() }

// Noted is a fact that the node's machine told. Facts of several nodes on one computer are in the order of At: a node
// tells a fact before what it sends in the same call can arrive anywhere.
type Noted struct {
	At   time.Time
	Boot uint64
	Fact protocol.Fact
}

// Gone tells that the control stream has ended. Reason is what the node said of its end, "" if it said nothing; Err is
// why nothing more can be read, nil if the stream ended between two lines or Close was called.
type Gone struct {
	Reason string
	Err    error
}

func (Completed) event() {}
func (Noted) event()     {}
func (Stats) event()     {}
func (Gone) event()      {}

// Remote is the controller's end of the control stream of one process. Its methods may be called from several
// goroutines. Those that wait for an answer do so until their context ends; Invoke does not wait.
type Remote struct {
	conn  io.ReadWriteCloser
	out   *outbox
	ended chan struct{} // closed when all goroutines are over
	over  chan struct{} // closed when nothing more is read

	mu      sync.Mutex
	facts   *protocol.FactCodec
	hear    func(Event)
	quiet   bool                   // no heartbeat may be sent
	last    uint64                 // ID used
	waiting map[uint64]chan Report // by ID
	boot    uint64                 // of the process, once it is configured
	gone    *Gone
	closing bool  // Close was called
	shut    error // what closing the stream said, once it is closed
	isShut  bool
}

// NewRemote begins to talk to a process. Each event is passed to hear, one after the other and in order; while hear runs
// nothing more is read, so it must neither wait for an answer of the same node nor close it. Close ends it.
func NewRemote(conn io.ReadWriteCloser, facts *protocol.FactCodec, hear func(Event)) *Remote {
	r := &Remote{
		conn: conn, facts: facts, hear: hear, out: newOutbox(),
		ended: make(chan struct{}), over: make(chan struct{}), waiting: map[uint64]chan Report{},
	}
	var all sync.WaitGroup
	all.Go(r.read)
	all.Go(func() {
		if err := r.out.pump(conn); err != nil {
			_ = r.shutStream() // so that the reader ends, which says why
		}
	})
	all.Go(r.beat)
	go func() {
		all.Wait()
		close(r.ended)
	}()
	return r
}

// Close ends the conversation and waits until no event comes any more. The process ends when it notices.
func (r *Remote) Close() error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	r.out.close()
	err := r.shutStream()
	<-r.ended
	return err
}

// shutStream closes the stream, once.
func (r *Remote) shutStream() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.isShut {
		r.isShut, r.shut = true, r.conn.Close()
	}
	return r.shut
}

// Configure tells the process what to be. Its Version is filled in.
func (r *Remote) Configure(ctx context.Context, c Configure) (Ready, error) {
	c.Version = Version
	answer, err := r.ask(ctx, Request{Configure: &c})
	if err != nil {
		return Ready{}, err
	}
	if answer.Ready == nil {
		return Ready{}, errAnswer("configure")
	}
	return *answer.Ready, nil
}

// Start starts the machine.
func (r *Remote) Start(ctx context.Context, s Start) error {
	return r.do(ctx, "start", Request{Start: &s})
}

// Invoke hands an operation to a front end. Its Completed comes as an event, at most once.
func (r *Remote) Invoke(call uint64, op protocol.Op) error {
	return r.out.put(Request{Invoke: &Invoke{Call: call, Op: op}})
}

// Word has the process say when it is, by the clock of its machine. It comes behind all that the process told before.
func (r *Remote) Word(ctx context.Context) (time.Time, error) {
	answer, err := r.ask(ctx, Request{Beat: &Beat{}})
	if err == nil && answer.Done == nil {
		err = errAnswer("a word")
	}
	return time.Unix(0, answer.At), err
}

// State returns what the machine shows of itself as JSON: null if it shows nothing.
func (r *Remote) State(ctx context.Context) (json.RawMessage, error) {
	answer, err := r.ask(ctx, Request{State: &Show{}})
	if err != nil {
		return nil, err
	}
	if answer.State == nil {
		return nil, errAnswer("state")
	}
	return answer.State.Shows, nil
}

// Begin puts a rule into force.
func (r *Remote) Begin(ctx context.Context, rule Rule) error {
	return r.do(ctx, "begin", Request{Begin: &rule})
}

// End ends a rule and returns its evidence.
func (r *Remote) End(ctx context.Context, fault int) (map[string]int64, error) {
	answer, err := r.ask(ctx, Request{End: &End{Fault: fault}})
	if err != nil {
		return nil, err
	}
	if answer.Ended == nil {
		return nil, errAnswer("end")
	}
	return answer.Ended.Counts, nil
}

// Leave asks the machine to leave its cluster.
func (r *Remote) Leave(ctx context.Context) error {
	return r.do(ctx, "leave", Request{Leave: &Leave{}})
}

// Halt stops the machine before its process is killed, and returns what that costs.
func (r *Remote) Halt(ctx context.Context, h Halt) (Halted, error) {
	answer, err := r.ask(ctx, Request{Halt: &h})
	if err != nil {
		return Halted{}, err
	}
	if answer.Halted == nil {
		return Halted{}, errAnswer("halt")
	}
	return *answer.Halted, nil
}

// Stop ends the process in good order.
func (r *Remote) Stop(ctx context.Context) error {
	return r.do(ctx, "stop", Request{Stop: &Stop{}})
}

// Over tells whether nothing more comes of the process.
func (r *Remote) Over() bool {
	select {
	case <-r.over:
		return true
	default:
		return false
	}
}

// Renew has the process begin anew: it forgets what it was and can be configured again. What it still tells of what it was
// comes before Renew returns. If it fails, the process is of no more use.
func (r *Remote) Renew(ctx context.Context) error {
	r.hush(true)
	defer r.hush(false)
	return r.do(ctx, "renew", Request{Renew: &Renew{}})
}

// hush has no heartbeat sent, or has them sent again.
func (r *Remote) hush(quiet bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = quiet
}

// Attend passes the events to come to another hear, as those of a system with other facts.
func (r *Remote) Attend(facts *protocol.FactCodec, hear func(Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.facts, r.hear = facts, hear
}

// attending returns how facts are read, and who hears.
func (r *Remote) attending() (*protocol.FactCodec, func(Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.facts, r.hear
}

// do asks for something whose only answer is that it is done.
func (r *Remote) do(ctx context.Context, what string, q Request) error {
	answer, err := r.ask(ctx, q)
	if err == nil && answer.Done == nil {
		err = errAnswer(what)
	}
	return err
}

func errAnswer(to string) error {
	return fmt.Errorf("the node answers %s with something else", to)
}

// ask sends a request and waits for its answer.
func (r *Remote) ask(ctx context.Context, q Request) (Report, error) {
	answer := make(chan Report, 1)
	r.mu.Lock()
	r.last++
	q.ID = r.last
	r.waiting[q.ID] = answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, q.ID)
		r.mu.Unlock()
	}()
	if err := r.out.put(q); err != nil {
		return Report{}, err
	}
	select {
	case p := <-answer:
		return p, refusal(p)
	case <-r.over:
	case <-ctx.Done():
		return Report{}, ctx.Err()
	}
	select {
	case p := <-answer: // it came before the end
		return p, refusal(p)
	default:
		return Report{}, r.lastWords()
	}
}

// refusal returns the error of an answer that is one.
func refusal(p Report) error {
	if p.Error != "" {
		return errors.New(p.Error)
	}
	return nil
}

// lastWords returns the error for a process that is gone.
func (r *Remote) lastWords() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.gone.Reason != "":
		return fmt.Errorf("the node has ended: %s", r.gone.Reason)
	case r.gone.Err != nil:
		return fmt.Errorf("the node's control stream has ended: %w", r.gone.Err)
	}
	return errors.New("the node's control stream has ended")
}

// beat keeps the node's lease until the stream ends.
func (r *Remote) beat() {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-r.over:
			return
		case <-ticker.C:
			if r.sendBeat() != nil {
				return
			}
		}
	}
}

// sendBeat sends a heartbeat, unless none may be sent. The lock keeps it from slipping in behind a Renew.
func (r *Remote) sendBeat() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.quiet {
		return nil
	}
	return r.out.put(Request{Beat: &Beat{}})
}

// read passes on what comes until the stream ends.
func (r *Remote) read() {
	lines := newLineReader(r.conn)
	gone := Gone{}
	for {
		var p Report
		err := lines.read(&p)
		if err == nil {
			err = r.handle(p, &gone)
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			gone.Err = err
		}
		break
	}
	_ = r.shutStream() // what failed first is known
	r.out.close()
	r.mu.Lock()
	if r.closing {
		gone.Err = nil
	}
	r.gone = &gone
	r.mu.Unlock()
	close(r.over)
	_, hear := r.attending()
	hear(gone)
}

// handle passes one report on.
func (r *Remote) handle(p Report, gone *Gone) error {
	facts, hear := r.attending()
	switch {
	case p.ID != 0:
		r.answer(p)
	case p.Call != nil:
		hear(*p.Call)
	case p.Fact != nil:
		fact, err := facts.Decode(p.Fact)
		if err != nil {
			return err
		}
		hear(Noted{At: time.Unix(0, p.At), Boot: r.boot, Fact: fact})
	case p.Beat != nil && p.Beat.Stats != nil:
		hear(*p.Beat.Stats)
	case p.Died != nil:
		gone.Reason = p.Died.Reason
	default:
		return errors.New("the node sends a line that says nothing")
	}
	return nil
}

// answer hands an answer to whoever waits for it; one that nobody waits for any more is dropped.
func (r *Remote) answer(p Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Ready != nil {
		r.boot = p.Ready.Boot
	}
	if waiting, known := r.waiting[p.ID]; known {
		delete(r.waiting, p.ID)
		waiting <- p
	}
}
