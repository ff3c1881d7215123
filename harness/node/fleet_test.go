package node_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"sunder/harness/node"
	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/gossip"
)

// asNode is set in the environment of a process of this test that is to be a node: to the request to begin anew that it
// answers, or to 0.
const asNode = "SUNDER_TEST_NODE"

// patience is how long anything may take before a test fails.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(asNode) == "" {
		os.Exit(m.Run())
	}
	renewed, err := strconv.ParseUint(os.Getenv(asNode), 10, 64)
	if err != nil {
		os.Exit(2)
	}
	p := node.Process{In: os.Stdin, Out: os.Stdout, Log: os.Stderr, Systems: []node.System{builds(gossip.System())}, Renewed: renewed}
	err = p.Run(context.Background())
	if renewal := new(node.Renewal); errors.As(err, &renewal) {
		_ = os.Setenv(asNode, strconv.FormatUint(renewal.ID, 10)) // it never fails
		err = syscall.Exec(os.Args[0], os.Args, os.Environ())
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// builds returns how a node builds the machines of a system.
func builds(s systems.System) node.System {
	config := func(c node.Configure) systems.Config {
		return systems.Config{
			Object: c.Object, Options: c.Options, Mutant: c.Mutant, Replicas: c.Replicas, Spares: c.Spares, Clients: c.Clients, Timeout: c.Timeout,
		}
	}
	return node.System{
		Name: s.Name, Messages: s.Messages, Facts: s.Facts,
		Replica:  func(c node.Configure) protocol.Machine { return s.Replica(config(c), c.Node) },
		FrontEnd: func(c node.Configure) protocol.FrontEnd { return s.FrontEnd(config(c), c.Node) },
	}
}

// launch starts a node's process and returns its control stream, and how to kill it.
type launch func(t testing.TB, log io.Writer) (conn io.ReadWriteCloser, kill func())

// asGoroutine runs a node in this process. To kill it is to end its context, so that what is not synced is lost too.
func asGoroutine(t testing.TB, log io.Writer) (io.ReadWriteCloser, func()) {
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p := node.Process{In: far, Out: far, Log: log, Systems: []node.System{builds(gossip.System())}}
	go func() {
		defer close(done)
		_ = p.Run(ctx) // what it says stands in the log
		_ = far.Close()
	}()
	kill := func() {
		cancel()
		<-done
	}
	t.Cleanup(kill)
	return near, kill
}

// asProcess runs a node in a process of its own.
func asProcess(t testing.TB, log io.Writer) (io.ReadWriteCloser, func()) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asNode+"=0")
	command.Stderr = log
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill := func() {
		once.Do(func() {
			_ = command.Process.Kill() // it may have ended
			_ = command.Wait()         // which it does by the kill
		})
	}
	t.Cleanup(kill)
	return pipes{out, in}, kill
}

// pipes are the two pipes of a process as one stream.
type pipes struct {
	io.ReadCloser
	in io.WriteCloser
}

func (p pipes) Write(b []byte) (int, error) { return p.in.Write(b) }

func (p pipes) Close() error {
	_ = p.in.Close() // it is closed if the process has ended
	return p.ReadCloser.Close()
}

// fleet is a cluster of nodes and what they told.
type fleet struct {
	t       testing.TB
	config  node.Configure // what all nodes have in common
	launch  launch
	began   time.Time
	logs    logs
	members map[protocol.NodeID]*member

	mu      sync.Mutex
	calls   uint64
	waiting map[uint64]chan protocol.Reply // by call, of those that somebody awaits
	marks   map[string]int
	told    map[protocol.NodeID][]node.Noted
	stats   map[protocol.NodeID]node.Stats
	gone    map[protocol.NodeID]node.Gone
}

// member is a node that runs.
type member struct {
	*node.Remote
	kill  func()
	boots uint64
	at    string // its address
	dir   string
}

// newFleet starts 3 gossip replicas and 2 front ends, with or without disks.
func newFleet(t testing.TB, launch launch, object string, disks bool) *fleet {
	options := map[string]string{}
	for _, o := range gossip.System().Options {
		options[o.Name] = o.Default
	}
	options["gossip-interval"] = "20ms"
	f := &fleet{
		t: t, launch: launch, began: time.Now(), members: map[protocol.NodeID]*member{},
		config: node.Configure{
			System: "gossip", Object: object, Options: options, Timeout: 5 * time.Second, Seed: 7, Listen: "127.0.0.1:0",
			Replicas: []protocol.NodeID{"r1", "r2", "r3"}, Clients: []protocol.NodeID{"c1", "c2"}, Lease: 20 * time.Second,
		},
		waiting: map[uint64]chan protocol.Reply{}, marks: map[string]int{}, told: map[protocol.NodeID][]node.Noted{},
		stats: map[protocol.NodeID]node.Stats{}, gone: map[protocol.NodeID]node.Gone{},
	}
	t.Cleanup(f.close)
	for _, id := range f.ids() {
		f.members[id] = &member{}
		if disks {
			f.members[id].dir = t.TempDir()
		}
		f.configure(id, node.Configure{})
	}
	for _, id := range f.ids() {
		f.start(id)
	}
	return f
}

func (f *fleet) ids() []protocol.NodeID {
	return append(append([]protocol.NodeID(nil), f.config.Replicas...), f.config.Clients...)
}

func (f *fleet) close() {
	for _, m := range f.members {
		if m.Remote != nil {
			_ = m.Close() // its process may be gone
		}
	}
	if f.t.Failed() {
		f.t.Logf("the nodes' logs:\n%s", f.logs.String())
	}
}

// configure launches a node's process and tells it what to be; of more, what the disk is to be counts.
func (f *fleet) configure(id protocol.NodeID, more node.Configure) node.Ready {
	f.t.Helper()
	m := f.members[id]
	conn, kill := f.launch(f.t, &f.logs)
	m.kill = kill
	m.Remote = node.NewRemote(conn, protocol.NewFactCodec(gossip.System().Facts), func(e node.Event) { f.hear(id, e) })
	return f.instruct(id, more)
}

// instruct tells a node's process what to be.
func (f *fleet) instruct(id protocol.NodeID, more node.Configure) node.Ready {
	f.t.Helper()
	m := f.members[id]
	c := f.config
	c.Node, c.Boot, c.Dir, c.Wipe, c.SyncMin, c.SyncMax = id, m.boots, m.dir, more.Wipe, more.SyncMin, more.SyncMax
	if m.at != "" {
		c.Listen = m.at
	}
	ready, err := m.Configure(f.context(), c)
	if err != nil {
		f.t.Fatalf("configuring %s: %v", id, err)
	}
	if ready.Boot != m.boots {
		f.t.Errorf("boot %d of %s is its boot %d", m.boots, id, ready.Boot)
	}
	m.at = ready.Address
	m.boots++
	f.mu.Lock()
	delete(f.stats, id) // of the process before
	f.mu.Unlock()
	return ready
}

func (f *fleet) start(id protocol.NodeID) {
	f.t.Helper()
	peers := map[protocol.NodeID]string{}
	for other, m := range f.members {
		peers[other] = m.at
	}
	if err := f.members[id].Start(f.context(), node.Start{Now: time.Since(f.began), Peers: peers}); err != nil {
		f.t.Fatalf("starting %s: %v", id, err)
	}
}

// context ends when patience does.
func (f *fleet) context() context.Context {
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	f.t.Cleanup(cancel)
	return ctx
}

func (f *fleet) hear(id protocol.NodeID, e node.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e := e.(type) {
	case node.Completed:
		if waiting := f.waiting[e.Call]; waiting != nil {
			waiting <- e.Reply
			delete(f.waiting, e.Call)
		}
	case node.Noted:
		f.told[id] = append(f.told[id], e)
		if mark, is := e.Fact.(protocol.Mark); is {
			f.marks[mark.Name]++
		}
	case node.Stats:
		f.stats[id] = e
	case node.Gone:
		f.gone[id] = e
	}
}

// until waits until something is so.
func (f *fleet) until(what string, is func() bool) {
	f.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		f.mu.Lock()
		so := is()
		f.mu.Unlock()
		if so {
			return
		}
	}
	f.t.Fatalf("not within %v: %s", patience, what)
}

// invoke hands an operation to a front end. The channel gets the reply.
func (f *fleet) invoke(client protocol.NodeID, op protocol.Op) <-chan protocol.Reply {
	f.t.Helper()
	reply := make(chan protocol.Reply, 1)
	f.mu.Lock()
	f.calls++
	call := f.calls
	f.waiting[call] = reply
	f.mu.Unlock()
	if err := f.members[client].Invoke(call, op); err != nil {
		f.t.Error(err)
	}
	return reply
}

// do hands an operation to a front end and waits for the reply.
func (f *fleet) do(client protocol.NodeID, op protocol.Op) protocol.Reply {
	f.t.Helper()
	select {
	case r := <-f.invoke(client, op):
		return r
	case <-time.After(patience):
		f.t.Errorf("no reply to %+v at %s within %v", op, client, patience)
	}
	return protocol.Reply{}
}

// wants does an operation and checks the reply.
func (f *fleet) wants(client protocol.NodeID, op protocol.Op, value protocol.Value) {
	f.t.Helper()
	got := f.do(client, op)
	if got.Outcome != protocol.OK || !got.Value.Equal(value) {
		f.t.Errorf("%s: %+v gives %v %v %q, want ok %v", client, op, got.Outcome, got.Value, got.Error, value)
	}
}

// comes does a read again and again until it gives a value.
func (f *fleet) comes(client protocol.NodeID, op protocol.Op, value protocol.Value) {
	f.t.Helper()
	var got protocol.Reply
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if got = f.do(client, op); got.Outcome == protocol.OK && got.Value.Equal(value) {
			return
		}
	}
	f.t.Fatalf("%s: %+v gives %v %v at last, want ok %v", client, op, got.Outcome, got.Value, value)
}

// logs collects what nodes log.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
