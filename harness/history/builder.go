package history

import (
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
	history   History
	processes map[int]int // of each process that was seen: the position of its open operation, idle or retired
	time      time.Duration
}

// What a process may be doing besides an operation.
const (
	idle    = -1
	retired = -2 // its last operation may still take effect: it must not go on
)

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
	Position int // where the event would have stood in History.Events
	Earlier  int // the position of the event that it is at odds with; -1 if there is none
}

// Error is what is wrong and where, with positions in History.Events.
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
	hintPhases  = "a run goes from chaos to heal, recover and final, each once: are two runs in one file, or are the lines out of order?"
)

// Grow makes room for so many operations at once, for who knows how many are to come.
func (b *Builder) Grow(operations int) {
	b.history.Events = slices.Grow(b.history.Events, 2*operations)
	b.history.Operations = slices.Grow(b.history.Operations, operations)
}

// Add appends an event. The error is a *Misfit, and then the event was not added.
func (b *Builder) Add(e Event) error {
	if e.Time < b.time {
		what := fmt.Sprintf("its time, %d, is before that of the event before it, %d", int64(e.Time), int64(b.time))
		return b.misfit(len(b.history.Events)-1, hintOrder, what)
	}
	err := b.place(&e)
	if err != nil {
		return err
	}
	b.time = e.Time
	b.history.Events = append(room(b.history.Events), e)
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

func (b *Builder) invoke(e *Event) error {
	if b.processes == nil {
		b.processes = map[int]int{}
	}
	at, seen := b.processes[e.Process]
	switch {
	case seen && at == retired:
		return b.misfit(b.last(e.Process), hintRetired,
			fmt.Sprintf("process %d goes on after an operation of it ended in info", e.Process))
	case seen && at != idle:
		open := &b.history.Operations[at]
		return b.misfit(open.Call, hintSingle,
			fmt.Sprintf("process %d invokes %s while its %s is open", e.Process, e.F, open.F))
	}
	b.processes[e.Process] = len(b.history.Operations)
	b.history.Operations = append(room(b.history.Operations), Operation{
		Process: e.Process, Node: e.Node, Via: e.Via,
		F: e.F, Key: e.Key, Input: e.Value, Output: e.Value,
		Outcome: protocol.Info, Call: len(b.history.Events), Return: Pending,
		CallTime: e.Time, ReturnTime: -1,
	})
	return nil
}

func (b *Builder) complete(e *Event) error {
	at, seen := b.processes[e.Process]
	if !seen || at < 0 {
		return b.misfit(b.last(e.Process), hintPairs, fmt.Sprintf("process %d has no %s open that could end in %s", e.Process, e.F, e.Type))
	}
	op := &b.history.Operations[at]
	if op.F != e.F || op.Key != e.Key {
		return b.misfit(op.Call, hintSame, fmt.Sprintf("process %d ends %s, but what it has open is %s", e.Process, named(e.F, e.Key), named(op.F, op.Key)))
	}
	op.ReturnTime, op.Error = e.Time, e.Error
	if op.Node == "" {
		op.Node = e.Node
	}
	if op.Via == "" {
		op.Via = e.Via
	}
	if e.Type == Info {
		b.processes[e.Process] = retired
		return nil
	}
	b.processes[e.Process] = idle
	op.Return, op.Outcome = len(b.history.Events), protocol.Fail
	if e.Type == OK {
		op.Outcome = protocol.OK
		op.answer(e.Value)
	}
	return nil
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
	for i, e := range slices.Backward(b.history.Events) {
		if e.Process == process {
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
	if e.F != "phase" {
		return nil
	}
	return b.phase(e)
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
	b.history.Phases = append(b.history.Phases, Phase{Name: name, Start: len(b.history.Events)})
	return nil
}

func (b *Builder) misfit(earlier int, hint, what string) error {
	return &Misfit{Problem: Problem{What: what, Hint: hint}, Position: len(b.history.Events), Earlier: earlier}
}

func named(f, key string) string {
	if key == "" {
		return f
	}
	return f + " of " + key
}
