package workload

import (
	"fmt"

	"sunder/harness/protocol"
)

// Answer is what a scripted step must give. The zero value accepts anything.
type Answer struct {
	Outcome protocol.Outcome // 0: any; a value implies OK
	Value   *protocol.Value
	Refused bool // it failed because its own precondition refused it
}

// ParseAnswer reads ok, fail, info, refused, or a value, which implies ok.
func ParseAnswer(text string) (Answer, error) {
	switch text {
	case "ok":
		return Answer{Outcome: protocol.OK}, nil
	case "fail":
		return Answer{Outcome: protocol.Fail}, nil
	case "info":
		return Answer{Outcome: protocol.Info}, nil
	case protocol.Refused:
		return Answer{Outcome: protocol.Fail, Refused: true}, nil
	}
	v, err := ParseValue(text)
	if err != nil {
		return Answer{}, err
	}
	return ValueAnswer(v), nil
}

// ValueAnswer returns the answer that a step ends ok with a value.
func ValueAnswer(v protocol.Value) Answer { return Answer{Outcome: protocol.OK, Value: &v} }

// String writes what ParseAnswer reads; "" for the answer that accepts anything.
func (a Answer) String() string {
	switch {
	case a.Value != nil:
		text := formatValue(*a.Value)
		if read, err := ParseAnswer(text); err != nil || read.Value == nil {
			return a.Value.String()
		}
		return text
	case a.Refused:
		return protocol.Refused
	case a.Outcome != 0:
		return a.Outcome.String()
	}
	return ""
}

// Accepts tells whether a reply is the answer that was expected.
func (a Answer) Accepts(r protocol.Reply) bool {
	switch {
	case a.Outcome == 0:
		return true
	case a.Outcome != r.Outcome || a.Refused && r.Error != protocol.Refused:
		return false
	}
	return a.Value == nil || a.Value.Equal(r.Value)
}

// String writes a step for people.
func (s Step) String() string {
	text := fmt.Sprintf("at %v %s: %s", s.At, s.Client, FormatOp(s.Op))
	if s.Op.Via != "" {
		text += " via " + string(s.Op.Via)
	}
	if gives := s.Gives.String(); gives != "" {
		text += " gives " + gives
	}
	return text
}
