package txn

import (
	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// none stands for no position.
const none = int32(-1)

// trace is a history of transactions in columns. A transaction is a node if it was answered ok, or if its outcome is not
// known and somebody read what it wrote: then it happened. One that nobody read may be left out of every explanation, and
// one that failed never happened.
type trace struct {
	in        checkers.Input
	ops       []history.Operation
	lists     bool    // list-append, else rw-register
	nodes     []int32 // positions of operations, in the order of their calls
	nodeOf    []int32 // of each operation; none
	keys      []protocol.Value
	versions  []version
	first     []int32   // of each operation: its first version, which the others follow; one more at the end
	shelves   []shelf   // of each key: its versions by their values
	reads     []read    // of transactions that were answered, in their order
	firstRead []int32   // of each operation: its first read, which the others follow; one more at the end
	longest   []most    // of each key of lists
	orders    [][]int32 // of each key of lists: the versions that this read shows, none for those that nobody wrote
	flaws     []flaw
	unclear   string // why nothing can be said
	bare      bool   // proofs need not be minimal
	source    *trace // of some transactions alone: of all of them
	origin    []int  // and where they are there

	keyIDs  interner
	texts   map[string]int64 // numbers of the values that are no integers, by their text
	own     []own            // of each key: what the transaction that is being read has done to it
	stock   stock
	showing []int32 // of each version: the read that was last found to show it, +1
	seen    []bool
}

// version is what one step of a transaction wrote under a key.
type version struct {
	number   int64 // the value, or the number of its text
	op, step int32
	key      int32
	before   int32 // what the same transaction wrote there just before; none
	place    int32 // in the order of the key, if it is known; none
	text     bool  // the value is no integer
	final    bool  // the last that it wrote there
}

// read is what a transaction found under a key before it wrote there itself.
type read struct {
	op, step int32
	key      int32
	from     int32 // the version that it found; none for the initial value
	size     int32 // of lists: how many elements it found
}

// own is what one transaction has done to a key so far.
type own struct {
	op     int32 // the transaction; of another one the rest is out of date
	read   int32 // what it found first; none
	writes []int32
}

// most is the list under a key that shows most of those that were read so far.
type most struct {
	read int32 // the first that found it; none
	list []protocol.Value
	torn bool // some list is not the beginning of it
}

// interner numbers values.
type interner struct {
	small  []int32 // numbers of small integers, +1
	big    map[int64]int32
	other  map[string]int32
	values int32
}

const smallLimit = 1 << 22

// id returns the number of a value, and whether it is new.
func (n *interner) id(v protocol.Value) (int32, bool) {
	at, isInt := v.Int()
	if isInt && at >= 0 && at < smallLimit {
		if int(at) >= len(n.small) {
			n.small = append(n.small, make([]int32, max(int(at)+1-len(n.small), len(n.small)))...)
		}
		if n.small[at] == 0 {
			n.values++
			n.small[at] = n.values
			return n.values - 1, true
		}
		return n.small[at] - 1, false
	}
	if isInt {
		return intern(&n.big, at, &n.values)
	}
	return intern(&n.other, v.String(), &n.values)
}

func intern[K comparable](m *map[K]int32, key K, values *int32) (int32, bool) {
	if id, known := (*m)[key]; known {
		return id, false
	}
	if *m == nil {
		*m = map[K]int32{}
	}
	(*m)[key] = *values
	*values++
	return *values - 1, true
}

// lookup returns the version of a key and a value; none.
func (t *trace) lookup(key int32, v protocol.Value) int32 {
	if n, isInt := v.Int(); isInt {
		return t.shelves[key].find(t.versions, n, false)
	}
	if n, known := t.texts[v.String()]; known {
		return t.shelves[key].find(t.versions, n, true)
	}
	return none
}

// number returns the number of a value that is written, and whether it stands for a text.
func (t *trace) number(v protocol.Value) (n int64, isText bool) {
	if n, isInt := v.Int(); isInt {
		return n, false
	}
	text := v.String()
	n, known := t.texts[text]
	if !known {
		n = int64(len(t.texts))
		if t.texts == nil {
			t.texts = map[string]int64{}
		}
		t.texts[text] = n
	}
	return n, true
}

// found returns what a read answered.
func (t *trace) found(r *read) protocol.Value {
	steps, _ := t.ops[r.op].Output.List()
	step, _ := steps[r.step].List()
	return step[2]
}

// list returns what a read of a list found of what others had appended.
func (t *trace) list(r *read) []protocol.Value {
	list, _ := t.found(r).List()
	return list[:r.size:r.size]
}

// value returns what a version is.
func (t *trace) value(v int32) protocol.Value {
	list, _ := t.ops[t.versions[v].op].Input.List()
	step, _ := list[t.versions[v].step].List()
	return step[2]
}

func (t *trace) failed(op int32) bool  { return t.ops[op].Outcome == protocol.Fail }
func (t *trace) unknown(op int32) bool { return checkers.Optional(&t.ops[op]) }

// writer returns the node that wrote a version.
func (t *trace) writer(v int32) int32 { return t.nodeOf[t.versions[v].op] }
