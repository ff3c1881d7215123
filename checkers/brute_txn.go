package checkers

import (
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/protocol"
)

// ExplainsTransactions tells whether a small history of transactions has a guarantee, straight from the definitions: it
// tries all orders in which they may have committed. In each, a transaction answers from what it sees of those before it:
//
//   - serializable, and with the order of processes or real time strong-session- and strict-serializable: all;
//   - snapshot isolation: all up to some point, behind all who wrote a key that it writes (Cerone & Gotsman 2016);
//   - parallel snapshot isolation: whom it read from and who wrote a key that it writes, and all whom these saw;
//   - causal: whom it read from and who ran before it in its process, and all whom these saw (Biswas & Enea 2019);
//   - read atomic: whom it read from;
//   - read committed: the same for each of its reads alone.
//
// In a list those who are seen stand in the order of their commits. Every value must be written once under a key.
func ExplainsTransactions(in Input, name guarantee.Name) (bool, error) {
	b := &bruteTransactions{name: name, initial: in.History.Initial, lists: in.Object.Name == "list-append", writers: map[[2]string]int{}, saw: map[int][]int{}}
	for _, i := range Considered(in) {
		op := &in.History.Operations[i]
		t := bruteTransaction{required: !Optional(op)}
		t.steps, _ = model.MicroOps(op.Input)
		if t.required {
			t.steps, _ = model.MicroOps(op.Output)
		}
		for at, p := range b.positions {
			o := &in.History.Operations[p]
			session := (name == guarantee.StrongSessionSerializable || name == guarantee.Causal) && o.Process == op.Process
			if o.Precedes(op) && (session || name == guarantee.StrictSerializable) {
				t.before = append(t.before, at)
			}
		}
		for _, m := range t.steps {
			at := [2]string{m.Key.String(), m.Value.String()}
			if m.F == "r" {
				continue
			}
			if _, twice := b.writers[at]; twice {
				return false, fmt.Errorf("%s is written twice under %s", m.Value, m.Key)
			}
			b.writers[at] = len(b.all)
		}
		b.all, b.positions = append(b.all, t), append(b.positions, i)
	}
	found := b.search(nil)
	if b.tries > maxBruteStates {
		return false, fmt.Errorf("over %d tries: %w", maxBruteStates, ErrTooLarge)
	}
	return found, nil
}

type bruteTransaction struct {
	required bool
	steps    []model.MicroOp
	before   []int // who must have committed
}

func (t *bruteTransaction) writes(key protocol.Value) bool {
	return slices.ContainsFunc(t.steps, func(m model.MicroOp) bool { return m.F != "r" && m.Key.Equal(key) })
}

type bruteTransactions struct {
	name      guarantee.Name
	initial   protocol.Value
	lists     bool
	all       []bruteTransaction
	positions []int
	writers   map[[2]string]int
	saw       map[int][]int // of each that has committed: whom it saw, in the order of commits
	tries     int
}

// search extends an order of commits until all who must be in it are.
func (b *bruteTransactions) search(order []int) bool {
	if b.complete(order) {
		return true
	}
	for t := range b.all {
		if b.tries++; b.tries > maxBruteStates {
			return false
		}
		if slices.Contains(order, t) || slices.ContainsFunc(b.all[t].before, func(o int) bool { return !slices.Contains(order, o) }) {
			continue
		}
		if sees, ok := b.view(order, t); ok {
			b.saw[t] = sees
			if b.search(append(slices.Clip(order), t)) {
				return true
			}
		}
	}
	return false
}

// complete tells whether all who must be in an order of commits are.
func (b *bruteTransactions) complete(order []int) bool {
	for t := range b.all {
		if b.all[t].required && !slices.Contains(order, t) {
			return false
		}
	}
	return true
}

// view returns whom t saw if it committed next, and whether that explains its answers.
func (b *bruteTransactions) view(order []int, t int) (sees []int, ok bool) {
	switch b.name {
	case guarantee.SnapshotIsolation:
		for n := len(order); n >= 0; n-- {
			conflict := slices.ContainsFunc(order[n:], func(o int) bool { return b.conflicts(o, t) })
			if !conflict && b.explains(order[:n], t) {
				return order[:n], true
			}
		}
		return nil, false
	case guarantee.ReadCommitted:
		return nil, b.explainsEach(order, t)
	case guarantee.ReadAtomic, guarantee.Causal, guarantee.ParallelSnapshotIsolation:
		direct, ok := b.sources(order, t, b.all[t].steps)
		if !ok {
			return nil, false
		}
		sees = b.closure(order, t, direct)
	default:
		sees = order
	}
	return sees, b.explains(sees, t)
}

// conflicts tells whether two transactions write one key.
func (b *bruteTransactions) conflicts(o, t int) bool {
	return slices.ContainsFunc(b.all[t].steps, func(m model.MicroOp) bool { return m.F != "r" && b.all[o].writes(m.Key) })
}

// sources returns whom t read from in some steps, and whether they all have committed.
func (b *bruteTransactions) sources(order []int, t int, steps []model.MicroOp) ([]int, bool) {
	var out []int
	if !b.all[t].required {
		return nil, true
	}
	for _, m := range steps {
		if m.F != "r" {
			continue
		}
		values := []protocol.Value{m.Value}
		if list, ok := m.Value.List(); ok && b.lists {
			values = list
		}
		for _, v := range values {
			w, written := b.writers[[2]string{m.Key.String(), v.String()}]
			switch {
			case !written && (v.IsNull() || !b.lists && v.Equal(b.initial)), w == t && written:
			case !written || !slices.Contains(order, w):
				return nil, false
			default:
				out = append(out, w)
			}
		}
	}
	return out, true
}

// closure adds to whom t read from all that it must have seen besides, in the order of commits.
func (b *bruteTransactions) closure(order []int, t int, direct []int) []int {
	return slices.DeleteFunc(slices.Clone(order), func(o int) bool {
		reaches := func(d int) bool { return d == o || b.name != guarantee.ReadAtomic && slices.Contains(b.saw[d], o) }
		if slices.ContainsFunc(direct, reaches) {
			return false
		}
		if b.name == guarantee.Causal {
			return !slices.ContainsFunc(b.all[t].before, reaches)
		}
		return b.name == guarantee.ReadAtomic || !slices.ContainsFunc(order, func(d int) bool { return b.conflicts(d, t) && reaches(d) })
	})
}

// explains tells whether t answers as it did if it sees some others.
func (b *bruteTransactions) explains(sees []int, t int) bool {
	values := map[string]protocol.Value{}
	for _, o := range sees {
		for _, m := range b.all[o].steps {
			b.apply(values, m)
		}
	}
	for _, m := range b.all[t].steps {
		if m.F != "r" {
			b.apply(values, m)
		} else if b.all[t].required && !b.answers(values, m) {
			return false
		}
	}
	return true
}

// explainsEach tells whether each read of t alone is explained by whom it read from and by what t had done before.
func (b *bruteTransactions) explainsEach(order []int, t int) bool {
	if !b.all[t].required {
		return true
	}
	for i, m := range b.all[t].steps {
		if m.F != "r" {
			continue
		}
		direct, ok := b.sources(order, t, b.all[t].steps[i:i+1])
		if !ok {
			return false
		}
		values := map[string]protocol.Value{}
		for _, o := range order {
			if slices.Contains(direct, o) {
				for _, w := range b.all[o].steps {
					b.apply(values, w)
				}
			}
		}
		for _, own := range b.all[t].steps[:i] {
			b.apply(values, own)
		}
		if !b.answers(values, m) {
			return false
		}
	}
	return true
}

func (b *bruteTransactions) apply(values map[string]protocol.Value, m model.MicroOp) {
	key := m.Key.String()
	switch m.F {
	case "w":
		values[key] = m.Value
	case "append":
		list, _ := values[key].List()
		values[key] = protocol.List(append(slices.Clone(list), m.Value)...)
	}
}

func (b *bruteTransactions) answers(values map[string]protocol.Value, m model.MicroOp) bool {
	now, written := values[m.Key.String()]
	if written {
		return now.Equal(m.Value)
	}
	list, isList := m.Value.List()
	return m.Value.IsNull() || isList && len(list) == 0 && b.lists || m.Value.Equal(b.initial) && !b.lists
}
