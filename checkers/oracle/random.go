package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Shape says what random histories look like.
type Shape struct {
	Object    string
	Ops       int // operations
	Processes int
	Keys      int
	Values    int  // written any number of times; 0: every update has a value of its own, counters have two, banks three
	Accounts  int  // of a bank: so many under each key, between which there are transfers; they hold up to three each at first
	Unsure    int  // percent of the operations that end with fail or info
	Scramble  bool // two of three histories have answers or times changed afterwards
}

// Random draws a history: of a correct object whose operations take effect at one instant each, and then, if the
// shape says so, with some answers exchanged or some operations shortened, so that it may be wrong in any way.
func Random(r *prng.Rand, shape Shape) *history.History {
	object, ok := model.Lookup(shape.Object)
	if !ok {
		panic(fmt.Sprintf("oracle: there is no object %q", shape.Object))
	}
	s := &simulation{Shape: shape, rand: r, object: object, states: map[string]model.State{}, open: map[int]*timed{}, banks: map[string][]int64{}}
	for p := range shape.Processes {
		s.names = append(s.names, p+1)
	}
	for len(s.all) < shape.Ops || len(s.open) > 0 {
		s.tick++
		s.advance(r.IntN(shape.Processes))
	}
	if shape.Scramble && r.IntN(3) > 0 {
		for range 1 + r.IntN(3) {
			s.scramble()
		}
	}
	all := make([]timed, len(s.all))
	for i, op := range s.all {
		all[i] = *op
	}
	return assemble(all)
}

// simulation is a correct object at work. A seat is a client; it is a new process after an unknown outcome.
type simulation struct {
	Shape
	rand   *prng.Rand
	object model.Object
	states map[string]model.State
	names  []int          // by seat: its process
	open   map[int]*timed // by seat
	all    []*timed
	tick   int
	unique int64
	banks  map[string][]int64 // by key: what each account holds
}

// advance takes a seat one step further: a call, the moment of effect, a return.
func (s *simulation) advance(seat int) {
	op := s.open[seat]
	switch {
	case op == nil && len(s.all) < s.Ops:
		op = &timed{Operation: s.draw(), from: s.tick, to: -1}
		op.Process = s.names[seat]
		op.Note(history.Notes{Node: client(seat + 1)})
		s.open[seat] = op
		s.all = append(s.all, op)
	case op == nil:
	case op.Outcome == 0:
		s.execute(op)
	default:
		op.to = s.tick
		delete(s.open, seat)
		if op.Outcome == protocol.Info {
			s.names[seat] += s.Processes
		}
	}
}

func (s *simulation) draw() history.Operation {
	op := history.Operation{Key: string(rune('x' + s.rand.IntN(s.Keys)))}
	switch {
	case s.Object == "queue" && s.rand.IntN(2) == 0:
		op.F = "dequeue"
	case s.Object == "queue":
		op.F, op.Input = "enqueue", s.value()
	case s.Object == "mutex":
		op.F = prng.Pick(s.rand, []string{"acquire", "release"})
	case s.Object == "multi-register":
		op.F, op.Key, op.Input = "txn", "", s.steps()
	case s.rand.IntN(2) == 0:
		op.F = "read"
	case s.Accounts > 0:
		op.F, op.Input = "transfer", protocol.Ints(s.rand.Int64N(int64(s.Accounts)), s.rand.Int64N(int64(s.Accounts)), 1+s.rand.Int64N(2))
	case s.Object == "counter":
		op.F, op.Input = "add", protocol.Int(1+s.rand.Int64N(int64(cmp.Or(s.Values, 2))))
	case s.Object == "set":
		op.F, op.Input = "add", s.value()
	case s.Object == "board":
		op.F, op.Input = "post", protocol.List(s.value())
	case s.Object == "log":
		op.F, op.Input = "append", s.value()
	case s.Object == "bank":
		op.F, op.Input = prng.Pick(s.rand, []string{"deposit", "withdraw"}), protocol.Int(1+s.rand.Int64N(int64(cmp.Or(s.Values, 3))))
	case s.rand.IntN(3) == 0:
		op.F, op.Input = "cas", protocol.List(protocol.Int(0), s.value())
	default:
		op.F, op.Input = "write", s.value()
	}
	return op
}

func (s *simulation) value() protocol.Value {
	if s.Values > 0 {
		return protocol.Int(s.rand.Int64N(int64(s.Values)))
	}
	s.unique++
	return protocol.Int(s.unique)
}

// execute lets an operation take effect, or end without one.
func (s *simulation) execute(op *timed) {
	if s.Accounts > 0 {
		s.transfer(op)
		return
	}
	state, ok := s.states[op.Key]
	if !ok {
		state = s.object.Init(protocol.Int(0))
	}
	if op.F == "cas" && s.rand.IntN(4) != 0 {
		list, _ := op.Input.List()
		op.Input = protocol.List(s.answer(state), list[1])
	}
	op.Outcome, op.Output = protocol.OK, op.Input
	unsure := s.rand.IntN(100) < s.Unsure
	if unsure {
		op.Outcome = []protocol.Outcome{protocol.Fail, protocol.Info}[s.rand.IntN(2)]
	}
	switch {
	case op.F == "read" && !unsure:
		op.Output = s.answer(state)
		return
	case op.F == "read":
		return
	case op.F == "dequeue" && !unsure:
		if op.Output = s.front(state); op.Output.IsNull() && s.rand.IntN(2) == 0 {
			op.Outcome = protocol.Fail
			op.Note(history.Notes{Node: op.Node(), Error: protocol.Refused})
			return
		}
	case op.F == "txn" && !unsure:
		op.Output = s.found(state, op.Input)
	}
	if unsure && (op.Outcome == protocol.Fail || s.rand.IntN(2) == 0) {
		return
	}
	after, possible := s.object.Step(state, model.Call{F: op.F, Input: op.Input, Output: op.Output, Known: !unsure})
	if !possible {
		op.Outcome = protocol.Fail
		op.Note(history.Notes{Node: op.Node(), Error: protocol.Refused})
		return
	}
	s.states[op.Key] = after
}

// answer returns what a read answers in a state.
func (s *simulation) answer(state model.State) protocol.Value {
	text := state.Key()
	if s.Object == "set" || s.Object == "board" || s.Object == "log" {
		text = "[" + text + "]"
	}
	var v protocol.Value
	if err := v.UnmarshalJSON([]byte(text)); err != nil {
		panic(fmt.Sprintf("oracle: a state that is no answer: %s: %v", text, err))
	}
	return v
}

// front returns what a dequeue answers in a state.
func (s *simulation) front(state model.State) protocol.Value {
	var all protocol.Value
	if err := all.UnmarshalJSON([]byte("[" + strings.TrimSuffix(state.Key(), ",") + "]")); err != nil {
		panic(fmt.Sprintf("oracle: a state that is no queue: %s: %v", state.Key(), err))
	}
	if list, _ := all.List(); len(list) > 0 {
		return list[0]
	}
	return protocol.Value{}
}

// steps draws a transaction of two steps on two registers.
func (s *simulation) steps() protocol.Value {
	step := func() protocol.Value {
		key := protocol.String(prng.Pick(s.rand, []string{"a", "b"}))
		if s.rand.IntN(2) == 0 {
			return protocol.List(protocol.String("r"), key, protocol.Value{})
		}
		return protocol.List(protocol.String("w"), key, s.value())
	}
	return protocol.List(step(), step())
}

// found returns a transaction with what its reads find in a state.
func (s *simulation) found(state model.State, steps protocol.Value) protocol.Value {
	now := map[string]protocol.Value{}
	for _, pair := range strings.Fields(state.Key()) {
		key, value, _ := strings.Cut(pair, "=")
		n, _ := strconv.ParseInt(value, 10, 64)
		now[key] = protocol.Int(n)
	}
	list, _ := steps.List()
	out := slices.Clone(list)
	for i, step := range list {
		m, _ := model.MicroOpOf(step)
		if m.F == "w" {
			now[m.Key.String()] = m.Value
		} else {
			out[i] = protocol.List(protocol.String("r"), m.Key, now[m.Key.String()])
		}
	}
	return protocol.List(out...)
}

// scramble exchanges the answers of two reads, changes one, or lets an operation return earlier than it did.
func (s *simulation) scramble() {
	var reads []*timed
	for _, op := range s.all {
		if (op.F == "read" || op.F == "dequeue") && op.Outcome == protocol.OK {
			reads = append(reads, op)
		}
	}
	op := prng.Pick(s.rand, s.all)
	switch kind := s.rand.IntN(4); {
	case s.Object == "mutex" && kind < 2:
		op.F = map[string]string{"acquire": "release", "release": "acquire"}[op.F]
	case s.Object == "multi-register" && kind < 2:
		op.Output = s.nearlySteps(op)
	case kind < 2 && len(reads) > 1:
		a, b := prng.Pick(s.rand, reads), prng.Pick(s.rand, reads)
		a.Output, b.Output = b.Output, a.Output
	case kind == 2 && len(reads) > 0:
		a := prng.Pick(s.rand, reads)
		a.Output = s.nearly(a.Output)
	case op.to > op.from:
		op.to = op.from + s.rand.IntN(op.to-op.from)
	}
}

// nearlySteps returns an answer of a transaction whose reads found something else.
func (s *simulation) nearlySteps(op *timed) protocol.Value {
	list, _ := op.Output.List()
	out := slices.Clone(list)
	for i, step := range list {
		if m, _ := model.MicroOpOf(step); m.F == "r" && op.Outcome == protocol.OK {
			out[i] = protocol.List(protocol.String("r"), m.Key, protocol.Int(s.rand.Int64N(max(2, s.unique))))
		}
	}
	return protocol.List(out...)
}

// nearly returns an answer that differs a little.
func (s *simulation) nearly(v protocol.Value) protocol.Value {
	if s.Accounts > 0 {
		return s.nearlyBalances(v)
	}
	if n, ok := v.Int(); ok {
		return protocol.Int(n + s.rand.Int64N(5) - 2)
	}
	if v.IsNull() && s.Object == "queue" {
		return protocol.Int(s.rand.Int64N(4))
	}
	list, _ := v.List()
	if len(list) == 0 {
		return protocol.Ints(s.rand.Int64N(4))
	}
	drop := s.rand.IntN(len(list))
	if s.rand.IntN(4) == 0 {
		return protocol.List(append(slices.Clone(list), list[drop])...)
	}
	if other := s.rand.IntN(len(list)); s.Object == "log" && other != drop {
		swapped := slices.Clone(list)
		swapped[drop], swapped[other] = swapped[other], swapped[drop]
		return protocol.List(swapped...)
	}
	return protocol.List(append(append([]protocol.Value{}, list[:drop]...), list[drop+1:]...)...)
}
