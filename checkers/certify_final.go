package checkers

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunder/checkers/guarantee"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// finalCertifiers say how verdicts on the end of a run are rechecked.
func finalCertifiers() map[guarantee.Name]certifier {
	return map[guarantee.Name]certifier{
		guarantee.Convergence:  {invalid: certifyDiverged},
		guarantee.Durability:   {invalid: certifyDurability},
		guarantee.ExactlyOnce:  {invalid: certifyDuplicated},
		guarantee.Conservation: {invalid: certifyNotConserved},
		guarantee.Available:    {invalid: certifyUnanswered},

		guarantee.AlwaysAvailable: {invalid: certifyNotAlways},
	}
}

// isFinalRead tells whether the operation is the last answer of a replica on its key in the final phase.
func isFinalRead(in Input, i int) bool {
	h := in.History
	counts := func(op *history.Operation) bool {
		return h.In(op.Call) == history.Final && op.F == "read" && op.Outcome == protocol.OK && op.Via() != ""
	}
	op := &h.Operations[i]
	if !counts(op) {
		return false
	}
	for j := i + 1; j < len(h.Operations); j++ {
		if later := &h.Operations[j]; later.Key == op.Key && later.Via() == op.Via() && counts(later) {
			return false
		}
	}
	return true
}

func certifyDiverged(in Input, w *Witness) error {
	if err := wellFormed(in, w); err != nil {
		return err
	}
	if len(w.Operations) != 2 || !isFinalRead(in, w.Operations[0]) || !isFinalRead(in, w.Operations[1]) {
		return errors.New("the witness is not of two final reads")
	}
	a, b := &in.History.Operations[w.Operations[0]], &in.History.Operations[w.Operations[1]]
	if a.Via() == b.Via() || a.Key != b.Key {
		return errors.New("the final reads are not of one key from two replicas")
	}
	x, y := a.Output, b.Output
	if in.Object.Name == "set" || in.Object.Name == "board" {
		x, y = inOrder(x), inOrder(y)
	}
	if x.Equal(y) {
		return errors.New("both replicas answered the same")
	}
	return nil
}

// inOrder returns a list with its elements sorted.
func inOrder(v protocol.Value) protocol.Value {
	list, _ := v.List()
	return protocol.List(slices.SortedFunc(slices.Values(list), protocol.Value.Compare)...)
}

func certifyDurability(in Input, w *Witness) error {
	if err := wellFormed(in, w); err != nil {
		return err
	}
	i := slices.IndexFunc(w.Operations, func(i int) bool { return isFinalRead(in, i) })
	if i < 0 {
		return errors.New("no final read is in the witness")
	}
	read := &in.History.Operations[w.Operations[i]]
	switch {
	case w.Anomaly == guarantee.Phantom:
		for _, v := range answered(in, read) {
			if len(writersOf(in, read.Key, v)) == 0 {
				return nil
			}
		}
		return errors.New("someone added all that is shown")
	case w.Anomaly != guarantee.Lost:
		return fmt.Errorf("%s does not break durability", w.Anomaly)
	case in.Object.Name == "counter":
		return certifyLostSum(in, read)
	}
	for _, i := range w.Operations {
		op := &in.History.Operations[i]
		v, adds := Adds(op)
		if adds && op.Outcome == protocol.OK && op.Key == read.Key && op.Precedes(read) && !DestroyedAfter(in, op) && !slices.ContainsFunc(answered(in, read), v.Equal) {
			return nil
		}
	}
	return errors.New("nothing in the witness is lost")
}

// certifyLostSum checks that a counter shows less than what was added for sure, and nothing was taken away.
func certifyLostSum(in Input, read *history.Operation) error {
	sum := int64(0)
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		n, ok := op.Input.Int()
		if op.F != "add" || op.Key != read.Key || op.Outcome == protocol.Fail || !ok {
			continue
		}
		if n < 0 {
			return errors.New("something was taken away")
		}
		if op.Outcome == protocol.OK && op.Precedes(read) {
			sum += n
		}
	}
	if got, ok := read.Output.Int(); !ok || got >= sum {
		return fmt.Errorf("the counter shows %s, and no more than %d was surely added", read.Output, sum)
	}
	return nil
}

func certifyDuplicated(in Input, w *Witness) error {
	if err := wellFormed(in, w); err != nil {
		return err
	}
	for _, i := range w.Operations {
		read := &in.History.Operations[i]
		if read.F != "read" || read.Outcome != protocol.OK {
			continue
		}
		if n, ok := read.Output.Int(); ok && in.Object.Name == "counter" && n > possibleSum(in, read) {
			return nil
		}
		list, _ := read.Output.List()
		for _, v := range list {
			if n := times(list, v); n > 1 && n > appended(in, read.Key, v) {
				return nil
			}
		}
	}
	return errors.New("nothing in the witness took effect twice")
}

// times returns how often a value is in a list.
func times(list []protocol.Value, v protocol.Value) int {
	n := 0
	for _, other := range list {
		if other.Equal(v) {
			n++
		}
	}
	return n
}

// appended returns how many appends or multicasts of a value did not fail; a set and a board have none.
func appended(in Input, key string, v protocol.Value) int {
	n := 0
	for i := range in.History.Operations {
		if op := &in.History.Operations[i]; (op.F == "append" || op.F == "multicast") && op.Key == key && op.Outcome != protocol.Fail && op.Input.Equal(v) {
			n++
		}
	}
	return n
}

// possibleSum is the sum of all that may have been added before a read returned.
func possibleSum(in Input, read *history.Operation) int64 {
	sum := int64(0)
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if n, ok := op.Input.Int(); ok && op.F == "add" && op.Key == read.Key && op.Outcome != protocol.Fail && op.Call < read.Return {
			sum += max(n, 0)
		}
	}
	return sum
}

func certifyUnanswered(in Input, w *Witness) error {
	if err := wellFormed(in, w); err != nil {
		return err
	}
	op := &in.History.Operations[w.Operations[0]]
	if w.Anomaly == guarantee.Late {
		return certifyLate(in.History, op)
	}
	if in.History.In(op.Call) != history.Final || op.Outcome == protocol.OK {
		return fmt.Errorf("this was answered, or not asked for when all was healed: %s", Describe(op))
	}
	return nil
}

func certifyNotAlways(in Input, w *Witness) error {
	if err := wellFormed(in, w); err != nil {
		return err
	}
	op := &in.History.Operations[w.Operations[0]]
	if op.Outcome == protocol.OK || op.Refused() {
		return fmt.Errorf("this was answered: %s", Describe(op))
	}
	return nil
}

// certifyLate looks for a time at which the last fault in force ended, such that for two seconds no other began, the
// operation was asked for by the first of them and not yet answered when they began, and nothing ended ok.
func certifyLate(h *history.History, op *history.Operation) error {
	const bound = 2 * time.Second
	force, answered := 0, h.Len()
	for i := h.Len() - 1; i > op.Call; i-- {
		if h.Event(i).Process == op.Process {
			answered = i // its process does nothing else before
		}
	}
	for i, fault := range h.Events() {
		began, ended := faultEvent(&fault)
		force += began - ended
		from := fault.Time
		if ended == 0 || force > 0 || op.CallTime > from+bound/2 || answered < i {
			continue
		}
		quiet, lasted := true, false
		for j := i + 1; j < h.Len() && quiet; j++ {
			e := h.Event(j)
			if lasted = e.Time > from+bound; lasted {
				break
			}
			began, _ := faultEvent(&e)
			quiet = began == 0 && (e.Process == history.Nemesis || e.Type != history.OK)
		}
		if quiet && lasted {
			return nil
		}
	}
	return fmt.Errorf("something ended ok in time whenever all was healed: %s", Describe(op))
}

// faultEvent tells whether an event is the beginning or the end of a fault: 1, 0 or 0, 1.
func faultEvent(e *history.Event) (began, ended int) {
	var detail struct {
		State string `json:"state"`
	}
	if e.Process != history.Nemesis || e.F == "phase" || json.Unmarshal(e.Detail, &detail) != nil {
		return 0, 0
	}
	switch detail.State {
	case "begun":
		return 1, 0
	case "ended":
		return 0, 1
	}
	return 0, 0
}
