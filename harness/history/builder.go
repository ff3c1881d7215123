package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// Builder makes a History of events that it is given in real-time order, and keeps operations paired as it goes: one
// pass, constant work for an event. Both a live run and every reader of a format record through it, so that a History
// is well-formed wherever it came from. The zero value is ready to use.
type Builder struct {
	history History
	few     []process        // by number
	many    map[int]*process // those whose numbers are high
	notes   map[Notes]*Notes // each once
	steps   *sharing         // of transactions; nil as long as there are none
	time    time.Duration
	limit   int // how many events it takes; 0 is MaxEvents
}

// process is what is known of a process.
type process struct {
	open  int    // one more than the position of its open operation; or what it is doing besides
	notes *Notes // of its last operation: the next has often the same
}

// What a process may be doing besides an operation.
const (
	unseen  = 0
	idle    = -1
	retired = -2 // its last operation may still take effect: it must not go on
)

// lowNumbers is how many processes are kept in a list. Those of other numbers need a map, which is slower.
const lowNumbers = 1 << 16

// Problem is what is wrong with an event, and what may be done about it.
type Problem struct {
	What string
	Hint string // "" if there is none
	// Cut says that the text ended too early: it could be the beginning of something right.
	Cut bool
}

// Error is what is wrong, with the hint.
func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.What
	}
	return p.What + " (" + p.Hint + ")"
}

// Misfit is the error of an event that does not fit the events before it.
type Misfit struct {
	Problem
	Position int // where the event would have stood in the history
	Earlier  int // the position of the event that it is at odds with; -1 if there is none
}

// Error is what is wrong and where, with positions in the history.
func (m *Misfit) Error() string {
	if m.Earlier < 0 {
		return fmt.Sprintf("event %d: %s", m.Position, m.Problem.Error())
	}
	return fmt.Sprintf("event %d (see event %d): %s", m.Position, m.Earlier, m.Problem.Error())
}

// The hints of misfits.
const (
	hintPairs   = "every ok, fail and info ends an invoke of the same process that stands before it"
	hintSingle  = "a process does one thing at a time: give each concurrent client its own process number"
	hintRetired = "an operation of unknown outcome may still take effect: let the client go on under a new process number"
	hintSame    = "a completion repeats the f and the key of its invocation"
	hintOrder   = "events stand in real-time order, an invocation where it was made, a completion where it arrived: sort them by time"
	hintNemesis = `what is done to the system neither begins nor ends: write it as "type":"info"`
	hintPhase   = `the phases are "chaos", "heal", "recover" and "final"`
	hintLong    = "let the harness run for a shorter time, or keep each key or each stretch of time in a file of its own"
	hintPhases  = "a run goes from chaos to heal, recover and final, each once: are two runs in one file, or are the lines out of order?"
)

// Grow makes room for so many operations at once, for who knows how many are to come.
func (b *Builder) Grow(operations int) {
	b.history.events = slices.Grow(b.history.events, 2*operations)
	b.history.Operations = slices.Grow(b.history.Operations, operations)
}

// Add appends an event. The error is a *Misfit, and then the event was not added.
func (b *Builder) Add(e Event) error { return b.add(&e) }

func (b *Builder) add(e *Event) error {
	if e.Time < b.time {
		what := fmt.Sprintf("its time, %d, is before that of the event before it, %d", int64(e.Time), int64(b.time))
		return b.misfit(len(b.history.events)-1, hintOrder, what)
	}
	if most := cmp.Or(b.limit, MaxEvents); len(b.history.events) >= most {
		return b.misfit(-1, hintLong, fmt.Sprintf("a history has at most %d events", most))
	}
	if err := b.place(e); err != nil {
		return err
	}
	b.time = e.Time
	return nil
}

// room returns the slice with room for one more, twice the size if it has none: append alone would copy a long history
// twenty times.
func room[T any](s []T) []T {
	if len(s) < cap(s) {
		return s
	}
	return slices.Grow(s, max(64, len(s)))
}

// Finish returns the history. Operations that are open are of unknown outcome. The Builder must not be used again.
func (b *Builder) Finish() *History { return &b.history }

// place finds out what the event that comes next means for operations and phases.
func (b *Builder) place(e *Event) error {
	switch {
	case e.F == "":
		return b.misfit(-1, "", "it does not say what was done: f is empty")
	case e.Process == Nemesis:
		return b.nemesis(e)
	case e.Process < 0:
		return b.misfit(-1, `clients are processes 0, 1, 2 ...; what is done to the system is process "nemesis"`,
			fmt.Sprintf("its process is %d", e.Process))
	case e.Type == Invoke:
		return b.invoke(e)
	case e.Type == OK || e.Type == Fail || e.Type == Info:
		return b.complete(e)
	}
	return b.misfit(-1, "", fmt.Sprintf("it has no type: %v", e.Type))
}

// process returns what is known of a process.
func (b *Builder) process(number int) *process {
	if number < lowNumbers {
		for number >= len(b.few) {
			b.few = append(b.few, process{})
		}
		return &b.few[number]
	}
	p, seen := b.many[number]
	if !seen {
		if b.many == nil {
			b.many = map[int]*process{}
		}
		p = &process{}
		b.many[number] = p
	}
	return p
}

func (b *Builder) invoke(e *Event) error {
	p := b.process(e.Process)
	switch {
	case p.open == retired:
		return b.misfit(b.last(e.Process), hintRetired,
			fmt.Sprintf("process %d goes on after an operation of it ended in info", e.Process))
	case p.open > unseen:
		open := &b.history.Operations[p.open-1]
		return b.misfit(open.Call, hintSingle,
			fmt.Sprintf("process %d invokes %s while its %s is open", e.Process, e.F, open.F))
	}
	p.notes = b.shared(p.notes, Notes{Node: e.Node, Via: e.Via})
	if e.F == "txn" {
		if b.steps == nil {
			b.steps = &sharing{}
		}
		e.Value = b.steps.asked(e.Value)
	}
	b.history.Operations = append(room(b.history.Operations), Operation{
		Process: e.Process, F: e.F, Key: e.Key, Input: e.Value, Output: e.Value, Notes: p.notes,
		Outcome: protocol.Info, Call: len(b.history.events), Return: Pending,
		CallTime: e.Time, ReturnTime: -1,
	})
	p.open = len(b.history.Operations)
	if e.Error != "" {
		b.history.add(*e)
		return nil
	}
	b.history.Begin()
	return nil
}

// shared returns the notes as all operations that have the same share them; old are those that it most likely is.
func (b *Builder) shared(old *Notes, n Notes) *Notes {
	switch {
	case n == Notes{}:
		return nil
	case old != nil && *old == n:
		return old
	}
	known, seen := b.notes[n]
	if !seen {
		if b.notes == nil {
			b.notes = map[Notes]*Notes{}
		}
		fresh := n // a copy, so that only new notes are allocated
		known = &fresh
		b.notes[n] = known
	}
	return known
}

func (b *Builder) complete(e *Event) error {
	p := b.process(e.Process)
	if p.open <= unseen {
		return b.misfit(b.last(e.Process), hintPairs, fmt.Sprintf("process %d has no %s open that could end in %s", e.Process, e.F, e.Type))
	}
	at := p.open - 1
	op := &b.history.Operations[at]
	if op.F != e.F || op.Key != e.Key {
		return b.misfit(op.Call, hintSame, fmt.Sprintf("process %d ends %s, but what it has open is %s", e.Process, named(e.F, e.Key), named(op.F, op.Key)))
	}
	op.ReturnTime = e.Time
	p.open = idle
	if e.F == "txn" {
		e.Value = b.steps.answered(op.Input, e.Value)
	}
	switch e.Type {
	case Info:
		p.open = retired
	case OK:
		op.Outcome = protocol.OK
		op.answer(e.Value)
	default:
		op.Outcome = protocol.Fail
	}
	exact := op.compare(e)
	n := op.Noted()
	op.Notes = b.shared(op.Notes, Notes{Node: cmp.Or(n.Node, e.Node), Via: cmp.Or(n.Via, e.Via), Error: e.Error})
	if exact {
		b.history.End(at)
		return nil
	}
	if op.Outcome != protocol.Info {
		op.Return = len(b.history.events)
	}
	b.history.add(*e)
	return nil
}

// compare notes in which ways its completion differs from its invocation, before that one's notes are added to its own. It
// tells whether no more need be kept of the completion.
func (o *Operation) compare(e *Event) bool {
	n := o.Noted()
	o.recorded |= differ(n.Node, e.Node, nodeAtCall, nodeAtReturn) | differ(n.Via, e.Via, viaAtCall, viaAtReturn)
	if e.Value.IsNull() && !o.Output.IsNull() {
		o.recorded |= answerless
	}
	same := func(called, returned protocol.NodeID) bool {
		return called == "" || returned == "" || called == returned
	}
	return same(n.Node, e.Node) && same(n.Via, e.Via) && (e.Value.IsNull() || e.Value.Equal(o.Output))
}

func differ(called, returned protocol.NodeID, atCall, atReturn differences) differences {
	switch {
	case called != "" && returned == "":
		return atCall
	case called == "" && returned != "":
		return atReturn
	}
	return 0
}

// answer sets what was answered. An operation that was given something and answered nothing, such as a write, answered
// what it was given; and so did a cas, whatever its recorder wrote: that it ended ok is all that it answers.
func (o *Operation) answer(v protocol.Value) {
	if o.F == "cas" || v.IsNull() {
		return
	}
	o.Output = v
}

// last returns the position of the last event of a process, -1 if there is none. It is for errors: it looks at all.
func (b *Builder) last(process int) int {
	for i := b.history.Len() - 1; i >= 0; i-- {
		if b.history.Event(i).Process == process {
			return i
		}
	}
	return -1
}

// nemesis takes an event that says what was done to the system, or which phase begins.
func (b *Builder) nemesis(e *Event) error {
	if e.Type != Info {
		return b.misfit(-1, hintNemesis, fmt.Sprintf("an event of the nemesis is of type %v", e.Type))
	}
	if len(e.Detail) > 0 && !json.Valid(e.Detail) {
		return b.misfit(-1, "", fmt.Sprintf("the value of %s is not JSON: %.40q", e.F, e.Detail))
	}
	if e.F == "phase" {
		if err := b.phase(e); err != nil {
			return err
		}
	}
	b.history.add(*e)
	return nil
}

// phase begins a phase, which must come after those before it.
func (b *Builder) phase(e *Event) error {
	phases := [...]string{Chaos, Heal, Recover, Final}
	rank := func(name string) int { return slices.Index(phases[:], name) }
	var name string
	if err := json.Unmarshal(e.Detail, &name); err != nil || rank(name) < 0 {
		return b.misfit(-1, hintPhase, fmt.Sprintf("there is no phase %.40s", e.Detail))
	}
	if n := len(b.history.Phases); n > 0 {
		if last := b.history.Phases[n-1]; rank(name) <= rank(last.Name) {
			return b.misfit(last.Start, hintPhases, fmt.Sprintf("phase %s begins after phase %s", name, last.Name))
		}
	}
	b.history.Phases = append(b.history.Phases, Phase{Name: name, Start: len(b.history.events)})
	return nil
}

func (b *Builder) misfit(earlier int, hint, what string) error {
	return &Misfit{Problem: Problem{What: what, Hint: hint}, Position: len(b.history.events), Earlier: earlier}
}

func named(f, key string) string {
	if key == "" {
		return f
	}
	return f + " of " + key
}
