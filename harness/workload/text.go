package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sunder/harness/protocol"
)

// ParseOp reads an operation on an object as a script writes it: "write x 1", "cas x 1 2", "post b 2 1" (posting 2
// replies to posting 1), "tell c2", "hear". Via is not part of it.
func ParseOp(o Object, text string) (protocol.Op, error) {
	words, err := split(text)
	if err != nil {
		return protocol.Op{}, err
	}
	if len(words) == 0 {
		return protocol.Op{}, errors.New("no operation is named")
	}
	kind, known := o.Operation(words[0])
	if !known {
		return protocol.Op{}, fmt.Errorf("a %s has no operation %q; it has %s", o.Name, words[0], strings.Join(o.names(), ", "))
	}
	op, ok := build(kind.F, words[1:])
	if !ok {
		return protocol.Op{}, fmt.Errorf("%q: it is written \"%s\"", text, strings.TrimSpace(kind.F+" "+kind.Args))
	}
	return op, nil
}

// build puts the words after an operation's name where they belong.
func build(f string, args []string) (protocol.Op, bool) {
	op := protocol.Op{F: f}
	if f == Hear {
		return op, len(args) == 0
	}
	if len(args) == 0 {
		return op, false
	}
	values := make([]protocol.Value, len(args)-1)
	for i, word := range args[1:] {
		values[i] = ParseValue(word)
	}
	if f == Tell {
		op.Value = protocol.String(args[0])
		if len(values) == 1 {
			op.Value = protocol.List(op.Value, values[0])
		}
		return op, len(values) <= 1
	}
	op.Key = args[0]
	switch f {
	case "read":
		return op, len(values) == 0
	case "cas":
		op.Value = protocol.List(values...)
		return op, len(values) == 2
	case "post":
		op.Value = protocol.List(values...)
		return op, len(values) >= 1
	}
	if len(values) == 1 {
		op.Value = values[0]
	}
	return op, len(values) == 1
}

func (o Object) names() []string {
	names := make([]string, len(o.Operations))
	for i, op := range o.Operations {
		names[i] = op.F
	}
	return names
}

// split cuts a text into words; a word in double quotes may hold spaces and keeps its quotes.
func split(text string) ([]string, error) {
	var words []string
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] == '"' {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("a quote is not closed in %q", text)
			}
			words, rest = append(words, quoted), rest[len(quoted):]
			continue
		}
		word, after, _ := strings.Cut(rest, " ")
		words, rest = append(words, word), after
	}
	return words, nil
}

// ParseValue reads null, an integer, a list in JSON, a string in double quotes, or any other word as a string.
func ParseValue(word string) protocol.Value {
	var v protocol.Value
	if err := json.Unmarshal([]byte(word), &v); err == nil && word != "true" && word != "false" {
		return v
	}
	return protocol.String(word)
}

// FormatOp writes what ParseOp reads.
func FormatOp(op protocol.Op) string {
	parts := []string{op.F}
	if op.Key != "" {
		parts = append(parts, op.Key)
	}
	values, isList := op.Value.List()
	switch {
	case op.Value.IsNull() && op.F != "write":
	case isList && op.F != "write" && op.F != "add":
		for _, v := range values {
			parts = append(parts, formatValue(v))
		}
	default:
		parts = append(parts, formatValue(op.Value))
	}
	return strings.Join(parts, " ")
}

// formatValue writes a value as ParseValue reads it.
func formatValue(v protocol.Value) string {
	if text, ok := v.Text(); ok && text != "" && !strings.ContainsAny(text, " \"\t\n\\") && ParseValue(text).Equal(v) {
		return text
	}
	return v.String()
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

// ParseAnswer reads ok, fail, info, refused, or a value, which implies ok.
func ParseAnswer(text string) Answer {
	switch text {
	case "":
		return Answer{}
	case "ok":
		return Answer{Outcome: protocol.OK}
	case "fail":
		return Answer{Outcome: protocol.Fail}
	case "info":
		return Answer{Outcome: protocol.Info}
	}
	v := ParseValue(text)
	return Answer{Outcome: protocol.OK, Value: &v}
}

// String writes what ParseAnswer reads.
func (a Answer) String() string {
	switch {
	case a.Value != nil:
		return formatValue(*a.Value)
	case a.Outcome != 0:
		return a.Outcome.String()
	}
	return ""
}

// Accepts tells whether a reply is the answer that was expected.
func (a Answer) Accepts(r protocol.Reply) bool {
	if a.Outcome == 0 {
		return true
	}
	return a.Outcome == r.Outcome && (a.Value == nil || a.Value.Equal(r.Value))
}
