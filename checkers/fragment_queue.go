package checkers

import (
	"slices"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// passes returns the value that an operation on a queue puts in or is known to have taken out, and whether there is one.
func passes(op *history.Operation) (protocol.Value, bool) {
	switch {
	case op.F == "enqueue":
		return op.Input, op.Outcome != protocol.Fail
	case op.F == "dequeue" && op.Outcome == protocol.OK:
		return op.Output, !op.Output.IsNull()
	}
	return protocol.Value{}, false
}

// queue weakens an operation on a queue. A queue stays one when all that is said of a value is left out, so a value is kept
// if all operations on it are there. A value that may have been left in the queue is kept besides only if no dequeue of
// unknown outcome was left out that may have taken it.
func (g *fragment) queue(at int) {
	op := &g.ops[at]
	v, passing := passes(op)
	if !passing {
		return
	}
	name := op.Key + " " + v.String()
	stays, known := g.stays[name]
	if !known {
		stays = g.complete(op.Key, v) && g.safe(op.Key, v)
		g.stays[name] = stays
	}
	if !stays {
		g.void(at)
	}
}

// safe tells whether no dequeue of unknown outcome that was left out can have taken a value.
func (g *fragment) safe(key string, v protocol.Value) bool {
	puts, takes, put := 0, 0, -1
	for _, i := range g.source(key, v) {
		if g.in.History.Operations[i].F == "enqueue" {
			puts, put = puts+1, i
		} else {
			takes++
		}
	}
	if puts <= takes {
		return true
	}
	var gone []*history.Operation // by when such a value must have been taken
	for _, i := range g.takers(key) {
		if g.chosen[i] {
			continue
		}
		if puts > 1 || takes > 0 {
			return false
		}
		if gone == nil {
			gone = g.goneBy(&g.in.History.Operations[put])
		}
		taker := &g.in.History.Operations[i]
		if !slices.ContainsFunc(gone, func(op *history.Operation) bool { return g.order.Before(op, taker) }) {
			return false
		}
	}
	return true
}

// takers returns the dequeues of unknown outcome under a key.
func (f *Fragments) takers(key string) []int {
	at := [2]string{key, "dequeues of unknown outcome"} // no value, for the text of that is JSON
	found, known := f.sources[at]
	if !known {
		for _, i := range f.updates[key] {
			if op := &f.in.History.Operations[i]; op.F == "dequeue" && Optional(op) {
				found = append(found, i)
			}
		}
		f.sources[at] = found
	}
	return found
}

// goneBy returns the dequeues of the fragment by which the value of an enqueue must have been taken: those of values that were
// enqueued after it, and those that found the queue empty after it was enqueued, or after one was dequeued that was enqueued
// together with it or later.
func (g *fragment) goneBy(put *history.Operation) []*history.Operation {
	var out []*history.Operation
	for _, i := range g.present {
		op := &g.in.History.Operations[i]
		if op.Key != put.Key || op.F != "dequeue" || op.Outcome != protocol.OK && !op.Refused() {
			continue
		}
		if v, some := passes(op); some && g.behind(put, op.Key, v) || !some && g.emptied(put, op) {
			out = append(out, op)
		}
	}
	return out
}

// behind tells whether whoever enqueued a value did so after put.
func (g *fragment) behind(put *history.Operation, key string, v protocol.Value) bool {
	for _, i := range g.source(key, v) {
		if op := &g.in.History.Operations[i]; op.F == "enqueue" && !g.order.Before(put, op) {
			return false
		}
	}
	return true
}

// emptied tells whether a dequeue that found the queue empty comes after put: because it was called later, or because a
// dequeue was that comes before it, as the value that it took had been enqueued before it or before such a dequeue.
func (g *fragment) emptied(put, empty *history.Operation) bool {
	before := []*history.Operation{empty}
	used := map[int]bool{}
	for changed := true; changed; {
		changed = false
		for _, op := range before {
			if g.order.Before(put, op) {
				return true
			}
		}
		for _, i := range g.present {
			take := &g.in.History.Operations[i]
			v, some := passes(take)
			if used[i] || !some || take.F != "dequeue" || take.Key != put.Key {
				continue
			}
			if g.ahead(take.Key, v, before) {
				used[i], changed = true, true
				before = append(before, take)
			}
		}
	}
	return false
}

// ahead tells whether every enqueue of a value comes before one of the operations.
func (g *fragment) ahead(key string, v protocol.Value, of []*history.Operation) bool {
	for _, i := range g.source(key, v) {
		op := &g.in.History.Operations[i]
		if op.F == "enqueue" && !slices.ContainsFunc(of, func(other *history.Operation) bool { return g.order.Before(op, other) }) {
			return false
		}
	}
	return true
}
