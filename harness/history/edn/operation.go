package edn

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// operation is an event as the text has it.
type operation struct {
	line    int
	index   int64 // -1 if there is none
	time    time.Duration
	process int
	known   bool // the process
	kind    history.Type
	f, key  string
	value   form
	fault   string // the error
}

// operationOf reads the fields of a map.
func operationOf(m *form) (operation, error) {
	op := operation{line: m.line, index: -1, time: -1}
	if m.kind != table {
		return op, problem(m.line, "a history has maps, one for each event: {:process 0, :type :invoke, :f :read, :value nil}", "no map")
	}
	if f, ok := m.get("index"); ok && f.kind == integer {
		op.index = f.n
	}
	if f, ok := m.get("time"); ok && f.kind == integer && f.n >= 0 {
		op.time = time.Duration(f.n)
	}
	kind, _ := m.get("type")
	var err error
	if op.kind, err = history.ParseType(kind.text); err != nil {
		return op, problem(m.line, "", "%v", err)
	}
	f, _ := m.get("f")
	op.f = f.text
	op.value, _ = m.get("value")
	key, _ := m.get("key")
	if key.kind != null {
		op.key = plain(&key)
	}
	fault, _ := m.get("error")
	if op.fault = fault.text; fault.kind != text && fault.kind != keyword && fault.kind != null {
		op.fault = plain(&fault)
	}
	return op, op.who(m)
}

// who reads the process.
func (op *operation) who(m *form) error {
	p, ok := m.get("process")
	if n, whole := digits([]byte(p.text)); p.kind == text && whole {
		p.kind, p.n = integer, n
	}
	switch {
	case !ok || p.kind == null:
	case (p.kind == keyword || p.kind == text) && p.text == "nemesis":
		op.process, op.known = history.Nemesis, true
	case p.kind == integer && p.n >= 0 && p.n <= math.MaxInt32:
		op.process, op.known = int(p.n), true
	default:
		return problem(op.line, "a process is a number or :nemesis", "no process: %s", plain(&p))
	}
	if op.f == "" && op.value.kind == vector {
		op.f = "txn"
	}
	if op.f == "" {
		return problem(op.line, "", "it does not say what was done: it has no :f")
	}
	return nil
}

// assembly makes events of operations.
type assembly struct {
	all     []operation
	keyed   bool // all values of clients are pairs so far
	reads   bool // some reads begin with a key
	steps   bool // all operations of clients can be transactions by another name so far
	stepped bool // one must be
	sets    bool // some read found a set
	setAt   int  // the line of the first
	wrote   bool // something was written
	scalars bool // all writes are of what is no set
	adds    bool // something was added
	nothing bool // null was
	maps    bool // some read found a map
	bank    bool // all operations can be of a bank
	failing bool // reads or writes failed, and nothing says why
	invoked bool
	time    time.Duration
	keys    map[int]string // of each process: the key of its open operation

	unordered bool // not by indices
	processes int  // the first that there is none of, as far as is known
	remarks   []history.LineError
}

// leastEvent is about how long the text of an event is at least.
const leastEvent = 40

// newAssembly makes room for the events that a text may have, one a line.
func newAssembly(text []byte) *assembly {
	return &assembly{keyed: true, steps: true, scalars: true, bank: true, all: make([]operation, 0, min(bytes.Count(text, []byte("\n")), len(text)/leastEvent))}
}

// add adds an event. It keeps the value of the map, and not its list.
func (a *assembly) add(m *form) error {
	op, err := operationOf(m)
	if err == nil {
		a.note(op)
	}
	return err
}

// addAll adds an event or, if it is the first form, the events in a vector.
func (a *assembly) addAll(f *form) error {
	if f.kind != vector || len(a.all) > 0 {
		return a.add(f)
	}
	for i := range f.list {
		if err := a.add(&f.list[i]); err != nil {
			return err
		}
	}
	return nil
}

// note keeps an operation, and looks whether its value may be of a key.
func (a *assembly) note(op operation) {
	if op.process != history.Nemesis || !op.known {
		a.invoked = a.invoked || op.kind == history.Invoke
		a.failing = a.failing || op.kind == history.Fail && op.fault == "" && (op.f == "read" || op.f == "write")
		part := &op.value
		if keyed(part) {
			part = &part.list[1]
		}
		if !a.sets && op.f == "read" && part.kind == set {
			a.sets, a.setAt = true, op.line
		}
		a.scalars = a.scalars && (op.f == "read" || op.f == "write" && part.kind != set)
		a.wrote = a.wrote || op.f == "write"
		a.adds = a.adds || op.f == "add"
		a.nothing = a.nothing || op.f == "add" && op.kind == history.Invoke && part.kind == null
		a.bank = a.bank && history.HasMap(op.f)
		a.maps = a.maps || op.f == "read" && op.value.kind == table
		a.steps, a.stepped = a.steps && stepwise(&op), a.stepped || hasSteps(&op.value)
		pair := keyed(&op.value)
		switch {
		case op.f == "txn" || op.key != "":
			a.keyed = false
		case op.kind == history.Invoke && !pair, op.value.kind != null && !pair:
			a.keyed = false
		case op.kind == history.Invoke && (op.f == "read" || op.f == "cas"):
			inner := op.value.list[1].kind
			a.reads = a.reads || inner == null || op.f == "cas" && inner == vector
			a.keyed = a.keyed && (op.f != "cas" || inner == vector)
		}
	}
	a.all = append(a.all, op)
}

// keyed tells whether a value is a pair whose first could be a key.
func keyed(f *form) bool {
	return f.kind == vector && len(f.list) == 2 && (f.list[0].kind == integer || f.list[0].kind == text || f.list[0].kind == keyword)
}

// begin gives each operation of a history without invocations one.
func (a *assembly) begin() error {
	var out, first []operation
	next := map[int]int{} // of each process: the operation that comes next
	for i := range a.all {
		op := &a.all[i]
		if !op.known {
			op.process, op.known = a.fresh(), true
		}
		if op.f != "txn" {
			return problem(op.line, "an operation is written twice, where it begins and where it ends", "no operation ever begins")
		}
	}
	for i := len(a.all) - 1; i >= 0; i-- { // behind each end stands the beginning of what the process did next
		op := a.all[i]
		out = append(out, op)
		if at, some := next[op.process]; some {
			out[len(out)-1] = opening(a.all[at])
			out = append(out, op)
		}
		next[op.process] = i
	}
	for i := range a.all {
		if next[a.all[i].process] == i {
			first = append(first, opening(a.all[i]))
		}
	}
	for i := len(out) - 1; i >= 0; i-- {
		first = append(first, out[i])
	}
	a.all = first
	return nil
}

// opening is the invocation of a transaction: its steps without what they found.
func opening(op operation) operation {
	op.kind, op.index, op.time, op.fault = history.Invoke, -1, -1, ""
	value := form{kind: vector, line: op.value.line}
	for _, step := range op.value.list {
		if len(step.list) == 3 && step.list[0].text == "r" {
			step.list = []form{step.list[0], step.list[1], {}}
		}
		value.list = append(value.list, step)
	}
	op.value = value
	return op
}

// event makes an event of an operation.
func (a *assembly) event(op *operation) (history.Event, error) {
	e := history.Event{Process: op.process, Type: op.kind, F: op.f, Key: op.key, Error: op.fault}
	if !op.known {
		return e, problem(op.line, "", "it has no process")
	}
	var err error
	if e.Time, err = a.clock(op); err != nil {
		return e, err
	}
	if op.process == history.Nemesis {
		return nemesis(e, &op.value)
	}
	value := op.value
	if a.keyed && a.reads {
		value = a.part(&e, value)
	}
	if e.F == "cas" && e.Type == history.Fail && e.Error == "" {
		if a.failing {
			a.remark(op.line, "this cas failed as reads or writes of this history do, and nothing says why: it is not taken for one that met another value",
				"give what fails an :error, unless it is a cas that was refused")
		} else {
			e.Error = protocol.Refused
		}
	}
	if e.F == "dequeue" && e.Type == history.Fail && e.Error == "" && value.kind == keyword {
		e.Error, value = value.text, form{} // :value :exhausted
	}
	if a.steps && a.stepped {
		e.F = "txn"
	}
	if a.adds && !a.nothing && e.F == "read" && value.kind == vector {
		value.list = slices.DeleteFunc(slices.Clone(value.list), func(f form) bool { return f.kind == null }) // places that are empty
	}
	switch { // of key-value stores
	case op.key == "":
	case e.F == "get":
		e.F = "read"
	case e.F == "put":
		e.F = "write"
	}
	if value.kind == table && a.bank {
		e.Value, err = bankValue(e.F, &value)
	} else {
		e.Value, err = valueOf(&value)
	}
	return e, err
}

// bankValue makes a value of a map, which only operations of a bank have.
func bankValue(f string, m *form) (protocol.Value, error) {
	var entries []history.Entry
	for i := 0; i+1 < len(m.list); i += 2 {
		key := &m.list[i]
		v, err := valueOf(&m.list[i+1])
		if err != nil {
			return v, err
		}
		if key.kind != integer && key.kind != text && key.kind != keyword {
			return v, problem(key.line, "", "no name of an account, and no word of a transfer: %.40s", plain(key))
		}
		entries = append(entries, history.Entry{Key: plain(key), Value: v})
	}
	v, err := history.BankValue(f, entries)
	var flaw *history.Problem
	if errors.As(err, &flaw) {
		return v, problem(m.line, flaw.Hint, "%s", flaw.What)
	}
	return v, err
}

// part splits a pair into key and value. A completion without a value has the key of what it ends.
func (a *assembly) part(e *history.Event, value form) form {
	if a.keys == nil {
		a.keys = map[int]string{}
	}
	if value.kind == null {
		e.Key = a.keys[e.Process]
		return value
	}
	e.Key = plain(&value.list[0])
	a.keys[e.Process] = e.Key
	return value.list[1]
}

// nemesis keeps what was done to the system as the text that it is.
func nemesis(e history.Event, value *form) (history.Event, error) {
	e.Type, e.Key, e.Error = history.Info, "", ""
	if e.F == "phase" {
		e.F = "nemesis-phase" // a word of ours
	}
	if value.kind == null {
		return e, nil
	}
	detail, err := json.Marshal(plain(value))
	e.Detail = detail
	return e, err
}
