package edn

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sunder/harness/history"
)

// What those who record histories leave out, or write otherwise than Jepsen does today, is put right where it is certain what
// was meant. What could matter is remarked on.

// mend puts right what all operations together show.
func (a *assembly) mend() error {
	for _, step := range []func() error{a.tellApart, a.drained} {
		if err := step(); err != nil {
			return err
		}
	}
	a.retire()
	a.ask()
	return nil
}

// remark notes what was put right, each kind where it stood first.
func (a *assembly) remark(line int, what, hint string) {
	if !slices.ContainsFunc(a.remarks, func(r history.LineError) bool { return r.Hint == hint }) {
		a.remarks = append(a.remarks, history.LineError{Line: line, Problem: history.Problem{What: what, Hint: hint}})
	}
}

// isClient tells whether an operation is one of a client.
func isClient(op *operation) bool { return !op.known || op.process != history.Nemesis }

// fresh returns a process that there is not.
func (a *assembly) fresh() int {
	if a.processes == 0 {
		for i := range a.all {
			if a.all[i].known {
				a.processes = max(a.processes, a.all[i].process+1)
			}
		}
	}
	a.processes++
	return a.processes - 1
}

// sort brings the operations into the order of their indices, if each has one of its own. If two have the same these tell nothing.
func (a *assembly) sort() error {
	last, back := int64(-1), (*operation)(nil)
	for i := range a.all {
		op := &a.all[i]
		if op.index < 0 {
			a.unordered = true
			continue
		}
		if op.index <= last && back == nil {
			back = op
		}
		last = op.index
	}
	if back == nil {
		return nil
	}
	if twice := a.twice(); twice != nil {
		a.unordered = true
		a.remark(twice.line, fmt.Sprintf("index %d stands twice: indices are passed over, and the order of the lines counts", twice.index),
			"an index is the position of an event in the whole history")
		return nil
	}
	if a.unordered {
		return problem(back.line, "give each event its index: where all have one, these tell the order", "index %d stands behind a higher one, and some events have none", back.index)
	}
	slices.SortStableFunc(a.all, func(x, y operation) int { return cmp.Compare(x.index, y.index) })
	return nil
}

// twice returns the first operation whose index another had before it, nil if there is none.
func (a *assembly) twice() *operation {
	seen := map[int64]bool{}
	for i := range a.all {
		op := &a.all[i]
		if op.index >= 0 {
			if seen[op.index] {
				return op
			}
			seen[op.index] = true
		}
	}
	return nil
}

// tellApart gives each operation a process of its own where none has one. An end belongs to the only operation that is open and
// that it fits: it does the same, with the same.
func (a *assembly) tellApart() error {
	if !a.invoked || slices.ContainsFunc(a.all, func(op operation) bool { return isClient(&op) && op.known }) {
		return nil
	}
	a.remark(a.all[0].line, "no operation has a process: each is taken for one of a process of its own, so that guarantees of sessions say little",
		"give each operation the :process that did it")
	open := map[string]map[int]bool{}
	for i := range a.all {
		op := &a.all[i]
		if !isClient(op) {
			continue
		}
		what := sameness(op)
		if op.kind == history.Invoke {
			op.process, op.known = i, true
			if open[what] == nil {
				open[what] = map[int]bool{}
			}
			open[what][i] = true
			continue
		}
		if len(open[what]) != 1 {
			return problem(op.line, "give each operation its :process", "%d operations are open that it could end, and it has no process", len(open[what]))
		}
		for begin := range open[what] {
			op.process, op.known = a.all[begin].process, true
		}
		delete(open, what)
	}
	return nil
}

// sameness is a text that the beginning and the end of an operation have in common: what is done, and all of what it is done with
// but what a read finds.
func sameness(op *operation) string {
	value := question(op.value)
	if op.f == "read" && !hasSteps(&value) || op.f == "dequeue" {
		value = form{}
	}
	return fmt.Sprintf("%q %q %s", op.f, op.key, plain(&value))
}

// question is a value of steps without what those that read have found.
func question(value form) form {
	if value.kind != vector || !slices.ContainsFunc(value.list, func(step form) bool { return isRead(&step) && !isOpen(&step) }) {
		return value
	}
	out := form{kind: vector, line: value.line, list: slices.Clone(value.list)}
	for i := range out.list {
		if step := &out.list[i]; isRead(step) {
			step.list = []form{step.list[0], step.list[1], {}}
		}
	}
	return out
}

// isOpen tells whether a step that reads has not been answered, as is written today.
func isOpen(f *form) bool { return len(f.list) == 3 && f.list[2].kind == null }

// isRead tells whether a form is a step that reads: [:r 3 nil], or [:r 3] before it is answered.
func isRead(f *form) bool {
	return f.kind == vector && (len(f.list) == 2 || len(f.list) == 3) && f.list[0].kind != integer && f.list[0].text == "r"
}

// retire gives a process that goes on after an operation of unknown outcome a new number, as Jepsen does: the operation may
// still take effect.
func (a *assembly) retire() {
	retired, now := map[int]bool{}, map[int]int{}
	for i := range a.all {
		op := &a.all[i]
		if !isClient(op) || !op.known {
			continue
		}
		process := op.process
		if op.kind == history.Invoke && retired[process] {
			a.remark(op.line, fmt.Sprintf("process %d goes on after an operation of it ended in info: from here on it is another process", process),
				"an operation of unknown outcome may still take effect: let the client go on under a new process number")
			now[process] = a.fresh()
		}
		retired[process] = op.kind == history.Info
		if number, renamed := now[process]; renamed {
			op.process = number
		}
	}
}

// ask takes from what begins what only its end can tell: some recorders write the answer in both, as Knossos does once it has
// completed a history. Of a read that begins with a key and ends without one the key says nothing.
func (a *assembly) ask() {
	open := map[int]*operation{}
	for i := range a.all {
		op := &a.all[i]
		switch {
		case !isClient(op) || !op.known:
		case op.kind != history.Invoke:
			if begin := open[op.process]; begin != nil && (op.kind != history.OK || begin.value.kind == vector && !keyed(&op.value) || plain(&begin.value) == plain(&op.value)) {
				begin.value = form{line: begin.value.line}
			}
			delete(open, op.process)
		case op.f == "txn" || hasSteps(&op.value):
			op.value = question(op.value)
		case op.f == "read" && op.value.kind != null && op.value.kind != vector, op.f == "read" && !a.keyed && keyed(&op.value) && op.value.list[1].kind == null:
			open[op.process] = op
		}
	}
	for _, op := range open {
		op.value = form{line: op.value.line}
	}
}

// jitter is how far times may go back from one line to the next: whoever takes a time waits for his turn to write it.
const jitter = 50 * time.Millisecond

// clock returns the time of an event. Times do not go back; those that do by little are those of the event before.
func (a *assembly) clock(op *operation) (time.Duration, error) {
	switch back := a.time - op.time; {
	case op.time < 0:
	case back <= 0:
		a.time = op.time
	case a.unordered && back > jitter:
		return 0, problem(op.line, "are the lines out of order? where each event has an :index, these count",
			"its time, %d, is %v before that of the event before it", int64(op.time), back)
	default:
		a.remark(op.line, fmt.Sprintf("its time, %d, is %v before that of the event before it: the order of the lines counts", int64(op.time), back),
			"clocks went back, or events were written late")
	}
	return a.time, nil
}
