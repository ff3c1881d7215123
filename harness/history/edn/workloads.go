package edn

import (
	"slices"

	"sunder/harness/history"
)

// Workloads of Jepsen whose operations are others by another name.

// isStep tells whether a form is a step of a transaction: [:r 3 nil].
func isStep(f *form) bool {
	return isRead(f) || f.kind == vector && len(f.list) == 3 && (f.list[0].kind == keyword || f.list[0].kind == text) &&
		slices.Contains([]string{"w", "append"}, f.list[0].text)
}

// hasSteps tells whether a value is a list of steps.
func hasSteps(f *form) bool {
	return f.kind == vector && len(f.list) > 0 && !slices.ContainsFunc(f.list, func(step form) bool { return !isStep(&step) })
}

// stepwise tells whether an operation is a transaction by another name, as in long-fork: a :read or :write of steps.
func stepwise(op *operation) bool {
	return (op.f == "read" || op.f == "write") && (op.value.kind == null || hasSteps(&op.value))
}

// drained puts dequeues in the place of each drain: one for each element that it took, in their order, and one that found
// nothing, for a drain goes on until then. Where others were at work meanwhile nobody knows when each of them was: they are at
// once, all while the drain lasted.
func (a *assembly) drained() error {
	ends, err := a.drains()
	if len(ends) == 0 || err != nil {
		return err
	}
	var out []operation
	late := map[int][]operation{} // of the end of each drain: the ends of its dequeues, as far as they are not elsewhere
	for _, end := range ends {
		late[end] = nil
	}
	for i := range a.all {
		op := &a.all[i]
		end, begins := ends[i]
		last, ends := late[i]
		switch {
		case begins:
			dequeues, err := dequeuesOf(&a.all[end])
			if err != nil {
				return err
			}
			out, late[end] = a.spread(out, op, dequeues, a.alone(i, end))
		case ends:
			out = append(out, last...)
		default:
			out = append(out, *op)
		}
	}
	a.all = out
	return nil
}

// spread appends the dequeues of a drain, one after the other where it was alone. Else it appends their beginnings, and returns
// their ends.
func (a *assembly) spread(out []operation, drain *operation, dequeues []operation, alone bool) (all, ends []operation) {
	if !alone && len(dequeues) > 1 {
		a.remark(drain.line, "others were at work during this drain: what it took is taken for dequeues that were all at once",
			"an order of dequeues shows more than a drain: let one process after the other drain the queue")
	}
	for k, d := range dequeues {
		if !alone && k > 0 {
			d.process = a.fresh()
		}
		begin := d
		begin.kind, begin.line, begin.time, begin.value, begin.fault = history.Invoke, drain.line, drain.time, form{}, ""
		out = append(out, begin)
		if alone {
			out = append(out, d)
		} else {
			ends = append(ends, d)
		}
	}
	return out, ends
}

// drains returns where each drain ends.
func (a *assembly) drains() (ends map[int]int, err error) {
	open := map[int]int{}
	for i := range a.all {
		op := &a.all[i]
		begin, draining := open[op.process]
		switch {
		case !isClient(op):
		case op.kind == history.Invoke && draining:
			return nil, problem(op.line, "a process does one thing at a time: give each concurrent client its own process number",
				"process %d invokes %s while its drain is open (see line %d)", op.process, op.f, a.all[begin].line)
		case op.f != "drain":
		case op.kind == history.Invoke:
			open[op.process] = i
		case draining && op.kind != history.Info:
			if ends == nil {
				ends = map[int]int{}
			}
			ends[begin] = i
			delete(open, op.process)
		}
	}
	for _, begin := range open {
		err = problem(a.all[begin].line, "leave it out if nobody needs what was taken", "nobody knows how many elements this drain took")
	}
	return ends, err
}

// alone tells whether no client did anything between two events.
func (a *assembly) alone(begin, end int) bool {
	return !slices.ContainsFunc(a.all[begin+1:end], func(op operation) bool { return isClient(&op) })
}

// dequeuesOf returns the ends of what a drain was made of: none if it failed.
func dequeuesOf(end *operation) ([]operation, error) {
	failed := end.kind == history.Fail
	if list := end.value.kind == vector || end.value.kind == set; !list && !(failed && end.value.kind == null) || failed && len(end.value.list) > 0 {
		return nil, problem(end.line, "", "a drain ends ok with a vector of the elements that it took, or fails and took none")
	}
	if failed {
		return nil, nil
	}
	one := operation{line: end.line, index: -1, time: end.time, process: end.process, known: true, kind: history.OK, f: "dequeue"}
	out := make([]operation, 0, len(end.value.list)+1)
	for _, v := range end.value.list {
		one.value = v
		out = append(out, one)
	}
	one.kind, one.value, one.fault = history.Fail, form{}, "empty"
	return append(out, one), nil
}
