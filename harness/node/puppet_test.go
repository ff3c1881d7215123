package node

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"sunder/harness/protocol"
)

// note is the message of puppets.
type note struct {
	Text string `json:"text"`
}

func (note) Name() string { return "NOTE" }

// other is a message of another name.
type other struct{}

func (other) Name() string { return "OTHER" }

// unlisted is a message that the system of puppets does not list.
type unlisted struct{}

func (unlisted) Name() string { return "UNLISTED" }

// puppet is a machine that does as a test says. What is nil does nothing.
type puppet struct {
	start   func(*protocol.Env, protocol.Saved)
	receive func(*protocol.Env, protocol.NodeID, protocol.Message)
	timeout func(*protocol.Env, protocol.Timer)
	request func(*protocol.Env, protocol.RequestID, protocol.Op)
}

func (p *puppet) Start(env *protocol.Env, saved protocol.Saved) {
	if p.start != nil {
		p.start(env, saved)
	}
}

func (p *puppet) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
	if p.receive != nil {
		p.receive(env, from, m)
	}
}

func (p *puppet) Timeout(env *protocol.Env, t protocol.Timer) {
	if p.timeout != nil {
		p.timeout(env, t)
	}
}

func (p *puppet) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	if p.request != nil {
		p.request(env, id, op)
	}
}

// memory is a network in memory. A listener at an address that is cut off is not found, and not refused either.
type memory struct {
	mu        sync.Mutex
	listeners map[string]*memoryListener
	cut       map[string]bool
	dials     int
	conns     []net.Conn // the dialling ends
}

func (m *memory) transport() transport { return transport{listen: m.listen, dial: m.dial} }

func (m *memory) listen(address string) (net.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listeners[address] != nil {
		return nil, errors.New("the address is taken")
	}
	l := &memoryListener{network: m, address: address, conns: make(chan net.Conn), closed: make(chan struct{})}
	m.listeners[address] = l
	return l, nil
}

func (m *memory) dial(ctx context.Context, address string) (net.Conn, error) {
	m.mu.Lock()
	m.dials++
	l, cut := m.listeners[address], m.cut[address]
	m.mu.Unlock()
	if cut {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if l == nil {
		return nil, errors.New("refused")
	}
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		m.mu.Lock()
		m.conns = append(m.conns, near)
		m.mu.Unlock()
		return near, nil
	case <-l.closed:
		return nil, errors.New("refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reach cuts an address off, or no longer.
func (m *memory) reach(address string, can bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut[address] = !can
}

// breakAll closes all connections.
func (m *memory) breakAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		_ = c.Close()
	}
	m.conns = nil
}

type memoryListener struct {
	network *memory
	address string
	conns   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.listeners, l.address)
	})
	return nil
}

func (l *memoryListener) Addr() net.Addr { return memoryAddr(l.address) }

type memoryAddr string

func (a memoryAddr) Network() string { return "memory" }
func (a memoryAddr) String() string  { return string(a) }

// stage is a cluster of puppets in memory: r1, r2 and the front end c1.
type stage struct {
	t       *testing.T
	network *memory
	puppets map[protocol.NodeID]*puppet
	leavers map[protocol.NodeID]*leaver // those of the puppets that can leave
	nodes   map[protocol.NodeID]*actor
}

// actor is the process of a puppet and the controller's end of it.
type actor struct {
	*Remote
	heard ear
	log   journal
	ended chan error // what Run returned
	end   context.CancelFunc
}

// journal collects a log.
type journal struct {
	mu   sync.Mutex
	text string
}

func (l *journal) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text += string(b)
	return len(b), nil
}

func (l *journal) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

// system returns the system of the stage's puppets.
func (s *stage) system() System {
	return System{
		Name: "puppets", Messages: []protocol.Message{note{}, other{}},
		Facts: []protocol.Own{{Name: "puppets/said", Fields: ""}},
		Replica: func(c Configure) protocol.Machine {
			if l := s.leavers[c.Node]; l != nil {
				return l
			}
			return s.puppets[c.Node]
		},
		FrontEnd: func(c Configure) protocol.FrontEnd { return s.puppets[c.Node] },
	}
}

// newStage launches the processes, but tells them nothing.
func newStage(t *testing.T) *stage {
	s := &stage{
		t: t, network: &memory{listeners: map[string]*memoryListener{}, cut: map[string]bool{}},
		puppets: map[protocol.NodeID]*puppet{"r1": {}, "r2": {}, "c1": {}}, nodes: map[protocol.NodeID]*actor{},
	}
	for id := range s.puppets {
		s.launch(id)
	}
	return s
}

func (s *stage) launch(id protocol.NodeID) {
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(s.t.Context())
	a := &actor{ended: make(chan error, 1), end: cancel}
	p := Process{In: far, Out: far, Log: &a.log, Systems: []System{s.system()}, transport: s.network.transport()}
	go func() {
		a.ended <- p.Run(ctx)
		_ = far.Close()
	}()
	a.Remote = NewRemote(near, protocol.NewFactCodec(s.system().Facts), a.heard.hear)
	s.nodes[id] = a
}

// configuration returns what a node is told to be.
func (s *stage) configuration(id protocol.NodeID) Configure {
	return Configure{
		System: "puppets", Node: id, Replicas: []protocol.NodeID{"r1", "r2"}, Clients: []protocol.NodeID{"c1"},
		Seed: 1, Listen: string(id),
	}
}

// open configures and starts all nodes; change may change what they are told to be.
func (s *stage) open(change func(*Configure)) {
	s.t.Helper()
	for id, a := range s.nodes {
		c := s.configuration(id)
		if change != nil {
			change(&c)
		}
		if _, err := a.Configure(s.t.Context(), c); err != nil {
			s.t.Fatalf("configuring %s: %v", id, err)
		}
	}
	for id := range s.nodes {
		s.begin(id, 0)
	}
}

// begin starts a node that is configured.
func (s *stage) begin(id protocol.NodeID, now time.Duration) {
	s.t.Helper()
	peers := map[protocol.NodeID]string{"r1": "r1", "r2": "r2", "r3": "r3", "c1": "c1"}
	if err := s.nodes[id].Start(s.t.Context(), Start{Now: now, Peers: peers}); err != nil {
		s.t.Fatalf("starting %s: %v", id, err)
	}
}

// close ends all nodes.
func (s *stage) close() {
	for _, a := range s.nodes {
		_ = a.Close() // its process may be gone
		a.end()
	}
}

// said returns the texts of the facts that a node told, in order.
func (a *actor) said() []string {
	var out []string
	for _, e := range a.heard.all() {
		if n, is := e.(Noted); is {
			if own, is := n.Fact.(protocol.Own); is {
				out = append(out, own.Fields.(string))
			}
		}
	}
	return out
}

// counted returns what a node counted last.
func (a *actor) counted() Stats {
	var last Stats
	for _, e := range a.heard.all() {
		if s, is := e.(Stats); is {
			last = s
		}
	}
	return last
}

// say notes a text as a fact.
func say(env *protocol.Env, text string) {
	env.Note(protocol.Own{Name: "puppets/said", Fields: text})
}

// State is what puppets show.
func (p *puppet) State() any { return json.RawMessage(`{"a":"puppet"}`) }
