package passive

import (
	"fmt"
	"strconv"
	"strings"

	"sunder/harness/protocol"
	"sunder/systems/group"
)

// Update is what an execution at the primary came to.
type Update struct {
	Index uint64       // its place among all updates, from 1
	ID    RequestID    // of the request
	Done  uint64       // as in the request
	Op    *protocol.Op // nil: it changed nothing
	Reply protocol.Reply
}

// Mark is a barrier: when it is delivered at its sender, all members were in the view after it was sent.
type Mark struct {
	From   group.PID
	Number uint64 // of all that the process has sent, from 1
}

// A payload is made once and read at every replica, so it is written by hand: a letter that tells what it is, numbers with
// a blank behind them, strings with their length before them. It is text, for messages may travel as JSON.

// encode writes the mark.
func (m Mark) encode() string {
	b := appendText(append(make([]byte, 0, 32), 'm'), string(m.From.Node))
	return string(appendNumber(appendNumber(b, m.From.Inc), m.Number))
}

// encode writes the update.
func (u *Update) encode() string {
	b := appendNumber(append(make([]byte, 0, 96), 'u'), u.Index)
	b = appendText(b, string(u.ID.From.Node))
	b = appendNumber(appendNumber(appendNumber(b, u.ID.From.Incarnation), u.ID.Seq), u.Done)
	if u.Op == nil {
		b = appendNumber(b, 0)
	} else {
		b = appendText(appendText(appendNumber(b, 1), u.Op.F), u.Op.Key)
		b = appendValue(b, u.Op.Value)
	}
	return string(appendText(appendValue(appendNumber(b, uint64(u.Reply.Outcome)), u.Reply.Value), u.Reply.Error))
}

func appendNumber(b []byte, n uint64) []byte { return append(strconv.AppendUint(b, n, 10), ' ') }

func appendText(b []byte, s string) []byte { return append(appendNumber(b, uint64(len(s))), s...) }

// appendValue writes a value as JSON. Null, which most answers have, is nothing.
func appendValue(b []byte, v protocol.Value) []byte {
	if v.IsNull() {
		return appendNumber(b, 0)
	}
	var space [64]byte
	data := v.Append(space[:0])
	return append(appendNumber(b, uint64(len(data))), data...)
}

// parse reads what encode has written: an update, or a mark.
func parse(payload string) (*Update, Mark) {
	rest := reader{all: payload, left: payload[1:]}
	if payload[0] == 'm' {
		return nil, Mark{From: group.PID{Node: protocol.NodeID(rest.text()), Inc: rest.number()}, Number: rest.number()}
	}
	u := &Update{Index: rest.number()}
	u.ID.From = FrontEndID{protocol.NodeID(rest.text()), rest.number()}
	u.ID.Seq, u.Done = rest.number(), rest.number()
	if rest.number() == 1 {
		u.Op = &protocol.Op{F: rest.text(), Key: rest.text(), Value: rest.value()}
	}
	u.Reply = protocol.Reply{Outcome: protocol.Outcome(rest.number()), Value: rest.value(), Error: rest.text()}
	return u, Mark{}
}

// reader reads a payload from left to right. Nobody but a replica writes one, so damage is a bug of ours.
type reader struct{ all, left string }

func (r *reader) number() uint64 {
	digits, left, found := strings.Cut(r.left, " ")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || !found {
		panic(fmt.Sprintf("passive: a payload that was never written: %.200q", r.all))
	}
	r.left = left
	return n
}

func (r *reader) text() string {
	n := r.number()
	if n > uint64(len(r.left)) {
		panic(fmt.Sprintf("passive: a payload that was never written: %.200q", r.all))
	}
	s := r.left[:n]
	r.left = r.left[n:]
	return s
}

func (r *reader) value() (v protocol.Value) {
	text := r.text()
	if text == "" {
		return v
	}
	if err := v.UnmarshalJSON([]byte(text)); err != nil {
		panic(fmt.Sprintf("passive: a payload that was never written: %v: %.200q", err, r.all))
	}
	return v
}
