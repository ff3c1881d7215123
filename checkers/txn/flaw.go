package txn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// flaw is something wrong that takes no cycle to see.
type flaw struct {
	anomaly guarantee.Anomaly
	from    level   // the lowest that it breaks; it breaks all above too
	ops     []int32 // who met it, and who caused it
	about   func(other string) string
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
	w.Sentence = fmt.Sprintf("%s %s", t.name(f.ops[0], w.Operations), f.about(other))
	return w
}

// name names a transaction of a witness, whose members are ascending: "T1 (process 3)".
func (t *trace) name(op int32, members []int) string {
	at, _ := slices.BinarySearch(members, int(op))
	return fmt.Sprintf("T%d (process %d)", at+1, t.ops[op].Process)
}

// anomaliesOf returns by what transactions break a guarantee.
func anomaliesOf(info guarantee.Info) []guarantee.Anomaly {
	if info.OfTransactions != nil {
		return info.OfTransactions
	}
	return info.Anomalies
}

// rulesOut says which guarantees an anomaly breaks: the weakest, from which it follows that the stronger are broken too.
func rulesOut(a guarantee.Anomaly) string {
	var broken []guarantee.Info
	for _, info := range guarantee.All() {
		if info.AppliesTo("list-append") && slices.Contains(anomaliesOf(info), a) {
			broken = append(broken, info)
		}
	}
	var names []string
	for _, info := range broken {
		if !slices.ContainsFunc(broken, func(o guarantee.Info) bool { return o.Name != info.Name && guarantee.Implies(info.Name, o.Name) }) {
			names = append(names, string(info.Name))
		}
	}
	return fmt.Sprintf("that rules out %s and all that is stronger", cmp.Or(strings.Join(names, ", "), "nothing"))
}
