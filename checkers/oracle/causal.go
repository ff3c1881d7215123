package oracle

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// CausalWeak tells whether a history of a register, a set or a board is causally consistent (CC of Bouajjani et al.
// 2017): each answer is explained by some order of its causes that keeps causality.
func CausalWeak(in checkers.Input) bool {
	return causalWorld(in, func(w *world) bool {
		return w.each(func(o int) bool { return w.explains(o, []int{o}) })
	})
}

// Causal tells whether it is causal memory (CM): some order of the causes explains the answer and all earlier answers
// of its process.
func Causal(in checkers.Input) bool {
	return causalWorld(in, func(w *world) bool {
		return w.each(func(o int) bool {
			own := []int{o}
			for i := range w.events {
				if w.events[i].process == w.events[o].process && w.before[i][o] {
					own = append(own, i)
				}
			}
			return w.explains(o, own)
		})
	})
}

// CausalConvergent tells whether it is causally convergent (CCv): one order of all operations that keeps causality,
// restricted to the causes of each answer, explains it.
func CausalConvergent(in checkers.Input) bool {
	return causalWorld(in, func(w *world) bool { return w.arbitrate(nil) })
}

// event is an operation, or the reading or writing half of a cas.
type event struct {
	process int
	op      int
	reads   bool // and answered value; else it writes it, or neither
	writes  bool
	key     string
	value   protocol.Value
}

// world is a history in which it is settled which operations of unknown outcome happened and who read from whom.
type world struct {
	in     checkers.Input
	events []event
	from   [][]int  // of each read: the writes that it read from
	before [][]bool // causality: the closure of sessions, reads-from and messages
}

// causalWorld tells whether causality has no cycle and holds is true in some world.
func causalWorld(in checkers.Input, holds func(*world) bool) bool {
	return someWorld(in, func(w *world) bool { return w.close() && holds(w) })
}

// someWorld tells whether holds is true in some world. Causality is not settled yet.
func someWorld(in checkers.Input, holds func(*world) bool) bool {
	var unknown []int
	for i := range in.History.Operations {
		if op := &in.History.Operations[i]; op.Outcome == protocol.Info && op.F != "read" && op.F != "hear" {
			unknown = append(unknown, i)
		}
	}
	for subset := range 1 << len(unknown) {
		happened := map[int]bool{}
		for bit, i := range unknown {
			happened[i] = subset&(1<<bit) != 0
		}
		w := &world{in: in}
		for i := range in.History.Operations {
			if in.History.Operations[i].Outcome == protocol.OK || happened[i] {
				w.add(i)
			}
		}
		w.from = make([][]int, len(w.events))
		if w.choose(0, holds) {
			return true
		}
	}
	return false
}

func (w *world) add(i int) {
	op := &w.in.History.Operations[i]
	e := event{process: op.Process, op: i, key: op.Key}
	switch op.F {
	case "read":
		e.reads, e.value = true, op.Output
	case "cas":
		old, replacement, _ := model.CasArguments(op.Input)
		e.reads, e.value = true, old
		w.events = append(w.events, e)
		e.reads, e.writes, e.value = false, true, replacement
	case "post":
		e.writes = true
		e.value, _, _ = model.PostArguments(op.Input)
	case "write", "add":
		e.writes, e.value = true, op.Input
	}
	w.events = append(w.events, e)
}

// choose settles for the reads from event i on whom they read from, in every possible way.
func (w *world) choose(i int, holds func(*world) bool) bool {
	if i == len(w.events) {
		return holds(w)
	}
	if !w.events[i].reads {
		return w.choose(i+1, holds)
	}
	for _, from := range w.candidates(i) {
		w.from[i] = from
		if w.choose(i+1, holds) {
			return true
		}
	}
	return false
}

// candidates returns the sets of writes that a read may have got its answer from.
func (w *world) candidates(read int) [][]int {
	r := &w.events[read]
	if w.in.Object.Name == "register" {
		var out [][]int
		if r.value.Equal(w.in.History.Initial) {
			out = append(out, nil)
		}
		for _, write := range w.writers(r.key, r.value) {
			out = append(out, []int{write})
		}
		return out
	}
	out := [][]int{nil}
	list, _ := r.value.List()
	for _, element := range list {
		var longer [][]int
		for _, former := range out {
			for _, write := range w.writers(r.key, element) {
				longer = append(longer, append(slices.Clone(former), write))
			}
		}
		out = longer
	}
	return out
}

func (w *world) writers(key string, v protocol.Value) []int {
	var out []int
	for i, e := range w.events {
		if e.writes && e.key == key && e.value.Equal(v) {
			out = append(out, i)
		}
	}
	return out
}

// close computes causality and tells whether it has no cycle.
func (w *world) close() bool {
	n := len(w.events)
	w.before = make([][]bool, n)
	for i := range w.events {
		w.before[i] = make([]bool, n)
		for j := range w.events {
			same := w.events[i].process == w.events[j].process && i < j
			w.before[i][j] = same || w.told(i, j) || slices.Contains(w.from[j], i)
		}
	}
	return closeRelation(w.before)
}

// closeRelation makes a relation transitive and tells whether it has no cycle.
func closeRelation(r [][]bool) bool {
	for k := range r {
		for i := range r {
			for j := range r {
				r[i][j] = r[i][j] || r[i][k] && r[k][j]
			}
		}
	}
	for i := range r {
		if r[i][i] {
			return false
		}
	}
	return true
}

// told tells whether event j heard what event i told: it is as manieth among those that heard such a message as i
// among those that told it.
func (w *world) told(i, j int) bool {
	tell, hear := &w.in.History.Operations[w.events[i].op], &w.in.History.Operations[w.events[j].op]
	return tell.F == "tell" && hear.F == "hear" && sameMessage(tell, hear) &&
		w.rank(i, func(op *history.Operation) bool { return op.F == "tell" && sameMessage(op, hear) }) ==
			w.rank(j, func(op *history.Operation) bool { return op.F == "hear" && sameMessage(tell, op) })
}

func (w *world) rank(i int, like func(*history.Operation) bool) int {
	n := 0
	for k := range i {
		if like(&w.in.History.Operations[w.events[k].op]) {
			n++
		}
	}
	return n
}

func sameMessage(tell, hear *history.Operation) bool {
	to, sent := parties(tell.Input)
	from, received := parties(hear.Output)
	return to == string(hear.Node()) && from == string(tell.Node()) && sent.Equal(received)
}

func parties(v protocol.Value) (other string, payload protocol.Value) {
	if list, ok := v.List(); ok && len(list) == 2 {
		other, _ = list[0].Text()
		return other, list[1]
	}
	other, _ = v.Text()
	return other, protocol.Value{}
}

// each tells whether holds is true of every event.
func (w *world) each(holds func(o int) bool) bool {
	for o := range w.events {
		if !holds(o) {
			return false
		}
	}
	return true
}

// explains tells whether some order of event o and its causes keeps causality and gives the answers of own.
func (w *world) explains(o int, own []int) bool {
	var members []int
	for i := range w.events {
		if i == o || w.before[i][o] {
			members = append(members, i)
		}
	}
	return permuteEvents(members, nil, w.before, func(order []int) bool {
		for k, i := range order {
			if w.events[i].reads && slices.Contains(own, i) && !w.answers(i, order[:k]) {
				return false
			}
		}
		return true
	})
}

// arbitrate tells whether some order of all events, which begins with the given one, keeps causality and explains
// each answer by what is among its causes.
func (w *world) arbitrate(order []int) bool {
	members := make([]int, len(w.events))
	for i := range members {
		members[i] = i
	}
	return permuteEvents(members, order, w.before, func(order []int) bool {
		for k, r := range order {
			causes := slices.DeleteFunc(slices.Clone(order[:k]), func(i int) bool { return !w.before[i][r] })
			if w.events[r].reads && !w.answers(r, causes) {
				return false
			}
		}
		return true
	})
}

// permuteEvents tries all orders of the members that keep the relation, until one is as it should be. It asks good
// of each beginning of an order too.
func permuteEvents(members, order []int, before [][]bool, good func(order []int) bool) bool {
	if !good(order) {
		return false
	}
	if len(order) == len(members) {
		return true
	}
next:
	for _, i := range members {
		if slices.Contains(order, i) {
			continue
		}
		for _, j := range members {
			if before[j][i] && !slices.Contains(order, j) {
				continue next
			}
		}
		if permuteEvents(members, append(order[:len(order):len(order)], i), before, good) {
			return true
		}
	}
	return false
}

// answers tells whether a read gives its answer after these events.
func (w *world) answers(read int, former []int) bool {
	r := &w.events[read]
	if w.in.Object.Name == "register" {
		value := w.in.History.Initial
		for _, i := range former {
			if w.events[i].writes && w.events[i].key == r.key {
				value = w.events[i].value
			}
		}
		return value.Equal(r.value)
	}
	content := map[string]bool{}
	for _, i := range former {
		if w.events[i].writes && w.events[i].key == r.key {
			content[w.events[i].value.String()] = true
		}
	}
	list, _ := r.value.List()
	shown := map[string]bool{}
	for _, v := range list {
		shown[v.String()] = true
		if !content[v.String()] {
			return false
		}
	}
	return len(list) == len(content) && len(shown) == len(content)
}
