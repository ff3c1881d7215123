package clauses_test

import (
	"testing"

	"sunder/checkers/clauses"
	"sunder/harness/prng"
)

func holds(conditions [][]int, positive []bool) bool {
	for _, clause := range conditions {
		some := false
		for _, literal := range clause {
			some = some || positive[max(literal, -literal)] == (literal > 0)
		}
		if !some {
			return false
		}
	}
	return true
}

// TestSolveAgreesWithTryingAll compares the solver with all ways to choose.
func TestSolveAgreesWithTryingAll(t *testing.T) {
	r := prng.New(1)
	solved := map[bool]int{}
	for range 3000 {
		n := 1 + r.IntN(6)
		var conditions [][]int
		for range r.IntN(4 * n) {
			var clause []int
			for range 1 + r.IntN(3) {
				literal := 1 + r.IntN(n)
				if r.IntN(2) == 0 {
					literal = -literal
				}
				clause = append(clause, literal)
			}
			conditions = append(conditions, clause)
		}
		possible := false
		for bits := range 1 << n {
			all := make([]bool, n+1)
			for i := range n {
				all[i+1] = bits>>i&1 == 1
			}
			possible = possible || holds(conditions, all)
		}
		got := make([]bool, n+1)
		if clauses.Solve(conditions, got) != possible || possible && !holds(conditions, got) {
			t.Fatalf("%v: solved as %v, possible: %t", conditions, got, possible)
		}
		solved[possible]++
	}
	if solved[true] < 100 || solved[false] < 100 {
		t.Errorf("the conditions are too easy or too hard: %v", solved)
	}
}
