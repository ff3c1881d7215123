package linearizable

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/harness/history"
)

func (o outcome) undecided() bool { return o.valid == checkers.Unknown }

// givenUp returns the verdict if no key is invalid and some are undecided: of each how far it was proven, and the smallest
// stretch that was not. The reason tells of the first.
func givenUp(in checkers.Input, keys []checkers.KeyOperations, outcomes []outcome) checkers.Verdict {
	first := slices.IndexFunc(outcomes, outcome.undecided)
	o, all := outcomes[first], keys[first].Operations
	var out []checkers.Undecided
	var reason strings.Builder
	fmt.Fprintf(&reason, "key %q: %s; at most %d of its %d operations were put in order", checkers.Cut(keys[first].Key), o.reason, o.placed, len(all))
	for k := first; k < len(keys); k++ {
		if !outcomes[k].undecided() || outcomes[k].engine == "" {
			continue
		}
		u, some := reach(in.History, keys[k], outcomes[k].until)
		if !some {
			continue
		}
		out = append(out, u)
		if k == first {
			fmt.Fprintf(&reason, "; %s", u)
		}
	}
	if more := count(outcomes[first+1:]); more > 0 {
		fmt.Fprintf(&reason, "; of %d keys %d more are undecided", len(keys), more)
	}
	v := unknown(reason.String(), o.engine, steps(outcomes))
	v.Undecided = out
	return v
}

func count(outcomes []outcome) int {
	n := 0
	for _, o := range outcomes {
		if o.undecided() {
			n++
		}
	}
	return n
}

// reach describes a key of which it is known that all that returned before the event until can be put in order. It returns
// false if the key has no operation that must have happened.
func reach(h *history.History, key checkers.KeyOperations, until int) (checkers.Undecided, bool) {
	var must []int
	for _, i := range key.Operations {
		if !checkers.Optional(&h.Operations[i]) {
			must = append(must, i)
		}
	}
	if len(must) == 0 {
		return checkers.Undecided{}, false
	}
	u := checkers.Undecided{Key: key.Key, Operations: len(key.Operations)}
	first, last := returns(h, must)
	until = min(max(until, first), last)
	proven := 0
	for _, i := range must {
		if h.Operations[i].Return < until {
			proven++
		}
	}
	u.Proven = checkers.StretchOf(h, h.Operations[key.Operations[0]].Call, until-1, proven)
	from, to := window(h, must, until)
	within := 0
	for _, i := range key.Operations {
		if call := h.Operations[i].Call; from <= call && call <= to {
			within++
		}
	}
	u.Window = checkers.StretchOf(h, from, to, within)
	return u, true
}

// returns returns the first and the last event by which one of the operations returned.
func returns(h *history.History, ops []int) (first, last int) {
	first = history.Pending
	for _, i := range ops {
		first, last = min(first, h.Operations[i].Return), max(last, h.Operations[i].Return)
	}
	return first, last
}

// window returns the first and the last event of the stretch around an event between two moments at which none of the
// operations is open. They stand in the order of their calls.
func window(h *history.History, ops []int, around int) (from, to int) {
	from, to = h.Operations[ops[0]].Call, -1
	for _, i := range ops {
		op := &h.Operations[i]
		if to >= 0 && op.Call > to {
			if to >= around {
				break
			}
			from = op.Call
		}
		to = max(to, op.Return)
	}
	return from, to
}
