package linearizable

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// classify names the anomaly of a few operations that are not linearizable alone. The parts that it returns are
// positions in in.History.
func classify(in checkers.Input, f *checkers.Fragments, ops []int) finding {
	alone := f.Alone(ops)
	found := finding{anomaly: guarantee.NotLinearizable}
	switch in.Object.Name {
	case "register":
		if o, ok := (blocks{}).decide(alone, checkers.Considered(alone)); ok && o.found != nil {
			found = *o.found
		}
	case "queue":
		if o, ok := (fifo{}).decide(alone, checkers.Considered(alone)); ok && o.found != nil {
			found = *o.found
		}
	case "mutex":
		return classifyMutex(in, ops)
	case "counter":
		return classifyCounter(in, ops)
	case "bank":
		return classifyBank(in, ops)
	case "set", "board", "log":
		found = classifyCollection(in, alone.History.Operations)
	}
	if found.anomaly == guarantee.AbortedRead { // a fragment has failed operations that did not fail
		found.anomaly, found.parts = guarantee.ThinAirRead, found.parts[:1]
	}
	parts := make([]int, len(found.parts))
	for k, at := range found.parts {
		parts[k] = ops[at]
	}
	found.parts = parts
	if found.anomaly == guarantee.ThinAirRead && in.Object.Name == "queue" {
		abortedEnqueue(in, &found)
	} else if found.anomaly == guarantee.ThinAirRead {
		name(in, f, ops, &found)
	}
	return found
}

// name says where a value came from that is out of thin air as far as a few operations tell. If it was written before
// and overwritten since, the read is stale; if a write of it came later, it is a future read, and the write is added
// to the parts, unless that is itself a contradiction and explains nothing.
func name(in checkers.Input, f *checkers.Fragments, ops []int, found *finding) {
	reader := &in.History.Operations[found.parts[0]]
	v, ok := checkers.Observes(reader)
	if !ok || in.Object.Name != "register" {
		aborted(in, found)
		return
	}
	later := -1
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		w, writes := checkers.Writes(op)
		switch {
		case !writes || op.Key != reader.Key || !w.Equal(v) || !checkers.Matters(in, op):
		case reader.Precedes(op):
			if later < 0 {
				later = i
			}
		default:
			overwritten(in, ops, found)
			return
		}
	}
	if later >= 0 && !broken(f, []int{later}, trialSteps) {
		found.anomaly, found.parts = guarantee.FutureRead, append(found.parts, later)
		return
	}
	aborted(in, found)
}

// overwritten makes a read stale, with the last write in the witness that had returned before it.
func overwritten(in checkers.Input, ops []int, found *finding) {
	reader := &in.History.Operations[found.parts[0]]
	last := -1
	for _, i := range ops {
		op := &in.History.Operations[i]
		if _, writes := checkers.Writes(op); writes && op.Outcome == protocol.OK && op.Precedes(reader) {
			last = i
		}
	}
	if last >= 0 {
		found.anomaly, found.parts = guarantee.StaleRead, append(found.parts, last)
	}
}

// aborted makes a read out of thin air an aborted read if some write of the value failed.
func aborted(in checkers.Input, found *finding) {
	reader := &in.History.Operations[found.parts[0]]
	var values []protocol.Value
	if v, ok := checkers.Observes(reader); ok {
		values = append(values, v)
	}
	if list, ok := reader.Output.List(); ok && in.Object.Name != "register" {
		values = list
	}
	for _, v := range values {
		if w, ok := failedWriter(in, reader.Key, v); ok && !written(in, reader.Key, v) {
			found.anomaly, found.parts = guarantee.AbortedRead, append(found.parts, w)
			return
		}
	}
}

// written tells whether some operation that may have happened put the value there.
func written(in checkers.Input, key string, v protocol.Value) bool {
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		w, ok := checkers.Writes(op)
		if in.Object.Name != "register" {
			w, ok = checkers.Adds(op)
		}
		if ok && op.Key == key && w.Equal(v) && checkers.Matters(in, op) {
			return true
		}
	}
	return false
}

// classifyCollection finds the simplest contradiction between the reads of a set, a board or a log and its additions.
func classifyCollection(in checkers.Input, ops []history.Operation) finding {
	adders, again := map[string]int{}, map[string]bool{}
	for at := range ops {
		if v, ok := checkers.Adds(&ops[at]); ok && ops[at].Outcome != protocol.Fail {
			text := v.String()
			_, former := adders[text]
			again[text] = again[text] || former
			adders[text] = at
		}
	}
	doubles := checkers.NewDoubles(in)
	for r := range ops {
		if !isRead(in, &ops[r]) {
			continue
		}
		if v, twice := doubles.Of(&ops[r]); twice {
			return finding{anomaly: guarantee.Duplicated, parts: []int{r},
				sentence: fmt.Sprintf("%s, which shows %s more than once", checkers.Deed(&ops[r]), checkers.Brief(v))}
		}
		seen := contents(&ops[r])
		for _, text := range sortedKeys(seen) {
			adder, known := adders[text]
			if !known {
				return finding{anomaly: guarantee.ThinAirRead, parts: []int{r}}
			}
			if ops[r].Precedes(&ops[adder]) {
				return finding{anomaly: guarantee.FutureRead, parts: []int{r, adder}}
			}
		}
		for at := range ops {
			v, ok := checkers.Adds(&ops[at])
			if ok && ops[at].Outcome == protocol.OK && !seen[v.String()] && ops[at].Precedes(&ops[r]) {
				return finding{anomaly: guarantee.StaleRead, parts: []int{r, at}}
			}
		}
	}
	if found, ok := classifyOrder(in, ops, adders, again); ok {
		return found
	}
	return classifyReads(in, ops)
}

// classifyOrder finds two elements that a read of a log shows in the order that is not the one in which they were
// appended. It says nothing of elements that were appended again.
func classifyOrder(in checkers.Input, ops []history.Operation, adders map[string]int, again map[string]bool) (finding, bool) {
	if in.Object.Name != "log" {
		return finding{}, false
	}
	for r := range ops {
		list, _ := ops[r].Output.List()
		if !isRead(in, &ops[r]) {
			continue
		}
		for k := range len(list) - 1 {
			early, late := adders[list[k].String()], adders[list[k+1].String()]
			if again[list[k].String()] || again[list[k+1].String()] {
				continue
			}
			if ops[late].Precedes(&ops[early]) {
				return finding{anomaly: guarantee.DirtyOrder, parts: []int{r, early, late}, sentence: fmt.Sprintf("%s, though %s had returned before %s was called",
					checkers.Deed(&ops[r]), checkers.Noun(&ops[late]), checkers.Noun(&ops[early]))}, true
			}
		}
	}
	return finding{}, false
}

// classifyReads compares the reads of a set, a board or a log with one another.
func classifyReads(in checkers.Input, ops []history.Operation) finding {
	for r := range ops {
		for s := range ops {
			if r == s || !isRead(in, &ops[r]) || !isRead(in, &ops[s]) {
				continue
			}
			a, b := contents(&ops[r]), contents(&ops[s])
			switch {
			case in.Object.Name == "log" && crossed(&ops[r], &ops[s]):
				return finding{anomaly: guarantee.DirtyOrder, parts: []int{r, s}}
			case includes(b, a) || len(a) == 0:
			case ops[r].Precedes(&ops[s]):
				return finding{anomaly: guarantee.ReadInversion, parts: []int{s, r}}
			case !includes(a, b):
				return finding{anomaly: guarantee.DirtyOrder, parts: []int{r, s}}
			}
		}
	}
	return finding{anomaly: guarantee.NotLinearizable}
}

// crossed tells whether of two reads of a log none is the beginning of the other.
func crossed(o, p *history.Operation) bool {
	a, _ := o.Output.List()
	b, _ := p.Output.List()
	n := min(len(a), len(b))
	return !slices.EqualFunc(a[:n], b[:n], protocol.Value.Equal)
}

func isRead(in checkers.Input, op *history.Operation) bool {
	return in.Object.ReadOnly(op.F) && op.Outcome == protocol.OK
}

func contents(op *history.Operation) map[string]bool {
	list, _ := op.Output.List()
	out := make(map[string]bool, len(list))
	for _, v := range list {
		out[v.String()] = true
	}
	return out
}

func includes(large, small map[string]bool) bool {
	for text := range small {
		if !large[text] {
			return false
		}
	}
	return true
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for text := range m {
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}
