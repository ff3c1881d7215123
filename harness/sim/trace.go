package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// Entry is one thing that happened, for a person to read.
type Entry struct {
	Time time.Duration   `json:"time"`           // since the start, in nanoseconds
	Node protocol.NodeID `json:"node,omitempty"` // where; "" if at no node
	Kind string          `json:"kind"`           // start, send, receive, lost, held, timeout, append, crash, ...
	Text string          `json:"text"`
	// Digest is the digest of the run up to here: equal in two runs as long as they are the same.
	Digest protocol.Hash `json:"-"`
}

// String is the entry on one line.
func (e Entry) String() string { return fmt.Sprintf("%v %s %s %s", e.Time, e.Node, e.Kind, e.Text) }

// tracer passes entries on, up to a limit.
type tracer struct {
	emit func(Entry)
	max  int64
	done int64
}

// trace emits an entry. Callers ask for s.tracer first, so that an untraced run makes no text.
func (s *simulation) trace(n *node, kind, text string) {
	e := Entry{Time: s.now, Kind: kind, Text: text, Digest: s.digest}
	if n != nil {
		e.Node = n.id
	}
	t := s.tracer
	if t.done > t.max {
		return
	}
	if t.done == t.max {
		e = Entry{Time: s.now, Kind: "cut", Text: fmt.Sprintf("the trace ends here, at its limit of %d entries; the run goes on", t.max)}
	}
	t.done++
	t.emit(e)
}

func (s *simulation) traceBoot(n *node, saved protocol.Saved) {
	damaged := ""
	if saved.Damaged {
		damaged = ", a damaged one cut off"
	}
	s.trace(n, "start", fmt.Sprintf("boot %d, a snapshot of %d bytes, %d records%s", saved.Boot, len(saved.Snapshot), len(saved.Log), damaged))
}

func (s *simulation) traceSend(p parcel, at time.Duration) {
	s.trace(&s.nodes[p.from], "send", fmt.Sprintf("%s, due at %v", s.describeParcel(p), at))
}

func (s *simulation) traceReceive(e *event) {
	p := parcel{from: e.from, to: e.node, number: e.number, message: e.message}
	s.trace(&s.nodes[e.node], "receive", s.describeParcel(p))
}

func (s *simulation) traceWait(n *node, e *event) {
	text := ""
	switch e.kind {
	case receive:
		text = s.describeParcel(parcel{from: e.from, to: e.node, number: e.number, message: e.message})
	case timeout:
		text = "timer " + string(e.timer)
	case request:
		text = describeCall(n, e.call)
	case synced:
		text = "the end of a sync"
	case leaving:
		text = "the word to leave"
	}
	s.trace(n, "waits", text+byFault(slices.Concat(n.pauses, n.slows)[0]))
}

func (s *simulation) traceLoss(p parcel, why string, by *fault) {
	s.trace(&s.nodes[p.to], "lost", s.describeParcel(p)+": "+why+byFault(by))
}

func (s *simulation) traceHold(p parcel, by *fault) {
	s.trace(&s.nodes[p.to], "held", s.describeParcel(p)+byFault(by))
}

func (s *simulation) traceFault(f *fault, what string) {
	s.trace(nil, "fault", fmt.Sprintf("%d %s: %v", f.index+1, what, f.Fault))
}

func byFault(f *fault) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf(" by fault %d (%s)", f.index+1, f.Kind)
}

// describeParcel names a message by its number, way, name and contents.
func (s *simulation) describeParcel(p parcel) string {
	return fmt.Sprintf("#%d %s -> %s %s %s", p.number, s.nodes[p.from].id, s.nodes[p.to].id, p.message.Name(), describe(p.message))
}

func describeCall(n *node, c *call) string {
	lost := ""
	if n.machine == nil {
		lost = ": nobody hears it, the node is down"
	}
	return fmt.Sprintf("call %d: %s%s", c.id, describeOp(c.op), lost)
}

func describeOp(op protocol.Op) string {
	text := op.F
	if op.Key != "" {
		text += " " + op.Key
	}
	if !op.Value.IsNull() {
		text += " " + op.Value.String()
	}
	if op.Via != "" {
		text += " via " + string(op.Via)
	}
	return text
}

func describeReply(id protocol.RequestID, r *protocol.Reply) string {
	text := fmt.Sprintf("request %d: %s %s", id, r.Outcome, r.Value)
	if r.Error != "" {
		text += " " + r.Error
	}
	return text
}

func describeFact(f protocol.Fact) string { return factName(f) + " " + describe(f) }

// factName names the kind of a fact.
func factName(f protocol.Fact) string {
	switch f.(type) {
	case protocol.Multicast:
		return "Multicast"
	case protocol.Delivered:
		return "Delivered"
	case protocol.Installed:
		return "Installed"
	case protocol.Phase:
		return "Phase"
	case protocol.Role:
		return "Role"
	case protocol.Mark:
		return "Mark"
	case protocol.Left:
		return "Left"
	case protocol.Own:
		return "Own"
	}
	panic(fmt.Sprintf("sim: a fact of an unknown kind: %T", f))
}

// describe returns a value as JSON.
func describe(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "(not JSON: " + err.Error() + ")"
	}
	return string(text)
}
