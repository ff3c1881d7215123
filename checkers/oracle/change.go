package oracle

import (
	"slices"

	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// spread is how far apart events are in times that Changed gives out, so that others fit in between.
const spread = 10

// Changed returns a history with other operations: change is given a copy of each, with the times of its call and its return,
// and tells whether it stays. Of two events there are nine times in between.
func Changed(h *history.History, change func(op *history.Operation, from, to *int) bool) *history.History {
	all := timedOperations(h)
	kept := all[:0]
	for i := range all {
		if t := all[i]; change(&t.Operation, &t.from, &t.to) {
			kept = append(kept, t)
		}
	}
	return like(h, kept)
}

// timedOperations returns the operations with times that have room between them.
func timedOperations(h *history.History) []timed {
	all := make([]timed, len(h.Operations))
	for i := range all {
		all[i] = timed{Operation: h.Operations[i], from: spread * h.Operations[i].Call, to: history.Pending}
		if all[i].Outcome != protocol.Info {
			all[i].to = spread * all[i].Return
		}
	}
	return all
}

// like makes a history of operations that begins as another does.
func like(h *history.History, all []timed) *history.History {
	out := assemble(all)
	out.Initial, out.Untimed = h.Initial, h.Untimed
	return out
}

// Mutation changes a correct history such that it is certainly wrong, and tells whether it could.
type Mutation func(r *prng.Rand, h *history.History) (*history.History, bool)

// chosen returns the history with one of the changes, if there are any.
func chosen(r *prng.Rand, changes []func() *history.History) (*history.History, bool) {
	if len(changes) == 0 {
		return nil, false
	}
	return prng.Pick(r, changes)(), true
}

// each collects the changes that two operations of one key allow.
func each(h *history.History, change func(i, k int, o, p *history.Operation) func() *history.History) []func() *history.History {
	var out []func() *history.History
	for i := range h.Operations {
		for k := range h.Operations {
			o, p := &h.Operations[i], &h.Operations[k]
			if i == k || o.Key != p.Key || o.Outcome != protocol.OK || p.Outcome != protocol.OK {
				continue
			}
			if c := change(i, k, o, p); c != nil {
				out = append(out, c)
			}
		}
	}
	return out
}

// OlderRead lets a read of a register find what had been overwritten before it was called, at least once.
func OlderRead(r *prng.Rand, h *history.History) (*history.History, bool) {
	return chosen(r, each(h, func(i, k int, read, newer *history.Operation) func() *history.History {
		if read.F != "read" || newer.F != "write" || !newer.Precedes(read) {
			return nil
		}
		for w := range h.Operations {
			if old := &h.Operations[w]; old.F == "write" && old.Key == read.Key && old.Outcome == protocol.OK && old.Precedes(newer) {
				return func() *history.History { return with(h, i, old.Input) }
			}
		}
		return nil
	}))
}

// BackwardsRead lets a process that has read what another process wrote read what that had written before it.
func BackwardsRead(r *prng.Rand, h *history.History) (*history.History, bool) {
	return chosen(r, each(h, func(i, k int, former, later *history.Operation) func() *history.History {
		if former.F != "read" || later.F != "read" || former.Process != later.Process || !former.Precedes(later) {
			return nil
		}
		at := writerOf(h, former)
		if at < 0 || h.Operations[at].Outcome != protocol.OK || h.Operations[at].Process == former.Process {
			return nil
		}
		newer := &h.Operations[at]
		for w := range h.Operations {
			old := &h.Operations[w]
			if old.F == "write" && old.Key == later.Key && old.Outcome == protocol.OK && old.Process == newer.Process && old.Precedes(newer) {
				return func() *history.History { return with(h, k, old.Input) }
			}
		}
		return nil
	}))
}

// ForgetfulRead lets a process that has read what was written read what was there at first.
func ForgetfulRead(r *prng.Rand, h *history.History) (*history.History, bool) {
	return chosen(r, each(h, func(_, k int, former, later *history.Operation) func() *history.History {
		if former.F != "read" || later.F != "read" || former.Process != later.Process || !former.Precedes(later) || writerOf(h, former) < 0 {
			return nil
		}
		return func() *history.History { return with(h, k, h.Initial) }
	}))
}

// EarlyRead lets a read find what is written only after it has returned.
func EarlyRead(r *prng.Rand, h *history.History) (*history.History, bool) {
	return chosen(r, each(h, func(i, _ int, read, write *history.Operation) func() *history.History {
		if read.F != "read" || write.F != "write" || !read.Precedes(write) {
			return nil
		}
		return func() *history.History { return with(h, i, write.Input) }
	}))
}

// ReadOfNothing lets a read of a register, or a dequeue, find what nobody ever wrote.
func ReadOfNothing(r *prng.Rand, h *history.History) (*history.History, bool) {
	var out []func() *history.History
	for i := range h.Operations {
		if op := &h.Operations[i]; (op.F == "read" || op.F == "dequeue") && op.Outcome == protocol.OK {
			out = append(out, func() *history.History { return with(h, i, protocol.Int(1<<40)) })
		}
	}
	return chosen(r, out)
}

// FailedWrite lets a write of which the value was read have failed.
func FailedWrite(r *prng.Rand, h *history.History) (*history.History, bool) {
	var out []func() *history.History
	for i := range h.Operations {
		read := &h.Operations[i]
		if read.F != "read" || read.Outcome != protocol.OK {
			continue
		}
		if w := writerOf(h, read); w >= 0 && h.Operations[w].Outcome == protocol.OK {
			out = append(out, func() *history.History {
				changed := with(h, w, h.Operations[w].Output)
				changed.Operations[w].Outcome = protocol.Fail
				return changed
			})
		}
	}
	return chosen(r, out)
}

// SecondDequeue lets two dequeues take the same out of a queue.
func SecondDequeue(r *prng.Rand, h *history.History) (*history.History, bool) {
	return chosen(r, each(h, func(i, _ int, one, other *history.Operation) func() *history.History {
		if one.F != "dequeue" || other.F != "dequeue" || one.Output.IsNull() || other.Output.IsNull() {
			return nil
		}
		return func() *history.History { return with(h, i, other.Output) }
	}))
}

// SwappedElements lets a read of a log show two neighbours in the wrong order, of which one had been appended before the other.
func SwappedElements(r *prng.Rand, h *history.History) (*history.History, bool) {
	appended := map[string]*history.Operation{}
	for i := range h.Operations {
		if op := &h.Operations[i]; op.F == "append" {
			appended[op.Key+op.Input.String()] = op
		}
	}
	var out []func() *history.History
	for i := range h.Operations {
		op := &h.Operations[i]
		list, _ := op.Output.List()
		for k := 1; k < len(list); k++ {
			if appended[op.Key+list[k-1].String()].Precedes(appended[op.Key+list[k].String()]) {
				out = append(out, func() *history.History {
					swapped := slices.Clone(list)
					swapped[k-1], swapped[k] = swapped[k], swapped[k-1]
					return with(h, i, protocol.List(swapped...))
				})
			}
		}
	}
	return chosen(r, out)
}

// MissingElement lets a read of a set or a log lack what had been added before it was called.
func MissingElement(r *prng.Rand, h *history.History) (*history.History, bool) {
	return chosen(r, each(h, func(i, _ int, read, add *history.Operation) func() *history.History {
		list, isList := read.Output.List()
		if !isList || read.F != "read" || add.F == "read" || !add.Precedes(read) {
			return nil
		}
		return func() *history.History {
			return with(h, i, protocol.List(slices.DeleteFunc(slices.Clone(list), add.Input.Equal)...))
		}
	}))
}

// LostIncrement lets a read of a counter answer less than the additions that had returned before it was called.
func LostIncrement(r *prng.Rand, h *history.History) (*history.History, bool) {
	return boundedRead(r, h, func(before, _ int64) int64 { return before - 1 })
}

// SecondIncrement lets a read of a counter answer more than all additions that can have happened, as if one had been executed again.
func SecondIncrement(r *prng.Rand, h *history.History) (*history.History, bool) {
	return boundedRead(r, h, func(_, all int64) int64 { return all + 1 })
}

// boundedRead gives a read of a counter an answer made of the sum of the additions that had returned before it, and of those that
// were called before it returned.
func boundedRead(r *prng.Rand, h *history.History, answer func(before, all int64) int64) (*history.History, bool) {
	var out []func() *history.History
	for i := range h.Operations {
		read := &h.Operations[i]
		if read.F != "read" || read.Outcome != protocol.OK {
			continue
		}
		before, all := int64(0), int64(0)
		for k := range h.Operations {
			add := &h.Operations[k]
			n, _ := add.Input.Int()
			if add.F != "add" || add.Key != read.Key || read.Precedes(add) {
				continue
			}
			all += n
			if add.Outcome == protocol.OK && add.Precedes(read) {
				before += n
			}
		}
		if before > 0 {
			out = append(out, func() *history.History { return with(h, i, protocol.Int(answer(before, all))) })
		}
	}
	return chosen(r, out)
}

// Skewed returns a history in which all that one process did is stamped earlier by so many events than it was.
func Skewed(h *history.History, process, by int) *history.History {
	return Changed(h, func(op *history.Operation, from, to *int) bool {
		if op.Process == process {
			*from -= spread * by
			if *to != history.Pending {
				*to -= spread * by
			}
		}
		return true
	})
}

// Joined returns the history with one more operation, called and returned at times as Changed gives them out.
func Joined(h *history.History, op history.Operation, from, to int) *history.History {
	return like(h, append(timedOperations(h), timed{Operation: op, from: from, to: to}))
}
