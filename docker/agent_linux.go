package docker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// probePort is where a nemesis answers the probes of the others.
const probePort = 7001

// agent is a nemesis: process 1 of a pod.
type agent struct {
	log io.Writer

	mu    sync.Mutex // of everything below
	out   *json.Encoder
	self  take
	rules *firewall
	queue *queue
}

// Nemesis is the process of a nemesis container: it reads orders from in and writes answers to out, and what it does, to
// log before it does it. It returns when its container is to end: once nobody has been there to give orders for two
// leases.
func Nemesis(ctx context.Context, in io.Reader, out, log io.Writer) error {
	a := &agent{log: log, out: json.NewEncoder(out)}
	go reap(ctx)
	listener, err := net.Listen("tcp4", ":"+strconv.Itoa(probePort))
	if err != nil {
		return err
	}
	defer listener.Close()
	go answerProbes(listener)
	orders := make(chan order)
	go func() {
		defer close(orders)
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var o order
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				a.answer(answer{Error: "an order that is none: " + err.Error()})
				continue
			}
			orders <- o
		}
	}()
	return a.serve(ctx, orders)
}

// serve carries out orders. Those that take long do not hold up the others.
func (a *agent) serve(ctx context.Context, orders <-chan order) error {
	lease := leaseTime
	silence := time.NewTimer(lease)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case o, open := <-orders:
			if !open {
				return a.abandoned("the control stream has ended", lease)
			}
			if o.Take != nil && o.Take.Lease > 0 {
				lease = o.Take.Lease
			}
			silence.Reset(lease)
			if o.ID != 0 {
				go a.carryOut(o)
			}
		case <-silence.C:
			return a.abandoned(fmt.Sprintf("no word of the controller for %v", lease), lease)
		}
	}
}

// abandoned undoes everything, and stays for as long as another lease, so that nodes that are still at work can be seen to
// reach each other.
func (a *agent) abandoned(why string, lease time.Duration) error {
	fmt.Fprintf(a.log, "healing: %s\n", why)
	err := a.healAll()
	if err != nil {
		fmt.Fprintf(a.log, "healing failed: %v\n", err)
	} else {
		fmt.Fprintln(a.log, "healed")
	}
	a.answer(answer{Healed: why})
	time.Sleep(lease)
	return err
}

func (a *agent) answer(l answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.out.Encode(l); err != nil {
		fmt.Fprintf(a.log, "an answer is lost: %v\n", err)
	}
}

func (a *agent) carryOut(o order) {
	text, _ := json.Marshal(o) // it came as JSON
	fmt.Fprintf(a.log, "%s\n", text)
	reply := answer{}
	var err error
	switch {
	case o.Take != nil:
		err = a.take(*o.Take)
	case o.Apply != nil:
		err = a.apply(*o.Apply)
	case o.Lift != nil:
		reply.Counts, err = a.lift(o.Lift.Number)
	case o.Signal != nil:
		err = deliver(*o.Signal)
	case o.Probe != nil:
		reply.Deaf = a.probe(*o.Probe)
	case o.Vacate != nil:
		err = a.vacate()
	default:
		err = errors.New("an order that asks for nothing")
	}
	if err != nil {
		fmt.Fprintf(a.log, "order %d: %v\n", o.ID, err)
		reply.Error = err.Error()
	}
	reply.ID = o.ID
	a.answer(reply)
}

func (a *agent) take(t take) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rules != nil {
		return errors.New("the pod is taken already")
	}
	rules, err := newFirewall(t)
	if err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	a.self, a.rules = t, rules
	if a.queue == nil {
		a.queue = newQueue(t)
	} else {
		a.queue.take(t) // it stays open: to open one again takes the kernel time
	}
	return nil
}

func (a *agent) apply(r rule) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rules == nil {
		return errors.New("the pod is not taken yet")
	}
	if r.Kind != ruleWeather {
		return a.rules.apply(r)
	}
	if err := a.queue.apply(r); err != nil {
		return fmt.Errorf("NFQUEUE: %w", err)
	}
	return a.rules.divert(true)
}

func (a *agent) lift(number int) (map[string]int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rules == nil {
		return nil, errors.New("the pod is not taken yet")
	}
	if a.rules.has(number) {
		return a.rules.lift(number)
	}
	if a.queue.last(number) {
		if err := a.rules.divert(false); err != nil {
			return nil, err
		}
	}
	return a.queue.lift(number)
}

// healAll undoes everything.
func (a *agent) healAll() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.heal()
}

// heal is healAll for who holds the lock.
func (a *agent) heal() error {
	err := deliver(signalCont)
	if a.rules != nil {
		err = errors.Join(err, a.rules.clear())
		a.queue.clear()
	}
	return err
}

// vacate undoes everything and forgets whose the pod was.
func (a *agent) vacate() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.heal()
	a.self, a.rules = take{}, nil
	return err
}

// answerProbes accepts connections: that one comes about is all the answer that a probe wants.
func answerProbes(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return // the process ends
		}
		_ = conn.Close()
	}
}
