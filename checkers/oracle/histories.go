package oracle

import (
	"strconv"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Limits bounds an enumeration of histories of registers, of queues, or of logs.
type Limits struct {
	Queue     bool // of queues: dequeues in place of reads, which may find nothing
	Log       bool // of logs: appends in place of writes, and reads of lists
	Ops       int  // at most
	Processes int  // at most
	Keys      int  // at most
	Values    int  // of them are written, any number of times; 0: every write has a value of its own
	Cas       bool // with cas, and with reads of a value that nobody writes; else reads and writes only
	Outcomes  bool // with writes that fail and updates of unknown outcome (and refused cas, if Cas)
}

// Small are the limits that every checker's property tests go through. Together they are some hundred thousand
// histories: every shape that a contradiction of two blocks or of two sessions can have is among them.
func Small() []Limits {
	return []Limits{
		{Ops: 3, Processes: 2, Keys: 2, Cas: true, Outcomes: true},
		{Ops: 3, Processes: 3, Keys: 1, Values: 2, Cas: true},
		{Ops: 4, Processes: 2, Keys: 1, Outcomes: true},
		{Ops: 4, Processes: 3, Keys: 1},
		{Ops: 4, Processes: 2, Keys: 2},
	}
}

// Histories calls visit with every history within the limits, up to renaming of processes, keys and unique
// values and to the order of neighbouring calls and of neighbouring returns; until visit returns false. Reads and cas
// meet the initial value 0 or any value that is written to their key, reads of logs any list of what is appended. The history
// is visit's to keep.
func Histories(limits Limits, visit func(*history.History) bool) {
	e := &enumeration{limits: limits, visit: visit}
	for n := 1; n <= limits.Ops && !e.stopped; n++ {
		e.skeleton(n, nil, nil)
	}
}

// enumeration builds histories in three steps: the order of calls and returns; what each operation does; what the
// observers met.
type enumeration struct {
	limits  Limits
	visit   func(*history.History) bool
	stopped bool
}

// edge is an end of an operation in a skeleton. Operations are numbered by their calls.
type edge struct {
	op  int
	end bool
}

// skeleton extends an order of calls and returns to n operations. process holds the process of each operation so far.
// Operations that never return are of unknown outcome.
func (e *enumeration) skeleton(n int, edges []edge, process []int) {
	if e.stopped {
		return
	}
	open := map[int]int{} // by process: the operation that has not returned
	used := 0
	for op, p := range process {
		open[p] = op
		used = max(used, p)
	}
	for _, x := range edges {
		if x.end && open[process[x.op]] == x.op {
			delete(open, process[x.op])
		}
	}
	if len(process) == n && (len(open) == 0 || e.limits.Outcomes) {
		e.operations(edges, process, make([]history.Operation, 0, n))
	}
	last := edge{op: -1}
	if len(edges) > 0 {
		last = edges[len(edges)-1]
	}
	if len(process) < n {
		e.calls(n, edges, process, open, used, last)
	}
	for p := 1; p <= used; p++ {
		op, isOpen := open[p]
		if !isOpen || last.end && op < last.op {
			continue
		}
		e.skeleton(n, append(edges[:len(edges):len(edges)], edge{op, true}), process)
	}
}

// calls extends a skeleton by a call, of a known process that is idle or of the next new one. Neighbouring calls are
// in the order of processes.
func (e *enumeration) calls(n int, edges []edge, process []int, open map[int]int, used int, last edge) {
	for p := 1; p <= min(used+1, e.limits.Processes); p++ {
		if _, busy := open[p]; busy || last.op >= 0 && !last.end && p < process[last.op] {
			continue
		}
		e.skeleton(n, append(edges[:len(edges):len(edges)], edge{len(process), false}), append(process[:len(process):len(process)], p))
	}
}

// operations chooses what the next operation does.
func (e *enumeration) operations(edges []edge, process []int, ops []history.Operation) {
	if e.stopped {
		return
	}
	at := len(ops)
	if at == len(process) {
		e.observations(edges, ops, 0)
		return
	}
	returns := false
	for _, x := range edges {
		returns = returns || x.op == at && x.end
	}
	for key := 0; key < min(e.limits.Keys, distinctKeys(ops)+1); key++ {
		for _, op := range e.choices(string(rune('x'+key)), returns, ops) {
			op.Process = process[at]
			op.Note(history.Notes{Node: client(process[at]), Error: op.Noted().Error})
			e.operations(edges, process, append(ops[:at:at], op))
		}
	}
}

func distinctKeys(ops []history.Operation) int {
	keys := map[string]bool{}
	for i := range ops {
		keys[ops[i].Key] = true
	}
	return len(keys)
}

// choices returns what an operation on a key can be, but for what it observes.
func (e *enumeration) choices(key string, returns bool, former []history.Operation) []history.Operation {
	var out []history.Operation
	add := func(f string, outcome protocol.Outcome, err string, v protocol.Value) {
		op := history.Operation{F: f, Key: key, Outcome: outcome, Input: v}
		op.Note(history.Notes{Error: err})
		out = append(out, op)
	}
	switch {
	case e.limits.Queue:
		return e.ofQueue(key, returns, former)
	case e.limits.Log:
		return e.ofLog(key, returns, former)
	}
	if returns {
		add("read", protocol.OK, "", protocol.Value{})
	}
	for _, v := range e.values(key, former) {
		switch {
		case !returns:
			add("write", protocol.Info, "", v)
		case e.limits.Outcomes:
			add("write", protocol.OK, "", v)
			add("write", protocol.Fail, "", v)
		default:
			add("write", protocol.OK, "", v)
		}
		if !e.limits.Cas {
			continue
		}
		switch {
		case !returns:
			add("cas", protocol.Info, "", v)
		case e.limits.Outcomes:
			add("cas", protocol.OK, "", v)
			add("cas", protocol.Fail, protocol.Refused, v)
		default:
			add("cas", protocol.OK, "", v)
		}
	}
	return out
}

// values returns what may be written next: one value more than on this key so far, or one of the limits' values.
func (e *enumeration) values(key string, former []history.Operation) []protocol.Value {
	if e.limits.Values > 0 {
		var out []protocol.Value
		for v := range e.limits.Values {
			out = append(out, protocol.Int(int64(v)))
		}
		return out
	}
	next := int64(1)
	for i := range former {
		if former[i].Key == key && former[i].F != "read" && former[i].F != "dequeue" {
			next++
		}
	}
	return []protocol.Value{protocol.Int(next)}
}

// observations chooses what the observers from the at-th operation on met, and visits the history.
func (e *enumeration) observations(edges []edge, ops []history.Operation, at int) {
	if e.stopped {
		return
	}
	if at == len(ops) {
		e.stopped = !e.visit(build(edges, ops))
		return
	}
	op := ops[at]
	switch {
	case op.F == "write", op.F == "enqueue", op.F == "append", op.F == "dequeue" && op.Outcome != protocol.OK:
		e.observations(edges, ops, at+1)
		return
	}
	for _, v := range e.observable(op.Key, ops, at) {
		chosen := append([]history.Operation{}, ops...)
		if op.F == "read" || op.F == "dequeue" {
			chosen[at].Output = v
		} else {
			chosen[at].Input = protocol.List(v, op.Input)
		}
		e.observations(edges, chosen, at+1)
	}
}

// observable returns what can be met on a key: the initial value, what others write there, and a value from nowhere.
func (e *enumeration) observable(key string, ops []history.Operation, at int) []protocol.Value {
	if e.limits.Log {
		return lists(key, ops)
	}
	out := []protocol.Value{protocol.Int(0)}
	if e.limits.Queue {
		out[0] = protocol.Value{}
	}
	add := func(v protocol.Value) {
		for _, known := range out {
			if known.Equal(v) {
				return
			}
		}
		out = append(out, v)
	}
	for i := range ops {
		v := ops[i].Input
		if list, isCas := v.List(); isCas {
			v = list[1]
		}
		if i != at && ops[i].Key == key && ops[i].F != "read" && ops[i].F != "dequeue" {
			add(v)
		}
	}
	if ops[at].F == "read" && e.limits.Cas || e.limits.Queue && (e.limits.Keys > 1 || e.limits.Values > 0) {
		add(protocol.Int(99))
	}
	return out
}

// build makes a history of a skeleton and its operations.
func build(edges []edge, ops []history.Operation) *history.History {
	all := make([]timed, len(ops))
	for i := range ops {
		all[i] = timed{Operation: ops[i]}
		if ops[i].F != "read" && ops[i].F != "dequeue" {
			all[i].Output = ops[i].Input
		}
	}
	for at, x := range edges {
		if x.end {
			all[x.op].to = at
		} else {
			all[x.op].from = at
		}
	}
	return assemble(all)
}

// String names the limits in the output of tests.
func (l Limits) String() string {
	text := ""
	switch {
	case l.Queue:
		text = "queues, "
	case l.Log:
		text = "logs, "
	}
	text += strconv.Itoa(l.Ops) + " operations, " + strconv.Itoa(l.Processes) + " processes, " + strconv.Itoa(l.Keys) + " keys"
	if l.Values > 0 {
		text += ", " + strconv.Itoa(l.Values) + " values"
	}
	if l.Cas {
		text += ", cas"
	}
	if l.Outcomes {
		text += ", all outcomes"
	}
	return text
}
