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

// drained puts dequeues in the place of each drain, one for each element that it took, all while it lasted: of their order
// nothing is said.
func (a *assembly) drained() error {
	isDrain := func(op operation) bool { return op.f == "drain" && op.process != history.Nemesis }
	if !slices.ContainsFunc(a.all, isDrain) {
		return nil
	}
	ends := map[int]int{} // of each drain: where it ends
	open := map[int]int{}
	for i := range a.all {
		switch op := &a.all[i]; {
		case !isDrain(*op):
		case op.kind == history.Invoke:
			open[op.process] = i
		default:
			if begin, some := open[op.process]; some {
				ends[begin] = i
			}
			delete(open, op.process)
		}
	}
	var out []operation
	taken := map[int][]operation{} // of the end of each drain: the ends of its dequeues
	for i := range a.all {
		op := a.all[i]
		switch {
		case !isDrain(op):
			out = append(out, op)
		case op.kind == history.Invoke:
			end, some := ends[i]
			if !some || a.all[end].kind == history.Info {
				return problem(op.line, "leave it out if nobody needs what was taken", "nobody knows how many elements this drain took")
			}
			dequeues, err := a.dequeuesOf(&a.all[end])
			if err != nil {
				return err
			}
			for _, d := range dequeues {
				d.kind, d.line, d.time, d.value = history.Invoke, op.line, op.time, form{}
				out = append(out, d)
			}
			taken[end] = dequeues
		default:
			out = append(out, taken[i]...)
		}
	}
	a.all = out
	return nil
}

// dequeuesOf returns the ends of what a drain was made of, each of a process of its own: none if it failed.
func (a *assembly) dequeuesOf(end *operation) ([]operation, error) {
	if end.kind == history.Fail {
		return nil, nil
	}
	if end.value.kind != vector && end.value.kind != set {
		return nil, problem(end.line, "", "a drain ends with a vector of the elements that it took")
	}
	out := make([]operation, len(end.value.list))
	for i := range out {
		out[i] = operation{line: end.line, index: -1, time: end.time, process: a.fresh(), known: true, kind: history.OK, f: "dequeue", value: end.value.list[i]}
	}
	return out, nil
}
