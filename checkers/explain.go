package checkers

import (
	"fmt"
	"slices"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// maxExplained is how many operations are explained by edges. The work grows with their fourth power.
const maxExplained = 64

// Explain derives from a few operations on registers why no order explains them. It returns a cycle, as the positions
// of operations each of which must come before the next and the last before the first; and its edges together with
// those that they rest on, each after what it rests on. Both are nil if the rules find no cycle, and if the operations
// are too many for anybody to follow. alone is the fragment of the operations at the positions given, as Fragments make
// it.
//
// The rules are those of Zennou, Biswas, Bouajjani, Enea & Erradi (Gradual Consistency Checking, CAV 2019) over one
// relation that holds the order to keep and reads-from. If r reads what w wrote, and v is another write of the key:
// v comes after r if it comes after w, and before w if it comes before r.
func Explain(alone Input, positions []int, order Order) (cycle []int, edges []Edge) {
	if len(positions) > maxExplained {
		return nil, nil
	}
	e := explanation{alone: alone.History.Operations, positions: positions, order: order, initial: alone.History.Initial}
	e.base()
	for e.cycle == nil && e.derive() {
	}
	for _, i := range e.cycle {
		cycle = append(cycle, positions[e.steps[i].from])
	}
	return cycle, e.result()
}

// ExplainWitness explains the operations of a witness, or these together with its context if they leave it open and the context
// is whole.
func ExplainWitness(f *Fragments, w *Witness, order Order) (cycle []int, edges []Edge) {
	cycle, edges = Explain(f.Alone(w.Operations), w.Operations, order)
	if cycle == nil && len(w.Context) > 0 && w.MoreContext == 0 {
		shown := w.Shown()
		cycle, edges = Explain(f.Alone(shown), shown, order)
	}
	return cycle, edges
}

// step is an edge between operations of the fragment, with the earlier steps that it rests on.
type step struct {
	from, to int
	relation Relation
	why      string
	premises []int
}

type explanation struct {
	alone     []history.Operation
	initial   protocol.Value
	positions []int
	order     Order
	steps     []step
	reads     [][2]int // writer, or -1 for the initial value, and observer
	happened  []bool   // by operation: it certainly took effect
	cycle     []int    // steps
}

// base adds the order to keep and reads-from.
func (e *explanation) base() {
	for i := range e.alone {
		for j := range e.alone {
			o, p := &e.alone[i], &e.alone[j]
			if !e.inert(i) && !e.inert(j) && e.order.Before(o, p) {
				e.keep(i, j)
			}
		}
	}
	e.happened = make([]bool, len(e.alone))
	for i := range e.alone {
		e.happened[i] = !Optional(&e.alone[i])
	}
	for again := true; again; {
		again = false
		for i := range e.alone {
			again = e.readsFrom(i) || again
		}
	}
}

// readsFrom notes what an operation that happened had met, and tells whether something more has happened thereby.
func (e *explanation) readsFrom(i int) bool {
	w, ok := e.writer(i)
	if !ok || !e.happened[i] || slices.Contains(e.reads, [2]int{w, i}) {
		return false
	}
	e.reads = append(e.reads, [2]int{w, i})
	if w < 0 {
		return false
	}
	e.add(step{from: w, to: i, relation: ReadsFrom, why: e.name(i) + " met what " + e.name(w) + " wrote"})
	news := !e.happened[w]
	e.happened[w] = true
	return news
}

func (e *explanation) inert(i int) bool {
	op := &e.alone[i]
	_, writes := Writes(op)
	_, observes := Observes(op)
	return !writes && !observes
}

func (e *explanation) keep(i, j int) {
	o, p := &e.alone[i], &e.alone[j]
	if o.Process == p.Process {
		e.add(step{from: i, to: j, relation: ProcessOrder, why: fmt.Sprintf("process %d did one after the other", o.Process)})
		return
	}
	e.add(step{from: i, to: j, relation: RealTime, why: e.name(i) + " had returned before " + e.name(j) + " was called"})
}

// writer returns who wrote what operation i observed, -1 for the initial value. It tells whether that is certain. A cas of a
// value by the same has not met its own.
func (e *explanation) writer(i int) (int, bool) {
	v, ok := Observes(&e.alone[i])
	if !ok {
		return 0, false
	}
	var writers []int
	if v.Equal(e.initial) {
		writers = append(writers, -1)
	}
	for w := range e.alone {
		if written, ok := Writes(&e.alone[w]); ok && w != i && e.alone[w].Key == e.alone[i].Key && written.Equal(v) {
			writers = append(writers, w)
		}
	}
	if len(writers) != 1 {
		return 0, false
	}
	return writers[0], true
}

// derive applies the rules once to everything and tells whether there was anything new.
func (e *explanation) derive() bool {
	before := len(e.steps)
	for _, read := range e.reads {
		w, r := read[0], read[1]
		for v := range e.alone {
			if _, writes := Writes(&e.alone[v]); !writes || !e.happened[v] || v == w || v == r || e.alone[v].Key != e.alone[r].Key {
				continue
			}
			e.overwritten(w, r, v)
			if w >= 0 && e.cycle == nil {
				e.overtaken(w, r, v)
			}
		}
	}
	return len(e.steps) > before
}

// overwritten puts v after r if it comes after w.
func (e *explanation) overwritten(w, r, v int) {
	if e.has(r, v) {
		return
	}
	if w < 0 {
		e.add(step{from: r, to: v, relation: ReadWrite, why: e.name(r) + " met the initial value, which " + e.name(v) + " overwrote"})
		return
	}
	if path := e.path(w, v); path != nil {
		e.add(step{from: r, to: v, relation: ReadWrite, premises: path,
			why: fmt.Sprintf("%s met what %s wrote, and that comes before %s", e.name(r), e.name(w), e.name(v))})
	}
}

// overtaken puts v before w if it comes before r.
func (e *explanation) overtaken(w, r, v int) {
	if e.has(v, w) {
		return
	}
	if path := e.path(v, r); path != nil {
		e.add(step{from: v, to: w, relation: WriteWrite, premises: path,
			why: fmt.Sprintf("%s comes before %s, which met what %s wrote", e.name(v), e.name(r), e.name(w))})
	}
}

func (e *explanation) has(from, to int) bool {
	return slices.ContainsFunc(e.steps, func(s step) bool { return s.from == from && s.to == to })
}

// add adds a step and notes the cycle that it closes.
func (e *explanation) add(s step) {
	if e.cycle != nil || e.has(s.from, s.to) && s.relation != ReadsFrom {
		return
	}
	back := e.path(s.to, s.from)
	e.steps = append(e.steps, s)
	if s.from == s.to || back != nil {
		e.cycle = append(back, len(e.steps)-1)
	}
}

// path returns a shortest sequence of steps that leads from one operation to another, nil if there is none.
func (e *explanation) path(from, to int) []int {
	via := make([]int, len(e.alone)) // the step that reached an operation, +1
	queue := []int{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for i, s := range e.steps {
			if s.from != at || via[s.to] != 0 {
				continue
			}
			via[s.to] = i + 1
			if s.to == to {
				return e.trace(via, from, to)
			}
			queue = append(queue, s.to)
		}
	}
	return nil
}

func (e *explanation) trace(via []int, from, to int) []int {
	var out []int
	for at := to; ; {
		i := via[at] - 1
		out = append(out, i)
		if at = e.steps[i].from; at == from {
			slices.Reverse(out)
			return out
		}
	}
}

// result returns the edges of the cycle and all that they rest on.
func (e *explanation) result() []Edge {
	needed := make([]bool, len(e.steps))
	var need func(steps []int)
	need = func(steps []int) {
		for _, i := range steps {
			if !needed[i] {
				needed[i] = true
				need(e.steps[i].premises)
			}
		}
	}
	need(e.cycle)
	var out []Edge
	for i, s := range e.steps {
		if needed[i] {
			out = append(out, Edge{From: e.positions[s.from], To: e.positions[s.to], Relation: s.relation, Why: s.why})
		}
	}
	return out
}

// name is short for an operation in a sentence.
func (e *explanation) name(i int) string { return Noun(&e.alone[i]) }
