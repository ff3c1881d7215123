package linearizable

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// classifyCounter names the anomaly of a witness on a counter, by what each read must and what it may have counted
// in the whole history, and by reads that follow one another. Of additions of both signs it can say nothing simple.
func classifyCounter(in checkers.Input, ops []int) finding {
	additions, ok := additionsTo(in, in.History.Operations[ops[0]].Key)
	var reads []int
	for _, i := range ops {
		if _, isInt := in.History.Operations[i].Output.Int(); isInt && isRead(in, &in.History.Operations[i]) {
			reads = append(reads, i)
		}
	}
	for _, i := range reads {
		if found := outOfBounds(&in.History.Operations[i], additions); ok && found != nil {
			found.parts = []int{i}
			return *found
		}
	}
	for _, i := range reads {
		for _, j := range reads {
			o, p := &in.History.Operations[i], &in.History.Operations[j]
			older, _ := o.Output.Int()
			newer, _ := p.Output.Int()
			if ok && o.Precedes(p) && newer < older {
				return finding{anomaly: guarantee.ReadInversion, parts: []int{j, i}}
			}
		}
	}
	return finding{anomaly: guarantee.NotLinearizable}
}

// additionsTo returns all additions to a counter, and whether none is negative.
func additionsTo(in checkers.Input, key string) ([]*history.Operation, bool) {
	var out []*history.Operation
	for _, i := range checkers.Considered(in) {
		op := &in.History.Operations[i]
		if op.Key != key || op.F != "add" || op.Refused() {
			continue
		}
		if n, _ := op.Input.Int(); n < 0 {
			return nil, false
		}
		out = append(out, op)
	}
	return out, true
}

// outOfBounds compares a sum with the additions that had returned before its read began, those that had been called
// before it returned, and all.
func outOfBounds(read *history.Operation, additions []*history.Operation) *finding {
	var before, begun, all int64
	for _, add := range additions {
		n, _ := add.Input.Int()
		all += n
		if !read.Precedes(add) {
			begun += n
		}
		if add.Outcome == protocol.OK && add.Precedes(read) {
			before += n
		}
	}
	sum, _ := read.Output.Int()
	switch {
	case sum < before:
		return &finding{anomaly: guarantee.StaleRead,
			sentence: fmt.Sprintf("%s after additions of %d in all had returned", checkers.Deed(read), before)}
	case sum <= begun:
		return nil
	case sum <= all:
		return &finding{anomaly: guarantee.FutureRead,
			sentence: fmt.Sprintf("%s when additions of only %d in all had been called", checkers.Deed(read), begun)}
	}
	return &finding{anomaly: guarantee.ThinAirRead,
		sentence: fmt.Sprintf("%s, and all additions together make %d", checkers.Deed(read), all)}
}
