package checkers

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// ErrNoProof is returned by Certify for a verdict that carries nothing that could be rechecked.
var ErrNoProof = errors.New("the verdict carries no proof that can be rechecked")

// certifier rechecks the two kinds of verdicts of one guarantee; nil where such a verdict carries no proof.
type certifier struct {
	valid   func(Input, *Certificate) error
	invalid func(Input, *Witness) error
}

// certifiers is the one place that says how each guarantee's verdicts are rechecked.
func certifiers() map[guarantee.Name]certifier {
	all := map[guarantee.Name]certifier{
		guarantee.Linearizable: {valid: certifyLinearization, invalid: contradiction(InRealTime)},
		guarantee.Sequential:   {valid: certifySequence, invalid: contradiction(InProcess)},
	}
	maps.Copy(all, causalCertifiers())
	maps.Copy(all, finalCertifiers())
	maps.Copy(all, orderCertifiers())
	maps.Copy(all, groupCertifiers())
	maps.Copy(all, transactionCertifiers())
	return all
}

// Certify rechecks a verdict without the code that found it. It returns nil if the proof holds or if the verdict is
// Unknown, which claims nothing; ErrNoProof if there is none; and otherwise what is wrong with it.
func Certify(in Input, v Verdict) error {
	if v.Valid == Unknown {
		return nil
	}
	c := certifiers()[v.Guarantee]
	if v.Guarantee == guarantee.Causal && model.Transactional(in.Object.Name) {
		c = certifier{invalid: transactionWitness(v.Guarantee)}
	}
	switch {
	case v.Valid == Valid && v.Certificate != nil && c.valid != nil:
		return c.valid(in, v.Certificate)
	case v.Valid == Invalid && v.Witness != nil && c.invalid != nil:
		return c.invalid(in, v.Witness)
	}
	return ErrNoProof
}

// certifyLinearization replays one order for each key.
func certifyLinearization(in Input, c *Certificate) error {
	if err := complete(in, c.Orders); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, order := range c.Orders {
		if len(order) == 0 {
			continue
		}
		key := in.History.Operations[order[0]].Key
		if seen[key] {
			return fmt.Errorf("key %q has two orders", key)
		}
		seen[key] = true
		for _, i := range order {
			if got := in.History.Operations[i].Key; got != key {
				return fmt.Errorf("the order of key %q has an operation on %q", key, got)
			}
		}
		if err := replay(in, order, InRealTime); err != nil {
			return err
		}
	}
	return nil
}

// certifySequence replays the one order of all operations.
func certifySequence(in Input, c *Certificate) error {
	if len(c.Orders) != 1 {
		return fmt.Errorf("a sequence is one order, not %d", len(c.Orders))
	}
	if err := complete(in, c.Orders); err != nil {
		return err
	}
	return replay(in, c.Orders[0], InProcess)
}

// complete checks that the orders hold each operation that must have a place once, each that may have one at most
// once, and no other.
func complete(in Input, orders [][]int) error {
	const absent, required, optional, placed = 0, 1, 2, 3
	status := make([]uint8, len(in.History.Operations))
	for _, i := range Considered(in) {
		status[i] = required
		if Optional(&in.History.Operations[i]) {
			status[i] = optional
		}
	}
	for _, order := range orders {
		for _, i := range order {
			switch {
			case i < 0 || i >= len(status) || status[i] == absent:
				return fmt.Errorf("operation %d has no place in an order", i)
			case status[i] == placed:
				return fmt.Errorf("operation %d is there twice", i)
			}
			status[i] = placed
		}
	}
	if i := slices.Index(status, required); i >= 0 {
		return fmt.Errorf("operation %d is missing: %s", i, Describe(&in.History.Operations[i]))
	}
	return nil
}

// replay checks that the specification gives all answers when operations happen in this order, and that the order
// keeps real time, or the order of each process. An operation keeps its place if it had not returned before the
// latest call so far.
func replay(in Input, order []int, keep Order) error {
	states := map[string]model.State{}
	latest := map[int]int{} // by process, or under 0 for all: the latest call so far
	for _, i := range order {
		op := &in.History.Operations[i]
		state, ok := states[op.Key]
		if !ok {
			state = in.Object.Init(in.History.Initial)
		}
		next, possible := in.Object.Step(state, CallOf(op))
		if !possible {
			return fmt.Errorf("operation %d cannot happen in state %s: %s", i, state.Key(), Describe(op))
		}
		states[op.Key] = next
		group := 0
		if keep == InProcess {
			group = op.Process
		}
		if last, ok := latest[group]; ok && op.Return < last {
			return fmt.Errorf("operation %d comes too late, it had returned before another was called: %s", i, Describe(op))
		}
		latest[group] = max(latest[group], op.Call)
	}
	return nil
}

// contradiction rechecks a witness: its operations alone have no explanation, and its edges are what they claim.
func contradiction(order Order) func(Input, *Witness) error {
	return func(in Input, w *Witness) error {
		if err := wellFormed(in, w); err != nil {
			return err
		}
		fragments := NewFragments(in, order)
		alone := fragments.Alone(w.Operations)
		possible, err := explicable(alone, order)
		switch {
		case err != nil:
			return err
		case possible:
			return fmt.Errorf("the operations of the witness alone have an explanation")
		}
		members := w.Operations
		if slices.ContainsFunc(w.Edges, func(e Edge) bool { return slices.Contains(w.Context, e.From) || slices.Contains(w.Context, e.To) }) {
			members = w.Shown()
			alone = fragments.Alone(members)
		}
		return checkEdges(alone, w, members, order)
	}
}

func wellFormed(in Input, w *Witness) error {
	switch {
	case len(w.Operations) == 0:
		return errors.New("the witness has no operations")
	case w.Anomaly == "" || w.Sentence == "":
		return errors.New("the witness does not say what is wrong")
	case !slices.IsSorted(w.Operations):
		return errors.New("the operations of the witness are not in order")
	}
	shown := w.Shown()
	for k, i := range shown {
		if i < 0 || i >= len(in.History.Operations) {
			return fmt.Errorf("there is no operation %d", i)
		}
		if k > 0 && i == shown[k-1] {
			return fmt.Errorf("the witness has operation %d twice", i)
		}
	}
	return nil
}

// edgeChecker rechecks edges in turn; each may rest on those before it.
type edgeChecker struct {
	alone   []history.Operation // what the witness may claim of its operations
	initial protocol.Value
	members []int
	order   Order
	edges   []Edge // already checked
}

// op returns a member of the witness.
func (c *edgeChecker) op(position int) *history.Operation {
	return &c.alone[slices.Index(c.members, position)]
}

// checkEdges checks that each edge is what it says, and that the edges, if there are any, close a cycle.
func checkEdges(alone Input, w *Witness, members []int, order Order) error {
	c := &edgeChecker{alone: alone.History.Operations, initial: alone.History.Initial, members: members, order: order}
	for _, e := range w.Edges {
		if !slices.Contains(c.members, e.From) || !slices.Contains(c.members, e.To) {
			return fmt.Errorf("the edge %d → %d leaves the witness", e.From, e.To)
		}
		if !c.holds(e) {
			return fmt.Errorf("the edge %d → %d is no %s", e.From, e.To, e.Relation)
		}
		c.edges = append(c.edges, e)
	}
	if len(w.Edges) > 0 && !slices.ContainsFunc(w.Edges, func(e Edge) bool { return c.leads(e.To, e.From) }) {
		return errors.New("the edges of the witness close no cycle")
	}
	return nil
}

func (c *edgeChecker) holds(e Edge) bool {
	from, to := c.op(e.From), c.op(e.To)
	written, writes := Writes(from)
	observed, observes := Observes(to)
	switch e.Relation {
	case ProcessOrder:
		return from.Process == to.Process && from.Precedes(to)
	case RealTime:
		return c.order == InRealTime && from.Precedes(to)
	case ReadsFrom:
		return from.Key == to.Key && writes && observes && written.Equal(observed) && c.onlySource(e.From, e.To, to.Key, observed)
	case ReadWrite:
		return c.overwrites(e)
	case WriteWrite:
		return c.overtaken(e)
	}
	return false
}

// onlySource tells whether nothing in the witness but the writer may have put the value there that the observer met. A cas of a
// value by the same has not met its own.
func (c *edgeChecker) onlySource(writer, observer int, key string, v protocol.Value) bool {
	return writer != observer && !c.initial.Equal(v) && !slices.ContainsFunc(c.members, func(i int) bool {
		written, writes := Writes(c.op(i))
		return i != writer && i != observer && writes && c.op(i).Key == key && written.Equal(v)
	})
}

// happened tells whether an operation took effect: it was answered, or nothing else in the witness can have put there
// what one met that took effect.
func (c *edgeChecker) happened(i int) bool {
	for range c.members { // a chain of such operations is no longer than that
		if !Optional(c.op(i)) {
			return true
		}
		at := -1 // who met it, somebody who was answered if possible
		written, writes := Writes(c.op(i))
		for k, r := range c.members {
			observed, observes := Observes(c.op(r))
			met := r != i && observes && writes && c.op(r).Key == c.op(i).Key && written.Equal(observed)
			if met && (at < 0 || !Optional(c.op(r))) {
				at = k
			}
		}
		if at < 0 || !c.onlySource(i, c.members[at], c.op(i).Key, written) {
			return false
		}
		i = c.members[at]
	}
	return false
}

// overwrites checks r → v: both on one key, and v is later than what r read, or r read the initial value.
func (c *edgeChecker) overwrites(e Edge) bool {
	from, to := c.op(e.From), c.op(e.To)
	observed, observes := Observes(from)
	_, writes := Writes(to)
	if !observes || !writes || from.Key != to.Key || e.From == e.To || !c.happened(e.From) || !c.happened(e.To) {
		return false
	}
	if c.onlyInitial(e.From, from.Key, observed) {
		return true
	}
	return slices.ContainsFunc(c.members, func(w int) bool {
		written, ok := Writes(c.op(w))
		return ok && w != e.To && c.op(w).Key == from.Key && written.Equal(observed) &&
			c.onlySource(w, e.From, from.Key, observed) && c.leads(w, e.To)
	})
}

func (c *edgeChecker) onlyInitial(observer int, key string, v protocol.Value) bool {
	return c.initial.Equal(v) && !slices.ContainsFunc(c.members, func(i int) bool {
		written, writes := Writes(c.op(i))
		return i != observer && writes && c.op(i).Key == key && written.Equal(v)
	})
}

// overtaken checks v → w: both write one key, and v is before an operation that met what w wrote.
func (c *edgeChecker) overtaken(e Edge) bool {
	from, to := c.op(e.From), c.op(e.To)
	_, writes := Writes(from)
	written, ok := Writes(to)
	if !writes || !ok || from.Key != to.Key || !c.happened(e.From) {
		return false
	}
	return slices.ContainsFunc(c.members, func(r int) bool {
		reader := c.op(r)
		observed, observes := Observes(reader)
		return observes && c.happened(r) && r != e.From && reader.Key == to.Key && observed.Equal(written) &&
			c.onlySource(e.To, r, to.Key, written) && c.leads(e.From, r)
	})
}

// leads tells whether checked edges lead from one operation to another.
func (c *edgeChecker) leads(from, to int) bool {
	reached := map[int]bool{from: true}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, e := range c.edges {
			if e.From == queue[0] && !reached[e.To] {
				reached[e.To] = true
				queue = append(queue, e.To)
			}
		}
	}
	return false
}
