package passive

import (
	"maps"
	"slices"
	"time"

	"sunder/harness/protocol"
	"sunder/systems/group"
)

// roster is replication without views, as a simple reading of the figure has it: a list of replicas that never changes, of
// which the first that is not suspected is the primary, and what all have that are not suspected is delivered. It is right
// as long as who is suspected has failed for good. Two sides of a partition suspect each other, go on by themselves, and
// nobody ever reconciles them. Nothing is kept on disk.
type roster struct {
	self  protocol.NodeID
	all   []protocol.NodeID
	app   group.Application
	boot  uint64
	left  bool
	ticks uint64
	heard map[protocol.NodeID]uint64

	primary   protocol.NodeID
	sent      uint64
	unsettled []Copy                     // own messages that are not delivered
	have      map[protocol.NodeID]uint64 // what each other replica has of this one's, without a gap
	streams   map[protocol.NodeID]*stream
}

// stream is what a replica has from another one.
type stream struct {
	boot      uint64
	have      uint64 // all up to this one came or will not come any more
	delivered uint64
	held      map[uint64]string // behind delivered
}

// Beat tells that a replica is alive, and how much of its own stream it has delivered.
type Beat struct {
	Boot    uint64 `json:"boot"`
	Settled uint64 `json:"settled"`
}

// Copy is a message of a replica's stream to the others.
type Copy struct {
	Boot    uint64 `json:"boot"`
	Seq     uint64 `json:"seq"` // from 1
	Payload string `json:"payload"`
}

// Got tells how much of the receiver's stream a replica has.
type Got struct {
	Boot    uint64 `json:"boot"` // of the receiver
	Have    uint64 `json:"have"`
	Settled uint64 `json:"settled"` // of the sender's own stream
	Own     uint64 `json:"own"`     // the sender's boot
}

// Name is by what faults select the message.
func (Beat) Name() string { return "BEAT" }

// Name is by what faults select the message.
func (Copy) Name() string { return "COPY" }

// Name is by what faults select the message.
func (Got) Name() string { return "GOT" }

const (
	rosterTick     = 50 * time.Millisecond
	rosterSuspects = 5 // ticks
	rosterRetries  = 2 // ticks
	timerRoster    = protocol.Timer("passive/tick")
)

func newRoster(self protocol.NodeID, all []protocol.NodeID, app group.Application) *roster {
	return &roster{
		self: self, all: all, app: app, heard: map[protocol.NodeID]uint64{}, have: map[protocol.NodeID]uint64{},
		streams: map[protocol.NodeID]*stream{},
	}
}

// Start begins a life that knows nothing of those before it.
func (o *roster) Start(env *protocol.Env, saved protocol.Saved) {
	o.boot = saved.Boot + 1
	for _, node := range o.all {
		o.heard[node] = 0
	}
	env.SetTimer(timerRoster, rosterTick)
	o.elect(env)
}

// elect takes the first who is not suspected for the primary. Who becomes it applies what it has from others first.
func (o *roster) elect(env *protocol.Env) {
	for _, node := range o.all {
		if o.suspects(node) {
			continue
		}
		if node == o.primary {
			return
		}
		o.primary = node
		break
	}
	if o.primary == o.self {
		for _, node := range o.all {
			if s := o.streams[node]; s != nil {
				o.settle(env, s, s.have)
			}
		}
	}
	o.app.Changed(env)
}

func (o *roster) suspects(node protocol.NodeID) bool {
	return node != o.self && o.ticks-o.heard[node] > rosterSuspects
}

// Timeout handles a timer and tells whether it was the roster's.
func (o *roster) Timeout(env *protocol.Env, t protocol.Timer) bool {
	if t != timerRoster || o.left {
		return t == timerRoster
	}
	o.ticks++
	env.SetTimer(timerRoster, rosterTick)
	for _, node := range o.all {
		if node == o.self {
			continue
		}
		env.Send(node, Beat{o.boot, o.settled()})
		for _, c := range o.unsettled {
			if o.ticks%rosterRetries == 0 && c.Seq > o.have[node] {
				env.Send(node, c)
			}
		}
	}
	o.elect(env)
	o.progress(env)
	return true
}

// settled is how many messages of its own the replica has delivered.
func (o *roster) settled() uint64 { return o.sent - uint64(len(o.unsettled)) }

// Multicast sends to all, and delivers when all have it that are not suspected.
func (o *roster) Multicast(env *protocol.Env, payload string) {
	o.sent++
	c := Copy{o.boot, o.sent, payload}
	o.unsettled = append(o.unsettled, c)
	for _, node := range o.all {
		if node != o.self {
			env.Send(node, c)
		}
	}
	o.progress(env)
}

// progress delivers what all have that are not suspected.
func (o *roster) progress(env *protocol.Env) {
	for len(o.unsettled) > 0 {
		c := o.unsettled[0]
		for _, node := range o.all {
			if node != o.self && o.have[node] < c.Seq && !o.suspects(node) {
				return
			}
		}
		o.unsettled = o.unsettled[1:]
		o.app.Deliver(env, c.Payload)
	}
}

// Receive handles a message and tells whether it was the roster's.
func (o *roster) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) bool {
	if o.left || !slices.Contains(o.all, from) {
		return false
	}
	switch m := m.(type) {
	case Beat:
		o.settle(env, o.stream(from, m.Boot), m.Settled)
	case Copy:
		s := o.stream(from, m.Boot)
		if m.Boot < s.boot {
			return true
		}
		if m.Seq > s.have {
			s.held[m.Seq] = m.Payload
		}
		s.advance()
		env.Send(from, Got{m.Boot, s.have, o.settled(), o.boot})
	case Got:
		o.settle(env, o.stream(from, m.Own), m.Settled)
		if m.Boot == o.boot {
			o.have[from] = max(o.have[from], m.Have)
		}
	default:
		return false
	}
	o.heard[from] = o.ticks
	o.progress(env)
	return true
}

// stream returns what came from a replica. If that was started again, its stream is another.
func (o *roster) stream(from protocol.NodeID, boot uint64) *stream {
	s := o.streams[from]
	if s == nil || s.boot < boot {
		s = &stream{boot: boot, held: map[uint64]string{}}
		o.streams[from] = s
		o.have[from] = 0
	}
	return s
}

// advance finds how much came without a gap.
func (s *stream) advance() {
	for {
		if _, there := s.held[s.have+1]; !there {
			return
		}
		s.have++
	}
}

// settle delivers what its sender has delivered. What did not come before that will not come: its sender has suspected
// this replica.
func (o *roster) settle(env *protocol.Env, s *stream, upTo uint64) {
	if upTo <= s.delivered {
		return
	}
	for _, seq := range slices.Sorted(maps.Keys(s.held)) {
		if seq <= upTo {
			payload := s.held[seq]
			delete(s.held, seq)
			o.app.Deliver(env, payload)
		}
	}
	s.delivered = upTo
	s.have = max(s.have, upTo)
	s.advance()
}

// Ready tells whether the replica is on the list.
func (o *roster) Ready() bool { return !o.left && slices.Contains(o.all, o.self) }

// Blocked is never true: without views nothing waits for another one.
func (o *roster) Blocked() bool { return false }

// Leased is never true: nobody promises anything.
func (o *roster) Leased(*protocol.Env) bool { return false }

// Senior returns the replica that this one takes for the primary.
func (o *roster) Senior() (protocol.NodeID, bool) { return o.primary, o.primary == o.self }

// PID returns the present life of the replica.
func (o *roster) PID() group.PID { return group.PID{Node: o.self, Inc: o.boot} }

// Leave stops the replica at once. The others take it for failed.
func (o *roster) Leave() { o.left = true }

// Left tells whether it was stopped.
func (o *roster) Left() bool { return o.left }

// State is what the disk has: nothing.
func (o *roster) State() group.DiskState { return group.DiskState{} }
