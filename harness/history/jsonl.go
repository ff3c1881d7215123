package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"sunder/harness/protocol"
)

// Read reads a history in sunder's own form, JSON lines: one event a line, in real-time order,
//
//	{"index":0,"time":1234567,"process":3,"type":"invoke","f":"write","key":"x","value":5}
//
// with "error", "node" and "via" where they say something. What is done to the system is of process "nemesis" and has
// any JSON for its value. Index and time may be missing (an event without a time, or with Jepsen's -1, has that of the
// event before it), and so may key and value; index may have gaps but must rise. Fields of other names are passed over:
// recorders add their own. The value of a transfer and of a read may be an object, as BankValue says. Everything else is strict, and an error is a *LineError.
//
// Initial is null if a read was answered null or if there are transactions, and else 0; who knows better sets it.
func Read(r io.Reader) (*History, error) {
	p := parser{index: -1, names: map[string]string{}}
	h, err := ReadLines(r, p.event)
	if err != nil {
		return nil, err
	}
	if h.Len() == 0 {
		return nil, &LineError{Problem: Problem{What: "no event in it", Hint: "a history has one event a line"}}
	}
	h.Initial = InitialOf(h.Operations)
	return h, p.balances(h)
}

// balances makes a history in which a read found a map one of a bank: no other object has such reads.
func (p *parser) balances(h *History) error {
	if p.mapped == 0 {
		return nil
	}
	h.Object = "bank"
	for i := range h.Operations {
		if op := &h.Operations[i]; !HasMap(op.F) {
			return &LineError{Line: h.Line(p.mapped - 1), Earlier: h.Line(op.Call), Problem: Problem{
				What: "a read found a map, as of a bank, but there is " + op.F, Hint: "a value is null, a whole number, a string or a list of these",
			}}
		}
	}
	return nil
}

// InitialOf guesses what the registers of JSON lines held at first, for these do not say it: null if one was seen without a
// value, else 0.
func InitialOf(ops []Operation) protocol.Value {
	for i := range ops {
		if op := &ops[i]; op.F == "txn" || op.Outcome == protocol.OK && metNull(op) {
			return protocol.Value{}
		}
	}
	return protocol.Int(0)
}

// metNull tells whether an operation that was answered ok met a register without a value.
func metNull(op *Operation) bool {
	if op.F == "cas" {
		old, _ := op.Input.List()
		return len(old) == 2 && old[0].IsNull()
	}
	return op.F == "read" && op.Output.IsNull()
}

// field numbers the fields of an event, in the order in which they are written.
type field int

const (
	fieldIndex field = iota
	fieldTime
	fieldProcess
	fieldType
	fieldF
	fieldKey
	fieldValue
	fieldError
	fieldNode
	fieldVia
	fieldCount
)

var fieldNames = [fieldCount]string{"index", "time", "process", "type", "f", "key", "value", "error", "node", "via"}

// parser turns lines into events.
type parser struct {
	line  cursor
	start [fieldCount]int // where the value of each field begins in the line; 0 if it is missing or null
	end   [fieldCount]int
	index int64 // of the last event that had one
	time  time.Duration
	last  [fieldCount][recent]string // the texts of each field that came last
	names map[string]string          // texts that come again and again are kept once

	events int // up to now
	mapped int // the first of which a read found a map, counted from 1; 0 if there is none
}

// recent is how many texts of a field are looked for before all are.
const recent = 16

// event reads a line. Blank lines hold no event.
func (p *parser) event(line []byte, e *Event) (bool, error) {
	p.line = cursor{text: line}
	if p.quick(e) {
		p.events++
		return true, nil
	}
	*e = Event{}
	switch p.line.space() {
	case 0:
		if p.line.at == len(line) {
			return false, nil
		}
	case '{':
		if bytes.HasPrefix(line[p.line.at:], []byte("{:")) {
			return false, p.line.problem("not JSON but, it seems, Clojure's EDN", "write each operation as JSON")
		}
	case '[':
		return false, p.line.problem("a list where there should be an object, {...}", "a history has one event a line: `jq -c '.[]'` makes lines of one JSON list")
	}
	if err := p.split(); err != nil {
		return false, err
	}
	for _, read := range [...]func(*Event) error{p.order, p.who, p.what, p.notes} {
		if err := read(e); err != nil {
			return false, err
		}
	}
	p.events++
	return true, nil
}

// split finds the fields of the line.
func (p *parser) split() error {
	p.start = [fieldCount]int{}
	c := &p.line
	err := c.members(func(name []byte) error {
		f := lookup(name)
		if f < 0 {
			return c.skip(0)
		}
		if p.start[f] != 0 {
			return c.problem(fmt.Sprintf("%s stands twice", name), "")
		}
		start := c.at
		if err := c.skip(0); err != nil {
			return err
		}
		p.start[f], p.end[f] = start, c.at
		return nil
	})
	if err != nil {
		return err
	}
	if c.space(); c.at < len(c.text) {
		return c.problem("there is more after the event", "one event a line")
	}
	for f := range fieldCount {
		if p.start[f] != 0 && c.text[p.start[f]] == 'n' {
			p.start[f] = 0
		}
	}
	return nil
}

func lookup(name []byte) field {
	f := field(-1)
	if len(name) == 0 {
		return f
	}
	switch name[0] {
	case 'i':
		f = fieldIndex
	case 't':
		f = fieldTime
		if len(name) > 1 && name[1] == 'y' {
			f = fieldType
		}
	case 'p':
		f = fieldProcess
	case 'f':
		f = fieldF
	case 'k':
		f = fieldKey
	case 'v':
		f = fieldValue
		if len(name) > 1 && name[1] == 'i' {
			f = fieldVia
		}
	case 'e':
		f = fieldError
	case 'n':
		f = fieldNode
	default:
		return f
	}
	if string(name) != fieldNames[f] {
		return -1
	}
	return f
}

// at returns a cursor before the value of a field; false if there is none.
func (p *parser) at(f field) (cursor, bool) {
	return cursor{text: p.line.text, at: p.start[f]}, p.start[f] != 0
}

// order reads index and time.
func (p *parser) order(e *Event) error {
	if c, ok := p.at(fieldIndex); ok {
		n, err := c.integer("index")
		if err != nil {
			return err
		}
		if n <= p.index {
			return &Problem{
				What: fmt.Sprintf("index is %d, and %d stood before it", n, p.index),
				Hint: "index counts the events from 0: are two histories in one file, or are the lines out of order?",
			}
		}
		p.index = n
	}
	if c, ok := p.at(fieldTime); ok {
		n, err := c.integer("time")
		if err != nil {
			return err
		}
		if n < -1 {
			return &Problem{What: fmt.Sprintf("time is %d", n), Hint: "time counts nanoseconds since the start of the run"}
		}
		if n >= 0 {
			p.time = time.Duration(n)
		}
	}
	e.Time = p.time
	return nil
}

// who reads the process.
func (p *parser) who(e *Event) error {
	c, ok := p.at(fieldProcess)
	if !ok {
		return missing("process")
	}
	if c.text[c.at] == '"' {
		name, err := c.quoted()
		if err != nil {
			return err
		}
		if string(name) != "nemesis" {
			return &Problem{What: fmt.Sprintf("process is %.40q", name), Hint: `a client's process is a number, written without quotes; else it is "nemesis"`}
		}
		e.Process = Nemesis
		return nil
	}
	n, err := c.integer("process")
	if err != nil {
		return err
	}
	if n < 0 || n > math.MaxInt {
		return &Problem{What: fmt.Sprintf("process is %d", n), Hint: `processes are numbered from 0; what is done to the system is process "nemesis"`}
	}
	e.Process = int(n)
	return nil
}

// what reads type, f, key and value.
func (p *parser) what(e *Event) error {
	kind, err := p.text(fieldType)
	if err != nil {
		return err
	}
	if kind == "" {
		return missing("type")
	}
	if e.Type, err = ParseType(kind); err != nil {
		return &Problem{What: err.Error()}
	}
	if e.F, err = p.text(fieldF); err != nil {
		return err
	}
	if e.F == "" {
		return missing("f")
	}
	if e.Key, err = p.text(fieldKey); err != nil {
		return err
	}
	c, ok := p.at(fieldValue)
	switch {
	case !ok:
	case e.Process == Nemesis:
		e.Detail = compact(p.line.text[p.start[fieldValue]:p.end[fieldValue]])
	case c.text[c.at] == '{' && HasMap(e.F):
		if e.F == "read" && p.mapped == 0 {
			p.mapped = p.events + 1
		}
		e.Value, err = c.bank(e.F)
	default:
		e.Value, err = c.value(0)
	}
	return err
}

// notes reads error, node and via.
func (p *parser) notes(e *Event) (err error) {
	if e.Error, err = p.text(fieldError); err != nil {
		return err
	}
	var node, via string
	if node, err = p.text(fieldNode); err != nil {
		return err
	}
	via, err = p.text(fieldVia)
	e.Node, e.Via = protocol.NodeID(node), protocol.NodeID(via)
	return err
}

// text reads a field that is a string, "" if it is missing.
func (p *parser) text(f field) (string, error) {
	c, ok := p.at(f)
	if !ok {
		return "", nil
	}
	if b := c.text[c.at]; b != '"' {
		value := c.text[c.at:p.end[f]]
		return "", c.problem(fmt.Sprintf("%s is %.40s", fieldNames[f], value), "it is a string, in quotes: "+strconv.Quote(fmt.Sprintf("%.40s", value)))
	}
	raw, err := c.quoted()
	if err != nil {
		return "", err
	}
	return p.name(f, raw), nil
}

// name returns the text of a field, the same string each time that it comes.
func (p *parser) name(f field, raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	// Names differ in their last letters, if in anything: k1, k2; read, write; c1, c2.
	place := &p.last[f][(raw[len(raw)-1]+raw[0])%recent]
	if *place == string(raw) {
		return *place
	}
	text, known := p.names[string(raw)]
	if !known {
		text = string(raw)
		p.names[text] = text
	}
	*place = text
	return text
}

func missing(name string) error {
	return &Problem{What: "it has no " + name, Hint: `an event has at least process, type and f: {"process":0,"type":"invoke","f":"read","value":null}`}
}

// compact returns JSON without blanks, as a copy.
func compact(text []byte) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		panic(fmt.Sprintf("history: encoding/json does not read %.100s: %v", text, err))
	}
	return b.Bytes()
}
