package txn

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// load reads the transactions of a history into columns, and finds what is wrong with single reads.
func load(in checkers.Input) *trace {
	t := &trace{
		in: in, ops: in.History.Operations, lists: in.Object.Name == "list-append",
		nodeOf: make([]int32, len(in.History.Operations)),
		seen:   make([]bool, len(in.History.Operations)), first: make([]int32, len(in.History.Operations)+1), firstRead: make([]int32, len(in.History.Operations)+1),
	}
	writes, reads := t.estimate()
	t.versions, t.reads = make([]version, 0, writes), make([]read, 0, reads)
	for i := range t.ops {
		if i%nodesBetween == 0 && in.Interrupted() {
			t.blur("interrupted")
			return t
		}
		if t.ops[i].F == "txn" {
			t.transaction(int32(i))
		}
		t.first[i+1], t.firstRead[i+1] = int32(len(t.versions)), int32(len(t.reads))
	}
	if t.unclear != "" {
		return t
	}
	if t.lists {
		t.placeLists()
	} else {
		t.placeValues()
	}
	t.nodes = make([]int32, 0, len(t.ops))
	for i := range t.ops {
		t.nodeOf[i] = none
		op := &t.ops[i]
		if op.F == "txn" && (op.Outcome == protocol.OK || checkers.Optional(op) && t.seen[i]) {
			t.nodeOf[i] = int32(len(t.nodes))
			t.nodes = append(t.nodes, int32(i))
		}
	}
	return t
}

// estimate returns how many writes and reads there are, by a few transactions in a hundred thousand: too much room costs
// little, too little a copy of everything.
func (t *trace) estimate() (writes, reads int) {
	const sample = 256
	stride := len(t.ops)/sample + 1
	for i := 0; i < len(t.ops); i += stride {
		steps, _ := t.ops[i].Input.List()
		for _, s := range steps {
			step, _ := s.List()
			if len(step) == 0 {
				continue
			}
			if f, _ := step[0].Text(); f == "r" {
				reads++
			} else {
				writes++
			}
		}
	}
	room := func(n int) int { return (n + n/8 + 4) * stride }
	return room(writes), room(reads)
}

// transaction reads the steps of one.
func (t *trace) transaction(i int32) {
	op := &t.ops[i]
	steps, _ := op.Input.List()
	if op.Outcome == protocol.OK {
		steps, _ = op.Output.List()
	}
	for at := range steps {
		step, ok := steps[at].List()
		if !ok || len(step) != 3 {
			t.unclear = fmt.Sprintf("operation %d is no transaction", i)
			return
		}
		f, _ := step[0].Text()
		key := t.key(step[1])
		mine := &t.own[key]
		if mine.op != i {
			*mine = own{op: i, read: none, writes: mine.writes[:0]}
		}
		switch {
		case f != "r":
			t.write(i, int32(at), key, step[2], mine)
		case op.Outcome == protocol.OK && t.lists:
			t.readList(i, int32(at), key, step[2], mine)
		case op.Outcome == protocol.OK:
			t.readValue(i, int32(at), key, step[2], mine)
		}
	}
}

func (t *trace) key(v protocol.Value) int32 {
	id, fresh := t.keyIDs.id(v)
	if fresh {
		t.keys = append(t.keys, v)
		t.own = append(t.own, own{op: none})
		t.shelves = append(t.shelves, shelf{})
		t.longest = append(t.longest, most{read: none})
	}
	return id
}

func (t *trace) write(op, step, key int32, v protocol.Value, mine *own) {
	at := int32(len(t.versions))
	before := none
	if n := len(mine.writes); n > 0 {
		before = mine.writes[n-1]
		t.versions[before].final = false
	}
	number, text := t.number(v)
	other := t.shelves[key].find(t.versions, number, text)
	t.versions = append(t.versions, version{
		number: number, text: text, op: op, step: step, key: key, before: before, final: true, place: none,
	})
	mine.writes = append(mine.writes, at)
	if !t.lists && !t.failed(op) && (v.IsNull() || v.Equal(t.in.History.Initial)) {
		t.blur(fmt.Sprintf("a write of %s under %s cannot be told from the initial value: nothing is known of what was read there", v, t.keys[key]))
	}
	switch {
	case other == none || t.failed(t.versions[other].op):
		t.shelves[key].put(t.versions, at, &t.stock)
	case !t.failed(op):
		t.blur(fmt.Sprintf("%s is written twice under %s, so it is not known which one was read: every write must have a value of its own", v, t.keys[key]))
	}
}

// blur notes why nothing can be said of the history, if that is not known yet.
func (t *trace) blur(why string) {
	if t.unclear == "" {
		t.unclear = why
	}
}

// readList reads what a transaction found in a list: behind what was there before stand its own appends.
func (t *trace) readList(op, step, key int32, v protocol.Value, mine *own) {
	list, _ := v.List()
	k := len(list) - len(mine.writes)
	for n := range mine.writes {
		if k < 0 || !list[k+n].Equal(t.value(mine.writes[n])) {
			last := t.value(mine.writes[len(mine.writes)-1])
			t.flaw(guarantee.Internal, readCommitted, []int32{op}, func(string) string {
				return fmt.Sprintf("read %s under %s after it had appended %s there", v, t.keys[key], last)
			})
			return
		}
	}
	list = list[:k:k]
	at := int32(len(t.reads))
	if mine.read == none {
		mine.read = at
	} else {
		before := t.list(&t.reads[mine.read])
		if sameLists(before, list) {
			return
		}
		t.differ(op, key, before, list)
	}
	t.reads = append(t.reads, read{op: op, step: step, key: key, from: none, size: int32(k)})
	t.longest[key].see(at, list)
}

// see takes note of another list that was read.
func (m *most) see(read int32, list []protocol.Value) {
	short, long := list, m.list
	if m.read == none || len(list) > len(m.list) {
		short, long = m.list, list
		m.read, m.list = read, list
	}
	m.torn = m.torn || !sameLists(short, long[:len(short)])
}

// differ notes two reads of one transaction that differ.
func (t *trace) differ(op, key int32, before, after []protocol.Value) {
	rests := func() []int32 { return t.parting(key, before, after) }
	t.unrepeatable(op, key, protocol.List(before...), protocol.List(after...), rests)
}

// readValue reads what a transaction found in a register: what it wrote there itself, if it did.
func (t *trace) readValue(op, step, key int32, v protocol.Value, mine *own) {
	if n := len(mine.writes); n > 0 {
		if wrote := t.value(mine.writes[n-1]); !wrote.Equal(v) {
			t.flaw(guarantee.Internal, readCommitted, []int32{op}, func(string) string {
				return fmt.Sprintf("read %s under %s after it had written %s there", v, t.keys[key], wrote)
			})
		}
		return
	}
	if mine.read == none {
		mine.read = int32(len(t.reads))
	} else {
		before := t.found(&t.reads[mine.read])
		if before.Equal(v) || t.isInitial(before) && t.isInitial(v) {
			return
		}
		rests := func() []int32 { return t.parting(key, []protocol.Value{before}, []protocol.Value{v}) }
		t.unrepeatable(op, key, before, v, rests)
	}
	t.reads = append(t.reads, read{op: op, step: step, key: key, from: none})
}

// unrepeatable notes two reads of one transaction that differ. Adya's PL-2 allows that, atomic visibility does not.
func (t *trace) unrepeatable(op, key int32, before, after protocol.Value, rests func() []int32) {
	t.restingOn(rests, guarantee.NonRepeatableRead, readAtomic, []int32{op}, func(string) string {
		return fmt.Sprintf("read %s and then %s under %s", before, after, t.keys[key])
	})
}

func (t *trace) isInitial(v protocol.Value) bool { return v.IsNull() || v.Equal(t.in.History.Initial) }

func sameLists(a, b []protocol.Value) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) == 0 || &a[0] == &b[0] { // the same memory, as what was recorded in one process often is
		return true
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}
