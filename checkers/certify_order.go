package checkers

import (
	"errors"
	"fmt"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// orderCertifiers say how verdicts on the order of deliveries are rechecked.
func orderCertifiers() map[guarantee.Name]certifier {
	return map[guarantee.Name]certifier{
		guarantee.TotalOrder: {valid: certifyOneOrder, invalid: certifyCyclicDelivery},
	}
}

// deliveryAt is a message at a node.
type deliveryAt struct {
	node protocol.NodeID
	id   protocol.MessageID
}

// firstDeliveries returns the position of the fact of each message's first delivery at each node.
func firstDeliveries(facts []protocol.Noted) map[deliveryAt]int {
	first := map[deliveryAt]int{}
	for i := range facts {
		if d, ok := facts[i].Fact.(protocol.Delivered); ok {
			at := deliveryAt{facts[i].Node, d.ID}
			if _, again := first[at]; !again {
				first[at] = i
			}
		}
	}
	return first
}

// certifyOneOrder checks that the order has each message once, and that the deliveries of no node run against it.
func certifyOneOrder(in Input, c *Certificate) error {
	facts, rank := in.History.Facts, map[protocol.MessageID]int{}
	for at, i := range c.Deliveries {
		if i < 0 || i >= len(facts) {
			return fmt.Errorf("there is no fact %d", i)
		}
		d, ok := facts[i].Fact.(protocol.Delivered)
		if !ok {
			return fmt.Errorf("fact %d is no delivery", i)
		}
		if _, twice := rank[d.ID]; twice {
			return fmt.Errorf("the message of fact %d is in the order twice", i)
		}
		rank[d.ID] = at
	}
	first, last := firstDeliveries(facts), map[protocol.NodeID]int{}
	for i := range facts {
		d, ok := facts[i].Fact.(protocol.Delivered)
		if !ok || first[deliveryAt{facts[i].Node, d.ID}] != i {
			continue
		}
		at, known := rank[d.ID]
		if !known {
			return fmt.Errorf("the message of fact %d is not in the order", i)
		}
		if before, some := last[facts[i].Node]; some && at < before {
			return fmt.Errorf("fact %d is against the order", i)
		}
		last[facts[i].Node] = at
	}
	return nil
}

// certifyCyclicDelivery checks that the facts are pairs, each of two first deliveries at one node, one before the other;
// and that each pair begins with the message that the pair before it ends with, the first with that of the last.
func certifyCyclicDelivery(in Input, w *Witness) error {
	facts, first := in.History.Facts, firstDeliveries(in.History.Facts)
	if w.Anomaly != guarantee.CyclicDelivery || w.Sentence == "" || len(w.Facts) < 4 || len(w.Facts)%2 != 0 {
		return errors.New("the witness is not of pairs of deliveries")
	}
	id := func(at int) (protocol.MessageID, bool) {
		i := w.Facts[at%len(w.Facts)]
		if i < 0 || i >= len(facts) {
			return protocol.MessageID{}, false
		}
		d, ok := facts[i].Fact.(protocol.Delivered)
		return d.ID, ok && first[deliveryAt{facts[i].Node, d.ID}] == i
	}
	for at := 0; at < len(w.Facts); at += 2 {
		_, one := id(at)
		to, two := id(at + 1)
		next, three := id(at + 2)
		switch i, j := w.Facts[at], w.Facts[at+1]; {
		case !one || !two || !three:
			return fmt.Errorf("facts %d and %d are not first deliveries", i, j)
		case i >= j || facts[i].Node != facts[j].Node:
			return fmt.Errorf("facts %d and %d are not one after the other at one node", i, j)
		case to != next:
			return fmt.Errorf("the pair behind facts %d and %d begins with another message", i, j)
		}
	}
	return nil
}
