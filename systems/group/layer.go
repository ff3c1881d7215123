package group

import (
	"slices"
	"time"

	"sunder/harness/protocol"
)

// The orders in which a group delivers.
const (
	FIFO   = "fifo"
	Causal = "causal"
	Total  = "total"
)

// Config is what a group is built with.
type Config struct {
	Self    protocol.NodeID
	First   []protocol.NodeID // the members of the first view
	Nodes   []protocol.NodeID // all that may ever be members
	Order   string            // FIFO, Causal or Total
	Uniform bool              // deliver only what every member has on disk
	Forgets bool              // disks keep the membership alone: "on disk" is "in memory" for the rest
	Lease   time.Duration     // how long members promise the senior to let the view be, if it asks; 0: it does not
	Copies  int               // if Uniform: how many members must have it, a majority at least; 0: all
	Quiet   bool              // members tell a message's sender alone at once that they have it, the others at the next heartbeat
	Mutant  string            // a mutant of this package's system; "": none
}

// Application is what a group delivers to. What it does depends on these calls alone, so that all members that were given
// the same are in the same state.
type Application interface {
	// Deliver hands over a message.
	Deliver(env *protocol.Env, payload string)
	// Snapshot returns the state, Restore replaces it by what Snapshot returned.
	Snapshot() string
	Restore(state string)
	// Changed tells that a view was installed, or that the state has come; after an exclusion there is neither.
	Changed(env *protocol.Env)
}

// Group is one process's side of a group: its membership, and the multicast in it. A machine embeds it, and hands on its
// Start, its timer and its messages.
type Group struct {
	config Config
	app    Application

	durable
	now      uint64            // ticks since the start: clocks jump, timers do not
	listed   []protocol.NodeID // nodes of the view; nil: not made yet
	me       int               // rank in the view, -1 if this process is no member
	hasState bool
	buffer   []string // payloads delivered before the state came
	blocked  bool     // from a promise until the next view
	waiting  []string // payloads to be sent in the next view
	sentEver uint64   // messages that this process has sent
	blank    string   // the application's first state
	leaving  bool     // the application has asked to leave
	left     bool     // and the others do without this process

	lifecycle
	channels
	detector
	agreement
	leases
}

// durable is what the disk keeps.
type durable struct {
	Inc      uint64    `json:"inc"`
	View     View      `json:"view"`
	Decided  *Value    `json:"decided"` // by which the view was decided; nil of the first view
	Promised Ballot    `json:"promised"`
	Accepted *Proposal `json:"accepted"`
	HasBase  bool      `json:"has_base"`
	Base     string    `json:"base"`   // the application's state at the beginning of the view
	Held     [][]*Data `json:"held"`   // by rank and number - 1; nil where one is missing
	Orders   []*Place  `json:"orders"` // by position - 1; nil where one is missing
	Refused  []Act     `json:"refused,omitempty"`
}

// New returns a group. The application is in its first state.
func New(c Config, app Application) *Group {
	return &Group{config: c, app: app}
}

// tick is the time between heartbeats. All other times are counted in ticks.
const (
	tick          = 50 * time.Millisecond
	suspectTicks  = 5
	retryTicks    = 2
	flushTicks    = 6
	rankTicks     = 2
	timerTick     = protocol.Timer("group/tick")
	joinEndsTicks = suspectTicks
)

// Start brings back what the disk kept. At the first boot those of the first view are its members; all others must join.
func (g *Group) Start(env *protocol.Env, saved protocol.Saved) {
	g.me = -1
	g.agreement, g.detector = newAgreement(), newDetector()
	g.first()
	g.recover(saved)
	g.leaseStart(env, saved.Boot)
	kept := g.Inc
	if saved.Boot > 0 {
		g.Inc = max(g.Inc, saved.Boot) + 1
	}
	if saved.Boot > 0 && g.config.Mutant == mutantKeepsPID {
		g.Inc = kept
		g.app.Restore(g.Base)
		g.enter(env, g.HasBase)
	} else if saved.Boot > 0 {
		env.Mark(markRestarted)
		g.save(env)
		g.resetChannels()
	} else {
		g.save(env)
		g.resetChannels()
		if g.HasBase {
			g.enter(env, true)
		}
	}
	env.SetTimer(timerTick, tick)
}

// first makes the state that of a node that has never run.
func (g *Group) first() {
	g.durable, g.listed = durable{Inc: 1}, nil
	g.blank = g.app.Snapshot()
	if g.HasBase = slices.Contains(g.config.First, g.config.Self); g.HasBase {
		g.Base = g.blank
	}
	for _, node := range g.config.First {
		g.View.Members = append(g.View.Members, PID{node, 1})
	}
	g.View.Stateful = g.View.Members
	g.Held = make([][]*Data, len(g.View.Members))
}

// PID returns the process: another one after a restart or an exclusion.
func (g *Group) PID() PID { return PID{g.config.Self, g.Inc} }

// Ready tells whether the process is a member and has the application's state.
func (g *Group) Ready() bool { return g.me >= 0 && g.hasState }

// Blocked tells whether the view is about to change, so that what is multicast now waits for the next one.
func (g *Group) Blocked() bool { return g.blocked }

// Senior returns the most senior of the members that had the state when the view began: all members name the same one,
// "" if there is none. The second result tells whether it is this process.
func (g *Group) Senior() (protocol.NodeID, bool) {
	if len(g.View.Stateful) == 0 {
		return "", false
	}
	p := g.View.Stateful[0]
	return p.Node, g.me >= 0 && p == g.PID()
}

// Coordinates tells whether this process is the most senior member: it is the first to propose the next view, and gives
// messages their places in a total order.
func (g *Group) Coordinates() bool { return g.me == 0 }

// Leave asks the group to let this process out for good. A process that is no member becomes one first: only by a view
// without it can it know that the others do without its node. The last member that has the state stays.
func (g *Group) Leave() { g.leaving = true }

// Left tells whether the process was asked to leave and the others do without it.
func (g *Group) Left() bool { return g.left }

// enter begins life in the view on disk.
func (g *Group) enter(env *protocol.Env, hasState bool) {
	g.me, g.hasState, g.blocked, g.buffer = g.View.rank(g.PID()), hasState, false, nil
	g.resetChannels()
	g.leaseReset()
	g.heardAll()
	installed := protocol.Installed{View: g.View.Number}
	for _, p := range g.View.Members {
		installed.Members, installed.Incarnations = append(installed.Members, p.Node), append(installed.Incarnations, p.Inc)
	}
	env.Note(installed)
	g.app.Changed(env)
	waiting := g.waiting
	g.waiting = nil
	for _, payload := range waiting {
		g.Multicast(env, payload)
	}
}

// Timeout handles a timer and tells whether it was the group's.
func (g *Group) Timeout(env *protocol.Env, t protocol.Timer) bool {
	if t != timerTick {
		return false
	}
	g.now++
	env.SetTimer(timerTick, tick)
	if g.me >= 0 {
		g.beat(env)
		g.repair(env)
		g.donate(env)
	} else if !g.left {
		g.sendAll(env, g.config.Nodes, JoinRequest{g.PID(), g.View.Number})
	}
	g.propel(env)
	return true
}

// beat tells all members that this one is alive, and what it has.
func (g *Group) beat(env *protocol.Env) {
	g.sendAll(env, g.nodes(), Heartbeat{g.PID(), g.View.Number, g.hasState})
	g.sendStability(env)
	g.askLease(env)
	if g.leaving {
		g.sendAll(env, g.nodes(), LeaveRequest{g.PID(), g.View.Number})
	}
	if g.destruction != nil {
		g.sendAll(env, g.nodes(), Destroy{g.View.Number, *g.destruction})
	}
}

// donate gives the state of the view's beginning to members who lack it, if this is the most senior one that had it then.
func (g *Group) donate(env *protocol.Env) {
	if g.blocked || len(g.View.Stateful) == 0 || g.View.Stateful[0] != g.PID() || g.now%retryTicks != 0 {
		return
	}
	for _, p := range g.View.Members {
		if slices.Contains(g.View.Stateful, p) || g.stateful[p] {
			continue
		}
		state := g.Base
		if g.config.Mutant == mutantLateSnapshot {
			state = g.app.Snapshot()
		}
		env.Mark(markStateSent)
		m := State{View: g.View.Number, State: state}
		m.Sum = m.sum()
		env.Send(p.Node, m)
	}
}

// receiveState begins with a state that was sent, and catches up with what was delivered since.
func (g *Group) receiveState(env *protocol.Env, m State) {
	if g.me < 0 || m.View != g.View.Number || g.hasState || g.blocked {
		return
	}
	g.HasBase, g.Base, g.hasState = true, m.State, true
	g.store(env, record{Base: &m.State})
	g.app.Restore(m.State)
	env.Mark(markStateReceived)
	buffer := g.buffer
	g.buffer = nil
	for _, payload := range buffer {
		if g.config.Mutant != mutantAppliesEarly {
			g.app.Deliver(env, payload)
		}
	}
	g.app.Changed(env)
}

// nodes returns the nodes of the view, which decide on the next one: if the group was destroyed, those that it began with.
// They are not to be changed.
func (g *Group) nodes() []protocol.NodeID {
	if !g.Exists() {
		return g.config.First
	}
	if g.listed != nil {
		return g.listed
	}
	out := make([]protocol.NodeID, len(g.View.Members))
	for i, p := range g.View.Members {
		out[i] = p.Node
	}
	g.listed = out
	return out
}

// sendAll sends a message to nodes but this one.
func (g *Group) sendAll(env *protocol.Env, nodes []protocol.NodeID, m protocol.Message) {
	for _, node := range nodes {
		if node != g.config.Self {
			env.Send(node, m)
		}
	}
}

// Receive handles a message and tells whether it was the group's. What cannot be one of the group's is nobody's.
func (g *Group) Receive(env *protocol.Env, from protocol.NodeID, m protocol.Message) bool {
	if !g.sound(from, m) {
		return false
	}
	heard := true
	switch m := m.(type) {
	case Heartbeat:
		g.meet(m.From)
		if g.keepUp(env, from, m.View) {
			g.stateful[m.From] = m.HasState
		}
	case Stability:
		g.receiveStability(env, from, m)
	case JoinRequest:
		g.meet(m.From)
		if g.keepUp(env, from, m.View) {
			g.joining[m.From] = g.now
		}
	case LeaveRequest:
		if g.keepUp(env, from, m.View) {
			g.leavers[m.From] = g.now
		}
	case Destroy:
		if g.keepUp(env, from, m.View) && g.me >= 0 && g.destruction == nil {
			g.destruction = &m.Act
		}
	case State:
		g.receiveState(env, m)
	case Data:
		g.receiveData(env, from, m)
	case Order:
		g.receiveOrder(env, from, m)
	case Nak:
		g.receiveNak(env, from, m)
	case LeaseRequest:
		g.grant(env, from, m)
	case LeaseGrant:
		g.granting(from, m)
	default:
		heard = g.receiveAgreement(env, from, m)
	}
	if heard {
		g.heard[from] = g.now
	}
	return heard
}

// keepUp tells whether the sender of a message knows the same view; who knows an older one is told, and who knows a newer
// one is asked.
func (g *Group) keepUp(env *protocol.Env, from protocol.NodeID, view uint64) bool {
	switch {
	case view < g.View.Number:
		g.tell(env, from)
	case view > g.View.Number:
		env.Send(from, Need{g.View.Number + 1})
	}
	return view == g.View.Number
}

// tell tells a node of the newest decision. An older one need not be known: who was a member then and has not answered
// since is excluded by now.
func (g *Group) tell(env *protocol.Env, node protocol.NodeID) {
	if g.Decided != nil && node != g.config.Self {
		env.Send(node, Decide{g.View.Number, *g.Decided})
	}
}
