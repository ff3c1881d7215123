package causality

import (
	"errors"
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

const register = "register"

// What a role says of an operation that reads or writes no cell.
const (
	nothing int32 = -1 // it does not read (or write) at all
	initial int32 = -2 // it read the initial state
	unclear int32 = -3 // several may have written what it read
)

// role is what an operation does in the trace.
type role struct {
	wrote, read    int32 // cells, or one of the above
	from, to       int32 // of a read of a set: what it showed, in builder.seen
	key, session   int32
	tells, answers bool  // a message between clients
	heard          int32 // of a hear: the operation that told, or None
	kept           bool
}

type builder struct {
	h      *history.History
	object string
	cells  *cells
	seen   []int32
	roles  []role
	keys   map[string]int32
	doubt  string
	trace  *Trace
}

// New reads a history of a register, a set or a board. Messages between clients count if told so. Its error says why
// the history cannot be read.
func New(in checkers.Input, messages bool) (*Trace, error) {
	b := &builder{
		h: in.History, object: in.Object.Name, cells: newCells(len(in.History.Operations)),
		roles: make([]role, len(in.History.Operations)), keys: map[string]int32{},
	}
	b.trace = &Trace{History: b.h, Object: b.object, Room: in.Room(), interrupted: in.Interrupted}
	if err := b.scan(messages); err != nil {
		return nil, err
	}
	if err := b.look(); err != nil {
		return nil, err
	}
	if messages {
		b.match()
	}
	b.number()
	if bytes := b.shownBytes(); b.trace.Exceeds("what all reads show of elements that were added more than once", bytes) {
		return nil, errors.New(b.trace.Excess)
	}
	b.link()
	b.trace.Doubt = b.doubt
	return b.trace, nil
}

// doubts notes why the trace holds less than the history; the first reason is kept.
func (b *builder) doubts(format string, args ...any) {
	if b.doubt == "" {
		b.doubt = fmt.Sprintf(format, args...)
	}
}

// scan gives each operation its role and finds who wrote what.
func (b *builder) scan(messages bool) error {
	for i := range b.h.Operations {
		op, r := &b.h.Operations[i], &b.roles[i]
		*r = role{wrote: nothing, read: nothing, heard: None}
		switch op.F {
		case "tell":
			r.tells = messages && op.Outcome != protocol.Fail
			continue
		case "hear":
			r.answers = messages && op.Outcome == protocol.OK
			continue
		}
		value, writes, err := written(b.object, op)
		if err != nil {
			return err
		}
		r.key = b.key(op.Key)
		if writes {
			b.noteWrite(int32(i), value)
		}
	}
	return nil
}

// written returns the value or element that an operation writes, if it is one that writes.
func written(object string, op *history.Operation) (v protocol.Value, writes bool, err error) {
	ok := true
	switch {
	case op.F == "read":
		return v, false, nil
	case op.F == "write" && object == register, op.F == "add" && object == "set":
		v = op.Input
	case op.F == "cas" && object == register:
		_, v, ok = model.CasArguments(op.Input)
	case op.F == "post" && object == "board":
		v, _, ok = model.PostArguments(op.Input)
	default:
		return v, false, fmt.Errorf("%s is no operation of a %s", op.F, object)
	}
	if !ok {
		return v, false, fmt.Errorf("%s is malformed", checkers.Short(op))
	}
	return v, true, nil
}

func (b *builder) key(name string) int32 {
	k, ok := b.keys[name]
	if !ok {
		k = int32(len(b.keys))
		b.keys[name] = k
	}
	return k
}

func (b *builder) noteWrite(i int32, v protocol.Value) {
	op := &b.h.Operations[i]
	at := b.cells.make(b.roles[i].key, v)
	c := &b.cells.all[at]
	if op.Outcome == protocol.Fail {
		if c.failed == None {
			c.failed = i
		}
		return
	}
	if c.writer == None {
		c.writer = i
	}
	c.writers++
	b.roles[i].wrote = at
}

// look finds what each operation that ended ok has read, and so which operations of unknown outcome have happened;
// what those have read in turn (a cas) counts too.
func (b *builder) look() error {
	var happened []int32
	if b.object != register {
		b.seen = make([]int32, 0, b.elements())
	}
	for i := range b.h.Operations {
		if b.h.Operations[i].Outcome != protocol.OK {
			continue
		}
		b.roles[i].kept = b.roles[i].wrote != nothing
		if err := b.lookAt(int32(i), &happened); err != nil {
			return err
		}
	}
	for len(happened) > 0 {
		i := happened[len(happened)-1]
		happened = happened[:len(happened)-1]
		if b.roles[i].kept {
			continue
		}
		b.roles[i].kept = true
		if err := b.lookAt(i, &happened); err != nil {
			return err
		}
	}
	return nil
}

// elements returns how many elements all reads of sets show.
func (b *builder) elements() int {
	n := 0
	for i := range b.h.Operations {
		if op := &b.h.Operations[i]; op.F == "read" && op.Outcome == protocol.OK {
			list, _ := op.Output.List()
			n += len(list)
		}
	}
	return n
}

func (b *builder) lookAt(i int32, happened *[]int32) error {
	op, r := &b.h.Operations[i], &b.roles[i]
	switch {
	case op.F == "cas":
		old, _, _ := model.CasArguments(op.Input)
		r.read = b.readOne(i, old, happened)
	case op.F != "read":
	case b.object == register:
		r.read = b.readOne(i, op.Output, happened)
	default:
		return b.readAll(i, happened)
	}
	return nil
}

// readOne returns whose value a read of a register answered.
func (b *builder) readOne(i int32, v protocol.Value, happened *[]int32) int32 {
	op := &b.h.Operations[i]
	at := b.cells.find(b.roles[i].key, v)
	written := at != None && b.cells.all[at].writers > 0
	switch {
	case v.Equal(b.h.Initial) && !written:
		return initial
	case v.Equal(b.h.Initial):
		b.doubts("%s was written though it is the initial value, so it is unclear what reads of it saw", b.name(op, v))
		return unclear
	case !written:
		b.strange(i, at, v)
		return unclear
	case b.cells.all[at].writers > 1:
		b.doubts("%s was written more than once, so it is unclear what reads of it saw", b.name(op, v))
		return unclear
	}
	b.see(at, happened)
	return at
}

// readAll notes what a read of a set showed.
func (b *builder) readAll(i int32, happened *[]int32) error {
	op, r := &b.h.Operations[i], &b.roles[i]
	list, ok := op.Output.List()
	if !ok && !op.Output.IsNull() {
		return fmt.Errorf("a read of the %s answered %s, which is no list", b.object, checkers.Brief(op.Output))
	}
	r.from, r.read = int32(len(b.seen)), initial
	odd := false
	for _, v := range list {
		at := b.cells.find(r.key, v)
		switch {
		case at == None || b.cells.all[at].writers == 0:
			if !odd {
				b.strange(i, at, v)
			}
			odd = true
			continue
		case b.cells.all[at].shown == i+1:
			b.trace.Strange = append(b.trace.Strange, StrangeRead{Read: int(i), Value: v, Failed: int(None), Anomaly: guarantee.Duplicated})
			continue
		case b.cells.all[at].writers > 1:
			b.doubts("%s was added more than once, so it is unclear whose it was", b.name(op, v))
		default:
			b.see(at, happened)
		}
		b.cells.all[at].shown = i + 1
		b.seen = append(b.seen, at)
	}
	r.to = int32(len(b.seen))
	return nil
}

// see notes that a cell with a single writer has been read.
func (b *builder) see(at int32, happened *[]int32) {
	c := &b.cells.all[at]
	if c.read {
		return
	}
	c.read = true
	if !b.roles[c.writer].kept {
		*happened = append(*happened, c.writer)
	}
}

// strange notes a read of what nobody wrote. What an operation of unknown outcome would have had to read is only a
// doubt: that it happened is itself an inference.
func (b *builder) strange(i, at int32, v protocol.Value) {
	op := &b.h.Operations[i]
	if op.Outcome != protocol.OK {
		b.doubts("%s of unknown outcome must have happened, but nobody wrote what it needed", checkers.Short(op))
		return
	}
	s := StrangeRead{Read: int(i), Value: v, Failed: int(None), Anomaly: guarantee.ThinAirRead}
	if at != None {
		s.Failed, s.Anomaly = int(b.cells.all[at].failed), guarantee.AbortedRead
	}
	b.trace.Strange = append(b.trace.Strange, s)
}

// name writes the value under its key: "x = 1".
func (b *builder) name(op *history.Operation, v protocol.Value) string {
	if b.object == register {
		return fmt.Sprintf("%s = %s", checkers.Cut(op.Key), checkers.Brief(v))
	}
	return fmt.Sprintf("%s of %s", checkers.Brief(v), checkers.Cut(op.Key))
}
