package oracle

import (
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// SmallQueues are the limits of queues that property tests go through: every shape that a contradiction of two values, or
// of a dequeue that found nothing and of two values, can have is among them.
func SmallQueues() []Limits {
	return []Limits{
		{Queue: true, Ops: 3, Processes: 3, Keys: 2, Outcomes: true},
		{Queue: true, Ops: 4, Processes: 3, Keys: 1, Outcomes: true},
		{Queue: true, Ops: 5, Processes: 2, Keys: 1},
	}
}

// RepeatingQueues are limits of queues into which values are put again and again, so that it is unclear which one was taken;
// values that nobody put there are taken as well.
func RepeatingQueues() []Limits {
	return []Limits{
		{Queue: true, Ops: 3, Processes: 3, Keys: 1, Values: 2, Outcomes: true},
		{Queue: true, Ops: 4, Processes: 2, Keys: 1, Values: 1, Outcomes: true},
		{Queue: true, Ops: 4, Processes: 2, Keys: 1, Values: 2},
	}
}

// SmallLogs are the limits of logs: of elements that are appended once each, and of elements that are so again and again.
func SmallLogs() []Limits {
	return []Limits{
		{Log: true, Ops: 3, Processes: 3, Keys: 2, Outcomes: true},
		{Log: true, Ops: 3, Processes: 3, Keys: 1, Values: 2, Outcomes: true},
		{Log: true, Ops: 4, Processes: 2, Keys: 1},
		{Log: true, Ops: 4, Processes: 2, Keys: 1, Values: 1, Outcomes: true},
	}
}

// ofQueue returns what an operation on a queue can be, but for what it dequeues.
func (e *enumeration) ofQueue(key string, returns bool, former []history.Operation) []history.Operation {
	out := e.updates("enqueue", key, returns, former)
	take := history.Operation{F: "dequeue", Key: key, Outcome: protocol.OK}
	if !returns {
		take.Outcome = protocol.Info
		return append(out, take)
	}
	out = append(out, take)
	if e.limits.Outcomes {
		take.Outcome = protocol.Fail
		take.Note(history.Notes{Error: protocol.Refused})
		out = append(out, take)
	}
	return out
}

// ofLog returns what an operation on a log can be, but for what it reads.
func (e *enumeration) ofLog(key string, returns bool, former []history.Operation) []history.Operation {
	out := e.updates("append", key, returns, former)
	if returns {
		out = append(out, history.Operation{F: "read", Key: key, Outcome: protocol.OK})
	}
	return out
}

// updates returns what an operation that adds a value at the end can be.
func (e *enumeration) updates(f, key string, returns bool, former []history.Operation) []history.Operation {
	var out []history.Operation
	for _, v := range e.values(key, former) {
		op := history.Operation{F: f, Key: key, Outcome: protocol.OK, Input: v}
		if !returns {
			op.Outcome = protocol.Info
		}
		out = append(out, op)
		if returns && e.limits.Outcomes {
			op.Outcome = protocol.Fail
			out = append(out, op)
		}
	}
	return out
}

// lists returns the lists that a read of a log can show: all that are no longer than there are appends to its key, one
// with an element twice that was appended once, and one with an element from nowhere.
func lists(key string, ops []history.Operation) []protocol.Value {
	var elements []protocol.Value
	known, appends := map[string]bool{}, 0
	for i := range ops {
		if ops[i].Key != key || ops[i].F != "append" {
			continue
		}
		appends++
		if text := ops[i].Input.String(); !known[text] {
			known[text] = true
			elements = append(elements, ops[i].Input)
		}
	}
	out, last := []protocol.Value{protocol.List(), protocol.Ints(99)}, [][]protocol.Value{nil}
	for range max(appends, min(2, appends+1)) {
		var longer [][]protocol.Value
		for _, list := range last {
			for _, v := range elements {
				all := append(list[:len(list):len(list)], v)
				longer = append(longer, all)
				out = append(out, protocol.List(all...))
			}
		}
		last = longer
	}
	return out
}
