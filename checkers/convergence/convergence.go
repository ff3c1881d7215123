// Package convergence judges whether all replicas give the same answers once everything is healed and quiet, by what
// clients read from each of them in the final phase.
//
// The package must not know which system a history comes from, nor look inside replicas.
package convergence

import (
	"fmt"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// Checkers returns the checker of convergence.
func Checkers() []checkers.Checker {
	return []checkers.Checker{{Guarantee: guarantee.Convergence, Check: check}}
}

func check(in checkers.Input) checkers.Verdict {
	v := checkers.Verdict{Engine: "comparison of final reads"}
	finals := checkers.FinalReads(in)
	v.Steps = int64(len(finals.Reads))
	if len(finals.Reads) == 0 {
		v.Reason = "no final reads"
		return v
	}
	if a, b, differ := difference(in, finals); differ {
		v.Valid, v.Witness = checkers.Invalid, witness(in, a, b)
		v.Reason = v.Witness.Sentence
		return v
	}
	if missing := finals.Missing(); missing != "" {
		v.Reason = missing
		return v
	}
	v.Valid = checkers.Valid
	v.Reason = fmt.Sprintf("%d replicas give the same final answers for %s", len(finals.Replicas), keys(finals))
	if len(finals.Replicas) == 1 {
		v.Valid, v.Reason = single(in, finals)
	}
	return v
}

// single judges the answers of one replica. If there is no other, they agree; but one that was asked before and not in
// the end may differ.
func single(in checkers.Input, finals checkers.Finals) (checkers.Validity, string) {
	only := finals.Replicas[0]
	for i := range in.History.Operations {
		if other := in.History.Operations[i].Via(); other != "" && other != only {
			return checkers.Unknown, fmt.Sprintf("only %s was read in the end, and not %s", only, other)
		}
	}
	return checkers.Valid, fmt.Sprintf("there is no replica but %s, which gave a final answer for %s, so that nothing can differ", only, keys(finals))
}

func keys(finals checkers.Finals) string {
	if len(finals.Keys) == 1 {
		return "1 key"
	}
	return fmt.Sprintf("%d keys", len(finals.Keys))
}

// difference returns two final reads of one key, from different replicas, that differ.
func difference(in checkers.Input, finals checkers.Finals) (a, b int, differ bool) {
	for _, key := range finals.Keys {
		first, found := -1, false
		for _, replica := range finals.Replicas {
			i, ok := finals.Reads[checkers.FinalRead{Key: key, Replica: replica}]
			switch {
			case !ok:
			case !found:
				first, found = i, true
			case !same(in, first, i):
				return first, i, true
			}
		}
	}
	return 0, 0, false
}

// same compares answers; those of a set or a board have no order.
func same(in checkers.Input, a, b int) bool {
	x, y := in.History.Operations[a].Output, in.History.Operations[b].Output
	if in.Object.Name != "set" && in.Object.Name != "board" {
		return x.Equal(y)
	}
	return slices.EqualFunc(sorted(x), sorted(y), protocol.Value.Equal)
}

func sorted(v protocol.Value) []protocol.Value {
	list, _ := v.List()
	return slices.SortedFunc(slices.Values(list), protocol.Value.Compare)
}

func witness(in checkers.Input, a, b int) *checkers.Witness {
	x, y := &in.History.Operations[a], &in.History.Operations[b]
	return &checkers.Witness{
		Anomaly:    guarantee.Diverged,
		Operations: []int{min(a, b), max(a, b)},
		Sentence: fmt.Sprintf("when all was healed and quiet, %s still answered %s = %s, and %s answered %s",
			x.Via(), subject(x.Key), brief(x.Output, y.Output), y.Via(), brief(y.Output, x.Output)),
	}
}

func subject(key string) string { return checkers.Subject(key, "the object") }

// briefMax is how many elements of a list are written out.
const briefMax = 12

// brief writes a value; of a long list only what the other one lacks.
func brief(v, other protocol.Value) string {
	list, _ := v.List()
	if len(list) <= briefMax {
		return checkers.Brief(v)
	}
	elsewhere, _ := other.List()
	var own []protocol.Value
	for _, e := range list {
		if !slices.ContainsFunc(elsewhere, e.Equal) {
			own = append(own, e)
		}
	}
	if len(own) > briefMax {
		return fmt.Sprintf("%d elements, among them %d that the other lacks", len(list), len(own))
	}
	return fmt.Sprintf("%d elements, among them %s that the other lacks", len(list), checkers.Brief(protocol.List(own...)))
}
