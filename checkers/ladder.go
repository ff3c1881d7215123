package checkers

import (
	"cmp"
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
)

// Ladder judges every guarantee that says anything of the object and of such a history, and that has a checker in all, in
// the order of guarantee.All. What follows from a stronger guarantee that holds is not judged again; such a verdict's
// Engine says what it is implied by.
func Ladder(all []Checker, in Input) []Verdict {
	var out []Verdict
	for _, info := range guarantee.All() {
		c, ok := Find(all, info.Name)
		if !ok || !info.AppliesTo(in.Object.Name) || !judgeable(in, info) {
			continue
		}
		if v, ok := implied(in, info.Name, out); ok {
			out = append(out, v)
			continue
		}
		out = append(out, c.Run(in))
	}
	return out
}

// judgeable tells whether the history has what a guarantee is judged by. Without phases nothing is known of its end. The
// ladder passes over what is about time in a history that tells nothing of it; asked for by name it is Unknown. Conservation of
// what all accounts hold together shows in every read of them.
func judgeable(in Input, info guarantee.Info) bool {
	h := in.History
	if info.Name == guarantee.Conservation && Transfers(in) {
		return true
	}
	if info.RealTime && h.Untimed {
		return false
	}
	return !(info.Final && len(h.Phases) == 0 || info.Facts && len(h.Facts) == 0)
}

// implied returns the verdict that follows from one that was reached before, if any does.
func implied(in Input, name guarantee.Name, former []Verdict) (Verdict, bool) {
	for _, v := range former {
		if v.Valid != Valid || !guarantee.Implies(v.Guarantee, name) || !transfers(in, v.Guarantee, name) {
			continue
		}
		out := Verdict{
			Guarantee: name,
			Valid:     Valid,
			Reason:    fmt.Sprintf("every history that is %s is this too", v.Guarantee),
			Engine:    fmt.Sprintf("implied by %s", v.Guarantee),
		}
		if v.Guarantee == guarantee.Linearizable && name == guarantee.Sequential && v.Certificate != nil {
			out.Certificate = &Certificate{Orders: [][]int{MergeOrders(in, v.Certificate.Orders)}}
		}
		return out, true
	}
	return Verdict{}, false
}

// transfers tells whether what a guarantee implies in theory may be taken from it here. Two things are known to the
// causal checkers alone: which post of a board replies to which; and what clients told one another, which real time
// covers and a mere order of each process does not.
func transfers(in Input, from, to guarantee.Name) bool {
	if in.Object.Name == "board" {
		return to == guarantee.Sequential
	}
	return from != guarantee.Sequential || len(ObjectOperations(in)) == len(in.History.Operations)
}

// Strongest returns the guarantees that hold and are implied by no other that holds.
func Strongest(verdicts []Verdict) []guarantee.Name {
	var valid, out []guarantee.Name
	for _, v := range verdicts {
		if v.Valid == Valid {
			valid = append(valid, v.Guarantee)
		}
	}
	for _, name := range valid {
		if !slices.ContainsFunc(valid, func(n guarantee.Name) bool { return n != name && guarantee.Implies(n, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// Excepted returns the guarantees that are broken though they imply none of the strongest that hold: they stand beside
// these or below them, where one would take them to hold, too. Of those that imply one another it returns the weakest.
func Excepted(verdicts []Verdict) []guarantee.Name {
	strongest := Strongest(verdicts)
	var broken, out []guarantee.Name
	for _, v := range verdicts {
		above := slices.ContainsFunc(strongest, func(s guarantee.Name) bool { return guarantee.Implies(v.Guarantee, s) })
		if v.Valid == Invalid && !above {
			broken = append(broken, v.Guarantee)
		}
	}
	for _, name := range broken {
		if !slices.ContainsFunc(broken, func(n guarantee.Name) bool { return n != name && guarantee.Implies(name, n) }) {
			out = append(out, name)
		}
	}
	return out
}

// MergeOrders makes one order out of linearizations of each key, and it is a linearization too (Herlihy & Wing 1990,
// theorem 1: linearizability is local). Each operation takes effect just after the latest call among itself and what
// is before it under its key, which is before its own return; all are sorted by that instant.
func MergeOrders(in Input, orders [][]int) []int {
	type placed struct{ instant, operation int }
	var all []placed
	for _, order := range orders {
		instant := -1
		for _, i := range order {
			instant = max(instant, in.History.Operations[i].Call)
			all = append(all, placed{instant, i})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.instant, b.instant) })
	out := make([]int, len(all))
	for at, p := range all {
		out[at] = p.operation
	}
	return out
}
