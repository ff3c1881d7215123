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
	a.sort()
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
			a.processes = max(a.processes, a.all[i].process+1)
		}
	}
	a.processes++
	return a.processes - 1
}

// sort brings the operations into the order of their indices, if each has one of its own. Else these tell nothing.
func (a *assembly) sort() {
	ascending, last := true, int64(-1)
	for i := range a.all {
		a.unordered = a.unordered || a.all[i].index < 0
		ascending = ascending && a.all[i].index > last
		last = a.all[i].index
	}
	if ascending {
		return
	}
	if twice := a.twice(); twice != nil {
		a.unordered = true
		a.remark(twice.line, fmt.Sprintf("index %d stands twice: indices are passed over, and the order of the lines counts", twice.index),
			"an index is the position of an event in the whole history")
	}
	if !a.unordered {
		slices.SortStableFunc(a.all, func(x, y operation) int { return cmp.Compare(x.index, y.index) })
	}
}

// twice returns the first operation whose index another had before it, nil if there is none.
func (a *assembly) twice() *operation {
	seen := map[int64]bool{}
	for i := range a.all {
		op := &a.all[i]
		if op.index >= 0 && seen[op.index] {
			return op
		}
		seen[op.index] = true
	}
	return nil
}

// tellApart gives each operation a process of its own where none has one. An end belongs to the only operation that is open and
// that it fits.
func (a *assembly) tellApart() error {
	if !a.invoked || slices.ContainsFunc(a.all, func(op operation) bool { return isClient(&op) && op.known }) {
		return nil
	}
	var open []int
	for i := range a.all {
		op := &a.all[i]
		switch {
		case !isClient(op):
			continue
		case op.kind == history.Invoke:
			op.process, op.known = i, true
			open = append(open, i)
			continue
		}
		fits := slices.DeleteFunc(slices.Clone(open), func(j int) bool { return !finishes(&a.all[j], op) })
		if len(fits) != 1 {
			return problem(op.line, "give each operation its :process", "%d operations are open that it could end, and it has no process", len(fits))
		}
		op.process, op.known = a.all[fits[0]].process, true
		open = slices.DeleteFunc(open, func(j int) bool { return j == fits[0] })
	}
	return nil
}

// finishes tells whether an event can be the end of an operation: it does the same, with the same.
func finishes(begin, end *operation) bool {
	switch {
	case begin.f != end.f || begin.key != end.key:
		return false
	case end.kind != history.OK || begin.value.kind == null || begin.f == "read" && !hasSteps(&begin.value):
		return true
	}
	asked, answered := question(begin.value), question(end.value)
	return plain(&asked) == plain(&answered)
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
const jitter = time.Second

// clock returns the time of an event. Times do not go back; those that do by little are those of the event before.
func (a *assembly) clock(op *operation) (time.Duration, error) {
	switch back := a.time - op.time; {
	case op.time < 0:
	case back <= 0:
		a.time = op.time
	case a.unordered && back > jitter:
		return 0, problem(op.line, "are the lines out of order? where an :index is, it counts",
			"its time, %d, is %v before that of the event before it", int64(op.time), back)
	default:
		a.remark(op.line, fmt.Sprintf("its time, %d, is %v before that of the event before it: the order of the lines counts", int64(op.time), back),
			"clocks went back, or events were written late")
	}
	return a.time, nil
}
