package txn

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// weak judges read committed, read atomic and causal. They are about what each reader saw, whether or not all readers agree
// on one order of versions: there is an order of all transactions that extends the dependencies, in which each list shows
// its elements in that order, and in which
//
//   - read atomic: nobody who reads from a transaction misses what it wrote under a key that he reads;
//   - causal: the same of all transactions before his own, by dependencies and the order of processes.
func (t *trace) weak(l level) checkers.Verdict {
	w := &weakly{trace: t}
	w.sources()
	g := w.graph(l, nil)
	if v, cyclic := w.judge(l, g, nil); cyclic {
		return v
	}
	if l == readCommitted {
		return t.valid(l, int64(len(g.to)), nil)
	}
	var late []lateness
	var missed *missing
	if l == readAtomic {
		late, missed = w.fractured()
	} else {
		var reason string
		if late, missed, reason = w.uncaused(g); reason != "" {
			return checkers.Verdict{Valid: checkers.Unknown, Engine: engineName, Spent: true, Reason: reason}
		}
	}
	if missed != nil {
		return t.invalid(l, w.missedWitness(l, missed, g), int64(len(g.to)))
	}
	full := w.graph(l, late)
	if v, cyclic := w.judge(l, full, late); cyclic {
		return v
	}
	return t.valid(l, int64(len(full.to)), nil)
}

// weakly is a trace with all that was read, element by element.
type weakly struct {
	*trace
	saw []sight
	at  []int32 // of each read: its first sight; one more at the end
}

// sight is one version that a read saw.
type sight struct{ version int32 }

// lateness says that one transaction comes before another, for a reader of the latter saw it over the former.
type lateness struct{ from, to, reader, key int32 }

// missing says that a reader saw part of what another did, or its effects, and not the rest.
type missing struct {
	read    *read
	version int32
}

func (w *weakly) sources() {
	w.at = make([]int32, 1, len(w.reads)+1)
	total := 0
	for i := range w.reads {
		total += max(1, int(w.reads[i].size))
	}
	w.saw = make([]sight, 0, total)
	for i := range w.reads {
		r := &w.reads[i]
		if !w.lists && r.from != none {
			w.saw = append(w.saw, sight{r.from})
		}
		if w.lists {
			for _, element := range w.list(r) {
				if v := w.lookup(r.key, element); v != none {
					w.saw = append(w.saw, sight{v})
				}
			}
		}
		w.at = append(w.at, int32(len(w.saw)))
	}
}

// sights returns what a read saw.
func (w *weakly) sights(i int) []sight { return w.saw[w.at[i]:w.at[i+1]] }

// graph has an edge from each writer to its readers and, in lists, to the writer of the next element; of causal with the
// order of processes. Late edges come on top.
func (w *weakly) graph(l level, late []lateness) *graph {
	nodes := int32(len(w.nodes))
	return connect(w.in.Interrupted, nodes, nodes, func(emit func(from, to int32, k kind, literal int32)) {
		for i := range w.reads {
			reader, last := w.nodeOf[w.reads[i].op], none
			for _, s := range w.sights(i) {
				from := w.writer(s.version)
				if last != none && last != from {
					emit(last, from, writeWrite, 0)
				}
				if from != reader && last != from {
					emit(from, reader, writeRead, 0)
				}
				last = from
			}
		}
		if l == causal {
			w.sessions(w.nodes, emit)
		}
		for i, e := range late {
			emit(e.from, e.to, writeWrite, int32(i+1))
		}
	})
}

// judge returns the verdict on a cycle, if there is one.
func (w *weakly) judge(l level, g *graph, late []lateness) (checkers.Verdict, bool) {
	members := g.components(everything).tangled()
	if len(members) == 0 {
		return checkers.Verdict{}, false
	}
	part := g.within(members)
	s := newSearcher(part, w.in.Steps())
	var best []step
	for _, more := range [...]kinds{0, of(process)} {
		for _, closing := range [...]kind{writeWrite, writeRead} {
			back := of(writeWrite) | more
			if closing == writeRead {
				back |= of(writeRead)
			}
			if best == nil {
				best = s.shortest(class{closing: of(closing), back: back})
			}
		}
	}
	if best == nil {
		return w.undecided(s.steps), true
	}
	return w.invalid(l, w.cycleWitness(l, w.restore(best, part), g, late), s.steps), true
}

// fractured finds what readers of a transaction missed of it; in registers also what must come before what they saw.
func (w *weakly) fractured() ([]lateness, *missing) {
	var late []lateness
	from := map[int32]bool{}
	for i := 0; i < len(w.reads); {
		end := i
		clear(from)
		for ; end < len(w.reads) && w.reads[end].op == w.reads[i].op; end++ {
			for _, s := range w.sights(end) {
				from[w.versions[s.version].op] = true
			}
		}
		for ; i < end; i++ {
			for op := range from {
				var missed *missing
				if late, missed = w.wanted(late, i, op); missed != nil {
					return nil, missed
				}
			}
		}
	}
	return late, nil
}

// wanted looks at what a transaction that is before a reader wrote under the key of a read.
func (w *weakly) wanted(late []lateness, i int, op int32) ([]lateness, *missing) {
	r := &w.reads[i]
	v := w.finalOf(op, r.key)
	if v == none || v == r.from || op == r.op {
		return late, nil
	}
	switch {
	case w.lists:
		if !slices.Contains(w.sights(i), sight{v}) {
			return late, &missing{read: r, version: v}
		}
	case r.from == none:
		return late, &missing{read: r, version: v}
	default:
		late = append(late, lateness{w.nodeOf[op], w.writer(r.from), w.nodeOf[r.op], r.key})
	}
	return late, nil
}

// cycleWitness makes a proof of a cycle of dependencies, of which those that are late rest on how the reader came to know of
// the first.
func (w *weakly) cycleWitness(l level, cycle []step, g *graph, late []lateness) *checkers.Witness {
	steps := slices.Clone(cycle)
	for _, s := range cycle {
		if s.literal != 0 {
			steps = append(steps, w.path(g, s.from, late[s.literal-1].reader)...)
		}
	}
	c := w.fewest(l, steps)
	out := &checkers.Witness{Anomaly: w.nameOf(l, cycle), Operations: c}
	text := ""
	for i, s := range cycle {
		if i > 0 {
			text += ", "
		}
		text += w.name(w.nodes[s.from], c) + " before " + w.name(w.nodes[s.to], c) + words[s.kind]
	}
	out.Sentence = "what was read puts " + text + ": no order has all that"
	return out
}

// nameOf names a cycle. Without the order of processes, and without what only a level above read committed puts in order,
// it is one that Adya names too.
func (w *weakly) nameOf(l level, cycle []step) guarantee.Anomaly {
	late := func(s step) bool { return s.literal != 0 }
	inSession := func(s step) bool { return s.kind == process }
	switch {
	case l == causal && (slices.ContainsFunc(cycle, late) || slices.ContainsFunc(cycle, inSession)):
		return guarantee.CausalityViolation
	case slices.ContainsFunc(cycle, late):
		return guarantee.FracturedRead
	}
	return classify(cycle)
}

var words = [...]string{
	writeWrite: ", for so its writes were seen", writeRead: ", which read from it", process: ", by the order of their process",
	readWrite: "", realTime: "", onward: "",
}

// missedWitness makes a proof of a read that misses something.
func (w *weakly) missedWitness(l level, m *missing, g *graph) *checkers.Witness {
	cause, reader := w.versions[m.version].op, m.read.op
	out := &checkers.Witness{Anomaly: guarantee.FracturedRead}
	sees := "read from it"
	path := []step{{from: w.nodeOf[cause], to: w.nodeOf[reader], kind: writeRead}}
	if !w.readFrom(reader, cause) {
		out.Anomaly, sees = guarantee.CausalityViolation, "comes after it by a chain of causes"
		path = w.path(g, w.nodeOf[cause], w.nodeOf[reader])
	}
	if len(path) == 1 && path[0].kind == process {
		sees = "ran after it in one process"
	}
	out.Operations = w.fewest(l, path)
	out.Sentence = fmt.Sprintf("%s read %s = %s and did not see that %s wrote %s, though it %s",
		w.name(reader, out.Operations), w.keys[m.read.key], w.shown(m.read), w.name(cause, out.Operations), w.value(m.version), sees)
	return out
}

// readFrom tells whether a transaction saw anything that another wrote.
func (w *weakly) readFrom(reader, op int32) bool {
	for at := w.firstRead[reader]; at < w.firstRead[reader+1]; at++ {
		if slices.ContainsFunc(w.sights(int(at)), func(s sight) bool { return w.versions[s.version].op == op }) {
			return true
		}
	}
	return false
}

// path returns a shortest way between two nodes along causes.
func (w *weakly) path(g *graph, from, to int32) []step {
	s := newSearcher(g, w.in.Steps())
	if !s.walk(from, to, class{back: causes}, 1<<30, nil) {
		return nil
	}
	var out []step
	for state := 2 * to; s.by[state] != none; state = s.parent[state] {
		e := s.by[state]
		out = append(out, step{from: s.parent[state] / 2, to: state / 2, kind: g.kind[e], literal: g.literal(e)})
	}
	return out
}

// fewest returns transactions that alone break the level, and none of which can be left out, among those of some steps
// and those who saw them.
func (w *weakly) fewest(l level, steps []step) []int {
	var ops []int
	for _, s := range steps {
		ops = append(ops, int(w.nodes[s.from]), int(w.nodes[s.to]))
	}
	slices.Sort(ops)
	ops = slices.Compact(ops)
	if w.bare {
		return ops
	}
	if few := smallest(w.in, l, ops); few != nil {
		return few
	}
	all := w.withReaders(ops)
	if few := smallest(w.in, l, all); few != nil {
		return few
	}
	return all
}

// withReaders adds all who read what some transactions wrote.
func (w *weakly) withReaders(ops []int) []int {
	member := map[int32]bool{}
	for _, op := range ops {
		member[int32(op)] = true
	}
	for i := range w.reads {
		for _, s := range w.sights(i) {
			if member[w.versions[s.version].op] && !slices.Contains(ops, int(w.reads[i].op)) {
				ops = append(ops, int(w.reads[i].op))
			}
		}
	}
	slices.Sort(ops)
	return ops
}
