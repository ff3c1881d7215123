package protocol

import (
	"time"

	"sunder/harness/prng"
)

// Env is a machine's only view of the world: it offers the inputs and records the effects of one call. Effects
// leave in the order in which they were recorded.
type Env struct {
	Self     NodeID
	Replicas []NodeID      // the replicas that the cluster starts with, in order; not to be changed
	Now      time.Duration // the local clock, possibly skewed
	Rand     *prng.Rand    // this machine's own stream

	effects []Effect
}

// EffectKind tells which fields of an Effect are set.
type EffectKind uint8

// The kinds of effects.
const (
	EffectSend     EffectKind = iota + 1 // To, Message
	EffectSet                            // Timer, After
	EffectCancel                         // Timer
	EffectAppend                         // Data
	EffectSync                           //
	EffectSnapshot                       // Data
	EffectReply                          // Request, Reply
	EffectNote                           // Fact
)

// Effect is one thing that a machine asked for.
type Effect struct {
	Kind    EffectKind
	To      NodeID
	Message Message
	Timer   Timer
	After   time.Duration
	Data    []byte
	Request RequestID
	Reply   *Reply
	Fact    Fact
}

// Send sends a message. The network may lose, delay, duplicate and reorder it. The message must not be changed
// afterwards.
func (e *Env) Send(to NodeID, m Message) {
	e.effects = append(e.effects, Effect{Kind: EffectSend, To: to, Message: m})
}

// SetTimer makes t run out once, after a time on the local clock's rate. Setting it again replaces it.
func (e *Env) SetTimer(t Timer, after time.Duration) {
	e.effects = append(e.effects, Effect{Kind: EffectSet, Timer: t, After: after})
}

// CancelTimer makes sure that t does not run out.
func (e *Env) CancelTimer(t Timer) {
	e.effects = append(e.effects, Effect{Kind: EffectCancel, Timer: t})
}

// Append adds a record to the log on disk. A crash may lose it until a Sync recorded after it has finished.
func (e *Env) Append(record []byte) {
	e.effects = append(e.effects, Effect{Kind: EffectAppend, Data: record})
}

// Snapshot puts data in place of the former snapshot and of the whole log. Until a Sync recorded after it has
// finished, a crash may bring back what it replaced.
func (e *Env) Snapshot(data []byte) {
	e.effects = append(e.effects, Effect{Kind: EffectSnapshot, Data: data})
}

// Sync holds back every send, reply and fact recorded after it, in this call or in a later one, until the disk
// has all that was appended before it. There is no event that tells of its end.
func (e *Env) Sync() {
	e.effects = append(e.effects, Effect{Kind: EffectSync})
}

// Reply ends a client's request. Only front ends have requests.
func (e *Env) Reply(id RequestID, reply Reply) {
	e.effects = append(e.effects, Effect{Kind: EffectReply, Request: id, Reply: &reply})
}

// Note tells observers a fact. It never steers the protocol.
func (e *Env) Note(f Fact) {
	e.effects = append(e.effects, Effect{Kind: EffectNote, Fact: f})
}

// Mark notes that an interesting state was reached.
func (e *Env) Mark(name string) { e.Note(Mark{Name: name}) }

// Effects returns what was recorded since the last Reset; valid until the next call of a method. For whoever
// runs the machine.
func (e *Env) Effects() []Effect { return e.effects }

// Reset forgets the recorded effects and keeps their memory. For whoever runs the machine.
func (e *Env) Reset() {
	clear(e.effects)
	e.effects = e.effects[:0]
}
