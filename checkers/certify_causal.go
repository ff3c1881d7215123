package checkers

import (
	"errors"
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// causalCertifiers say how verdicts on causality and sessions are rechecked: all that a witness claims is derived
// again from the history, the contradiction is looked for among its operations by the definition, and a few
// operations are tried in every order.
func causalCertifiers() map[guarantee.Name]certifier {
	out := map[guarantee.Name]certifier{
		guarantee.CausalWeak:       {invalid: certifyCausal((*proof).weak)},
		guarantee.Causal:           {invalid: certifyCausal((*proof).memory)},
		guarantee.CausalConvergent: {invalid: certifyCausal((*proof).convergent)},
	}
	for name, set := range sessionSets() {
		out[name] = certifier{invalid: certifySessions(set)}
	}
	return out
}

// proof is what may be said of the operations of a witness. Node 2k is the reading half of its k-th operation, node
// 2k+1 the writing half.
type proof struct {
	in       Input
	members  []int
	messages bool
	sources  [][]int  // of each operation: the members that it read from
	base     [][]bool // sessions, reads-from and messages, closed
	edges    [][]bool // the same, not closed
}

func certifyCausal(broken func(*proof, guarantee.Anomaly) error) func(Input, *Witness) error {
	return func(in Input, w *Witness) error {
		if err := wellFormed(in, w); err != nil {
			return err
		}
		switch w.Anomaly {
		case guarantee.ThinAirRead, guarantee.AbortedRead:
			return strange(in, w)
		case guarantee.Duplicated:
			return doubled(in, w)
		}
		p, err := newProof(in, w.Operations, true)
		if err != nil {
			return err
		}
		if err := broken(p, w.Anomaly); err != nil {
			return err
		}
		return p.checkEdges(w.Edges)
	}
}

// newProof derives what comes before what among some operations.
func newProof(in Input, members []int, messages bool) (*proof, error) {
	p := &proof{in: in, members: members, messages: messages, sources: make([][]int, len(members))}
	for k := range members {
		if !happened(in, members[k], len(members)) {
			return nil, fmt.Errorf("it is not certain that this happened: %s", Describe(p.op(k)))
		}
	}
	for k := range members {
		for s := range members {
			if p.readFrom(k, s) {
				p.sources[k] = append(p.sources[k], s)
			}
		}
	}
	p.edges = relation(2 * len(members))
	for a := range members {
		p.edges[2*a][2*a+1] = true
		for b := range members {
			o, q := p.op(a), p.op(b)
			follows := o.Process == q.Process && members[a] < members[b]
			if follows || slices.Contains(p.sources[b], a) || messages && told(in, members[a], members[b]) {
				p.edges[2*a+1][2*b] = true
			}
		}
	}
	p.base = closed(p.edges)
	return p, nil
}

func relation(n int) [][]bool {
	out := make([][]bool, n)
	for i := range out {
		out[i] = make([]bool, n)
	}
	return out
}

// closed returns the transitive closure.
func closed(r [][]bool) [][]bool {
	out := make([][]bool, len(r))
	for i := range r {
		out[i] = slices.Clone(r[i])
	}
	for k := range out {
		for i := range out {
			for j := range out {
				out[i][j] = out[i][j] || out[i][k] && out[k][j]
			}
		}
	}
	return out
}

func cyclic(closed [][]bool) bool {
	for i := range closed {
		if closed[i][i] {
			return true
		}
	}
	return false
}

func (p *proof) op(k int) *history.Operation { return &p.in.History.Operations[p.members[k]] }

func (p *proof) register() bool { return p.in.Object.Name == "register" }

// puts returns the value or element that an operation which did not fail writes.
func puts(op *history.Operation) (protocol.Value, bool) {
	if op.Outcome == protocol.Fail {
		return protocol.Value{}, false
	}
	if v, ok := Writes(op); ok {
		return v, true
	}
	return Adds(op)
}

// writersOf returns who may have written a value, or added an element, under a key.
func writersOf(in Input, key string, v protocol.Value) []int {
	var out []int
	for i := range in.History.Operations {
		op := &in.History.Operations[i]
		if put, ok := puts(op); ok && op.Key == key && put.Equal(v) {
			out = append(out, i)
		}
	}
	return out
}

// answered returns the values or elements that an operation certainly met, if it happened.
func answered(in Input, op *history.Operation) []protocol.Value {
	if in.Object.Name == "register" {
		if v, ok := Observes(op); ok {
			return []protocol.Value{v}
		}
		return nil
	}
	if op.F != "read" || op.Outcome != protocol.OK {
		return nil
	}
	list, _ := op.Output.List()
	return list
}

// happened tells whether an operation took effect: it was answered ok, or someone who took effect has met what it
// alone can have written, or heard what it told. Depth bounds the chain of such inferences.
func happened(in Input, i, depth int) bool {
	op := &in.History.Operations[i]
	if op.Outcome == protocol.OK || op.Outcome == protocol.Fail || depth < 0 {
		return op.Outcome == protocol.OK
	}
	v, writes := puts(op)
	if writes && !slices.Equal(writersOf(in, op.Key, v), []int{i}) {
		return false
	}
	for j := range in.History.Operations {
		reader := &in.History.Operations[j]
		switch {
		case j == i || reader.Outcome == protocol.Fail:
		case op.F == "tell" && told(in, i, j):
			return true
		case writes && reader.Key == op.Key && slices.ContainsFunc(answered(in, reader), v.Equal) && happened(in, j, depth-1):
			return true
		}
	}
	return false
}

// readFrom tells whether member k certainly met what member s wrote; a cas may claim to have met what it wrote itself.
func (p *proof) readFrom(k, s int) bool {
	v, writes := puts(p.op(s))
	if !writes || p.op(s).Key != p.op(k).Key || p.register() && v.Equal(p.in.History.Initial) {
		return false
	}
	return slices.ContainsFunc(answered(p.in, p.op(k)), v.Equal) && len(writersOf(p.in, p.op(k).Key, v)) == 1
}

// sawInitial tells whether member k certainly met the initial value of its register.
func (p *proof) sawInitial(k int) bool {
	op := p.op(k)
	return p.register() && slices.ContainsFunc(answered(p.in, op), p.in.History.Initial.Equal) &&
		len(writersOf(p.in, op.Key, p.in.History.Initial)) == 0
}

// lacks tells whether member k read the set that member s added to, and did not show that element.
func (p *proof) lacks(k, s int) bool {
	v, writes := puts(p.op(s))
	op := p.op(k)
	return !p.register() && writes && op.F == "read" && op.Outcome == protocol.OK && op.Key == p.op(s).Key &&
		!slices.ContainsFunc(answered(p.in, op), v.Equal)
}

// rivals tells whether both write the same key of a register and are not one.
func (p *proof) rivals(a, b int) bool {
	_, one := puts(p.op(a))
	_, other := puts(p.op(b))
	return p.register() && a != b && one && other && p.op(a).Key == p.op(b).Key
}

// strange rechecks a read of what nobody wrote.
func strange(in Input, w *Witness) error {
	for _, i := range w.Operations {
		op := &in.History.Operations[i]
		if op.Outcome != protocol.OK {
			continue
		}
		for _, v := range answered(in, op) {
			initial := in.Object.Name == "register" && v.Equal(in.History.Initial)
			if initial || len(writersOf(in, op.Key, v)) > 0 {
				continue
			}
			if (len(failedWriters(in, op.Key, v)) > 0) == (w.Anomaly == guarantee.AbortedRead) {
				return nil
			}
		}
	}
	return errors.New("someone wrote all that was read")
}

// doubled rechecks a read that shows an element twice.
func doubled(in Input, w *Witness) error {
	for _, i := range w.Operations {
		op := &in.History.Operations[i]
		elements := answered(in, op)
		for k, v := range elements {
			if in.Object.Name != "register" && op.Outcome == protocol.OK && slices.ContainsFunc(elements[:k], v.Equal) {
				return nil
			}
		}
	}
	return errors.New("no element in the witness is shown twice")
}

func failedWriters(in Input, key string, v protocol.Value) []int {
	var out []int
	for i := range in.History.Operations {
		op := in.History.Operations[i]
		if op.Outcome != protocol.Fail || op.Key != key {
			continue
		}
		op.Outcome = protocol.Info
		if put, ok := puts(&op); ok && put.Equal(v) {
			out = append(out, i)
		}
	}
	return out
}

// told tells whether operation j certainly heard what operation i told, or something that the same process told
// later.
func told(in Input, i, j int) bool {
	tell, hear := &in.History.Operations[i], &in.History.Operations[j]
	if tell.F != "tell" || hear.F != "hear" || hear.Outcome != protocol.OK || !sameChannel(tell, hear) {
		return false
	}
	var tells []int
	heard, rank, unsure := 0, 0, false
	for k := range in.History.Operations {
		op := &in.History.Operations[k]
		switch {
		case op.F == "tell" && op.Node() == tell.Node() && op.Outcome != protocol.Fail && sameChannel(op, hear):
			tells = append(tells, k)
			unsure = unsure || op.Outcome == protocol.Info
		case op.F == "hear" && op.Node() == hear.Node() && op.Outcome == protocol.Info:
			unsure = true
		case op.F == "hear" && op.Node() == hear.Node() && op.Outcome == protocol.OK && sameChannel(tell, op):
			if heard++; k < j {
				rank++
			}
		}
	}
	last := rank
	if unsure {
		last = rank + len(tells) - heard
	}
	if rank >= len(tells) || last >= len(tells) || last < rank {
		return false
	}
	for _, m := range tells[rank : last+1] {
		if m != i && (m < i || in.History.Operations[m].Process != tell.Process) {
			return false
		}
	}
	return true
}

// sameChannel tells whether the hear's message is of the tell's kind: the same clients and the same payload.
func sameChannel(tell, hear *history.Operation) bool {
	to, sent, ok1 := message(tell.Input)
	from, received, ok2 := message(hear.Output)
	return ok1 && ok2 && to == hear.Node() && from == tell.Node() && sent.Equal(received)
}

// message splits the value of a tell or a hear. Without payload that is null, which a message may carry as well; the
// list tells the two apart.
func message(v protocol.Value) (other protocol.NodeID, payload protocol.Value, ok bool) {
	if name, is := v.Text(); is {
		return protocol.NodeID(name), protocol.Value{}, true
	}
	list, _ := v.List()
	if len(list) != 2 {
		return "", protocol.Value{}, false
	}
	name, ok := list[0].Text()
	return protocol.NodeID(name), protocol.List(list[1]), ok
}

// parents returns what a post replies to.
func parents(op *history.Operation) []protocol.Value {
	_, out, _ := model.PostArguments(op.Input)
	return out
}
