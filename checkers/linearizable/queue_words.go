package linearizable

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

func (q *queueKey) flaw(anomaly guarantee.Anomaly, ops []int32, format string, args ...any) *queueFlaw {
	parts := make([]int, len(ops))
	for k, i := range ops {
		parts[k] = int(i)
	}
	suspect := slices.Compact(slices.Sorted(slices.Values(parts)))
	return &queueFlaw{finding{anomaly: anomaly, parts: parts, sentence: fmt.Sprintf(format, args...)}, suspect}
}

func (q *queueKey) noun(i int32) string { return checkers.Noun(q.op(i)) }
func (q *queueKey) deed(i int32) string { return checkers.Deed(q.op(i)) }

func (q *queueKey) thinAir(v *element) *queueFlaw {
	return q.flaw(guarantee.ThinAirRead, []int32{v.take}, "%s, which nobody enqueued", q.deed(v.take))
}

// abortedEnqueue says of a value that nobody enqueued that somebody tried to, if so.
func abortedEnqueue(in checkers.Input, found *finding) {
	take := &in.History.Operations[found.parts[0]]
	if i, ok := failedWriter(in, take.Key, take.Output); ok {
		found.anomaly, found.parts = guarantee.AbortedRead, append(found.parts, i)
		found.sentence = fmt.Sprintf("%s though %s had failed", checkers.Deed(take), checkers.Noun(&in.History.Operations[i]))
	}
}

func (q *queueKey) future(v *element) *queueFlaw {
	return q.flaw(guarantee.FutureRead, []int32{v.take, v.put}, "%s and returned before %s was called", q.deed(v.take), q.noun(v.put))
}

func (q *queueKey) twice(v *element) *queueFlaw {
	return q.flaw(guarantee.Duplicated, []int32{v.take, v.again, v.put}, "%s and %s both took what was enqueued once", q.noun(v.take), q.noun(v.again))
}

// overtaken says that a value which was enqueued before another left after it, or not at all.
func (q *queueKey) overtaken(a, b *element) *queueFlaw {
	if a.take < 0 {
		return q.flaw(guarantee.Lost, []int32{a.put, b.put, b.take}, "%s is lost: nobody dequeued it, but %s, whose enqueue was called after it had returned",
			q.noun(a.put), q.deed(b.take))
	}
	return q.flaw(guarantee.Overtaken, []int32{a.put, b.put, b.take, a.take}, "%s and returned before %s was called, though %s had returned before %s was called",
		q.deed(b.take), q.noun(a.take), q.noun(a.put), q.noun(b.put))
}

// notEmpty says that a dequeue cannot have found the queue empty.
func (q *queueKey) notEmpty(e *emptiness, waiting bool) *queueFlaw {
	parts := []int32{e.op}
	var shown []string
	for _, id := range q.cover(e, waiting) {
		v := &q.values[id]
		if shown = append(shown, checkers.Brief(q.op(v.put).Input)); v.take < 0 {
			parts = append(parts, v.put)
		} else {
			parts = append(parts, v.put, v.take)
		}
	}
	if len(shown) == 1 {
		return q.flaw(guarantee.NotEmpty, parts, "%s though %s was there all the while", q.deed(e.op), shown[0])
	}
	const most = 5
	list := strings.Join(shown[:min(most, len(shown))], ", ")
	if len(shown) > most {
		list = fmt.Sprintf("%s and %d more", list, len(shown)-most)
	}
	return q.flaw(guarantee.NotEmpty, parts, "%s though at each moment meanwhile one of %s was there", q.deed(e.op), list)
}

// tooFew says that more values must have been dequeued than dequeues of unknown outcome can have taken.
func (q *queueKey) tooFew(all []due, takers []taker) *queueFlaw {
	last := &all[len(all)-1] // the one that is a value too many
	parts := []int32{q.values[last.id].put, last.shown}
	for _, d := range all {
		parts = append(append(parts, q.values[d.id].put, d.shown), d.reason...)
	}
	for _, t := range takers {
		parts = append(parts, t.op)
	}
	slices.Sort(parts[2:])
	parts = append(parts[:2:2], slices.Compact(parts[2:])...)
	if len(takers) == 0 {
		return q.flaw(guarantee.Lost, parts, "%s is lost: nobody can have dequeued it by when %s", q.noun(parts[0]), q.deed(last.shown))
	}
	return q.flaw(guarantee.Lost, parts, "%s is lost: %d values must have been dequeued by when %s, and only %d of unknown outcome can have done that",
		q.noun(parts[0]), len(all), q.deed(last.shown), len(takers))
}
