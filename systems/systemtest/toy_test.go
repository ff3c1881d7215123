package systemtest

import (
	"encoding/json"
	"slices"
	"time"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
)

// toy is a system of one copy: r1 keeps a register for each key on its disk, and the other replicas pass requests on to
// it. It passes the suite, unless it has a flaw.
func toy(f flaw) systems.System {
	return systems.System{
		Name:       "toy",
		About:      "one copy of a register, for the tests of the conformance suite",
		Figures:    "none",
		Serves:     []systems.Service{{Object: "register", Operations: []string{"read", "write", "cas", "tell", "hear"}}},
		Messages:   []protocol.Message{ask{}, answer{}, rumour{}, word{}},
		Facts:      []protocol.Own{{Name: "toy/wrote", Fields: wrote{}}},
		Marks:      []string{"written", "recovered"},
		Promises:   []systems.Promise{{Guarantee: guarantee.Linearizable, Survives: []nemesis.Kind{nemesis.Crash, nemesis.Delay, nemesis.ClockSkew}}},
		Invariants: []systems.Invariant{{Name: "kept", About: "what is written is kept", Check: kept}},
		Mutants:    []systems.Mutant{forgetful("toy/mutants/forgets")},
		Replica: func(c systems.Config, self protocol.NodeID) protocol.Machine {
			return &copyHolder{flaw: f, mutant: c.Mutant, values: map[string]protocol.Value{}}
		},
		FrontEnd: func(c systems.Config, self protocol.NodeID) protocol.FrontEnd {
			return &caller{flaw: f, beside: c.Beside(self), open: map[protocol.RequestID]bool{}}
		},
	}
}

// flaw is what a toy does wrong.
type flaw string

const (
	honest       flaw = ""
	unordered    flaw = "sends messages in the order of a map"
	amnesiac     flaw = "keeps nothing on disk"
	opaque       flaw = "shows no state"
	blank        flaw = "shows the same state always"
	deaf         flaw = "never answers the fifth request of a front end"
	refusing     flaw = "fails every read of a front end after the fourth request"
	mute         flaw = "tells nobody anything"
	clockBound   flaw = "answers with former values when its clock goes back"
	frightened   flaw = "panics when it meets a stranger"
	talkative    flaw = "answers strangers"
	counting     flaw = "counts strangers in its state"
	rewriting    flaw = "changes a message that it has sent"
	revising     flaw = "changes a fact that it has noted"
	inventive    flaw = "notes a mark that it does not list"
	secretive    flaw = "notes a fact of which a part is not exported"
	faintHearted flaw = "panics at the first write"
)

// forgetful is a mutant of the toy: r1 forgets every second write.
func forgetful(scenario string) systems.Mutant {
	return systems.Mutant{
		Name: "TOY-M1", About: "forgets every second write", Scenario: scenario,
		CaughtBy: []guarantee.Name{guarantee.Linearizable, guarantee.Invariant("kept")},
	}
}

// wrote is the fact of a write.
type wrote struct {
	Kept  bool             `json:"kept"`
	Trail []protocol.Value `json:"trail"`
	count int              // of writes; only a secretive toy tells
}

func kept(facts []protocol.Noted) *systems.Violation {
	for i, noted := range facts {
		own, _ := noted.Fact.(protocol.Own)
		if fields, is := own.Fields.(wrote); is && !fields.Kept {
			return &systems.Violation{Sentence: "a write was not kept", Facts: []int{i}}
		}
	}
	return nil
}

// keptUnjustly finds what kept finds, and blames another fact.
func keptUnjustly(facts []protocol.Noted) *systems.Violation {
	v := kept(facts)
	if v != nil {
		v.Facts = []int{0}
	}
	return v
}

// keptBeyond finds what kept finds, and blames a fact that does not exist.
func keptBeyond(facts []protocol.Noted) *systems.Violation {
	v := kept(facts)
	if v != nil {
		v.Facts = []int{1_000_000}
	}
	return v
}

// noWrite is no invariant: it breaks at the first write.
func noWrite(facts []protocol.Noted) *systems.Violation {
	for i, noted := range facts {
		if _, own := noted.Fact.(protocol.Own); own {
			return &systems.Violation{Sentence: "there was a write", Facts: []int{i}}
		}
	}
	return nil
}

type ask struct {
	ID protocol.RequestID
	Op protocol.Op
	To protocol.NodeID // who is to get the answer
}

type answer struct {
	ID    protocol.RequestID
	Reply protocol.Reply
	Trail []protocol.Value
}

type rumour struct{ Number int }

type word struct{ Payload protocol.Value }

func (ask) Name() string    { return "ASK" }
func (answer) Name() string { return "ANSWER" }
func (rumour) Name() string { return "RUMOUR" }
func (word) Name() string   { return "WORD" }

type copyHolder struct {
	flaw      flaw
	mutant    string
	values    map[string]protocol.Value
	former    map[string]protocol.Value
	clock     time.Duration // the latest that was seen
	writes    int
	strangers int
	trail     []protocol.Value // of the last writes
}

// stored is the record on disk of a write.
type stored struct {
	Key   string
	Value protocol.Value
}

func (h *copyHolder) Start(env *protocol.Env, saved protocol.Saved) {
	h.former = map[string]protocol.Value{}
	h.trail = make([]protocol.Value, 0, 4)
	for _, data := range saved.Log {
		var s stored
		if err := json.Unmarshal(data, &s); err != nil {
			panic(err)
		}
		h.values[s.Key] = s.Value
	}
	if saved.Boot > 0 {
		env.Sync() // a crash of the process alone leaves what no sync covers
		env.Mark("recovered")
	}
}

func (h *copyHolder) Timeout(*protocol.Env, protocol.Timer) {}

func (h *copyHolder) Receive(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case ask:
		if env.Self == "r1" {
			h.ask(env, m)
		} else {
			env.Send("r1", m)
		}
	case rumour:
	default:
		h.meet(env, m)
	}
}

// meet is what a stranger's message does to a flawed toy.
func (h *copyHolder) meet(env *protocol.Env, m protocol.Message) {
	switch h.flaw {
	case frightened:
		panic("who is " + m.Name())
	case talkative:
		env.Send("r1", rumour{})
	case counting:
		h.strangers++
	}
}

func (h *copyHolder) ask(env *protocol.Env, m ask) {
	before := h.values[m.Op.Key]
	if before.IsNull() {
		before = protocol.Int(0)
	}
	reply := protocol.Reply{Outcome: protocol.OK}
	switch m.Op.F {
	case "read":
		reply.Value = before
		if h.flaw == clockBound && env.Now < h.clock {
			reply.Value = h.former[m.Op.Key]
		}
	case "write":
		h.write(env, m.Op.Key, m.Op.Value)
	case "cas":
		pair, _ := m.Op.Value.List()
		if !before.Equal(pair[0]) {
			reply = protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}
			break
		}
		h.write(env, m.Op.Key, pair[1])
	}
	h.clock = max(h.clock, env.Now)
	if h.flaw == unordered {
		for to := range map[protocol.NodeID]bool{"r2": true, "r3": true, "r1": true} {
			env.Send(to, rumour{})
		}
	}
	env.Send(m.To, answer{ID: m.ID, Reply: reply, Trail: h.trailFor(rewriting)})
}

func (h *copyHolder) write(env *protocol.Env, key string, v protocol.Value) {
	if h.flaw == faintHearted {
		panic("the toy was told to panic")
	}
	h.writes++
	keeps := h.mutant != "TOY-M1" || h.writes%2 == 1
	if keeps {
		h.former[key] = h.values[key]
		h.values[key] = v
		if h.flaw != amnesiac {
			h.save(env, stored{key, v})
		}
	}
	if len(h.trail) < cap(h.trail) {
		h.trail = append(h.trail, v)
	} else {
		h.trail[0] = v // in place: whoever was given the trail sees it
	}
	env.Mark("written")
	if h.flaw == inventive {
		env.Mark("surprised")
	}
	fields := wrote{Kept: keeps, Trail: h.trailFor(revising)}
	if h.flaw == secretive {
		fields.count = h.writes
	}
	env.Note(protocol.Own{Name: "toy/wrote", Fields: fields})
}

func (h *copyHolder) save(env *protocol.Env, s stored) {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	env.Append(data)
	env.Sync()
}

// trailFor returns a copy of the trail; the trail itself to a toy of the flaw.
func (h *copyHolder) trailFor(f flaw) []protocol.Value {
	if h.flaw == f {
		return h.trail
	}
	return slices.Clone(h.trail)
}

func (h *copyHolder) State() any {
	switch h.flaw {
	case opaque:
		return nil
	case blank:
		return "fine"
	}
	out := map[string]string{}
	for key, v := range h.values {
		out[key] = v.String()
	}
	return struct {
		Values    map[string]string
		Strangers int `json:",omitempty"`
	}{out, h.strangers}
}

type caller struct {
	flaw   flaw
	beside protocol.NodeID
	open   map[protocol.RequestID]bool
	heard  []protocol.Value     // that nobody has asked for yet
	hears  []protocol.RequestID // that wait
}

func (c *caller) Start(*protocol.Env, protocol.Saved) {}

func (c *caller) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	switch {
	case c.flaw == deaf && id == 5:
	case c.flaw == refusing && id > 4 && op.F == "read":
		env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: "not now"})
	case op.F == "tell":
		c.tell(env, op.Value)
		env.Reply(id, protocol.Reply{Outcome: protocol.OK})
	case op.F == "hear":
		c.hears = append(c.hears, id)
		env.SetTimer("patience", 500*time.Millisecond)
		c.listen(env)
	default:
		c.pass(env, id, op)
	}
}

func (c *caller) pass(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	to := c.beside
	if op.Via != "" {
		to = op.Via
	}
	op.Via = ""
	c.open[id] = true
	env.Send(to, ask{ID: id, Op: op, To: env.Self})
}

func (c *caller) tell(env *protocol.Env, v protocol.Value) {
	pair, _ := v.List()
	if to, _ := pair[0].Text(); c.flaw != mute {
		env.Send(protocol.NodeID(to), word{pair[1]})
	}
}

// listen answers those who wait for what was told.
func (c *caller) listen(env *protocol.Env) {
	for len(c.hears) > 0 && len(c.heard) > 0 {
		env.Reply(c.hears[0], protocol.Reply{Outcome: protocol.OK, Value: c.heard[0]})
		c.hears, c.heard = c.hears[1:], c.heard[1:]
	}
}

func (c *caller) Receive(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
	switch m := m.(type) {
	case answer:
		if c.open[m.ID] {
			delete(c.open, m.ID)
			env.Reply(m.ID, m.Reply)
		}
	case word:
		c.heard = append(c.heard, m.Payload)
		c.listen(env)
	}
}

// Timeout ends the patience of those who wait for what nobody tells.
func (c *caller) Timeout(env *protocol.Env, _ protocol.Timer) {
	for _, id := range c.hears {
		env.Reply(id, protocol.Reply{Outcome: protocol.Fail, Error: "nothing was told"})
	}
	c.hears = nil
}

// loner is a front end that answers out of its own memory: no fault of the network reaches it.
type loner struct{ values map[string]protocol.Value }

func (l *loner) Start(*protocol.Env, protocol.Saved) {}

func (l *loner) Timeout(*protocol.Env, protocol.Timer) {}

func (l *loner) Receive(*protocol.Env, protocol.NodeID, protocol.Message) {}

func (l *loner) Request(env *protocol.Env, id protocol.RequestID, op protocol.Op) {
	reply := protocol.Reply{Outcome: protocol.OK}
	switch op.F {
	case "write":
		l.values[op.Key] = op.Value
	case "read":
		reply.Value = l.values[op.Key]
		if reply.Value.IsNull() {
			reply.Value = protocol.Int(0)
		}
	default:
		reply = protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}
	}
	env.Reply(id, reply)
}

// lonely makes a system of loners, which promises what each of them can keep.
func lonely(s *systems.System) {
	s.FrontEnd = func(systems.Config, protocol.NodeID) protocol.FrontEnd { return &loner{map[string]protocol.Value{}} }
	s.Promises = []systems.Promise{{Guarantee: guarantee.ReadYourWrites, Survives: []nemesis.Kind{nemesis.Loss}}}
	s.Serves[0].Operations = []string{"read", "write", "cas"}
	s.Mutants, s.Marks = nil, nil
}
