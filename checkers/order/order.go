// Package order judges in which order multicast messages were delivered, by the facts that nodes tell of their own
// messages and deliveries: FIFO order, causal order, and total order, whether one order of all messages contains the
// order of every node.
//
// The package must not know which system a history comes from, nor what the messages say. Whether a message was
// delivered everywhere, or once, is not its business.
package order

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// Checkers returns the checkers of causal, FIFO and total order.
func Checkers() []checkers.Checker {
	return []checkers.Checker{
		{Guarantee: guarantee.CausalOrder, Check: causal},
		{Guarantee: guarantee.FIFOOrder, Check: fifo},
		{Guarantee: guarantee.TotalOrder, Check: total},
	}
}

// total puts all messages in one order, if there is one. It is not enough that any two nodes agree on any two messages:
// three nodes that deliver a b, b c and c a do, and yet no order is all of theirs.
func total(in checkers.Input) checkers.Verdict {
	g := newGraph(in.History.Facts)
	v := checkers.Verdict{Engine: "topological order", Steps: int64(g.deliveries)}
	if g.deliveries == 0 {
		v.Reason = "there are no facts of deliveries"
		return v
	}
	if sorted, stuck := g.sort(); stuck < 0 {
		v.Valid = checkers.Valid
		v.Reason = fmt.Sprintf("one order of %d messages contains the orders of %d nodes", len(g.messages), len(g.nodes))
		v.Certificate = &checkers.Certificate{Deliveries: sorted}
	} else {
		v.Valid, v.Witness = checkers.Invalid, g.witness(g.cycle(stuck))
		v.Reason = v.Witness.Sentence
	}
	return v
}
