package txn

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// flaw is something wrong that takes no cycle to see.
type flaw struct {
	anomaly guarantee.Anomaly
	from    level   // the lowest that it breaks; it breaks all above too
	ops     []int32 // who met it, and who caused it
	about   func(other string) string
	rests   func() []int32 // on what other operations it rests; nil if on none
}

// maxFlaws is how many flaws of one kind are kept: one is enough for a proof.
const maxFlaws = 4

// flaw notes one. About says what the first of the operations did; it is told the name of the second.
func (t *trace) flaw(anomaly guarantee.Anomaly, from level, ops []int32, about func(other string) string) {
	same := 0
	for i := range t.flaws {
		if t.flaws[i].anomaly == anomaly && t.flaws[i].from == from {
			same++
		}
	}
	if same < maxFlaws {
		t.flaws = append(t.flaws, flaw{anomaly: anomaly, from: from, ops: ops, about: about})
	}
}

// restingOn notes a flaw that rests on operations which those who met it do not name. They may still have to be read.
func (t *trace) restingOn(rests func() []int32, anomaly guarantee.Anomaly, from level, ops []int32, about func(other string) string) {
	before := len(t.flaws)
	t.flaw(anomaly, from, ops, about)
	if len(t.flaws) > before {
		t.flaws[before].rests = rests
	}
}

// parting returns who wrote the first elements in which two lists under one key differ, if neither is the beginning of the
// other; else who wrote the first that only one has.
func (t *trace) parting(key int32, a, b []protocol.Value) []int32 {
	n := 0
	for n < len(a) && n < len(b) && a[n].Equal(b[n]) {
		n++
	}
	var out []int32
	for _, list := range [...][]protocol.Value{a, b} {
		if n == len(list) {
			continue
		}
		if v := t.lookup(key, list[n]); v != none {
			out = append(out, t.versions[v].op)
		}
	}
	return out
}

// worstFlaw returns the proof of the flaw that rules out most, or of one that is sought; nil if none breaks the level.
func (t *trace) worstFlaw(l level) *checkers.Witness {
	var worst *flaw
	for i := range t.flaws {
		f := &t.flaws[i]
		better := worst == nil || f.from < worst.from && worst.anomaly != t.in.Seek || f.anomaly == t.in.Seek && worst.anomaly != t.in.Seek
		if f.from <= l && better {
			worst = f
		}
	}
	if worst == nil {
		return nil
	}
	return t.flawWitness(worst)
}

func (t *trace) flawWitness(f *flaw) *checkers.Witness {
	w := &checkers.Witness{Anomaly: f.anomaly}
	for _, op := range f.ops {
		w.Operations = append(w.Operations, int(op))
	}
	slices.Sort(w.Operations)
	w.Operations = slices.Compact(w.Operations)
	other := ""
	if len(f.ops) > 1 {
		other = t.name(f.ops[1], w.Operations)
	}
	if f.rests != nil {
		w.Context = besides(f.rests(), w.Operations)
	}
	w.Sentence = fmt.Sprintf("%s %s", t.name(f.ops[0], w.Operations), f.about(other))
	return w
}

// besides returns those operations, ascending, that are not members.
func besides(ops []int32, members []int) []int {
	var out []int
	for _, op := range ops {
		if !slices.Contains(members, int(op)) {
			out = append(out, int(op))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// name names a transaction of a witness, whose members are ascending: "T1 (process 3)".
func (t *trace) name(op int32, members []int) string {
	at, _ := slices.BinarySearch(members, int(op))
	return fmt.Sprintf("T%d (process %d)", at+1, t.ops[op].Process)
}

// rulesOut says which guarantees an anomaly breaks: the weakest, from which it follows that the stronger are broken too.
func (t *trace) rulesOut(l level, a guarantee.Anomaly) string {
	weakest, stronger := guarantee.RuledOut(t.in.Object.Name, levelNames[l], a)
	text := "that rules out " + enumerate(weakest)
	if len(stronger) > 0 {
		text += ", and with it " + enumerate(stronger)
	}
	return text
}

// enumerate joins names with commas, the last with "and".
func enumerate(names []guarantee.Name) string {
	text := ""
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += string(name)
	}
	return text
}
